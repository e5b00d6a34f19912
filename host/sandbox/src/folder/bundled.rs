//! Plugins that come with the program, as if they lay in the folder.
//!
//! They get no privilege: they are inspected, compiled, limited and granted like any other, under the name of a file. A file of
//! that name in the folder takes their place, whatever is in it, and with none of their grants: those are for the bytes that
//! were shipped with them.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use toolbay_kernel::CapabilityName;

use super::scan::{Content, Found, Listing};

/// A plugin that comes with the program.
#[derive(Clone)]
pub struct BundledPlugin {
    /// The name of the file that it stands for, such as `rows.wasm`.
    pub file: String,
    /// The packed plugin.
    pub component: Cow<'static, [u8]>,
    /// What it is granted.
    pub grants: BTreeSet<CapabilityName>,
}

impl fmt::Debug for BundledPlugin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, grants) = (&self.file, &self.grants);
        formatter
            .debug_struct("BundledPlugin")
            .field("file", file)
            .field("grants", grants)
            .finish_non_exhaustive()
    }
}

/// Adds to what a folder holds what isn't replaced there: behind the files that were live, before those that come new.
pub(super) fn add(listing: &mut Listing, bundled: &[Arc<BundledPlugin>], live: &[String]) {
    let is_live = |found: &&Found| live.contains(&found.file);
    let behind = listing.found.iter().take_while(is_live).count();
    let missing: Vec<Found> = bundled
        .iter()
        .filter(|plugin| listing.found.iter().all(|found| found.file != plugin.file))
        .map(|plugin| Found { file: plugin.file.clone(), content: Ok(Content::Bundled(Arc::clone(plugin))) })
        .collect();
    listing.found.splice(behind..behind, missing);
}
