//! Conditions in groups, brought into the two levels that Notion takes.

use serde_json::{Value, json};

use crate::ARRAY_LIMIT;
use crate::Error;

/// Conditions, all or any of which must hold.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree {
    One(Value),
    All(Vec<Tree>),
    Any(Vec<Tree>),
}

impl Tree {
    /// Any of these; of none, no row could be meant.
    pub(super) fn any(trees: Vec<Tree>) -> Result<Self, Error> {
        if trees.is_empty() {
            return Err(Error::invalid_input("None of no conditions can hold.")
                .hint("Give at least one, or leave the condition out."));
        }
        Ok(Self::Any(trees))
    }

    /// The filter of a query; null for no condition at all.
    pub(super) fn into_filter(self) -> Result<Value, Error> {
        let simple = self.simplified();
        let flat = if simple.levels() > 2 { simple.distributed()? } else { simple };
        flat.check_size()?;
        Ok(match flat {
            Self::All(trees) if trees.is_empty() => Value::Null,
            other => other.into_value(),
        })
    }

    fn into_value(self) -> Value {
        let each = |trees: Vec<Tree>| trees.into_iter().map(Self::into_value).collect::<Vec<_>>();
        match self {
            Self::One(condition) => condition,
            Self::All(trees) => json!({ "and": each(trees) }),
            Self::Any(trees) => json!({ "or": each(trees) }),
        }
    }

    /// Groups of one are what is in them, and groups in groups of their kind belong to those.
    fn simplified(self) -> Self {
        match self {
            Self::One(condition) => Self::One(condition),
            Self::All(trees) => {
                let mut all = Vec::new();
                for tree in trees {
                    match tree.simplified() {
                        Self::All(inner) => all.extend(inner),
                        other => all.push(other),
                    }
                }
                only(all, Self::All)
            }
            Self::Any(trees) => {
                let mut any = Vec::new();
                for tree in trees {
                    match tree.simplified() {
                        // A filter that takes every row makes the whole group take every row.
                        Self::All(inner) if inner.is_empty() => return Self::All(Vec::new()),
                        Self::Any(inner) => any.extend(inner),
                        other => any.push(other),
                    }
                }
                only(any, Self::Any)
            }
        }
    }

    fn levels(&self) -> usize {
        match self {
            Self::One(_) => 0,
            Self::All(trees) | Self::Any(trees) => 1 + trees.iter().map(Self::levels).max().unwrap_or(0),
        }
    }

    /// The same as any of several "all": two levels, whatever it was.
    fn distributed(self) -> Result<Self, Error> {
        let any = self.alternatives()?.into_iter();
        Ok(Self::Any(any.map(|all| Self::All(all.into_iter().map(Self::One).collect())).collect())
            .simplified())
    }

    fn alternatives(self) -> Result<Vec<Vec<Value>>, Error> {
        let alternatives = match self {
            Self::One(condition) => vec![vec![condition]],
            Self::Any(trees) => {
                let mut any = Vec::new();
                for tree in trees {
                    any.extend(tree.alternatives()?);
                }
                any
            }
            Self::All(trees) => {
                let mut all: Vec<Vec<Value>> = vec![Vec::new()];
                for tree in trees {
                    let more = tree.alternatives()?;
                    check(all.len().saturating_mul(more.len()))?;
                    all = all
                        .iter()
                        .flat_map(|before| more.iter().map(move |after| [before.as_slice(), after].concat()))
                        .collect();
                }
                all
            }
        };
        check(alternatives.len())?;
        Ok(alternatives)
    }

    fn check_size(&self) -> Result<(), Error> {
        match self {
            Self::One(_) => Ok(()),
            Self::All(trees) | Self::Any(trees) => {
                check(trees.len())?;
                trees.iter().try_for_each(Self::check_size)
            }
        }
    }
}

/// What is in a group of one, else the group.
fn only(mut trees: Vec<Tree>, group: impl FnOnce(Vec<Tree>) -> Tree) -> Tree {
    match trees.pop() {
        Some(last) if trees.is_empty() => last,
        last => {
            trees.extend(last);
            group(trees)
        }
    }
}

fn check(conditions: usize) -> Result<(), Error> {
    if conditions <= ARRAY_LIMIT {
        return Ok(());
    }
    Err(Error::limit_exceeded(format!(
        "The filter needs groups of more than {ARRAY_LIMIT} conditions, which Notion does not take."
    ))
    .hint("Ask in several queries, or with fewer groups inside of groups."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str) -> Tree {
        Tree::One(json!(name))
    }

    #[test]
    fn needless_groups_disappear() {
        let tree = Tree::All(vec![Tree::All(vec![one("a"), Tree::Any(vec![one("b")])]), Tree::All(vec![])]);
        assert_eq!(tree.into_filter().expect("flat"), json!({ "and": ["a", "b"] }));
        assert_eq!(Tree::All(vec![Tree::Any(vec![one("a")])]).into_filter().expect("one"), json!("a"));
        assert_eq!(Tree::All(vec![]).into_filter().expect("none"), json!(null));
        assert_eq!(Tree::Any(vec![one("a"), Tree::All(vec![])]).into_filter().expect("all"), json!(null));
    }

    #[test]
    fn a_third_level_is_distributed() {
        let inner = Tree::All(vec![one("b"), Tree::Any(vec![one("c"), one("d")])]);
        let tree = Tree::Any(vec![one("a"), inner]);
        assert_eq!(
            tree.into_filter().expect("two levels"),
            json!({ "or": ["a", { "and": ["b", "c"] }, { "and": ["b", "d"] }] })
        );
    }

    #[test]
    fn more_than_notion_takes_is_refused() {
        let many = |count: usize| Tree::Any((0..count).map(|number| one(&number.to_string())).collect());
        assert!(many(100).into_filter().is_ok());
        assert!(many(101).into_filter().is_err());
        let product = Tree::Any(vec![one("x"), Tree::All(vec![many(11), many(11)])]);
        assert!(product.into_filter().is_err());
    }
}
