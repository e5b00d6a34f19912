//! Pages for people, without a script.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use maud::{DOCTYPE, Markup, html};
use toolbay_kernel::{Connection, Problem};

use crate::console;

/// A page: what is on it, and where its forms may lead.
pub(super) struct Page {
    status: StatusCode,
    title: String,
    content: Markup,
    forms: &'static str,
}

impl Page {
    pub(super) fn new(title: impl Into<String>, content: Markup) -> Self {
        Self { status: StatusCode::OK, title: title.into(), content, forms: "; form-action 'none'" }
    }

    pub(super) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Lets forms of the page lead to this host.
    pub(super) fn with_forms(mut self) -> Self {
        self.forms = "; form-action 'self'";
        self
    }

    /// Lets forms of the page lead away from this host in the end. Browsers hold every step after a form against the page's
    /// policy, and which steps Notion and a client take, nobody here knows. The form itself is of this host.
    pub(super) fn with_forms_that_lead_away(mut self) -> Self {
        self.forms = "";
        self
    }

    /// The page in the console's style.
    pub(super) fn into_response(self) -> Response {
        let title = &self.title;
        let body = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) " - Toolbay" }
                    link rel="icon" href=(console::ICON) type="image/svg+xml";
                    link rel="stylesheet" href=(console::STYLE);
                }
                body.sheet {
                    main {
                        h1 { (title) }
                        (self.content)
                    }
                }
            }
        };
        // What a page may do: be shown, in the console's style, and send its forms. In no frame, so that nobody clicks
        // through another page.
        let policy = format!(
            "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'{}",
            self.forms
        );
        let mut response = Response::new(Body::from(body.into_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        let policy = HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        response
    }
}

/// That a workspace is connected.
pub(super) fn connected(connection: &Connection) -> Response {
    let workspace = connection.workspace_name.as_deref().unwrap_or("the workspace");
    let content = html! {
        p { (workspace) " is the connection " (connection.name) " now. You can close this page." }
        p { "connection_id " (connection.id) }
    };
    Page::new("Connected", content).into_response()
}

/// That something didn't work, and what would help.
pub(super) fn problem(status: StatusCode, title: &str, problem: &Problem) -> Response {
    let content = html! {
        p { (sentence(&problem.message)) }
        @if let Some(hint) = problem.hint.as_deref().filter(|hint| !hint.is_empty()) { p { (sentence(hint)) } }
    };
    Page::new(title, content).status(status).into_response()
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).chain(['.']).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_begins_and_ends_as_one() {
        assert_eq!((sentence("begin again").as_str(), sentence("").as_str()), ("Begin again.", ""));
    }
}
