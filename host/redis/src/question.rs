//! The questions: each is one script, which the server carries out as a whole and by its own clock.

use std::sync::LazyLock;

use redis::{RedisResult, Script};

use crate::link::Open;

/// What all scripts begin with.
macro_rules! script {
    ($file:literal) => {
        LazyLock::new(|| Script::new(concat!(include_str!("lua/shared.lua"), include_str!($file))))
    };
}

pub(crate) static TAKE: LazyLock<Script> = script!("lua/take.lua");
pub(crate) static SETTLE: LazyLock<Script> = script!("lua/settle.lua");
pub(crate) static PAUSE: LazyLock<Script> = script!("lua/pause.lua");
pub(crate) static LOOK: LazyLock<Script> = script!("lua/look.lua");

/// A script with what it is asked.
pub(crate) struct Question {
    script: &'static Script,
    keys: Vec<String>,
    arguments: Vec<String>,
}

impl Question {
    /// About a key.
    pub(crate) fn new(script: &'static Script, key: String) -> Self {
        Self { script, keys: vec![key], arguments: Vec::new() }
    }

    pub(crate) fn key(&mut self, key: String) {
        self.keys.push(key);
    }

    pub(crate) fn argument(&mut self, argument: impl ToString) {
        self.arguments.push(argument.to_string());
    }

    /// Puts it to the server. A script that it doesn't know yet is sent first. The first argument is which run of the server's program is
    /// asked.
    pub(crate) async fn put_to(&self, open: &mut Open) -> RedisResult<Vec<i64>> {
        let mut asked = self.script.prepare_invoke();
        for key in &self.keys {
            asked.key(key);
        }
        asked.arg(&*open.run);
        for argument in &self.arguments {
            asked.arg(argument);
        }
        asked.invoke_async(&mut open.connection).await
    }
}
