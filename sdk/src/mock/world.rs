//! The state of a mock host.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use toolbay_sdk_notion::jiff::civil::Weekday;

use super::bounds::Bounds;
use super::emulator::Emulator;
use super::http::Web;
use super::script::{Check, Replies, Reply, Run, Script};
use super::sql::Databases;
use crate::host::{Context, Zone};
use crate::{Connection, Invocation, Level, Question, Request};

/// A line that a tool logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// How much it matters.
    pub level: Level,
    /// What it says.
    pub message: String,
}

/// A report of progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How much is done.
    pub done: u64,
    /// Of how much.
    pub total: Option<u64>,
    /// In words.
    pub message: Option<String>,
}

#[derive(Debug)]
pub(super) struct World {
    pub(super) context: Context,
    /// Of the tool that runs.
    pub(super) bounds: Option<Bounds>,
    /// A manifest in the place of the plugin's own.
    pub(super) manifest: Option<String>,
    pub(super) connections: Vec<Connection>,
    pub(super) caller_gone: bool,
    pub(super) notion: Script,
    /// What answers beside the script.
    pub(super) emulator: Option<Emulator>,
    pub(super) requests: Vec<Request>,
    pub(super) databases: Databases,
    pub(super) web: Web,
    pub(super) tools: BTreeMap<String, Replies<Reply>>,
    pub(super) invocations: Vec<Invocation>,
    pub(super) computed: BTreeMap<String, Run>,
    pub(super) checks: BTreeMap<String, Check>,
    pub(super) questions: Vec<Question>,
    pub(super) state: BTreeMap<String, Value>,
    pub(super) settings: Value,
    pub(super) now_ms: u64,
    pub(super) zone: Zone,
    pub(super) seed: u64,
    pub(super) lines: Vec<Line>,
    pub(super) progress: Vec<Progress>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            context: Context {
                id: "call-1".to_owned(),
                tool: String::new(),
                connection_id: Some("default".to_owned()),
                remaining_ms: 40_000,
            },
            bounds: None,
            manifest: None,
            connections: Vec::new(),
            caller_gone: false,
            notion: Script::default(),
            emulator: None,
            requests: Vec::new(),
            databases: Databases::default(),
            web: Web::default(),
            tools: BTreeMap::new(),
            invocations: Vec::new(),
            computed: BTreeMap::new(),
            checks: BTreeMap::new(),
            questions: Vec::new(),
            state: BTreeMap::new(),
            settings: json!({}),
            now_ms: 1_767_225_600_000,
            zone: Zone { name: "UTC".to_owned(), rules: Vec::new(), week_start: Weekday::Monday },
            seed: 1,
            lines: Vec::new(),
            progress: Vec::new(),
        }
    }
}

impl World {
    /// The next eight random bytes: `SplitMix64`, which is good enough to tell ids apart.
    pub(super) fn random(&mut self) -> [u8; 8] {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.seed;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).to_le_bytes()
    }
}
