//! A schema as a graph: which schemas apply to the same value, and which to its members and items.
//!
//! The graph has a node for each subschema of the text, so it is no larger than the text, whatever the references in it
//! multiply to.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::cost::Weight;
use super::invalid::InvalidSchema;

/// A node's place in its graph.
pub(super) type Index = usize;

/// Every subschema that can be reached, the root first.
pub(super) struct Graph<'a> {
    pub(super) nodes: Vec<Node<'a>>,
}

/// One subschema.
#[derive(Default)]
pub(super) struct Node<'a> {
    /// What checking one value against it costs, without its subschemas.
    pub(super) own: Weight,
    /// Schemas for the same value: references, compositions, conditions.
    pub(super) here: Vec<Index>,
    /// Schemas for members of a name.
    pub(super) named: Vec<(&'a str, Index)>,
    /// Schemas for members of no such name.
    pub(super) other_members: Vec<Index>,
    /// Schemas for any member.
    pub(super) any_member: Vec<Index>,
    /// Schemas for the first items, in order.
    pub(super) first_items: Vec<Index>,
    /// Schemas for the items behind those.
    pub(super) other_items: Vec<Index>,
    /// Schemas for any item.
    pub(super) any_item: Vec<Index>,
    /// Whether it asks what the schemas in `here` have looked at, for which they are run again.
    pub(super) is_unevaluated: bool,
}

impl Node<'_> {
    /// Whether it says nothing of members and items.
    pub(super) fn goes_nowhere(&self) -> bool {
        self.named.is_empty()
            && [&self.other_members, &self.any_member, &self.first_items, &self.other_items, &self.any_item]
                .iter()
                .all(|schemas| schemas.is_empty())
    }
}

impl<'a> Graph<'a> {
    /// The graph of a schema whose text has been checked.
    ///
    /// # Errors
    ///
    /// When a reference leads nowhere.
    pub(super) fn of(root: &'a Value) -> Result<Self, InvalidSchema> {
        let mut builder = Builder { root, known: HashMap::new(), found: Vec::new() };
        builder.index(root);
        let mut nodes = Vec::new();
        while let Some(schema) = builder.found.get(nodes.len()).copied() {
            nodes.push(builder.node(schema)?);
        }
        Ok(Self { nodes })
    }
}

/// What `#/…` refers to.
pub(super) fn target<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    let pointer = reference.strip_prefix('#')?;
    root.pointer(pointer).or_else(|| root.pointer(&decoded(pointer)?))
}

/// A URL's fragment without percent signs.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

struct Builder<'a> {
    root: &'a Value,
    /// By address: a subschema that several references lead to is one node.
    known: HashMap<*const Value, Index>,
    found: Vec<&'a Value>,
}

impl<'a> Builder<'a> {
    fn index(&mut self, schema: &'a Value) -> Index {
        *self.known.entry(std::ptr::from_ref(schema)).or_insert_with(|| {
            self.found.push(schema);
            self.found.len() - 1
        })
    }

    fn all(&mut self, schemas: impl IntoIterator<Item = &'a Value>) -> Vec<Index> {
        schemas.into_iter().map(|schema| self.index(schema)).collect()
    }

    fn node(&mut self, schema: &'a Value) -> Result<Node<'a>, InvalidSchema> {
        let Value::Object(members) = schema else {
            return Ok(Node { own: Weight::of(&Map::new()), ..Node::default() });
        };
        let mut node = Node { own: Weight::of(members), ..Node::default() };
        for (keyword, value) in members {
            self.keyword(&mut node, keyword, value)?;
        }
        Ok(node)
    }

    fn keyword(&mut self, node: &mut Node<'a>, keyword: &str, value: &'a Value) -> Result<(), InvalidSchema> {
        match (keyword, value) {
            ("$ref", Value::String(reference)) => {
                let target = target(self.root, reference)
                    .ok_or_else(|| InvalidSchema::NoTarget(super::shorten(reference, 100)))?;
                node.here.push(self.index(target));
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(branches)) => node.here.extend(self.all(branches)),
            ("not" | "if" | "then" | "else", schema) => node.here.push(self.index(schema)),
            ("dependentSchemas" | "dependencies", Value::Object(schemas)) => {
                node.here.extend(self.all(schemas.values().filter(|schema| !schema.is_array())));
            }
            ("properties", Value::Object(properties)) => {
                for (name, schema) in properties {
                    node.named.push((name, self.index(schema)));
                }
            }
            ("patternProperties", Value::Object(schemas)) => {
                node.any_member.extend(self.all(schemas.values()));
            }
            ("propertyNames", schema) => node.any_member.push(self.index(schema)),
            ("additionalProperties", schema) => node.other_members.push(self.index(schema)),
            // Each member is looked at once to be judged and once to be counted as looked at.
            ("unevaluatedProperties", schema) => {
                node.any_member.extend([self.index(schema); 2]);
                node.is_unevaluated = true;
            }
            ("prefixItems" | "items", Value::Array(schemas)) => node.first_items.extend(self.all(schemas)),
            ("items" | "additionalItems", schema) => node.other_items.push(self.index(schema)),
            ("contains", schema) => node.any_item.push(self.index(schema)),
            ("unevaluatedItems", schema) => {
                node.any_item.extend([self.index(schema); 2]);
                node.is_unevaluated = true;
            }
            _ => {}
        }
        Ok(())
    }
}
