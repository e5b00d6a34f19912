//! A server's tools in our words.

use rmcp::model::Tool;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use toolbay_kernel::name::MAX_NAME;
use toolbay_kernel::upstream::{UpstreamName, UpstreamTool};
use toolbay_kernel::{Access, ToolDefinition, ToolName, printable};

use crate::settings::UpstreamSettings;

/// Longest definition, in bytes of JSON.
const MAX_DEFINITION: usize = 64 * 1024;

/// Longest name that a server may give a tool, in bytes.
const MAX_THEIR_NAME: usize = 200;

/// Longest description that a model reads, in bytes.
const MAX_DESCRIPTION: usize = 4_000;

/// Hexadecimal digits that tell two names apart whose beginnings are the same.
const MARK: usize = 6;

/// What is kept of a tool that a server lists: all that a model or the host goes by. What is only for a client's window (icons, the server's
/// own metadata) may change from one list to the next, and is left out.
///
/// # Errors
///
/// Why it can't be a tool here.
pub(crate) fn kept(tool: Tool) -> Result<UpstreamTool, String> {
    let name = tool.name.into_owned();
    let shown = printable::line(&name, 80);
    if name.is_empty() || name.len() > MAX_THEIR_NAME {
        return Err(format!("`{shown}`: its name is empty or longer than {MAX_THEIR_NAME} bytes"));
    }
    let mut definition =
        Map::from_iter([("inputSchema".to_owned(), Value::Object((*tool.input_schema).clone()))]);
    let mut add = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            definition.insert(key.to_owned(), value);
        }
    };
    add("title", tool.title.map(Value::from));
    add("description", tool.description.map(|text| Value::from(text.into_owned())));
    add("annotations", tool.annotations.and_then(|hints| serde_json::to_value(hints).ok()));
    let definition = Value::Object(definition);
    if definition.to_string().len() > MAX_DEFINITION {
        return Err(format!("`{shown}`: its definition is longer than {} KiB", MAX_DEFINITION / 1024));
    }
    Ok(UpstreamTool { name, definition })
}

/// A tool as the catalog has it.
///
/// # Errors
///
/// When no name can be made of its server's.
pub(crate) fn published(
    settings: &UpstreamSettings,
    their_name: &str,
    definition: &Value,
) -> Result<ToolDefinition, String> {
    let text = |key: &str| definition.get(key).and_then(Value::as_str);
    let hint = |key: &str| definition.pointer(&format!("/annotations/{key}")).and_then(Value::as_bool);
    let access = access(settings, their_name, hint("readOnlyHint"), hint("destructiveHint"));
    let title = text("title").or_else(|| definition.pointer("/annotations/title").and_then(Value::as_str));
    Ok(ToolDefinition {
        name: name(&settings.name, their_name)?,
        title: printable::line(title.unwrap_or(their_name), 100),
        description: described(settings, their_name, text("description")),
        input_schema: schema(definition.get("inputSchema")),
        // What a server promises of its answers isn't the host's to hold it to: one that breaks its word has still done its work.
        output_schema: None,
        access,
        least: access,
        idempotent: access == Access::Reads || hint("idempotentHint") == Some(true),
        routes: Vec::new(),
        background: false,
    })
}

/// What isn't said to read, writes.
fn access(
    settings: &UpstreamSettings,
    their_name: &str,
    reads: Option<bool>,
    destroys: Option<bool>,
) -> Access {
    if settings.reads.contains(their_name) || reads == Some(true) {
        Access::Reads
    } else if destroys == Some(true) {
        Access::Destroys
    } else {
        Access::Writes
    }
}

fn described(settings: &UpstreamSettings, their_name: &str, description: Option<&str>) -> String {
    let text = description.unwrap_or_default().trim();
    let text = printable::prose(text, MAX_DESCRIPTION);
    if text.is_empty() {
        return format!(
            "The tool `{}` of the MCP server `{}`.",
            printable::line(their_name, 100),
            settings.name
        );
    }
    text
}

/// An object's schema always has `properties`: some clients refuse one without. What a model reads of it is text.
fn schema(given: Option<&Value>) -> Value {
    let mut schema = given.cloned().unwrap_or_else(|| json!({}));
    if let Some(members) = schema.as_object_mut() {
        members.entry("type").or_insert_with(|| "object".into());
        members.entry("properties").or_insert_with(|| json!({}));
    }
    clean(&mut schema);
    schema
}

/// Leaves out of descriptions what a person can't see. Names and values stay: they are what is sent.
fn clean(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if matches!(name.as_str(), "description" | "title" | "$comment") => {
                        *text = printable::prose(text, MAX_DESCRIPTION);
                    }
                    inner => clean(inner),
                }
            }
        }
        Value::Array(several) => several.iter_mut().for_each(clean),
        _ => {}
    }
}

/// The name in the catalog: the server's, and what of the tool's own every client accepts. Where that isn't all of it, or too long, a mark
/// keeps tools apart that would be called the same.
fn name(server: &UpstreamName, their_name: &str) -> Result<ToolName, String> {
    let folded: String = their_name.chars().map(fold).collect();
    let is_exact =
        folded == their_name || their_name.replace(['-', '.', '/'], "_").to_ascii_lowercase() == folded;
    let whole = format!("{server}_{folded}");
    let text = if is_exact && whole.len() <= MAX_NAME {
        whole
    } else {
        let mark: String = hex::encode(Sha256::digest(their_name)).chars().take(MARK).collect();
        let begin: String = whole.chars().take(MAX_NAME - MARK - 1).collect();
        format!("{}_{mark}", begin.trim_end_matches('_'))
    };
    text.parse().map_err(|_| format!("`{}`: no name can be made of it", printable::line(their_name, 80)))
}

fn fold(character: char) -> char {
    let lower = character.to_ascii_lowercase();
    if lower.is_ascii_lowercase() || lower.is_ascii_digit() { lower } else { '_' }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(reads: &[&str]) -> UpstreamSettings {
        UpstreamSettings {
            name: "files".parse().unwrap(),
            transport: crate::settings::TransportSettings::Stdio(crate::settings::StdioSettings {
                program: String::new(),
                arguments: Vec::new(),
                environment: Default::default(),
                folder: Default::default(),
                launcher: Vec::new(),
            }),
            reads: reads.iter().map(|name| (*name).to_owned()).collect(),
            probes: Default::default(),
        }
    }

    #[test]
    fn names_are_what_clients_accept_and_stay_apart() {
        let named = |theirs: &str| name(&"files".parse().unwrap(), theirs).unwrap().to_string();
        assert_eq!(named("read_file"), "files_read_file");
        assert_eq!(named("read-file"), "files_read_file");
        assert_eq!(named("Read.File"), "files_read_file");
        let others =
            ["read file", "read\u{202e}file", "lies das", "読む", "讀む", &"a".repeat(60), &"a".repeat(61)];
        let names: std::collections::BTreeSet<String> = others.into_iter().map(named).collect();
        assert_eq!(names.len(), 7, "{names:?}");
        assert!(names.iter().all(|name| name.len() <= MAX_NAME && name.starts_with("files_")), "{names:?}");
    }

    #[test]
    fn what_is_not_said_to_read_writes() {
        let access = |hints: Value, reads: &[&str]| {
            let definition = json!({"inputSchema": {"type": "object"}, "annotations": hints});
            published(&settings(reads), "x", &definition).unwrap().access
        };
        assert_eq!(access(Value::Null, &[]), Access::Writes);
        assert_eq!(access(json!({}), &[]), Access::Writes);
        assert_eq!(access(json!({"readOnlyHint": true, "destructiveHint": true}), &[]), Access::Reads);
        assert_eq!(access(json!({"readOnlyHint": false, "destructiveHint": true}), &[]), Access::Destroys);
        assert_eq!(access(json!({"destructiveHint": false}), &[]), Access::Writes);
        assert_eq!(access(json!({"readOnlyHint": "true"}), &[]), Access::Writes);
        assert_eq!(access(Value::Null, &["x"]), Access::Reads);
    }

    #[test]
    fn a_description_is_text_and_bounded() {
        let definition =
            json!({"inputSchema": {}, "description": format!("One.\n\u{1b}[2J{}", "x".repeat(10_000))});
        let tool = published(&settings(&[]), "x", &definition).unwrap();
        assert!(tool.description.starts_with("One.\n") && tool.description.len() < 4_200);
        assert!(!tool.description.contains('\u{1b}'));
        assert_eq!(tool.input_schema, json!({"type": "object", "properties": {}}));
        let hidden =
            json!({"inputSchema": {"properties": {"description": {"description": "Seen\u{e0041}\u{1b}."}}}});
        let tool = published(&settings(&[]), "x", &hidden).unwrap();
        assert_eq!(tool.input_schema["properties"]["description"]["description"], "Seen.");
        let without = published(&settings(&[]), "x", &json!({})).unwrap();
        assert_eq!(without.description, "The tool `x` of the MCP server `files`.");
    }
}
