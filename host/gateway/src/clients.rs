//! What clients need to use this host with a token, to be pasted.

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

/// A client, and what it needs.
pub struct Client {
    pub name: &'static str,
    /// Where it belongs.
    pub place: &'static str,
    pub text: String,
}

/// Those that take a token, at this origin of a host.
pub fn of(origin: &str, token: &SecretString) -> Vec<Client> {
    let origin = origin.trim_end_matches('/');
    let mcp = format!("{origin}/mcp");
    let bearer = format!("Bearer {}", token.expose_secret());
    let headers = json!({"Authorization": bearer});
    vec![
        Client {
            name: "Claude Code",
            place: "in a shell",
            text: format!(
                "claude mcp add --transport http toolbay {mcp} --header \"Authorization: {bearer}\""
            ),
        },
        Client {
            name: "Cursor",
            place: "in ~/.cursor/mcp.json",
            text: json!({"mcpServers": {"toolbay": {"url": mcp, "headers": headers}}}).to_string(),
        },
        Client {
            name: "VS Code",
            place: "in .vscode/mcp.json",
            text: json!({"servers": {"toolbay": {"type": "http", "url": mcp, "headers": headers}}})
                .to_string(),
        },
        Client {
            name: "curl",
            place: "in a shell",
            text: format!("curl -sS {origin}/v1/tools -H \"Authorization: {bearer}\""),
        },
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn each_client_gets_the_address_and_the_token_in_its_own_form() {
        let clients = of("https://tools.example.com/", &SecretString::from("tk_1".to_owned()));
        for client in &clients {
            assert!(client.text.contains("https://tools.example.com/"), "{}", client.name);
            assert!(client.text.contains("Bearer tk_1"), "{}", client.name);
        }
        let read = |name: &str| -> Value {
            let client = clients.iter().find(|client| client.name == name).unwrap();
            serde_json::from_str(&client.text).unwrap()
        };
        assert_eq!(read("Cursor")["mcpServers"]["toolbay"]["url"], "https://tools.example.com/mcp");
        assert_eq!(read("VS Code")["servers"]["toolbay"]["type"], "http");
    }
}
