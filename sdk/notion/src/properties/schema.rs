//! The properties that a data source has.

use serde_json::Value;

use super::Kind;
use crate::Error;
use crate::names;

/// One property of a data source.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// Notion's short id of the property; `title` for the title.
    pub id: String,
    /// Its name, which is also its key in a page's `properties`.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// The names of its options, for a select, a multi-select or a status.
    pub options: Vec<String>,
    /// What Notion puts before the number, for a unique id that has a prefix.
    pub prefix: Option<String>,
    /// What Notion says under the type's key: options with ids, number format, target of a relation, formula.
    pub settings: Value,
    /// What people wrote about the property.
    pub description: Option<String>,
}

/// The properties of a data source.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    properties: Vec<Property>,
}

impl Schema {
    /// Reads the schema out of a data source object, as `GET /v1/data_sources/{data_source_id}` answers it.
    ///
    /// # Errors
    ///
    /// `UnexpectedAnswer` when the object has no schema.
    pub fn of_data_source(data_source: &Value) -> Result<Self, Error> {
        let properties = data_source.get("properties").and_then(Value::as_object).ok_or_else(|| {
            Error::unexpected_answer("Notion answered a data source without properties.")
                .hint("The integration may lack access to it: share the database with it.")
        })?;
        let properties = properties.iter().map(|(name, property)| Property::read(name, property)).collect();
        Ok(Self { properties })
    }

    /// All properties, in Notion's order.
    #[must_use]
    pub fn properties(&self) -> &[Property] {
        &self.properties
    }

    pub(super) fn properties_mut(&mut self) -> &mut [Property] {
        &mut self.properties
    }

    /// The title; every data source has one.
    #[must_use]
    pub fn title(&self) -> Option<&Property> {
        self.properties.iter().find(|property| property.kind == Kind::Title)
    }

    /// The relation over which a rollup computes.
    #[must_use]
    pub fn relation_of(&self, rollup: &Property) -> Option<&Property> {
        let setting = |key: &str| rollup.settings.get(key).and_then(Value::as_str);
        let (id, name) = (setting("relation_property_id"), setting("relation_property_name"));
        self.properties.iter().find(|own| {
            own.kind == Kind::Relation
                && (Some(own.id.as_str()) == id || (id.is_none() && Some(own.name.as_str()) == name))
        })
    }

    /// The property that a caller means: by exact name, by name whatever its case and spacing, or by id.
    ///
    /// # Errors
    ///
    /// `InvalidInput` with the valid names, nearest first.
    pub fn find(&self, wanted: &str) -> Result<&Property, Error> {
        let names: Vec<&str> = self.properties.iter().map(|property| property.name.as_str()).collect();
        let found = match names::find(wanted, &names, "property") {
            Ok(name) => self.properties.iter().find(|property| property.name == name),
            Err(error) => {
                return self.properties.iter().find(|property| property.id == wanted).ok_or(error);
            }
        };
        found.ok_or_else(|| Error::invalid_input("There is no such property."))
    }

    /// The property that has exactly this name, or this id: for whatever changes or removes it.
    ///
    /// # Errors
    ///
    /// `InvalidInput` with the name that is alike, or the valid ones.
    pub fn decide(&self, wanted: &str) -> Result<&Property, Error> {
        let names: Vec<&str> = self.properties.iter().map(|property| property.name.as_str()).collect();
        match names::decide(wanted, &names, "property") {
            Ok(name) => self.properties.iter().find(|property| property.name == name),
            Err(error) => {
                return self.properties.iter().find(|property| property.id == wanted).ok_or(error);
            }
        }
        .ok_or_else(|| Error::invalid_input("There is no such property."))
    }
}

impl Property {
    fn read(name: &str, property: &Value) -> Self {
        let text = |key: &str| property.get(key).and_then(Value::as_str).unwrap_or_default();
        let kind = Kind::from_name(text("type"));
        let settings = property.get(kind.name());
        let options = settings.and_then(|settings| settings.get("options")).and_then(Value::as_array);
        let option_name = |option: &Value| option.get("name").and_then(Value::as_str).map(str::to_owned);
        Self {
            id: text("id").to_owned(),
            name: name.to_owned(),
            options: options.into_iter().flatten().filter_map(option_name).collect(),
            prefix: settings
                .and_then(|settings| settings.get("prefix"))
                .and_then(Value::as_str)
                .map(str::to_owned),
            settings: settings.cloned().unwrap_or_default(),
            description: Some(text("description").to_owned()).filter(|description| !description.is_empty()),
            kind,
        }
    }

    /// The id of the data source whose pages a relation names.
    #[must_use]
    pub fn related(&self) -> Option<&str> {
        self.settings.get("data_source_id").and_then(Value::as_str)
    }

    /// An error about a value given for this property; `fault` ends the sentence that starts with its name.
    pub(crate) fn refuse(&self, fault: &str) -> Error {
        Error::invalid_input(format!("`{}` ({}) {fault}.", self.name, self.kind))
            .hint(format!("Give {}.", self.kind.accepted()))
    }

    /// Puts this property's name before an error that was found deeper down.
    pub(crate) fn blame(&self, mut error: Error) -> Error {
        error.message = format!("`{}` ({}): {}", self.name, self.kind, error.message);
        error.hint.get_or_insert_with(|| format!("Give {}.", self.kind.accepted()));
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn schema() -> Schema {
        Schema::of_data_source(&json!({ "properties": {
            "Task": { "id": "title", "type": "title", "title": {} },
            "Due Date": { "id": "d%3D", "type": "date", "date": {} },
        } }))
        .expect("a schema")
    }

    #[test]
    fn a_property_is_found_by_name_by_likeness_and_by_id() {
        for (wanted, name) in
            [("Task", "Task"), ("due date", "Due Date"), ("DueDate", "Due Date"), ("d%3D", "Due Date")]
        {
            assert_eq!(schema().find(wanted).expect(wanted).name, name);
        }
        assert_eq!(schema().find("title").expect("by id").name, "Task");
    }

    #[test]
    fn an_unknown_property_is_answered_with_the_valid_ones() {
        let error = schema().find("Due Dat").expect_err("unknown");
        assert_eq!(error.hint.as_deref(), Some("Valid, nearest first: `Due Date`, `Task`."));
    }
}
