//! The console's page and its parts, as they are served.

use std::path::{Path, PathBuf};

use axum::body::Body;
use http::{StatusCode, header};

use crate::harness::{Host, request};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/console");

/// The names of the files below a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let entries: Vec<PathBuf> =
            std::fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()).collect();
        for path in entries {
            if path.is_dir() {
                folders.push(path);
            } else {
                names.push(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    names
}

#[tokio::test]
async fn every_file_of_the_console_is_served_with_its_kind_and_policy() {
    let host = Host::new();
    let names = names(Path::new(FOLDER));
    assert!(names.len() >= 3, "{names:?}");
    for name in names {
        let reply = host.get(&format!("/console/assets/{name}")).await;
        assert_eq!(reply.status, StatusCode::OK, "{name}");
        assert_eq!(reply.bytes, std::fs::read(Path::new(FOLDER).join(&name)).unwrap(), "{name}");
        let kind = match name.rsplit_once('.').unwrap().1 {
            "html" => "text/html; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            "json" => "application/json",
            other => panic!("{name}: nothing says what {other} is"),
        };
        assert_eq!(reply.header("content-type"), kind, "{name}");
        assert_eq!(reply.header("cache-control"), "no-cache", "{name}");
        let policy = reply.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("trusted-types 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
    }
}

#[tokio::test]
async fn every_address_of_the_console_is_the_page() {
    let host = Host::new();
    let page = host.get("/").await;
    assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    for path in
        ["/console", "/console/", "/console/tools", "/console/tools/add?a=1", "/console/activity/0192/x"]
    {
        let reply = host.get(path).await;
        assert_eq!((reply.status, &reply.bytes), (StatusCode::OK, &page.bytes), "{path}");
    }
    let text = String::from_utf8(page.bytes).unwrap();
    let parts: Vec<&str> = text.split('"').filter(|part| part.starts_with("/console/assets/")).collect();
    assert!(!parts.is_empty());
    for part in parts {
        assert_eq!(host.get(part).await.status, StatusCode::OK, "{part}");
    }
}

#[tokio::test]
async fn the_console_loads_nothing_from_elsewhere_and_makes_no_markup_of_text() {
    for name in names(Path::new(FOLDER)) {
        let content = std::fs::read_to_string(Path::new(FOLDER).join(&name)).unwrap();
        for forbidden in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "src=\"http",
            "from \"http",
            "import(\"http",
            "fetch(\"http",
            "url(http",
            "@import",
        ] {
            assert!(!content.contains(forbidden), "{name} has {forbidden}");
        }
    }
}

#[tokio::test]
async fn a_file_that_has_not_changed_is_not_sent_again() {
    let host = Host::new();
    for path in ["/", "/console/assets/style/base.css"] {
        let tag = host.get(path).await.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.len() == 26, "{tag}");
        let again =
            |tag: &str| request("GET", path).header(header::IF_NONE_MATCH, tag).body(Body::empty()).unwrap();
        let reply = host.send(again(&tag)).await;
        assert_eq!((reply.status, reply.bytes.len()), (StatusCode::NOT_MODIFIED, 0), "{path}");
        assert_eq!(reply.header("etag"), tag);
        let reply = host.send(again("\"other\"")).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_head_has_no_body() {
    let host = Host::new();
    for path in ["/", "/console", "/console/tools", "/console/assets/icon.svg"] {
        let length = host.get(path).await.bytes.len().to_string();
        let reply = host.send(request("HEAD", path).body(Body::empty()).unwrap()).await;
        assert_eq!((reply.status, reply.bytes.len()), (StatusCode::OK, 0), "{path}");
        assert_eq!(reply.header("content-length"), length, "{path}");
    }
}

#[tokio::test]
async fn no_file_beside_those_of_the_console_is_served() {
    let host = Host::new();
    for path in [
        "/console/assets/nothing.js",
        "/console/assets/../Cargo.toml",
        "/console/assets/..%2fCargo.toml",
        "/console/assets/%2e%2e/Cargo.toml",
        "/console/assets/%2e%2e%2fCargo.toml",
        "/console/assets/..%5cCargo.toml",
        "/console/assets//etc/passwd",
        "/console/assets/%2fetc%2fpasswd",
        "/console/assets/./icon.svg",
        "/console/assets/icon.svg%00",
        "/console/assets/icon.svg/",
        "/console/assets/ICON.SVG",
    ] {
        let reply = host.get(path).await;
        assert_eq!((reply.status, reply.code().as_str()), (StatusCode::NOT_FOUND, "not_found"), "{path}");
    }
}
