//! Which properties of the rows are answered, and the rows as a table of them.

use toolbay_sdk::notion::properties::Property;
use toolbay_sdk::notion::table::Table;
use toolbay_sdk::notion::{DataSource, Schema};
use toolbay_sdk::prelude::*;

use crate::view;

/// Most bytes of a table's cells: about 25,000 tokens, which is what clients begin to cut at.
const MAX_BYTES: usize = 80_000;

/// The data source whose rows are answered, and the properties that are asked for.
pub(crate) struct Columns {
    data_source: DataSource,
    /// None means all; else the title is among them, because by it a row says which one it is.
    chosen: Vec<Property>,
}

impl Columns {
    /// Finds the properties of these names.
    pub(crate) fn find(call: &Call, view: &Value, names: &[String]) -> Result<Self, Problem> {
        let mut data_source = DataSource::find(call, view::data_source_id(view)?)?;
        let chosen = data_source.checked(call, |schema| chosen(schema, names))?;
        Ok(Self { data_source, chosen })
    }

    /// The ids of the properties to ask for; none means all.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.chosen.iter().map(|property| property.id.clone()).collect()
    }

    /// The rows as a table.
    pub(crate) fn table(mut self, call: &Call, pages: &[Value]) -> Result<Table, Problem> {
        // Cells are found by name, and the schema may be some minutes older than the rows.
        if has_other_names(&self.data_source.schema, pages) && self.data_source.refreshed(call)? {
            let schema = &self.data_source.schema;
            for own in &mut self.chosen {
                let renamed = schema.properties().iter().find(|property| property.id == own.id);
                renamed.cloned().into_iter().for_each(|property| *own = property);
            }
        }
        let mut table = Table::new(&self.data_source.schema, &self.chosen);
        table.add(pages, MAX_BYTES);
        Ok(table)
    }
}

fn chosen(schema: &Schema, names: &[String]) -> Result<Vec<Property>, Problem> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut chosen: Vec<Property> = schema.title().cloned().into_iter().collect();
    for name in names {
        let property = schema.find(name)?;
        if chosen.iter().all(|own| own.id != property.id) {
            chosen.push(property.clone());
        }
    }
    Ok(chosen)
}

fn has_other_names(schema: &Schema, pages: &[Value]) -> bool {
    let properties = pages.first().and_then(|page| page.get("properties")).and_then(Value::as_object);
    let is_known = |name: &str| schema.properties().iter().any(|property| property.name == name);
    properties.into_iter().flatten().any(|(name, _)| !is_known(name))
}
