//! What a person reads when the browser isn't sent on: a page without a script.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use toolbay_kernel::{Connection, Problem};

/// What the page may do: be shown, in the console's style.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; \
                      frame-ancestors 'none'; base-uri 'none'";

/// That a workspace is connected.
pub(super) fn connected(connection: &Connection) -> Response {
    let workspace = connection.workspace_name.as_deref().unwrap_or("the workspace");
    let said = format!("{workspace} is the connection {} now. You can close this page.", connection.name);
    page(StatusCode::OK, "Connected", &[&said, &format!("connection_id {}", connection.id)])
}

/// That it isn't, and why.
pub(super) fn not_connected(status: StatusCode, problem: &Problem) -> Response {
    let hint = problem.hint.as_deref().unwrap_or_default();
    page(status, "Not connected", &[&sentence(&problem.message), &sentence(hint)])
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).chain(['.']).collect(),
        None => String::new(),
    }
}

fn page(status: StatusCode, title: &str, paragraphs: &[&str]) -> Response {
    let title = escaped(title);
    let mut body = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} - Toolbay</title>\n\
         <link rel=\"icon\" href=\"/console/icon.svg\" type=\"image/svg+xml\">\n\
         <link rel=\"stylesheet\" href=\"/console/console.css\">\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
    );
    for paragraph in paragraphs.iter().filter(|paragraph| !paragraph.is_empty()) {
        body.push_str(&format!("<p>{}</p>\n", escaped(paragraph)));
    }
    body.push_str("</main>\n</body>\n</html>\n");
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

/// Text in which nothing can be read as markup.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_others_chose_is_markup() {
        assert_eq!(escaped("<a href='x'>\"&amp;"), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;amp;");
        assert_eq!((sentence("begin again").as_str(), sentence("").as_str()), ("Begin again.", ""));
    }
}
