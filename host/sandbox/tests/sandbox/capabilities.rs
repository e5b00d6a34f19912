//! The capabilities of the egress to Notion, as it registers them.

use toolbay_kernel::capability::{Capability, Scope};
use toolbay_kernel::{CapabilityName, CapabilityRegistry};

pub(crate) const NOTION_READ: CapabilityName = CapabilityName::new(0, "notion.read");
pub(crate) const NOTION_WRITE: CapabilityName = CapabilityName::new(1, "notion.write");
pub(crate) const NOTION_DESTROY: CapabilityName = CapabilityName::new(2, "notion.destroy");

pub(crate) fn registry() -> CapabilityRegistry {
    let capability = |name| Capability {
        name,
        scope: |written| Scope::of_routes(written, "/v1/", "GET /v1/pages/{page_id}"),
        example: "true",
        in_words: "",
    };
    CapabilityRegistry::new([NOTION_READ, NOTION_WRITE, NOTION_DESTROY].map(capability))
}
