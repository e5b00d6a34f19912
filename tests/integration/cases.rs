//! One use of every built-in tool, and of what it refuses: the arguments that the parity test and the coverage table run.

use notion_emulator::SeedIds;
use serde_json::{Value, json};

/// The built-in plugins.
pub(crate) const BUILT_IN: [&str; 12] = [
    "assets",
    "blocks",
    "comments",
    "connections",
    "databases",
    "pages",
    "properties",
    "request",
    "rows",
    "search",
    "users",
    "views",
];

/// A call that has to succeed, or to be refused.
pub(crate) struct Case {
    pub(crate) tool: &'static str,
    pub(crate) arguments: Value,
    pub(crate) succeeds: bool,
}

/// Every tool on the demo workspace.
pub(crate) fn cases(ids: &SeedIds) -> Vec<Case> {
    let good = |tool, arguments| Case { tool, arguments, succeeds: true };
    let bad = |tool, arguments| Case { tool, arguments, succeeds: false };
    let (page, database) = (&ids.root_page, &ids.tasks_database);
    let (row, other, project) = (&ids.tasks[0], &ids.tasks[1], &ids.projects[0]);
    let block = &ids.blocks[0];
    vec![
        good("connections", json!({})),
        good("notion_request", json!({"method": "GET", "path": "/v1/users/me"})),
        bad("notion_request", json!({"method": "GET", "path": "/v1/nothing"})),
        good("search", json!({"query": "Tasks"})),
        good(
            "search",
            json!({"filter": {"property": "object", "value": "database"}, "sort": {"direction": "ascending", "timestamp": "last_edited_time"}}),
        ),
        good("fetch", json!({"id": page})),
        good("fetch", json!({"id": database})),
        bad("fetch", json!({"id": "Tasks"})),
        good("get_database", json!({"database_id": database, "templates": true})),
        good("get_database", json!({"database_id": ids.tasks_data_source, "detail": "full"})),
        bad("get_database", json!({"database_id": page})),
        good(
            "create_database",
            json!({"parent_page_id": page, "title": "Books", "icon": "\u{1f4da}", "properties": {"Pages": "number", "Genre": {"type": "select", "options": ["Novel", "Essay"]}}}),
        ),
        good(
            "create_database",
            json!({"database_id": database, "title": "More tasks", "properties": {"Note": "rich_text"}}),
        ),
        good(
            "update_database",
            json!({"database_id": database, "title": "Work", "properties": {"Effort": "number", "Estimate": {"rename": "Size"}}}),
        ),
        bad("update_database", json!({"database_id": database, "properties": {"Effort": "numbr"}})),
        good("query", json!({"database_id": database, "filter": {"Status": "Done"}, "sorts": ["-Due"]})),
        good("query", json!({"database_id": database, "detail": "full", "limit": 2})),
        bad("query", json!({"database_id": database, "filter": {"Statuss": "Done"}})),
        good(
            "create_page",
            json!({"parent_page_id": page, "title": "Minutes", "content": "# One\n\nTwo **three**"}),
        ),
        good(
            "create_page",
            json!({"database_id": database, "properties": {"Name": "New", "Status": "Done", "Due": "2026-01-10"}, "blocks": [{"type": "paragraph", "text": "Hello"}]}),
        ),
        bad("create_page", json!({"database_id": database, "properties": {"Name": "New", "Status": "Dnoe"}})),
        good("get_page", json!({"page_id": row, "content": true})),
        bad("get_page", json!({"page_id": "00000000-0000-4000-8000-000000000000"})),
        good("update_page", json!({"page_id": row, "properties": {"Status": "Done"}, "icon": "\u{2705}"})),
        bad("update_page", json!({"page_id": row, "properties": {"Estimate": "many"}})),
        good("move_page", json!({"page_id": row, "parent_page_id": page})),
        good("archive", json!({"page_ids": [row], "database_id": ids.projects_database})),
        bad("archive", json!({"page_ids": [], "database_id": ids.projects_database})),
        good("edit_page", json!({"page_id": page, "append": "The end."})),
        bad("edit_page", json!({"page_id": page, "edits": [{"old": "no such words", "new": "x"}]})),
        good("trash", json!({"id": row})),
        good("trash", json!({"id": database})),
        good("trash", json!({"id": block})),
        bad("trash", json!({"id": "x"})),
        good("list_blocks", json!({"block_id": page})),
        good("append_blocks", json!({"block_id": page, "markdown": "- [ ] one\n- [x] two"})),
        good("update_block", json!({"block_id": block, "block": {"text": "Changed"}})),
        good("delete_block", json!({"block_id": block})),
        good("list_comments", json!({"page_id": page})),
        good("create_comment", json!({"page_id": page, "text": "Well **done**"})),
        bad("create_comment", json!({"text": "to nobody"})),
        good("update_comment", json!({"comment_id": ids.comment, "text": "Better"})),
        good("delete_comment", json!({"comment_id": ids.comment})),
        good("list_users", json!({})),
        good("list_users", json!({"query": "ada"})),
        good("list_users", json!({"me": true})),
        good("list_users", json!({"user_id": ids.ada})),
        good("list_views", json!({"database_id": database})),
        good("list_views", json!({"view_id": ids.tasks_view})),
        good(
            "create_view",
            json!({"database_id": database, "name": "Open", "type": "board", "filter": {"Status": "Done"}, "configuration": {"group_by": "Status"}}),
        ),
        bad("create_view", json!({"database_id": database, "name": "Open", "type": "bord"})),
        good("update_view", json!({"view_id": ids.tasks_view, "name": "Everything"})),
        // The only view of its database.
        bad("delete_view", json!({"view_id": ids.projects_view})),
        good("query_view", json!({"view_id": ids.tasks_view})),
        good("attach_file", json!({"url": "https://example.com/plan.pdf", "page_id": page})),
        good("attach_file", json!({"url": "https://example.com/plan.pdf", "page_id": page, "import": true})),
        bad("attach_file", json!({"url": "ftp://example.com/plan.pdf", "page_id": page})),
        good(
            "upsert",
            json!({"database_id": database, "unique": {"property": "Name", "value": "Ship it"}, "properties": {"Status": "Done"}}),
        ),
        bad(
            "upsert",
            json!({"database_id": database, "unique": {"property": "Nme", "value": "Ship it"}, "properties": {}}),
        ),
        good(
            "link",
            json!({"from": {"type": "page", "id": other}, "to": {"type": "page", "id": project}, "relation_property": "Project"}),
        ),
        bad(
            "link",
            json!({"from": {"type": "page", "id": other}, "to": {"type": "page", "id": project}, "relation_property": "Projekt"}),
        ),
        good(
            "bulk",
            json!({"mode": "continue_on_error", "ops": [
                {"op": "upsert", "args": {"database_id": database, "unique": {"property": "Name", "value": "A"}, "properties": {"Estimate": 1}}},
                {"op": "notion.request", "args": {"method": "GET", "path": "/v1/users/me"}},
                {"op": "create_comment", "args": {"page_id": {"$ref": "ops.0.id"}, "text": "made"}},
                {"op": "upsert", "args": {"database_id": database, "unique": {"property": "Name", "value": "B"}, "properties": {"Estimate": "many"}}},
            ]}),
        ),
        good(
            "properties",
            json!({"database_id": database, "properties": {"Status": "done", "Due": {"type": "date", "value": "2026-01-10"}}}),
        ),
        bad("properties", json!({"database_id": database, "properties": {"Due": "soon"}})),
        good("job_start", json!({"kind": "get_page", "args": {"page_id": page}})),
        bad("job_start", json!({"kind": "get_pages", "args": {}})),
        bad("job_start", json!({"kind": "get_page", "args": {"page": page}})),
        bad("job_get", json!({"job_id": "01890a5d-ac96-774b-bcce-b302099a8057"})),
        good("job_list", json!({"status": "cancelled"})),
        bad("job_list", json!({"cursor": "soon"})),
        bad("job_cancel", json!({"job_id": "01890a5d-ac96-774b-bcce-b302099a8057"})),
        // Nobody has made this call.
        good("audit_list", json!({"call": "01890a5d-ac96-774b-bcce-b302099a8057"})),
        bad("audit_list", json!({"cursor": "soon"})),
        // The connection is that of NOTION_TOKEN, which can be neither renewed nor removed.
        bad("connection_refresh", json!({})),
        bad("connection_remove", json!({})),
    ]
}
