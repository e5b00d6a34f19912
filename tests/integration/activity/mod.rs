//! What people look at: the activity, jobs and changes, through the door of a whole host.

mod calls;
mod changes;
mod jobs;

use serde_json::{Value, json};

use crate::harness::{TestHost, command};

/// A token of its own, by its secret and its id.
struct Token {
    secret: String,
    id: String,
}

impl TestHost {
    fn bearer(&self, name: &str) -> Token {
        let made = command(self, &["token", "create", name, "--json"]).output().unwrap();
        let made: Value = serde_json::from_slice(&made.stdout).unwrap();
        let text = |member: &str| made[member].as_str().unwrap().to_owned();
        Token { secret: text("token"), id: text("id") }
    }

    /// A request of whoever has this token: status and envelope.
    async fn as_bearer(&self, token: &str, method: &str, path: &str) -> (u16, Value) {
        let request = self.client.request(method.parse().unwrap(), format!("{}{path}", self.url));
        let answer = request.bearer_auth(token).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// A call of the test's own token: its request id and its envelope.
    async fn called(&self, tool: &str, arguments: Value) -> (String, Value) {
        let (_, envelope) = self.call(tool, arguments).await;
        (envelope["meta"]["request_id"].as_str().unwrap().to_owned(), envelope)
    }

    async fn detail(&self, call: &str) -> Value {
        self.get(&format!("/v1/activity/{call}")).await["result"].clone()
    }
}

fn of(events: &Value, member: &str) -> Vec<Value> {
    events["result"]["events"].as_array().unwrap().iter().map(|event| event[member].clone()).collect()
}

/// Arguments that create so many pages.
fn pages(host: &TestHost, count: usize) -> Value {
    let page = |number: usize| json!({"op": "create_page", "args": {"database_id": host.emulator.ids().tasks_database, "title": format!("Row {number}")}});
    json!({"ops": (0..count).map(page).collect::<Vec<_>>()})
}
