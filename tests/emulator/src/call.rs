//! One request on its way through a handler: who asks, for what, when.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::errors::{Refusal, invalid, not_found, restricted};
use crate::identifiers::{canonical, is_uuid};
use crate::json::Peek;
use crate::model::Workspace;
use crate::model::collection::{DataSource, Database};
use crate::model::integration::{Capability, Integration};
use crate::model::page::Page;
use crate::model::parent::Parent;

/// A request that passed every check that needs no object.
pub(crate) struct Call {
    pub(crate) integration: Arc<Integration>,
    pub(crate) version: &'static str,
    pub(crate) parameters: BTreeMap<&'static str, String>,
    pub(crate) query: Map<String, Value>,
    pub(crate) filter_properties: Option<Vec<String>>,
    pub(crate) body: Value,
    pub(crate) now: OffsetDateTime,
    /// `http://host:port`, for the addresses that answers carry.
    pub(crate) base: String,
    pub(crate) file: Option<SentFile>,
}

/// The file of a multipart request.
pub(crate) struct SentFile {
    pub(crate) filename: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) size: u64,
    pub(crate) part_number: Option<String>,
}

impl Call {
    /// A path parameter that is an id, in the form that objects are stored under.
    pub(crate) fn id(&self, name: &str) -> String {
        canonical(self.raw(name))
    }

    /// A path parameter as it was sent.
    pub(crate) fn raw(&self, name: &str) -> &str {
        self.parameters.get(name).map(String::as_str).unwrap_or_default()
    }

    pub(crate) fn bot(&self) -> &str {
        &self.integration.bot_id
    }

    pub(crate) fn missing(&self, kind: &str, id: &str) -> Refusal {
        not_found(kind, id, &self.integration.token.name, &self.integration.id)
    }

    /// Refuses when the integration lacks a capability.
    pub(crate) fn need(&self, capability: Capability) -> Result<(), Refusal> {
        if self.integration.token.capabilities.allow(capability) {
            return Ok(());
        }
        Err(restricted("Insufficient permissions for this endpoint."))
    }

    /// A page that the integration sees.
    pub(crate) fn page(&self, workspace: &Workspace, id: &str) -> Result<Arc<Page>, Refusal> {
        let page = workspace.pages.get(id).filter(|_| self.integration.sees(workspace, id));
        if let Some(page) = page {
            return Ok(Arc::clone(page));
        }
        if self.integration.sees(workspace, id) {
            // A hint that the live API gives too: the most common mistake is an id of another kind.
            if workspace.databases.contains_key(id) {
                return Err(invalid(format!(
                    "Provided ID {id} is a database, not a page. Use the retrieve database API instead."
                )));
            }
            if workspace.blocks.contains_key(id) {
                return Err(invalid(format!(
                    "Provided ID {id} is a block, not a page. Use the retrieve block API instead."
                )));
            }
        }
        Err(self.missing("page", id))
    }

    pub(crate) fn database(&self, workspace: &Workspace, id: &str) -> Result<Arc<Database>, Refusal> {
        let database = workspace.databases.get(id).filter(|_| self.integration.sees(workspace, id));
        if let Some(database) = database {
            return Ok(Arc::clone(database));
        }
        if workspace.pages.contains_key(id) && self.integration.sees(workspace, id) {
            return Err(invalid(format!(
                "Provided ID {id} is a page, not a database. Use the retrieve page API instead."
            )));
        }
        Err(self.missing("database", id))
    }

    pub(crate) fn data_source(&self, workspace: &Workspace, id: &str) -> Result<Arc<DataSource>, Refusal> {
        workspace
            .data_sources
            .get(id)
            .filter(|_| self.integration.sees(workspace, id))
            .cloned()
            .ok_or_else(|| self.missing("data source", id))
    }

    /// A block, page or database that the integration sees, as the blocks endpoints take them.
    pub(crate) fn block(&self, workspace: &Workspace, id: &str) -> Result<(), Refusal> {
        let exists = workspace.blocks.contains_key(id)
            || workspace.pages.contains_key(id)
            || workspace.databases.contains_key(id);
        if exists && self.integration.sees(workspace, id) { Ok(()) } else { Err(self.missing("block", id)) }
    }

    /// The parent that a request names, which must be seen.
    pub(crate) fn parent(&self, workspace: &Workspace, parent: &Value) -> Result<Parent, Refusal> {
        let id = |key: &str| canonical(parent.text(key).unwrap_or_default());
        if parent.is_true("workspace") {
            return Err(invalid(
                "Internal integrations aren't owned by a single user, so creating workspace-level private pages is not \
                 supported.",
            ));
        }
        if parent.has("data_source_id") {
            let id = id("data_source_id");
            self.data_source(workspace, &id)?;
            return Ok(Parent::DataSource(id));
        }
        if parent.has("database_id") {
            let database = self.database(workspace, &id("database_id"))?;
            return Ok(Parent::Database(database.id.clone()));
        }
        if parent.has("block_id") {
            let id = id("block_id");
            self.block(workspace, &id)?;
            return Ok(if workspace.pages.contains_key(&id) { Parent::Page(id) } else { Parent::Block(id) });
        }
        let id = id("page_id");
        self.page(workspace, &id)?;
        Ok(Parent::Page(id))
    }

    /// The bounds of a list in the query string.
    pub(crate) fn page_size(&self) -> Option<usize> {
        crate::paginate::size_of(self.query.at("page_size"))
    }
}

/// Refuses a path parameter that is not an id.
pub(crate) fn check_id(name: &str, value: &str) -> Result<(), Refusal> {
    if is_uuid(value) {
        return Ok(());
    }
    let quoted = crate::check::problem::quoted(Some(&Value::from(value)));
    Err(invalid(format!(
        "path failed validation: path.{name} should be a valid uuid, instead was `{quoted}`."
    )))
}
