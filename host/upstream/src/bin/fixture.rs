//! An MCP server for tests, over standard input and output: it does what its environment says, good or bad.
//!
//! With `--` and a program it is also what starts one, as the host's own command line does.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::zombie_processes,
    reason = "a program for tests, also bad ones"
)]

use std::env;
use std::fs::OpenOptions;
use std::io::{BufRead as _, Write as _, stdin, stdout};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

fn main() {
    let mut arguments = env::args_os().skip_while(|argument| argument != "--").skip(1);
    if let Some(program) = arguments.next() {
        let error = toolbay_upstream::run_child(&program, &arguments.collect::<Vec<_>>());
        panic!("{error}");
    }
    if env::var_os("FIXTURE_FAILS").is_some() {
        eprintln!("no database\u{1b}[2J");
        std::process::exit(3);
    }
    if let Some(name) = env::var_os("FIXTURE_LEAVES_CHILD") {
        let child = Command::new("sleep").arg("600").spawn().unwrap();
        std::fs::write(name, child.id().to_string()).unwrap();
    }
    let mut server = Server { tools: tools(), calls: 0 };
    for line in stdin().lock().lines() {
        let message: Value = serde_json::from_str(&line.unwrap()).unwrap();
        server.take(&message);
    }
    if env::var_os("FIXTURE_STUBBORN").is_some() {
        loop {
            std::thread::sleep(Duration::from_secs(1));
        }
    }
}

struct Server {
    tools: Vec<Value>,
    calls: usize,
}

fn tool(name: &str, description: &str, annotations: Value) -> Value {
    let schema = json!({"type": "object", "properties": {"text": {"type": "string"}}});
    json!({"name": name, "description": description, "inputSchema": schema, "annotations": annotations})
}

fn tools() -> Vec<Value> {
    let word = env::var("FIXTURE_WORD").unwrap_or_else(|_| "Says it again.".to_owned());
    let reads = json!({"readOnlyHint": true});
    let mut tools = vec![
        tool("echo", &word, reads.clone()),
        tool("slow", "Takes a while.", reads.clone()),
        tool("never", "Never answers.", reads.clone()),
        tool("huge", "Answers 200 MB.", reads.clone()),
        tool("fail", "Fails.", reads.clone()),
        tool("environment", "Says what it sees.", reads.clone()),
        tool("written", "Says what was written.", reads.clone()),
        tool("grow", "Has another tool from then on.", reads),
        tool("write", "Writes a line.", Value::Null),
        tool("write-fail", "Fails.", Value::Null),
        tool("write-wrong", "Writes a line, and says that the call was wrong.", Value::Null),
        tool("write-and-die", "Writes a line, and ends before it answers.", Value::Null),
        tool("freeze", "Answers nothing any more.", json!({"readOnlyHint": true})),
        tool("destroy", "Destroys.", json!({"destructiveHint": true})),
    ];
    if let Ok(gone) = env::var("FIXTURE_GONE") {
        tools.retain(|tool| tool["name"] != gone.as_str());
    }
    if let Ok(name) = env::var("FIXTURE_NEW") {
        tools.insert(0, tool(&name, "Takes a name.", json!({"readOnlyHint": true})));
    }
    if env::var_os("FIXTURE_MALFORMED").is_some() {
        tools.insert(0, json!({"name": "malformed", "inputSchema": 7}));
    }
    if let Some(count) = env::var("FIXTURE_TOOLS").ok().and_then(|count| count.parse::<usize>().ok()) {
        tools.extend((0..count).map(|number| tool(&format!("tool{number}"), "One of many.", Value::Null)));
    }
    tools
}

fn say(message: &Value) {
    let mut output = stdout().lock();
    writeln!(output, "{message}").unwrap();
    output.flush().unwrap();
}

fn log(text: &str) {
    if let Some(path) = env::var_os("FIXTURE_LOG") {
        writeln!(OpenOptions::new().create(true).append(true).open(path).unwrap(), "{text}").unwrap();
    }
}

impl Server {
    fn take(&mut self, message: &Value) {
        let Some(id) = message.get("id").cloned() else {
            if message["method"] == "notifications/cancelled" {
                log("cancelled");
            }
            return;
        };
        let answer = match message["method"].as_str().unwrap() {
            "initialize" => Ok(json!({
                "protocolVersion": message["params"]["protocolVersion"],
                "capabilities": {"tools": {"listChanged": true}},
                "serverInfo": {"name": "fixture", "version": "1"},
            })),
            "ping" => Ok(json!({})),
            "tools/list" => Ok(self.list(&message["params"])),
            "tools/call" => match self.call(&message["params"]) {
                Some(answer) => answer,
                None => return,
            },
            _ => Err((-32601, "no such method")),
        };
        let told = match answer {
            Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
            Err((code, message)) => {
                json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}})
            }
        };
        say(&told);
    }

    /// A page of a hundred tools.
    fn list(&self, params: &Value) -> Value {
        let from: usize = params["cursor"].as_str().and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
        let until = (from + 100).min(self.tools.len());
        let mut page = json!({"tools": self.tools[from..until]});
        if until < self.tools.len() {
            page["nextCursor"] = until.to_string().into();
        }
        page
    }

    fn call(&mut self, params: &Value) -> Option<Result<Value, (i32, &'static str)>> {
        self.calls += 1;
        let text = params["arguments"]["text"].as_str().unwrap_or_default();
        let said = |text: &str| Some(Ok(json!({"content": [{"type": "text", "text": text}]})));
        match params["name"].as_str().unwrap() {
            "echo" => said(text),
            "slow" => {
                let token = &params["_meta"]["progressToken"];
                for done in 1..=3 {
                    let params =
                        json!({"progressToken": token, "progress": done, "total": 3, "message": "on it"});
                    say(&json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": params}));
                    std::thread::sleep(Duration::from_millis(50));
                }
                said("done")
            }
            "never" => None,
            "huge" => {
                let mut output = stdout().lock();
                let chunk = vec![b'x'; 1 << 20];
                for _ in 0..200 {
                    output.write_all(&chunk).unwrap();
                }
                writeln!(output).unwrap();
                None
            }
            "written" => {
                let text =
                    env::var("FIXTURE_LOG").map(|log| std::fs::read_to_string(log).unwrap_or_default());
                let text = text.unwrap_or_default();
                let lines: Vec<&str> = text.lines().collect();
                Some(Ok(json!({"content": [], "structuredContent": {"lines": lines, "last": lines.last()}})))
            }
            "write-wrong" => {
                log(&format!("write {text}"));
                Some(Err((-32602, "its result isn't as declared")))
            }
            "fail" | "write-fail" => {
                Some(Ok(json!({"isError": true, "content": [{"type": "text", "text": "no such file"}]})))
            }
            "environment" => {
                let seen: serde_json::Map<String, Value> =
                    env::vars().map(|(name, value)| (name, value.into())).collect();
                Some(Ok(
                    json!({"content": [], "structuredContent": {"environment": seen, "calls": self.calls}}),
                ))
            }
            "grow" => {
                self.tools.push(tool("grown", "Is new.", Value::Null));
                say(&json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}));
                said("grown")
            }
            "write" => {
                log(&format!("write {text}"));
                said("written")
            }
            "write-and-die" => {
                log(&format!("write {text}"));
                std::process::exit(1)
            }
            "destroy" => said("destroyed"),
            "freeze" => {
                std::thread::sleep(Duration::from_secs(600));
                None
            }
            _ => Some(Err((-32602, "no such tool"))),
        }
    }
}
