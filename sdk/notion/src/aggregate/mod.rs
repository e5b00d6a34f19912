//! Rows put together: how many there are, and what comes of their values, by groups.
//!
//! Rows are taken in one by one and not kept: what grows is the number of groups, which is bounded. Sums are exact
//! to the last digit. What Notion shows only a part of, or did not compute, can't be counted right; it is counted as it is
//! shown, and the summary says so.

mod asked;
mod measure;
mod order;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use self::measure::{Measure, State};
use self::value::Doubt;
use crate::calendar::{Calendar, Unit};
use crate::properties::{Kind, Property};
use crate::{Error, Schema, excerpt};

/// More groups than anybody reads; they are all in memory.
pub const MAX_GROUPS: usize = 1_000;

/// Columns that groups are made by, and aggregates of each group.
const MAX_COLUMNS: usize = 10;

/// What is asked of rows, and what has come of those that were taken in.
#[derive(Debug)]
pub struct Aggregation {
    schema: Schema,
    dimensions: Vec<Dimension>,
    measures: Vec<Measure>,
    /// By their values as JSON.
    groups: BTreeMap<String, Group>,
    total: Group,
    cut: BTreeSet<String>,
    not_computed: BTreeSet<String>,
    /// Columns of which a row is in several groups.
    several: BTreeSet<String>,
}

/// A column that groups are made by.
#[derive(Debug)]
struct Dimension {
    property: Property,
    unit: Option<Unit>,
    /// What people of whom only the id is compared are called.
    names: BTreeMap<String, String>,
}

/// Rows that have the same values in the columns of the groups.
#[derive(Clone, Debug)]
struct Group {
    values: Vec<Value>,
    count: u64,
    states: Vec<State>,
}

/// What has come of all rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// What the cells of a group are called: the columns of the groups, `count`, then the aggregates.
    pub columns: Vec<String>,
    /// Empty where no groups were asked for.
    pub groups: Vec<Vec<Value>>,
    /// How many groups there are that are not among these.
    pub more_groups: usize,
    /// Of all rows: `count`, then the aggregates.
    pub total: Map<String, Value>,
    /// Columns of which Notion showed only a part of some value.
    pub cut: Vec<String>,
    /// Columns of which Notion did not compute some value.
    pub not_computed: Vec<String>,
    /// What else there is to say.
    pub notes: Vec<String>,
}

impl Aggregation {
    /// Reads what is asked: columns such as `Status` and `Due by month`, aggregates such as `sum Amount`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for unknown columns, units and functions, and for columns that can't have such an aggregate.
    pub fn new(schema: &Schema, group_by: &[Value], aggregates: &[Value]) -> Result<Self, Error> {
        if group_by.len() > MAX_COLUMNS || aggregates.len() > MAX_COLUMNS {
            return Err(Error::limit_exceeded(format!(
                "At most {MAX_COLUMNS} columns are grouped by or computed."
            )));
        }
        let mut dimensions: Vec<Dimension> = Vec::new();
        for given in group_by {
            let (property, unit) = asked::dimension(schema, given)?;
            if property.kind == Kind::Button {
                return Err(Error::invalid_input(format!("`{}` has no values.", excerpt(&property.name))));
            }
            dimensions.push(Dimension { property, unit, names: BTreeMap::new() });
        }
        let mut measures: Vec<Measure> = Vec::new();
        for given in aggregates {
            // Rows are counted anyway.
            let (function, Some(property)) = asked::measure(schema, given)? else { continue };
            let measure = Measure::new(function, property)?;
            if measures.iter().all(|known| known.name() != measure.name()) {
                measures.push(measure);
            }
        }
        let states = measures.iter().map(Measure::start).collect();
        Ok(Self {
            schema: schema.clone(),
            dimensions,
            measures,
            groups: BTreeMap::new(),
            total: Group { values: Vec::new(), count: 0, states },
            cut: BTreeSet::new(),
            not_computed: BTreeSet::new(),
            several: BTreeSet::new(),
        })
    }

    /// The columns that rows are to be asked for.
    #[must_use]
    pub fn properties(&self) -> Vec<Property> {
        let mut properties: Vec<Property> = Vec::new();
        for property in self.columns().filter(|property| !property.id.is_empty()) {
            if properties.iter().all(|known| known.id != property.id) {
                properties.push(property.clone());
            }
        }
        properties
    }

    fn columns(&self) -> impl Iterator<Item = &Property> {
        let dimensions = self.dimensions.iter().map(|dimension| &dimension.property);
        dimensions.chain(self.measures.iter().map(|measure| &measure.property))
    }

    /// Takes in a row as Notion answers it.
    ///
    /// # Errors
    ///
    /// `LimitExceeded` for more groups than are kept; `InvalidInput` for a value of which there is no such aggregate.
    pub fn add(&mut self, row: &Value, calendar: &Calendar) -> Result<(), Error> {
        let doubts: Vec<(String, Doubt)> = self
            .columns()
            .filter_map(|property| Some((property.name.clone(), value::doubt(row, property, &self.schema)?)))
            .collect();
        for (name, doubt) in doubts {
            match doubt {
                Doubt::Cut => self.cut.insert(name),
                Doubt::NotComputed => self.not_computed.insert(name),
            };
        }
        let mut combined: Vec<Vec<Value>> = vec![Vec::new()];
        for dimension in &mut self.dimensions {
            let names = &mut dimension.names;
            let given = value::of(row, &dimension.property);
            let own = value::groups(given, dimension.unit, calendar, |id, name| {
                names.entry(id.to_owned()).or_insert_with(|| name.to_owned());
            })?;
            if own.len() > 1 {
                self.several.insert(dimension.property.name.clone());
            }
            if combined.len().saturating_mul(own.len()) > MAX_GROUPS {
                return Err(too_many());
            }
            let longer = combined.iter().flat_map(|before| {
                own.iter().map(move |value| before.iter().chain([value]).cloned().collect())
            });
            combined = longer.collect();
        }
        count(&self.measures, &mut self.total, row, calendar)?;
        if self.dimensions.is_empty() {
            return Ok(());
        }
        for values in combined {
            let key = Value::Array(values.clone()).to_string();
            if self.groups.len() >= MAX_GROUPS && !self.groups.contains_key(&key) {
                return Err(too_many());
            }
            let group = self.groups.entry(key).or_insert_with(|| Group {
                values,
                count: 0,
                states: self.measures.iter().map(Measure::start).collect(),
            });
            count(&self.measures, group, row, calendar)?;
        }
        Ok(())
    }

    /// The pages that groups are made by, by the data source that they are rows of: their titles are wanted.
    #[must_use]
    pub fn related(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut related: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (place, dimension) in self.dimensions.iter().enumerate() {
            let Some(data_source_id) = dimension.property.related() else { continue };
            let ids = self.groups.values().filter_map(|group| group.values.get(place)?.as_str());
            related.entry(data_source_id.to_owned()).or_default().extend(ids.map(str::to_owned));
        }
        related
    }

    /// What has come of the rows: at most so many groups, sorted as asked, else by the values of their columns. Pages
    /// are called by the `titles` that are known of their ids.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a sort by what is no column of the groups.
    pub fn summary(
        &self,
        sorts: &[Value],
        limit: usize,
        titles: &BTreeMap<String, String>,
    ) -> Result<Summary, Error> {
        let mut columns: Vec<String> = self.dimensions.iter().map(Dimension::name).collect();
        let of_total: Vec<String> =
            std::iter::once("count".to_owned()).chain(self.measures.iter().map(Measure::name)).collect();
        columns.extend(of_total.iter().cloned());
        let mut groups: Vec<&Group> = self.groups.values().collect();
        order::by_values(&mut groups, &self.dimensions, titles);
        let mut rows: Vec<Vec<Value>> = groups.iter().map(|group| self.row(group, titles)).collect();
        order::by_columns(&mut rows, &columns, sorts)?;
        let more_groups = rows.len().saturating_sub(limit);
        rows.truncate(limit);
        let total = of_total.into_iter().zip(self.counted(&self.total)).collect();
        Ok(Summary {
            columns,
            groups: rows,
            more_groups,
            total,
            cut: self.cut.iter().cloned().collect(),
            not_computed: self.not_computed.iter().cloned().collect(),
            notes: self.notes(),
        })
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for name in &self.several {
            notes.push(format!("Rows with several values of `{}` count under each.", excerpt(name)));
        }
        for (measure, state) in self.measures.iter().zip(&self.total.states) {
            if state.is_rounded() {
                notes.push(format!("`{}` is rounded: it has too many digits.", excerpt(&measure.name())));
            }
        }
        notes
    }

    fn row(&self, group: &Group, titles: &BTreeMap<String, String>) -> Vec<Value> {
        let label = |(place, value): (usize, &Value)| {
            let names = self.dimensions.get(place)?.names(titles);
            let id = value.as_str()?;
            let name = names.get(id).filter(|name| !name.is_empty())?;
            // Two that are called the same stay two.
            let is_shared = names.iter().any(|(other, own)| other != id && own == name);
            Some(if is_shared { format!("{name} ({id})") } else { name.clone() })
        };
        let values = group.values.iter().enumerate();
        let labels =
            values.map(|(place, value)| label((place, value)).map_or_else(|| value.clone(), Value::String));
        labels.chain(self.counted(group)).collect()
    }

    fn counted(&self, group: &Group) -> Vec<Value> {
        let results = self.measures.iter().zip(&group.states).map(|(measure, state)| measure.result(state));
        std::iter::once(Value::from(group.count)).chain(results).collect()
    }
}

impl Dimension {
    /// What its ids are called.
    fn names<'a>(&'a self, titles: &'a BTreeMap<String, String>) -> &'a BTreeMap<String, String> {
        if self.property.kind == Kind::Relation { titles } else { &self.names }
    }

    fn name(&self) -> String {
        let unit = match self.unit {
            None => return self.property.name.clone(),
            Some(Unit::Day) => "day",
            Some(Unit::Week) => "week",
            Some(Unit::Month) => "month",
            Some(Unit::Quarter) => "quarter",
            Some(Unit::Year) => "year",
        };
        format!("{} by {unit}", self.property.name)
    }
}

fn count(measures: &[Measure], group: &mut Group, row: &Value, calendar: &Calendar) -> Result<(), Error> {
    group.count += 1;
    for (measure, state) in measures.iter().zip(&mut group.states) {
        measure.add(state, value::of(row, &measure.property), calendar)?;
    }
    Ok(())
}

fn too_many() -> Error {
    Error::limit_exceeded(format!("The rows make more than {MAX_GROUPS} groups."))
        .hint("Group by a column with fewer values, a date by a longer unit, or narrow the filter.")
}

#[cfg(test)]
mod tests;
