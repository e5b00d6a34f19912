//! A plugin's exports, in the types of the contract.

use crate::bindings::exports::toolbay::plugin::provider;
use crate::guest::Guest;
use crate::{Access, Answer, Call, Content, Definition, Plugin};

/// The tools of a plugin, for the host that installs it.
pub fn exported_tools(plugin: &Plugin) -> Vec<provider::Tool> {
    plugin.definitions().into_iter().map(provider::Tool::from).collect()
}

/// Runs a tool for the host.
///
/// # Errors
///
/// What the tool says.
pub fn exported_call(
    plugin: &Plugin,
    tool: &str,
    arguments: &str,
) -> Result<provider::Answer, provider::Problem> {
    let answer = plugin.run(&Call::on(Guest), tool, arguments)?;
    Ok(answer.into())
}

impl From<Definition> for provider::Tool {
    fn from(definition: Definition) -> Self {
        Self {
            name: definition.name.to_owned(),
            title: definition.title.to_owned(),
            description: definition.description.to_owned(),
            input_schema: definition.input_schema.to_string(),
            output_schema: definition.output_schema.map(|schema| schema.to_string()),
            access: definition.access.into(),
            least: definition.least.into(),
            idempotent: definition.idempotent,
            routes: definition
                .routes
                .iter()
                .map(|&(method, path)| provider::Route { method: method.to_owned(), path: path.to_owned() })
                .collect(),
        }
    }
}

impl From<Access> for provider::Access {
    fn from(access: Access) -> Self {
        match access {
            Access::Reads => Self::Reads,
            Access::Writes => Self::Writes,
            Access::Destroys => Self::Destroys,
        }
    }
}

impl From<Answer> for provider::Answer {
    fn from(answer: Answer) -> Self {
        let (data, content) = answer.into_parts();
        Self { data, content: content.into_iter().map(provider::Content::from).collect() }
    }
}

impl From<Content> for provider::Content {
    fn from(content: Content) -> Self {
        match content {
            Content::Text(text) => Self::Text(text),
            Content::Image { mime_type, data } => Self::Image(provider::Media { mime_type, data }),
            Content::Audio { mime_type, data } => Self::Audio(provider::Media { mime_type, data }),
            Content::Resource { uri, mime_type, text } => {
                Self::Resource(provider::TextResource { uri, mime_type, text })
            }
        }
    }
}
