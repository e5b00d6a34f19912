//! The objects that hang on the others: comments, views, file uploads, tasks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::clock::{to_millisecond, to_minute};
use crate::json::put;
use crate::model::Stamps;
use crate::model::parent::Parent;
use crate::model::user::partial;

/// A comment of a discussion on a page or block.
#[derive(Clone, Debug)]
pub(crate) struct Comment {
    pub(crate) id: String,
    pub(crate) sequence: u64,
    pub(crate) stamps: Stamps,
    pub(crate) parent: Parent,
    pub(crate) discussion_id: String,
    pub(crate) rich_text: Value,
    pub(crate) display_name: Value,
    pub(crate) attachments: Vec<Value>,
}

/// A view of a data source.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) id: String,
    pub(crate) stamps: Stamps,
    pub(crate) database_id: String,
    pub(crate) data_source_id: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) filter: Value,
    pub(crate) sorts: Value,
    pub(crate) quick_filters: Value,
    pub(crate) configuration: Value,
    /// The dashboard that it is a widget of.
    pub(crate) dashboard_view_id: Option<String>,
}

impl View {
    pub(crate) fn to_json(&self) -> Value {
        let mut view = json!({
            "object": "view",
            "id": self.id,
            "parent": {"type": "database_id", "database_id": self.database_id},
            "name": self.name,
            "type": self.kind,
            "created_time": to_millisecond(self.stamps.created_time).replace('Z', "+00:00"),
            "last_edited_time": to_millisecond(self.stamps.last_edited_time).replace('Z', "+00:00"),
            "url": format!(
                "{}?v={}",
                crate::model::page::url_of(&self.database_id),
                crate::identifiers::undashed(&self.id)
            ),
            "data_source_id": self.data_source_id,
            "created_by": partial(&self.stamps.created_by),
            "last_edited_by": partial(&self.stamps.last_edited_by),
            "filter": self.filter,
            "sorts": self.sorts,
            "quick_filters": self.quick_filters,
            "configuration": self.configuration,
        });
        if let Some(dashboard) = &self.dashboard_view_id {
            put(&mut view, "dashboard_view_id", json!(dashboard));
        }
        view
    }

    pub(crate) fn to_partial(&self) -> Value {
        json!({
            "object": "view",
            "id": self.id,
            "parent": {"type": "database_id", "database_id": self.database_id},
            "type": self.kind,
        })
    }
}

/// The fixed result of running a view.
#[derive(Clone, Debug)]
pub(crate) struct ViewQuery {
    pub(crate) id: String,
    pub(crate) view_id: String,
    pub(crate) expires_at: OffsetDateTime,
    pub(crate) page_ids: Vec<String>,
}

/// The import of a file from an address. Notion fetches it after it answered, so it is pending for as many looks at
/// it as a test asks for; one of a host named `unreachable` fails.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    pub(crate) looks_left: Arc<AtomicU64>,
    pub(crate) fails: bool,
}

/// An upload of a file, in its steps.
#[derive(Clone, Debug)]
pub(crate) struct FileUpload {
    pub(crate) id: String,
    pub(crate) sequence: u64,
    pub(crate) stamps: Stamps,
    pub(crate) created_by_kind: &'static str,
    /// Of an import, what it is once it is done.
    pub(crate) own_status: &'static str,
    pub(crate) import: Option<Import>,
    pub(crate) filename: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) content_length: Option<u64>,
    pub(crate) parts: Option<(u64, Vec<u64>)>,
    pub(crate) part_bytes: u64,
}

impl FileUpload {
    pub(crate) fn status(&self) -> &'static str {
        match &self.import {
            Some(import) if import.looks_left.load(Ordering::Relaxed) > 0 => "pending",
            Some(import) if import.fails => "failed",
            _ => self.own_status,
        }
    }

    /// Notes that somebody looked whether the import is done.
    pub(crate) fn look(&self) {
        if let Some(import) = &self.import {
            let less = |left: u64| left.checked_sub(1);
            // Nothing left to count is no failure.
            import.looks_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).ok();
        }
    }

    pub(crate) fn to_json(&self, base: &str) -> Value {
        let status = self.status();
        let mut upload = json!({
            "object": "file_upload",
            "id": self.id,
            "created_time": to_minute(self.stamps.created_time),
            "created_by": {"id": self.stamps.created_by, "type": self.created_by_kind},
            "last_edited_time": to_minute(self.stamps.last_edited_time),
            "in_trash": false,
            "expiry_time": match status {
                "pending" => Value::from(to_minute(self.stamps.created_time.saturating_add(time::Duration::hours(1)))),
                _ => Value::Null,
            },
        });
        if status == "pending" {
            put(&mut upload, "upload_url", json!(format!("{base}/v1/file_uploads/{}/send", self.id)));
            if self.parts.is_some() {
                put(
                    &mut upload,
                    "complete_url",
                    json!(format!("{base}/v1/file_uploads/{}/complete", self.id)),
                );
            }
        }
        put(&mut upload, "status", json!(status));
        put(&mut upload, "filename", json!(self.filename));
        put(&mut upload, "content_type", json!(self.content_type));
        put(&mut upload, "content_length", json!(self.content_length));
        let imported_time = to_minute(self.stamps.created_time);
        if self.import.is_some() && status == "uploaded" {
            let result = json!({"imported_time": imported_time, "type": "success", "success": {}});
            put(&mut upload, "file_import_result", result);
        }
        if status == "failed" {
            let error = json!({
                "type": "download_error",
                "code": "file_upload_url_unreachable",
                "message": "The external URL could not be reached.",
                "parameter": "external_url",
                "status_code": null,
            });
            let result = json!({"imported_time": imported_time, "type": "error", "error": error});
            put(&mut upload, "file_import_result", result);
        }
        if let Some((total, sent)) = &self.parts {
            put(&mut upload, "number_of_parts", json!({"total": total, "sent": sent.len()}));
        }
        upload
    }
}

/// A write that was answered before it was done.
#[derive(Clone, Debug)]
pub(crate) struct AsyncTask {
    pub(crate) id: String,
    pub(crate) created_time: OffsetDateTime,
    pub(crate) operation: &'static str,
    pub(crate) result: Value,
    pub(crate) error: Option<Value>,
}

impl AsyncTask {
    fn head(&self, base: &str, status: &str) -> Value {
        json!({
            "object": "async_task",
            "id": self.id,
            "status": status,
            "status_url": format!("{base}/v1/async_tasks/{}", self.id),
            "created_time": to_millisecond(self.created_time),
        })
    }

    /// The 202 answer.
    pub(crate) fn queued(&self, base: &str) -> Value {
        let mut task = self.head(base, "queued");
        put(&mut task, "poll_after_seconds", json!(2));
        put(&mut task, "operation", json!({"surface": "rest", "name": self.operation}));
        task
    }

    pub(crate) fn to_json(&self, base: &str) -> Value {
        let mut task = self.head(base, if self.error.is_some() { "failed" } else { "succeeded" });
        put(&mut task, "operation", json!({"surface": "rest", "name": self.operation}));
        match &self.error {
            Some(error) => put(&mut task, "error", error.clone()),
            None => put(&mut task, "result", self.result.clone()),
        }
        task
    }
}
