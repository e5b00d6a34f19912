//! A plugin's tools, as it defines them when it is installed.

use std::collections::BTreeSet;

use toolbay_kernel::schema::MAX_SCHEMA;
use toolbay_kernel::{Access, Route, ToolDefinition, ToolName, printable};

use crate::bindings::exports::toolbay::plugin::provider;
use crate::json;
use crate::limits::TOOLS;

const MAX_TITLE: usize = 100;
const MAX_DESCRIPTION: usize = 8 * 1024;
/// Bytes of all schemas of one plugin, as text.
const MAX_SCHEMAS: usize = 1024 * 1024;
/// Routes of one tool: enough for the addresses that a specification gives to one thing.
const MAX_ROUTES: usize = 8;

/// A definition that can't be published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidTools {
    #[error("it provides no tools")]
    None,
    #[error("it provides {0} tools; at most {TOOLS} are allowed")]
    TooMany(usize),
    #[error("{0}")]
    Name(String),
    #[error("its tools' schemas are larger than {} KiB together", MAX_SCHEMAS / 1024)]
    TooLarge,
    #[error("it provides two tools named `{0}`")]
    Twice(ToolName),
    #[error("its tool `{tool}`: {reason}")]
    Tool { tool: ToolName, reason: String },
}

/// Checks what a guest says that it provides. Whether a schema can be published is for the catalog to say.
///
/// # Errors
///
/// The first definition that can't be right; none of the plugin's tools are published then.
pub(crate) fn definitions(tools: Vec<provider::Tool>) -> Result<Vec<ToolDefinition>, InvalidTools> {
    if tools.is_empty() {
        return Err(InvalidTools::None);
    }
    if tools.len() > TOOLS {
        return Err(InvalidTools::TooMany(tools.len()));
    }
    let mut room = MAX_SCHEMAS;
    let mut names = BTreeSet::new();
    tools
        .into_iter()
        .map(|tool| {
            let name: ToolName = tool.name.parse().map_err(|_| InvalidTools::Name(wrong_name(&tool.name)))?;
            if !names.insert(name.clone()) {
                return Err(InvalidTools::Twice(name));
            }
            let bytes = tool.input_schema.len() + tool.output_schema.as_ref().map_or(0, String::len);
            let definition =
                definition(name.clone(), tool).map_err(|reason| InvalidTools::Tool { tool: name, reason })?;
            // Behind the bounds of the tool itself, so that a schema that alone is too large is named.
            room = room.checked_sub(bytes).ok_or(InvalidTools::TooLarge)?;
            Ok(definition)
        })
        .collect()
}

fn wrong_name(name: &str) -> String {
    format!("`{}` is not a tool name: it must match ^[a-z][a-z0-9_]{{0,47}}$", printable::line(name, 80))
}

fn definition(name: ToolName, tool: provider::Tool) -> Result<ToolDefinition, String> {
    if tool.description.len() > MAX_DESCRIPTION {
        return Err(format!("its description is longer than {MAX_DESCRIPTION} bytes"));
    }
    let schema = |which: &str, text: &str| {
        json::parse(text, MAX_SCHEMA).map_err(|reason| format!("its {which} schema: {reason}"))
    };
    if tool.routes.len() > MAX_ROUTES {
        return Err(format!("it has more than {MAX_ROUTES} routes"));
    }
    let route = |route: provider::Route| {
        Route::new(&route.method, &route.path).map_err(|reason| printable::line(&reason, 300))
    };
    Ok(ToolDefinition {
        name,
        title: printable::line(&tool.title, MAX_TITLE),
        description: printable::prose(&tool.description, MAX_DESCRIPTION),
        input_schema: schema("input", &tool.input_schema)?,
        output_schema: tool.output_schema.as_deref().map(|text| schema("output", text)).transpose()?,
        access: access(tool.access),
        least: access(tool.least).min(access(tool.access)),
        idempotent: tool.idempotent,
        routes: tool.routes.into_iter().map(route).collect::<Result<_, _>>()?,
        background: false,
    })
}

fn access(access: provider::Access) -> Access {
    match access {
        provider::Access::Reads => Access::Reads,
        provider::Access::Writes => Access::Writes,
        provider::Access::Destroys => Access::Destroys,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(name: &str) -> provider::Tool {
        provider::Tool {
            name: name.to_owned(),
            title: "T\u{1b}[2J".to_owned(),
            description: "d".to_owned(),
            input_schema: "{\"type\": \"object\"}".to_owned(),
            output_schema: None,
            access: provider::Access::Reads,
            least: provider::Access::Reads,
            idempotent: true,
            routes: Vec::new(),
        }
    }

    #[test]
    fn what_cant_be_published_is_named() {
        assert_eq!(definitions(Vec::new()), Err(InvalidTools::None));
        assert_eq!(definitions(vec![tool("a"); 65]), Err(InvalidTools::TooMany(65)));
        assert_eq!(definitions(vec![tool("a"), tool("a")]), Err(InvalidTools::Twice("a".parse().unwrap())));
        let error = definitions(vec![tool("no.dots\u{1b}")]).unwrap_err().to_string();
        assert!(error.contains("no.dots\\u{1b}"), "{error}");
        let mut broken = tool("a");
        broken.input_schema = "{".to_owned();
        assert!(definitions(vec![broken]).unwrap_err().to_string().contains("input schema"));
        let mut shadowing = tool("a");
        shadowing.routes = vec![provider::Route { method: "GET".into(), path: "/v1/tools/a".into() }];
        let mut many = tool("a");
        many.routes = vec![provider::Route { method: "GET".into(), path: "/v1/a".into() }; MAX_ROUTES + 1];
        assert!(definitions(vec![many]).unwrap_err().to_string().contains("routes"));
        assert!(definitions(vec![shadowing]).unwrap_err().to_string().contains("host's own"));
        let mut large = tool("a");
        large.input_schema = " ".repeat(MAX_SCHEMAS + 1);
        assert!(definitions(vec![large]).unwrap_err().to_string().contains("of the 65536 allowed"));
        let with_much_schema = |number| provider::Tool {
            input_schema: format!("{{\"type\": \"object\"{}}}", " ".repeat(60_000)),
            ..tool(&format!("a{number}"))
        };
        assert_eq!(definitions((0..20).map(with_much_schema).collect()), Err(InvalidTools::TooLarge));
        let fine = definitions(vec![tool("a")]).unwrap();
        assert_eq!(fine[0].title, "T\\u{1b}[2J");
    }
}
