//! Drafts, checked against their schemas.

use serde_json::Map;
use toolbay_sdk::notion::properties::added_options;
use toolbay_sdk::notion::{Lookup, NewOptions, NotionId, References};
use toolbay_sdk::prelude::*;

use crate::arguments::{Named, Unique};
use crate::batch::Batch;
use crate::draft::{Asked, Draft};
use crate::key::Key;
use crate::link::{self, Relation};
use crate::names::Recorder;
use crate::upsert::{self, Checked};

/// A draft that fits its schema.
pub(super) enum Settled {
    Upsert(upsert::Checked),
    /// The property is absent where a reference stands in it.
    Link {
        property: Option<Relation>,
        targets: Vec<NotionId>,
        titles: Vec<(String, Key)>,
    },
}

impl Settled {
    /// In the place of what is still to be found out.
    pub(super) fn nothing() -> Self {
        Self::Upsert(Checked { key: None, properties: Map::new(), unwritable: Vec::new() })
    }
}

/// A draft, what it comes to, and what it needs for that.
pub(super) struct Plan {
    pub(super) draft: Draft,
    pub(super) made: Settled,
    /// Titles that it names, with their data sources.
    pub(super) titles: Vec<(String, String)>,
    pub(super) has_people: bool,
    /// Earlier operations that may change the rows that it looks for, or the pages that it names.
    pub(super) after: Vec<usize>,
    /// Whether the rows that it looks for are looked for now.
    pub(super) looks: bool,
    pub(super) named: Vec<NotionId>,
    /// What was taken for something else.
    pub(super) notes: Vec<String>,
}

impl Batch<'_> {
    /// Checks a draft against its schema; a refusal is checked against a fresh one. The names in it are noted.
    #[expect(clippy::type_complexity, reason = "what was made, and the names in it")]
    pub(super) fn checked(
        &mut self,
        draft: &Draft,
        references: &mut References,
    ) -> Result<(Settled, Vec<(String, String)>, bool), Problem> {
        let recorder = Recorder::new(references, Some(&self.clock));
        let mut made = self.settled(draft, &recorder);
        if made.is_err() && self.sources.refresh(self.call, draft.source).unwrap_or(false) {
            made = self.settled(draft, &recorder);
        }
        // An option that was added meanwhile, or by a row before, is the one that is meant, not a second one like it.
        let has_new = |made: &Settled| match (made, self.sources.get(draft.source)) {
            (Settled::Upsert(Checked { properties, .. }), Ok(source)) => {
                !added_options(&source.schema, properties).is_empty()
            }
            _ => false,
        };
        if made.as_ref().is_ok_and(has_new) {
            if self.sources.refresh(self.call, draft.source).unwrap_or(false) {
                made = self.settled(draft, &recorder);
            }
            if let Ok(Settled::Upsert(Checked { properties, .. })) = &made {
                self.sources.adopt(draft.source, properties);
            }
        }
        let has_people = recorder.has_people();
        Ok((made?, recorder.into_titles(), has_people))
    }

    pub(super) fn settled(&self, draft: &Draft, lookup: &dyn Lookup) -> Result<Settled, Problem> {
        let schema = &self.sources.get(draft.source)?.schema;
        match &draft.asked {
            Asked::Upsert { arguments, unique, .. } => {
                upsert::check(schema, arguments, unique.as_deref(), lookup).map(Settled::Upsert)
            }
            Asked::Link { arguments, from, to } => {
                let property = match &arguments.relation_property {
                    Some(name) => Some(Relation::find(schema, name)?),
                    None => None,
                };
                let targets = match (&property, to) {
                    (Some(relation), Some(to)) => link::targets(schema.find(&relation.name)?, to, lookup)?,
                    _ => Vec::new(),
                };
                let title =
                    schema.title().ok_or_else(|| Problem::upstream_failed("The database has no title."))?;
                let mut titles = Vec::new();
                for named in from.iter().flatten() {
                    if let Named::Title(text) = named {
                        let unique =
                            Unique { property: title.name.clone(), value: Value::from(text.as_str()) };
                        titles.push((text.clone(), Key::new(schema, &[unique], NewOptions::Refuse, lookup)?));
                    }
                }
                Ok(Settled::Link { property, targets, titles })
            }
        }
    }
}
