//! File uploads: the three modes and their steps. The bytes themselves are counted and let go.

use std::sync::Arc;

use serde_json::Value;

use crate::call::Call;
use crate::errors::{Refusal, invalid};
use crate::handlers::Answer;
use crate::json::Peek;
use crate::model::small::{FileUpload, Import};
use crate::model::{Stamps, Workspace};
use crate::paginate;

/// Documented: a single part holds 20 MB.
const PART_LIMIT_BYTES: u64 = 20 * 1024 * 1024;

fn find(call: &Call, workspace: &Workspace) -> Result<Arc<FileUpload>, Refusal> {
    let id = call.id("file_upload_id");
    workspace
        .file_uploads
        .get(&id)
        .filter(|upload| upload.stamps.created_by == call.bot())
        .cloned()
        .ok_or_else(|| call.missing("file upload", &id))
}

fn content_type_of(filename: &str) -> Option<&'static str> {
    Some(match filename.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
        "txt" => "text/plain",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "json" => "application/json",
        "csv" => "text/csv",
        "mp3" => "audio/mpeg",
        "mp4" => "video/mp4",
        _ => return None,
    })
}

pub(crate) fn create(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let body = &call.body;
    let mode = body.text("mode").unwrap_or("single_part");
    let filename = body.text("filename").map(str::to_owned);
    let parts = body.at("number_of_parts").as_u64();
    match mode {
        "multi_part" if parts.is_none() || filename.is_none() => {
            return Err(invalid("`filename` and `number_of_parts` are required when mode is `multi_part`."));
        }
        "external_url" if !body.text("external_url").is_some_and(|url| url.starts_with("https://")) => {
            return Err(invalid("`external_url` must be an HTTPS URL when mode is `external_url`."));
        }
        "external_url" if filename.is_none() => {
            return Err(invalid("`filename` is required when mode is `external_url`."));
        }
        "single_part" | "external_url" if parts.is_some() => {
            return Err(invalid("`number_of_parts` is for mode `multi_part`."));
        }
        _ => {}
    }
    if mode != "external_url" && body.has("external_url") {
        return Err(invalid("`external_url` is for mode `external_url`."));
    }
    let guessed = filename.as_deref().and_then(content_type_of).map(str::to_owned);
    let id = workspace.mint();
    let upload = FileUpload {
        id: id.clone(),
        sequence: workspace.next_sequence(),
        stamps: Stamps::new(call.now, call.bot()),
        created_by_kind: "bot",
        own_status: if mode == "external_url" { "uploaded" } else { "pending" },
        import: (mode == "external_url")
            .then(|| import(workspace, body.text("external_url").unwrap_or_default())),
        content_type: body.text("content_type").map(str::to_owned).or(guessed),
        filename,
        content_length: None,
        parts: (mode == "multi_part").then(|| (parts.unwrap_or(1), Vec::new())),
        part_bytes: 0,
    };
    let answer = upload.to_json(&call.base);
    workspace.file_uploads.insert(id.clone(), upload.into());
    Ok(Answer::created(answer, &id))
}

fn import(workspace: &Workspace, url: &str) -> Import {
    let host = url.trim_start_matches("https://").split(['/', ':', '?']).next().unwrap_or_default();
    Import {
        looks_left: Arc::new(workspace.looks_of_import.into()),
        fails: host.split('.').next() == Some("unreachable"),
    }
}

pub(crate) fn get(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    let upload = find(call, workspace)?;
    let answer = upload.to_json(&call.base);
    upload.look();
    Ok(answer.into())
}

pub(crate) fn list(call: &Call, workspace: &Workspace) -> Result<Answer, Refusal> {
    let status = call.query.text("status");
    let mut found: Vec<_> = workspace
        .file_uploads
        .values()
        .filter(|upload| upload.stamps.created_by == call.bot())
        .filter(|upload| status.is_none_or(|status| status == upload.status()))
        .collect();
    found.sort_by_key(|upload| std::cmp::Reverse(upload.sequence));
    let ids: Vec<String> = found.iter().map(|upload| upload.id.clone()).collect();
    let (shown, next) = paginate::slice(&ids, call.query.text("start_cursor"), call.page_size())?;
    let results: Vec<Value> = shown
        .iter()
        .filter_map(|id| workspace.file_uploads.get(id))
        .map(|upload| upload.to_json(&call.base))
        .collect();
    Ok(paginate::list(results, next, "file_upload").into())
}

pub(crate) fn send(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let mut upload = (*find(call, workspace)?).clone();
    let file = call.file.as_ref().ok_or_else(|| {
        invalid("body failed validation: body.file should be defined, instead was `undefined`.")
    })?;
    if upload.own_status != "pending" {
        return Err(invalid(format!("The file upload is {}, not pending.", upload.status())));
    }
    if file.size > PART_LIMIT_BYTES {
        return Err(invalid("The file is larger than 20 MB. Send it in parts."));
    }
    let number = file.part_number.as_deref().map(str::parse::<u64>);
    match (&mut upload.parts, number) {
        (None, None) => {
            upload.own_status = "uploaded";
            upload.content_length = Some(file.size);
            upload.filename = upload.filename.take().or_else(|| file.filename.clone());
            upload.content_type = upload.content_type.take().or_else(|| file.content_type.clone());
        }
        (None, Some(_)) => return Err(invalid("`part_number` is for mode `multi_part`.")),
        (Some((total, sent)), Some(Ok(number))) if (1..=*total).contains(&number) => {
            if !sent.contains(&number) {
                sent.push(number);
                upload.part_bytes += file.size;
            }
        }
        (Some((total, _)), _) => return Err(invalid(format!("`part_number` must be from 1 to {total}."))),
    }
    Ok(store(call, workspace, upload))
}

pub(crate) fn complete(call: &Call, workspace: &mut Workspace) -> Result<Answer, Refusal> {
    let mut upload = (*find(call, workspace)?).clone();
    match &upload.parts {
        None => return Err(invalid("Only a file upload in mode `multi_part` is completed.")),
        Some((total, sent)) if sent.len() as u64 != *total => {
            return Err(invalid(format!("{} of {total} parts have been sent.", sent.len())));
        }
        Some(_) if upload.own_status != "pending" => {
            return Err(invalid(format!("The file upload is {}, not pending.", upload.own_status)));
        }
        Some(_) => {}
    }
    upload.own_status = "uploaded";
    upload.content_length = Some(upload.part_bytes);
    Ok(store(call, workspace, upload))
}

fn store(call: &Call, workspace: &mut Workspace, mut upload: FileUpload) -> Answer {
    upload.stamps.touch(call.now, call.bot());
    workspace.changed(&upload.id);
    let (id, answer) = (upload.id.clone(), upload.to_json(&call.base));
    workspace.file_uploads.insert(id.clone(), upload.into());
    Answer::created(answer, &id)
}
