//! What plants the gallery.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::call::Call;
use crate::check::shape::Shape;
use crate::errors::Refusal;
use crate::handlers::{Answer, append, comments, data_sources, databases, pages_create, views};
use crate::json::Peek;
use crate::model::Workspace;
use crate::references;
use crate::schemas::{self, bodies};
use crate::seed::make::with;

/// What plants the gallery, and the ids of what it planted, by name.
pub(super) struct Planter<'a> {
    pub(super) workspace: &'a mut Workspace,
    pub(super) owner: &'a Call,
    pub(super) root_page: String,
    pub(super) ids: BTreeMap<String, String>,
}

type Write = fn(&Call, &mut Workspace) -> Result<Answer, Refusal>;

impl Planter<'_> {
    /// Sends a body to a write, through the checks of its route.
    pub(super) fn send(
        &mut self,
        shape: &Shape,
        write: Write,
        body: Value,
        parameters: &[(&'static str, &str)],
    ) -> Result<Value, String> {
        let problems = shape.problems("body", &body);
        if let Some(refusal) = crate::check::problem::refusal("body", &problems) {
            return Err(refusal.message);
        }
        references::check(self.owner, self.workspace, &body).map_err(|refusal| refusal.message)?;
        let answer = write(&with(self.owner, body, parameters), self.workspace);
        answer.map(|answer| answer.body).map_err(|refusal| refusal.message)
    }

    pub(super) fn named(&mut self, name: &str, object: &Value) -> String {
        let id = object.text("id").unwrap_or_default().to_owned();
        self.ids.insert(name.to_owned(), id.clone());
        id
    }

    /// The id of a part that is there already.
    pub(super) fn id(&self, name: &str) -> String {
        self.ids.get(name).cloned().unwrap_or_default()
    }

    pub(super) fn page(&mut self, name: &str, body: Value) -> Result<String, String> {
        let page = self.send(&bodies::create_page(), pages_create::create, body, &[])?;
        Ok(self.named(name, &page))
    }

    /// A page of a title below the root.
    pub(super) fn titled_page(&mut self, name: &str, title: &str) -> Result<String, String> {
        let body =
            json!({"parent": {"page_id": self.root_page}, "properties": {"title": {"title": text(title)}}});
        self.page(name, body)
    }

    /// A row of a data source.
    pub(super) fn row(
        &mut self,
        name: &str,
        data_source_id: &str,
        properties: &Value,
    ) -> Result<String, String> {
        self.page(name, json!({"parent": {"data_source_id": data_source_id}, "properties": properties}))
    }

    /// A database, and the id of its data source under the same name with `_source`.
    pub(super) fn database(
        &mut self,
        name: &str,
        title: &str,
        properties: &Value,
    ) -> Result<(String, String), String> {
        let body = json!({
            "parent": {"type": "page_id", "page_id": self.root_page},
            "title": text(title),
            "initial_data_source": {"properties": properties},
        });
        let database = self.send(&bodies::create_database(), databases::create, body, &[])?;
        let id = self.named(name, &database);
        let source = database.items("data_sources").first().cloned().unwrap_or_default();
        let source = self.named(&format!("{name}_source"), &source);
        Ok((id, source))
    }

    pub(super) fn schema(&mut self, data_source_id: &str, properties: Value) -> Result<Value, String> {
        let body = json!({"properties": properties});
        let parameters = [("data_source_id", data_source_id)];
        self.send(&bodies::update_data_source(), data_sources::update, body, &parameters)
    }

    /// Appends blocks; answers with the ids of the first level.
    pub(super) fn append(&mut self, parent_id: &str, children: Value) -> Result<Vec<String>, String> {
        let body = json!({"children": children});
        let list = self.send(&bodies::append_children(), append::handle, body, &[("block_id", parent_id)])?;
        Ok(list.items("results").iter().filter_map(|block| block.text("id")).map(str::to_owned).collect())
    }

    pub(super) fn comment(&mut self, name: &str, body: Value) -> Result<Value, String> {
        let comment = self.send(&bodies::create_comment(), comments::create, body, &[])?;
        self.named(name, &comment);
        Ok(comment)
    }

    pub(super) fn view(&mut self, name: &str, body: Value) -> Result<String, String> {
        let view = self.send(&schemas::views::create(), views::create, body, &[])?;
        Ok(self.named(name, &view))
    }
}

/// One run of rich text, as requests write it.
pub(super) fn text(content: &str) -> Value {
    json!([{"text": {"content": content}}])
}
