//! The authorization page: who asks, and a link for each answer.

use super::requested::Requested;
use crate::hosted::answered::{Answered, Content};

/// The workspaces that the page offers beside the one of the consent.
const WORKSPACES: [&str; 2] = ["Toolbay", "Acme"];

/// A page with one link for each person and workspace, and one to refuse. `data-person` and `data-workspace` say whose
/// it is; a test follows its `href`.
pub(super) fn page(
    client: &str,
    requested: &Requested,
    request: &str,
    people: &[String],
    workspace: &str,
) -> Answered {
    let mut workspaces = WORKSPACES.to_vec();
    if !workspaces.contains(&workspace) {
        workspaces.push(workspace);
    }
    let mut links = String::new();
    for person in people {
        for workspace in &workspaces {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs([("request", request), ("person", person), ("workspace", workspace)])
                .finish();
            links.push_str(&format!(
                "<li><a data-person=\"{}\" data-workspace=\"{}\" href=\"/authorize/answer?{}\">{} in {}</a></li>\n",
                escaped(person),
                escaped(workspace),
                escaped(&query),
                escaped(person),
                escaped(workspace),
            ));
        }
    }
    let body = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Notion MCP (emulated)</title></head><body>\n\
         <h1>{} asks for access</h1>\n<p>It gets an answer at {}. Who are you, and which workspace may it use?</p>\n\
         <ul>\n{links}</ul>\n<p><a data-refuse href=\"/authorize/answer?request={request}\">Refuse</a></p>\n</body></html>\n",
        escaped(client),
        escaped(&requested.redirect_uri),
    );
    let headers = vec![
        ("cache-control", "no-store".to_owned()),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'".to_owned()),
    ];
    Answered { status: 200, headers, content: Content::Html(body), note: serde_json::Value::Null }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
