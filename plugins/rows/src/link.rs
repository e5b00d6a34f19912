//! One `link`: the lists that it writes to the relations of its pages.

use toolbay_sdk::notion::properties::Kind;
use toolbay_sdk::notion::properties::normalise_value;
use toolbay_sdk::notion::{ARRAY_LIMIT, Lookup, NewOptions, NotionId, Property, Schema};
use toolbay_sdk::prelude::*;

use crate::arguments::excerpt;

/// A link of which all pages are known.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) source: usize,
    pub(crate) property: String,
    pub(crate) pages: Vec<NotionId>,
    pub(crate) targets: Vec<NotionId>,
    pub(crate) remove: bool,
    /// How names were read, where they were written otherwise.
    pub(crate) notes: Vec<String>,
}

/// A relation that a caller means.
#[derive(Clone, Debug)]
pub(crate) struct Relation {
    pub(crate) name: String,
    /// How its name was read, where it was written otherwise.
    pub(crate) note: Option<String>,
}

impl Relation {
    /// Finds it by its name, or by the only name that is alike: then the answer says so.
    pub(crate) fn find(schema: &Schema, wanted: &str) -> Result<Self, Problem> {
        let property = relation(schema, wanted)?;
        let is_exact = property.name == wanted || property.id == wanted;
        let note = (!is_exact).then(|| format!("`{}` was read as `{}`.", excerpt(wanted), property.name));
        Ok(Self { name: property.name.clone(), note })
    }
}

/// The relation that a caller means.
///
/// # Errors
///
/// `invalid_input` with the data source's relations.
pub(crate) fn relation<'a>(schema: &'a Schema, name: &str) -> Result<&'a Property, Problem> {
    let relations = || {
        let named = schema.properties().iter().filter(|property| property.kind == Kind::Relation);
        let named: Vec<String> = named.map(|property| format!("`{}`", property.name)).collect();
        match named.as_slice() {
            [] => "This database has no relations.".to_owned(),
            named => format!("The relations are: {}.", named.join(", ")),
        }
    };
    match schema.find(name) {
        Ok(property) if property.kind == Kind::Relation => Ok(property),
        Ok(property) => {
            Err(Problem::invalid_input(format!("`{}` ({}) is not a relation.", property.name, property.kind))
                .hint(relations()))
        }
        Err(error) => Err(error.hint(relations()).into()),
    }
}

/// True when the pages that are linked to show the link in a relation of their own.
pub(crate) fn is_two_way(schema: &Schema, name: &str) -> bool {
    let property = schema.properties().iter().find(|property| property.name == name);
    property.is_some_and(|property| {
        property.kind == Kind::Relation && property.settings.get("single_property").is_none()
    })
}

/// The pages to link to, by id.
pub(crate) fn targets(
    property: &Property,
    to: &Value,
    lookup: &dyn Lookup,
) -> Result<Vec<NotionId>, Problem> {
    let normal = normalise_value(property, to, lookup, NewOptions::Refuse)?;
    let listed = normal.get("relation").and_then(Value::as_array).into_iter().flatten();
    Ok(listed.filter_map(|page| page.get("id")?.as_str()).map(str::parse).collect::<Result<_, _>>()?)
}

impl Step {
    /// True when the part of a list that Notion shows is enough to know that nothing changes.
    pub(crate) fn is_settled_by(&self, visible: &[NotionId]) -> bool {
        !self.remove && self.targets.iter().all(|target| visible.contains(target))
    }

    /// The whole list as it shall be; none when it is so already.
    ///
    /// # Errors
    ///
    /// `limit_exceeded` for a list that Notion would not take: it takes the whole list or nothing.
    pub(crate) fn applied(&self, current: &[NotionId]) -> Result<Option<Vec<NotionId>>, Problem> {
        let mut list = current.to_vec();
        if self.remove {
            list.retain(|page| !self.targets.contains(page));
        } else {
            list.extend(self.targets.iter().filter(|target| !current.contains(target)));
        }
        if list == current {
            return Ok(None);
        }
        if list.len() > ARRAY_LIMIT {
            return Err(Problem::limit_exceeded(format!(
                "`{}` would have {} pages.",
                self.property,
                list.len()
            ))
            .hint(format!(
                "Notion's API writes a relation as a whole and takes {ARRAY_LIMIT} pages, so links cannot be added \
                 to a longer one: link from the other side of the relation, or in Notion itself."
            )));
        }
        Ok(Some(list))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn step(targets: &[u8], remove: bool) -> Step {
        let (property, targets) = ("Tasks".to_owned(), ids(targets));
        Step { source: 0, property, pages: Vec::new(), targets, remove, notes: Vec::new() }
    }

    fn ids(numbers: &[u8]) -> Vec<NotionId> {
        numbers.iter().map(|number| NotionId::from_u128(u128::from(*number))).collect()
    }

    proptest! {
        #[test]
        fn links_that_are_there_stay_and_nothing_comes_twice(
            current in proptest::collection::btree_set(any::<u8>(), 0..40),
            targets in proptest::collection::btree_set(any::<u8>(), 0..40),
        ) {
            let current: Vec<u8> = current.into_iter().collect();
            let targets: Vec<u8> = targets.into_iter().collect();
            let adding = step(&targets, false);
            let added = adding.applied(&ids(&current)).expect("few").unwrap_or_else(|| ids(&current));
            prop_assert_eq!(&added[..current.len()], &ids(&current)[..]);
            prop_assert!(ids(&targets).iter().all(|target| added.contains(target)));
            let mut unique = added.clone();
            unique.sort_unstable();
            unique.dedup();
            prop_assert_eq!(unique.len(), added.len());
            prop_assert_eq!(adding.applied(&added).expect("few"), None);
            let removing = step(&targets, true);
            let left = removing.applied(&added).expect("fewer").unwrap_or(added);
            prop_assert!(ids(&targets).iter().all(|target| !left.contains(target)));
            prop_assert_eq!(left.len(), current.iter().filter(|page| !targets.contains(page)).count());
        }
    }

    #[test]
    fn a_list_of_more_than_a_hundred_is_refused_unless_it_becomes_shorter() {
        let hundred: Vec<u8> = (0..100).collect();
        assert!(step(&[200], false).applied(&ids(&hundred)).is_err());
        let more: Vec<u8> = (0..110).collect();
        assert!(step(&[0], true).applied(&ids(&more)).is_err());
        assert_eq!(step(&hundred, true).applied(&ids(&more)).expect("ten").map(|list| list.len()), Some(10));
    }
}
