use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use crate::PLUGIN;

const PAGE: &str = "11111111-1111-1111-1111-111111111111";
const BLOCK: &str = "22222222-2222-2222-2222-222222222222";
const UPLOAD: &str = "33333333-3333-3333-3333-333333333333";
const NEW: &str = "44444444-4444-4444-4444-444444444444";

fn hosted() -> Value {
    json!({ "name": "old.pdf", "type": "file", "file": { "url": "https://files.example/old.pdf?sig=1", "expiry_time": "x" } })
}

fn external(url: &str) -> Value {
    json!({ "name": "a", "type": "external", "external": { "url": url } })
}

fn page(files: Value) -> Value {
    json!({ "object": "page", "id": PAGE, "url": "https://app.notion.com/p/1", "in_trash": false, "properties": {
        "Name": { "id": "title", "type": "title", "title": [] },
        "Attachments": { "id": "f", "type": "files", "files": files },
    } })
}

fn upload(status: &str) -> Value {
    json!({ "object": "file_upload", "id": UPLOAD, "status": status, "filename": "plan.pdf", "content_type": "application/pdf" })
}

/// A workspace with one page whose property has these files, and where blocks can be appended.
fn host(files: Value) -> MockHost {
    MockHost::new()
        .on("GET /v1/pages/{page_id}", page(files))
        .on("PATCH /v1/pages/{page_id}", page(json!([])))
        .on(
            "PATCH /v1/blocks/{block_id}/children",
            json!({ "object": "list", "results": [{ "object": "block", "id": NEW }] }),
        )
}

fn run(host: &MockHost, arguments: Value) -> Result<Value, Problem> {
    host.run(&PLUGIN, "attach_file", arguments).map(|answer| answer.value().expect("data"))
}

fn last_body(host: &MockHost) -> Value {
    host.requests().pop().and_then(|request| request.body).expect("a body")
}

#[test]
fn a_link_becomes_the_block_that_its_ending_says() {
    for (url, extra, block) in [
        (
            "https://example.com/a.png",
            json!({ "caption": "Our team" }),
            json!({ "type": "image", "image": {
                "type": "external", "external": { "url": "https://example.com/a.png" },
                "caption": [{ "type": "text", "text": { "content": "Our team" } }],
            } }),
        ),
        (
            "https://example.com/talk",
            json!({}),
            json!({ "type": "bookmark", "bookmark": { "url": "https://example.com/talk" } }),
        ),
        (
            "https://example.com/talk",
            json!({ "kind": "video" }),
            json!({ "type": "video", "video": { "type": "external", "external": { "url": "https://example.com/talk" } } }),
        ),
        (
            "https://example.com/data.csv?v=1.png",
            json!({ "name": "Data" }),
            json!({ "type": "file", "file": {
                "type": "external", "external": { "url": "https://example.com/data.csv?v=1.png" }, "name": "Data",
            } }),
        ),
    ] {
        let host = host(json!([]));
        let mut arguments = json!({ "url": url, "page_id": PAGE });
        arguments.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        assert_eq!(run(&host, arguments).expect(url), json!({ "id": NEW }));
        assert_eq!(host.sent(), [format!("PATCH /v1/blocks/{PAGE}/children")]);
        let sent = last_body(&host)["children"][0].clone();
        let kind = block["type"].as_str().expect("a type");
        for (key, value) in block[kind].as_object().expect("an object") {
            if key == "caption" {
                assert_eq!(sent[kind][key][0]["text"]["content"], value[0]["text"]["content"]);
            } else {
                assert_eq!(&sent[kind][key], value, "{url}");
            }
        }
        assert_eq!(sent["type"], block["type"]);
    }
}

#[test]
fn a_block_that_is_linked_is_appended_to() {
    let host = host(json!([]));
    let link = format!("https://www.notion.so/Plan-{}#{}", PAGE.replace('-', ""), BLOCK.replace('-', ""));
    run(&host, json!({ "url": "https://example.com/", "block_id": link })).expect("a bookmark");
    assert_eq!(host.sent(), [format!("PATCH /v1/blocks/{BLOCK}/children")]);
}

#[test]
fn a_files_property_keeps_what_it_has() {
    let host = host(json!([hosted(), external("https://example.com/b")]));
    let answer = run(
        &host,
        json!({ "url": "https://example.com/Plan%20A.pdf", "page_id": PAGE, "property": "attachments" }),
    );
    assert_eq!(answer.expect("added"), json!({ "id": PAGE, "url": "https://app.notion.com/p/1" }));
    assert_eq!(host.sent(), [format!("GET /v1/pages/{PAGE}"), format!("PATCH /v1/pages/{PAGE}")]);
    assert_eq!(
        last_body(&host),
        json!({ "properties": { "Attachments": { "files": [
            hosted(),
            external("https://example.com/b"),
            { "name": "Plan A.pdf", "type": "external", "external": { "url": "https://example.com/Plan%20A.pdf" } },
        ] } } })
    );
}

#[test]
fn a_link_that_is_there_already_is_not_added_again() {
    let host = host(json!([external("https://example.com/b")]));
    let answer =
        run(&host, json!({ "url": "https://example.com/b", "page_id": PAGE, "property": "Attachments" }));
    assert!(answer.expect("unchanged")["note"].as_str().is_some_and(|note| note.contains("already")));
    assert_eq!(host.sent(), [format!("GET /v1/pages/{PAGE}")]);
}

#[test]
fn an_import_is_attached_once_notion_has_the_file() {
    let host = host(json!([hosted()]))
        .on("POST /v1/file_uploads", upload("pending"))
        .on("GET /v1/file_uploads/{file_upload_id}", upload("pending"))
        .on("GET /v1/file_uploads/{file_upload_id}", upload("uploaded"));
    let arguments = json!({ "url": "https://example.com/plan.pdf", "page_id": PAGE, "import": true });
    run(&host, arguments.clone()).expect("a block");
    assert_eq!(
        host.requests()[0].body,
        Some(
            json!({ "mode": "external_url", "external_url": "https://example.com/plan.pdf", "filename": "plan.pdf" })
        )
    );
    assert_eq!(
        last_body(&host),
        json!({ "children": [{ "type": "pdf", "pdf": { "type": "file_upload", "file_upload": { "id": UPLOAD } } }] })
    );
    assert_eq!(host.sent().len(), 4);

    let host = host
        .on("GET /v1/pages/{page_id}", page(json!([hosted(), external("https://example.com/meanwhile")])));
    let mut arguments = arguments;
    arguments["property"] = json!("Attachments");
    arguments["name"] = json!("The plan");
    run(&host, arguments).expect("a file");
    assert_eq!(
        last_body(&host)["properties"]["Attachments"]["files"],
        json!([
            hosted(),
            external("https://example.com/meanwhile"),
            { "type": "file_upload", "file_upload": { "id": UPLOAD }, "name": "The plan" },
        ])
    );
}

#[test]
fn an_import_that_takes_long_can_be_gone_on_with_by_its_id() {
    let slow = || {
        host(json!([]))
            .on("POST /v1/file_uploads", upload("pending"))
            .on("GET /v1/file_uploads/{file_upload_id}", upload("pending"))
    };
    let arguments = json!({ "url": "https://example.com/plan.pdf", "page_id": PAGE, "import": true });
    let patient = slow();
    let problem = run(&patient, arguments.clone()).expect_err("not there yet");
    assert_eq!(problem.details, Some(Box::new(json!({ "file_upload_id": UPLOAD }))));
    assert!(problem.hint.is_some_and(|hint| hint.contains(UPLOAD)));
    assert_eq!(patient.sent().len(), 11, "as many looks as are allowed, and nothing attached");

    let late = slow().with_remaining(1_000);
    run(&late, arguments).expect_err("no time left");
    assert_eq!(late.sent(), ["POST /v1/file_uploads"]);

    let ready = host(json!([])).on("GET /v1/file_uploads/{file_upload_id}", upload("uploaded"));
    run(&ready, json!({ "url": UPLOAD, "page_id": PAGE })).expect("attached");
    assert_eq!(
        ready.sent(),
        [format!("GET /v1/file_uploads/{UPLOAD}"), format!("PATCH /v1/blocks/{PAGE}/children")]
    );
}

#[test]
fn a_failed_import_says_why_and_attaches_nothing() {
    let mut failed = upload("failed");
    failed["file_import_result"] =
        json!({ "type": "error", "error": { "type": "download_error", "message": "It answered 404." } });
    let host = host(json!([])).on("POST /v1/file_uploads", failed);
    let problem =
        run(&host, json!({ "url": "https://example.com/plan.pdf", "page_id": PAGE, "import": true }))
            .expect_err("failed");
    assert_eq!(problem.message, "Notion could not fetch the file: It answered 404.");
    assert_eq!(host.sent(), ["POST /v1/file_uploads"]);
}

#[test]
fn whatever_is_wrong_is_refused_before_anything_is_sent() {
    let host = host(json!([]));
    let link = "https://example.com/a.png";
    for (arguments, hint) in [
        (json!({ "url": link }), "`page_id`"),
        (json!({ "url": link, "property": "Attachments" }), "`page_id`"),
        (json!({ "url": link, "page_id": PAGE, "block_id": BLOCK }), "only one"),
        (json!({ "url": link, "block_id": BLOCK, "property": "Attachments" }), "`page_id`"),
        (
            json!({ "url": link, "page_id": PAGE, "property": "Attachments", "kind": "image" }),
            "Leave them out",
        ),
        (json!({ "url": link, "page_id": "Plan" }), "32 hexadecimal digits"),
        (json!({ "url": "ftp://example.com/a", "page_id": PAGE }), "https://example.com/plan.pdf"),
        (json!({ "url": "http://example.com/a.png", "page_id": PAGE, "import": true }), "https link"),
        (json!({ "url": "https://example.com/a", "page_id": PAGE, "import": true }), "with its ending"),
        (json!({ "url": link, "page_id": PAGE, "import": true, "kind": "embed" }), "another `kind`"),
    ] {
        let problem = run(&host, arguments).expect_err(hint);
        assert!(problem.hint.as_ref().is_some_and(|text| text.contains(hint)), "{problem}");
    }
    assert!(host.sent().is_empty());
}

#[test]
fn a_property_that_cannot_take_it_is_refused_before_anything_is_written() {
    let full: Vec<Value> = (0..100).map(|index| external(&format!("https://example.com/{index}"))).collect();
    let mut trashed = page(json!([]));
    trashed["in_trash"] = json!(true);
    for (host, property, hint) in [
        (host(json!([])), "Attachment", "`Attachments`"),
        (host(json!([])), "Name", "`Attachments`"),
        (host(json!(full)), "Attachments", "as a block"),
        (MockHost::new().on("GET /v1/pages/{page_id}", trashed), "Attachments", "Restore"),
    ] {
        let arguments = json!({ "url": "https://example.com/plan.pdf", "page_id": PAGE, "property": property, "import": true });
        let problem = run(&host, arguments).expect_err(hint);
        assert!(problem.hint.as_ref().is_some_and(|text| text.contains(hint)), "{problem}");
        assert_eq!(host.sent().len(), 1);
    }
}
