//! A Notion in memory behind the mock host: `toolbay emulator`, which the test starts and ends.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use toolbay_sdk_notion::jiff::Timestamp;
use toolbay_sdk_notion::percent;

use super::refused;
use crate::{Problem, Request, Response};

/// Names the program, where it isn't found as `toolbay`; `toolbay plugin test` sets it.
const PROGRAM: &str = "TOOLBAY";

/// The first line that the emulator says.
#[derive(Deserialize)]
struct Greeting {
    ids: Value,
}

/// Each line that answers a question.
#[derive(Deserialize)]
struct Answered {
    status: u16,
    body: Value,
}

impl Answered {
    /// What Notion or a control says of why it refuses.
    fn refusal(&self) -> &str {
        let said = self.body.get("message").or_else(|| self.body.get("error"));
        said.and_then(Value::as_str).unwrap_or("It was refused, without a word.")
    }
}

/// A running emulator. It ends when it is dropped, and with the process that started it.
#[derive(Debug)]
pub(super) struct Emulator {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    ids: Value,
}

impl Emulator {
    /// Starts one whose clock stands at this time.
    pub(super) fn start(now_ms: u64) -> Result<Self, String> {
        let program = program();
        let mut child = Command::new(&program)
            .args(["emulator", "--lines", "--now", &written(now_ms)?])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| {
                format!(
                    "`{}` can't be started: {error}. Run `toolbay plugin test`, or name the program in {PROGRAM}; \
                     in Toolbay's own workspace, `cargo build --bin toolbay` makes it.",
                    program.display()
                )
            })?;
        let (Some(questions), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("The emulator has no pipes.".to_owned());
        };
        let mut emulator = Self { child, questions, answers: BufReader::new(answers), ids: Value::Null };
        let Greeting { ids } = emulator.line()?;
        emulator.ids = ids;
        Ok(emulator)
    }

    /// The id of something in its workspace, such as `tasks_database`.
    pub(super) fn id(&self, name: &str) -> Option<String> {
        self.ids.get(name).and_then(Value::as_str).map(str::to_owned)
    }

    /// The ids of several things, such as `tasks`.
    pub(super) fn ids(&self, name: &str) -> Option<Vec<String>> {
        let ids = self.ids.get(name)?.as_array()?;
        Some(ids.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }

    /// What there are ids of.
    pub(super) fn names(&self) -> Vec<String> {
        let ids = self.ids.as_object().into_iter().flatten();
        ids.filter(|(_, id)| id.is_string()).map(|(name, _)| name.clone()).collect()
    }

    /// Adds to its workspace; answers with the ids.
    pub(super) fn plant(&mut self, what: &Value) -> Result<Value, String> {
        self.control("seed", what)
    }

    pub(super) fn set_time(&mut self, now_ms: u64) -> Result<(), String> {
        self.control("clock", &json!({ "now": written(now_ms)? })).map(drop)
    }

    fn control(&mut self, name: &str, body: &Value) -> Result<Value, String> {
        let path = format!("/_emulator/{name}");
        let answer = self.ask_line(&json!({ "method": "POST", "path": path, "body": body }))?;
        if answer.status == 200 { Ok(answer.body) } else { Err(answer.refusal().to_owned()) }
    }

    /// Answers a request as the host does: what Notion refuses is a problem.
    pub(super) fn ask(&mut self, request: &Request) -> Result<Response, Problem> {
        let mut query = String::new();
        for (name, value) in &request.query {
            if !query.is_empty() {
                query.push('&');
            }
            percent::encode(name, &mut query);
            query.push('=');
            percent::encode(value, &mut query);
        }
        let path = request.path.render()?;
        let asked =
            json!({ "method": request.method.as_str(), "path": path, "query": query, "body": request.body });
        let answer = self.ask_line(&asked).map_err(Problem::failed)?;
        match answer.status {
            200..300 => Ok(Response { status: answer.status, body: answer.body }),
            status @ (400 | 401 | 403 | 404 | 409) => Err(refused(status, answer.refusal())),
            status => Err(Problem::upstream_failed(format!("Notion answered {status}."))),
        }
    }

    fn ask_line(&mut self, asked: &Value) -> Result<Answered, String> {
        let sent = writeln!(self.questions, "{asked}").and_then(|()| self.questions.flush());
        sent.map_err(|error| format!("The emulator has gone: {error}."))?;
        self.line()
    }

    fn line<T: DeserializeOwned>(&mut self) -> Result<T, String> {
        let mut line = String::new();
        match self.answers.read_line(&mut line) {
            Ok(0) if self.ids.is_null() => {
                Err("The emulator has ended; is `toolbay` as new as this SDK?".to_owned())
            }
            Ok(0) => Err("The emulator has ended.".to_owned()),
            Ok(_) => {
                serde_json::from_str(&line).map_err(|error| format!("The emulator can't be read: {error}."))
            }
            Err(error) => Err(format!("The emulator has gone: {error}.")),
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// A time as the emulator reads it.
fn written(now_ms: u64) -> Result<String, String> {
    let now = i64::try_from(now_ms).ok().and_then(|now| Timestamp::from_millisecond(now).ok());
    now.map(|now| now.to_string()).ok_or_else(|| format!("{now_ms} is no time that Notion has."))
}

/// The program: the one that is named, the one that was built beside this test, or any of that name.
fn program() -> OsString {
    let built = || {
        let test = std::env::current_exe().ok()?;
        let beside = test.parent()?.parent()?.join("toolbay");
        beside.is_file().then(|| beside.into_os_string())
    };
    std::env::var_os(PROGRAM).or_else(built).unwrap_or_else(|| "toolbay".into())
}
