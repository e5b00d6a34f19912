//! The places that plugins ask for over HTTP, in words for an operator.

use serde_json::Value;
use toolbay_kernel::capability::Scope;
use toolbay_kernel::{Capabilities, PluginName};

/// The places of a manifest.
pub(crate) fn asked(asked: &Capabilities) -> Vec<String> {
    match asked.scope(toolbay_http::CAPABILITY) {
        Some(Scope::Within(places)) => places.clone(),
        _ => Vec::new(),
    }
}

/// What grants them: places are the operator's own words, so that a later file which asks for more gets no more.
pub(crate) fn how_to_grant(name: &PluginName, asked: &[String]) -> String {
    let mut text = format!(
        "http is granted by places, in toolbay.toml, which a host reads when it starts:\n\n[plugins.{name}]\nhttp = [\n"
    );
    if asked.is_empty() {
        text.push_str("    \"GET api.example.com/v1/*\",\n");
    }
    for place in asked {
        text.push_str(&format!(
            "    {},  # {}\n",
            Value::from(place.as_str()),
            toolbay_http::in_words(place)
        ));
    }
    text.push(']');
    text
}
