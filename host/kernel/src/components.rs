//! A job goes on with the plugins that it began with, whatever is installed by then.
//!
//! A job that was interrupted, or that waits, runs again against its journal, and another version of a plugin may ask for
//! something else. So its run notes which plugin each of its tools came from, and the plugin's file is kept until the run has
//! ended. What the plugin may do is as it is granted now.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;

use crate::name::ToolName;
use crate::problem::Problem;
use crate::tool::Tool;

/// Where the files of plugins are kept that runs need.
#[async_trait]
pub trait Components: Send + Sync {
    /// Keeps the file of this digest, which is installed now. One that is kept already stays.
    ///
    /// # Errors
    ///
    /// Why it can't be kept. The run goes on as long as the file is installed.
    async fn keep(&self, digest: &str) -> Result<(), Problem>;

    /// A tool of a kept file, with what its plugin is granted now; none when no such file is kept.
    ///
    /// # Errors
    ///
    /// When the file can't be loaded, or the grants can't be read.
    async fn tool(&self, digest: &str, name: &ToolName) -> Result<Option<Arc<Tool>>, Problem>;

    /// Removes the kept files that are none of these, and weren't kept a moment ago.
    async fn sweep(&self, needed: BTreeSet<String>);
}
