//! The documents by which a client finds its way: from the resource to its authorization server, and from there to the endpoints.

use serde_json::json;

use crate::hosted::answered::Answered;

/// What the authorization server calls the MCP endpoint, and what its tokens must have been asked for.
pub(in crate::hosted) fn resource(base: &str) -> String {
    format!("{base}/mcp")
}

/// Where a client that was refused finds the resource's document.
pub(in crate::hosted) fn resource_metadata(base: &str) -> String {
    format!("{base}/.well-known/oauth-protected-resource/mcp")
}

/// Answers a request below `/.well-known/`.
pub(in crate::hosted) fn answer(base: &str, path: &str) -> Answered {
    match path {
        "/.well-known/oauth-protected-resource" | "/.well-known/oauth-protected-resource/mcp" => {
            Answered::json(
                200,
                json!({
                    "resource": resource(base),
                    "resource_name": "Notion MCP (emulated)",
                    "authorization_servers": [base],
                    "bearer_methods_supported": ["header"],
                }),
            )
        }
        "/.well-known/oauth-authorization-server" => Answered::json(
            200,
            json!({
                "issuer": base,
                "authorization_endpoint": format!("{base}/authorize"),
                "token_endpoint": format!("{base}/token"),
                "registration_endpoint": format!("{base}/register"),
                "revocation_endpoint": format!("{base}/revoke"),
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "token_endpoint_auth_methods_supported": ["none", "client_secret_post", "client_secret_basic"],
                "revocation_endpoint_auth_methods_supported": ["none", "client_secret_post", "client_secret_basic"],
                "code_challenge_methods_supported": ["S256"],
                "client_id_metadata_document_supported": false,
            }),
        ),
        _ => Answered::json(404, json!({ "error": "not_found" })),
    }
}
