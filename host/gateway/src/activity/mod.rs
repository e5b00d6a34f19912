//! `/v1/activity`, the jobs of everybody, and `/v1/changes`: what was done and what is being done, told as it is asked for.

mod changes;
mod detail;
mod jobs;
mod list;
mod told;

use http::Extensions;
use toolbay_kernel::Surface;

pub(crate) use changes::{Listeners, listen, listeners};
pub(crate) use detail::show;
pub(crate) use jobs::{again, all_jobs, cancel};
pub(crate) use list::list;

/// By which way a request came in.
fn surface(extensions: &Extensions) -> Surface {
    extensions.get::<Surface>().copied().unwrap_or(Surface::Rest)
}
