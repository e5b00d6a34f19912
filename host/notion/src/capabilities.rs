//! What may be granted of Notion: by what a route does, and narrowed to single routes.

use serde_json::Value;
use toolbay_kernel::capability::{Capability, Scope};
use toolbay_kernel::{Access, CapabilityName};

/// Routes that change nothing.
pub const NOTION_READ: CapabilityName = CapabilityName::new(0, "notion.read");

/// Routes that add or change.
pub const NOTION_WRITE: CapabilityName = CapabilityName::new(1, "notion.write");

/// Routes that remove or replace.
pub const NOTION_DESTROY: CapabilityName = CapabilityName::new(2, "notion.destroy");

/// The capabilities of this egress, for the registry.
#[must_use]
pub fn capabilities() -> [Capability; 3] {
    let capability = |(name, in_words)| Capability { name, scope, example: "true", in_words };
    [
        (NOTION_READ, "read what a connection opens at Notion"),
        (NOTION_WRITE, "add and change pages, databases, comments and files at Notion"),
        (NOTION_DESTROY, "remove and replace what is at Notion"),
    ]
    .map(capability)
}

/// What a provider must be granted for a route of this access.
pub(crate) fn of(access: Access) -> CapabilityName {
    match access {
        Access::Reads => NOTION_READ,
        Access::Writes => NOTION_WRITE,
        Access::Destroys => NOTION_DESTROY,
    }
}

fn scope(written: &Value) -> Result<Option<Scope>, String> {
    Scope::of_routes(written, "/v1/", "GET /v1/pages/{page_id}")
}
