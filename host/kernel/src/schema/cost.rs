//! What checking a value against a schema costs at most, counted without checking anything.
//!
//! The unit is a step: one keyword, one look-up, one comparison; some ten nanoseconds. Schemas that apply to the same
//! value (references, `allOf`, `anyOf`, …) add up, as often as they are referred to. Of the schemas for members of an
//! object those of one name add up, and the most expensive name counts, since a member has one name. So each level of
//! nesting of a value has a [`Weight`] for each value there, and what a value costs is a sum over what it has on its
//! levels: exact enough to tell honest schemas from hostile ones, and always at least what the validator does. A schema
//! that refers to itself is no special case: its weights go on for as many levels as a value can have.

use serde_json::{Map, Value};

use super::graph::{Graph, Index};
use super::invalid::InvalidSchema;

/// Steps that one value may cost by the schemas that apply to itself. A choice of a hundred objects with twenty
/// properties each has 3,000.
const MAX_HERE: u64 = 20_000;

/// Steps that one value may cost on the first levels, where nesting hasn't multiplied much.
const MAX_NEAR: u64 = 1_000_000;

/// The levels that count as the first ones: five that go into a value below its top.
const NEAR: usize = 6;

/// Schemas that apply one inside the other to one value: a stack's worth.
const MAX_NESTED: usize = 32;

/// Links that are followed while counting. An honest schema has some thousand.
const MAX_LINKS: usize = 400_000;

/// Levels of nesting that are told apart, which is what arguments and answers may have.
const LEVELS: usize = 66;

/// What one value costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Weight {
    /// A value that has no members or items.
    plain: u64,
    /// An object or array, without what is in it.
    container: u64,
    /// Sixteenths of a step for each byte of a text or of a member's name.
    byte_sixteenths: u64,
    /// For each value inside it, however deep: items that must differ are compared whole.
    inside: u64,
}

impl Weight {
    /// What a subschema with these keywords costs by itself.
    pub(super) fn of(keywords: &Map<String, Value>) -> Self {
        let mut weight = Self { plain: 1 + keywords.len() as u64, ..Self::default() };
        for (keyword, value) in keywords {
            let values = || values_in(value);
            match keyword.as_str() {
                "enum" | "const" => weight.plain += values(),
                // A fraction takes arithmetic of any length.
                "multipleOf" if !value.is_u64() => weight.plain += 100,
                "properties" | "patternProperties" | "dependentSchemas" | "dependencies" => {
                    weight.container += value.as_object().map_or(0, Map::len) as u64;
                }
                "required" | "dependentRequired" => weight.container += values(),
                "uniqueItems" if value == &Value::Bool(true) => weight.inside += 4,
                _ => {}
            }
            weight.byte_sixteenths += match keyword.as_str() {
                "minLength" | "maxLength" => 1,
                "pattern" => PATTERN_SIXTEENTHS,
                "patternProperties" => PATTERN_SIXTEENTHS * value.as_object().map_or(0, Map::len) as u64,
                _ => 0,
            };
        }
        weight.container += weight.plain;
        weight
    }

    fn plus(self, other: Self, times: u64) -> Self {
        let sum = |mine: u64, theirs: u64| mine.saturating_add(theirs.saturating_mul(times));
        Self {
            plain: sum(self.plain, other.plain),
            container: sum(self.container, other.container),
            byte_sixteenths: sum(self.byte_sixteenths, other.byte_sixteenths),
            inside: sum(self.inside, other.inside),
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            plain: self.plain.max(other.plain),
            container: self.container.max(other.container),
            byte_sixteenths: self.byte_sixteenths.max(other.byte_sixteenths),
            inside: self.inside.max(other.inside),
        }
    }
}

/// Eight steps for each byte that a pattern looks at: what its engine takes when nothing that makes it fast applies.
const PATTERN_SIXTEENTHS: u64 = 128;

fn values_in(value: &Value) -> u64 {
    1 + match value {
        Value::Array(items) => items.iter().map(values_in).sum(),
        Value::Object(members) => members.values().map(values_in).sum(),
        _ => 0,
    }
}

/// What checking a value comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Estimate {
    /// At most this many steps.
    pub steps: u64,
    /// At most this many schemas inside one another, each of which takes some of the stack.
    pub nested: usize,
}

/// The cost of a schema, for each level of a value.
#[derive(Debug, Clone)]
pub(super) struct Cost {
    levels: Vec<Weight>,
    nested: usize,
}

impl Cost {
    /// Counts what a schema costs.
    ///
    /// # Errors
    ///
    /// When it is more than any honest schema costs, or counting it would be.
    pub(super) fn of(schema: &Value) -> Result<Self, InvalidSchema> {
        let graph = Graph::of(schema)?;
        let mut counting = Counting::new(&graph);
        let ways = counting.ways()?;
        let first: Vec<Weight> = ways.iter().map(|ways| ways.own).collect();
        if let Some(worst) = first.iter().map(|weight| weight.container).find(|steps| *steps > MAX_HERE) {
            return Err(too_costly("one value", worst, MAX_HERE));
        }
        let levels = levels(first, &ways);
        if let Some(worst) =
            levels.iter().take(NEAR).map(|weight| weight.container).find(|steps| *steps > MAX_NEAR)
        {
            return Err(too_costly("a value that nests a few levels", worst, MAX_NEAR));
        }
        Ok(Self { levels, nested: counting.deepest })
    }

    /// What checking this value costs at most.
    pub(super) fn estimate(&self, value: &Value) -> Estimate {
        let mut sum = Sum { levels: &self.levels, steps: 0, depth: 0 };
        sum.add(value, 0, 0, 0);
        Estimate { steps: sum.steps, nested: (sum.depth + 1).saturating_mul(self.nested) }
    }
}

fn too_costly(what: &'static str, steps: u64, max: u64) -> InvalidSchema {
    const BILLION: u64 = 1_000_000_000;
    let steps = if steps > BILLION { "more than a billion".to_owned() } else { steps.to_string() };
    InvalidSchema::TooCostly { what, steps, max }
}

struct Sum<'a> {
    levels: &'a [Weight],
    steps: u64,
    depth: usize,
}

impl Sum<'_> {
    fn add(&mut self, value: &Value, depth: usize, name: usize, inside: u64) {
        self.depth = self.depth.max(depth);
        let weight = self.levels.get(depth).or(self.levels.last()).copied().unwrap_or_default();
        let text = value.as_str().map_or(0, str::len).saturating_add(name);
        let names = value.as_object().map_or(0, |members| members.keys().map(String::len).sum::<usize>());
        let bytes = text.saturating_add(names) as u64;
        let own = if value.is_array() || value.is_object() { weight.container } else { weight.plain };
        self.steps = self
            .steps
            .saturating_add(own)
            .saturating_add(weight.byte_sixteenths.saturating_mul(bytes) / 16)
            .saturating_add(inside.saturating_mul(1 + bytes / 64));
        let inside = inside.saturating_add(weight.inside);
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.add(item, depth + 1, 0, inside)),
            Value::Object(members) => {
                for (name, member) in members {
                    self.add(member, depth + 1, name.len(), inside);
                }
            }
            _ => {}
        }
    }
}

/// Schemas that apply to one value, and how often.
type Applied = Vec<(Index, u64)>;

/// How a schema goes on into a value, with all that apply to the same value.
#[derive(Default)]
struct Ways {
    own: Weight,
    /// Of a mere reference: what it refers to, which goes on the same way.
    same_as: Option<Index>,
    /// For any member; and, of each name or none of them, those that are added.
    any_member: Applied,
    members: Vec<Applied>,
    any_item: Applied,
    items: Vec<Applied>,
}

impl Ways {
    /// What the values one level further in cost, when those cost `below` by themselves.
    fn inner(&self, below: &[Weight]) -> Weight {
        let sum = |applied: &Applied| {
            applied.iter().fold(Weight::default(), |sum, (index, times)| {
                sum.plus(below.get(*index).copied().unwrap_or_default(), *times)
            })
        };
        let worst = |any: &Applied, each: &[Applied]| {
            let each = each.iter().map(sum).fold(Weight::default(), Weight::or);
            sum(any).plus(each, 1)
        };
        worst(&self.any_member, &self.members).or(worst(&self.any_item, &self.items))
    }
}

/// Where a chain of mere references ends. None comes back to itself: counting what applies to one value has shown that.
fn end_of(index: Index, ways: &[Ways]) -> Index {
    let next = |index: &Index| ways.get(*index).and_then(|ways| ways.same_as);
    std::iter::successors(Some(index), next).last().unwrap_or(index)
}

fn levels(first: Vec<Weight>, ways: &[Ways]) -> Vec<Weight> {
    let top = |weights: &[Weight]| weights.first().copied().unwrap_or_default();
    let mut levels = vec![top(&first)];
    let (mut before, mut now) = (Vec::new(), first);
    while levels.len() < LEVELS {
        let inner: Vec<Weight> = ways.iter().map(|ways| ways.inner(&now)).collect();
        let next: Vec<Weight> = (0..ways.len())
            .map(|index| inner.get(end_of(index, ways)).copied().unwrap_or_default())
            .collect();
        levels.push(top(&next));
        if next == now {
            break;
        }
        // Objects in arrays in objects: two levels that take turns.
        if next == before {
            let pair = [top(&now), top(&next)];
            levels.extend(pair.into_iter().cycle().take(LEVELS.saturating_sub(levels.len())));
            break;
        }
        before = std::mem::replace(&mut now, next);
    }
    levels
}

enum Seen {
    Not,
    Entered,
    Left { applied: Applied, depth: usize },
}

struct Counting<'a> {
    graph: &'a Graph<'a>,
    seen: Vec<Seen>,
    links: usize,
    deepest: usize,
}

impl<'a> Counting<'a> {
    fn new(graph: &'a Graph<'a>) -> Self {
        let seen = graph.nodes.iter().map(|_| Seen::Not).collect();
        Self { graph, seen, links: 0, deepest: 1 }
    }

    fn ways(&mut self) -> Result<Vec<Ways>, InvalidSchema> {
        (0..self.graph.nodes.len()).map(|index| self.ways_of(index)).collect()
    }

    fn count(&mut self, links: usize) -> Result<(), InvalidSchema> {
        self.links += links;
        if self.links > MAX_LINKS { Err(InvalidSchema::TooEntangled) } else { Ok(()) }
    }

    /// All schemas that apply to a value which this one applies to, itself first.
    fn applied(&mut self, index: Index, stack: usize) -> Result<(Applied, usize), InvalidSchema> {
        match self.seen.get(index) {
            Some(Seen::Left { applied, depth }) => return Ok((applied.clone(), *depth)),
            Some(Seen::Entered) => return Err(InvalidSchema::Endless),
            _ => {}
        }
        let nested = InvalidSchema::TooNested { max: MAX_NESTED };
        if stack >= MAX_NESTED {
            return Err(nested);
        }
        let graph = self.graph;
        let Some(node) = graph.nodes.get(index) else { return Ok((Applied::new(), 0)) };
        self.set(index, Seen::Entered);
        let mut deepest = 0;
        let mut inner = Vec::new();
        for part in &node.here {
            let (applied, depth) = self.applied(*part, stack + 1)?;
            self.count(applied.len() + 1)?;
            deepest = deepest.max(depth);
            inner.extend(applied);
        }
        // What its parts have looked at is found by running them again, each with its own parts.
        let times = if node.is_unevaluated { 2 + deepest as u64 } else { 1 };
        let mut applied = vec![(index, 1)];
        applied.extend(merged(inner).into_iter().map(|(part, often)| (part, often.saturating_mul(times))));
        let depth = deepest + 1;
        if depth > MAX_NESTED {
            return Err(nested);
        }
        self.deepest = self.deepest.max(depth);
        self.set(index, Seen::Left { applied: applied.clone(), depth });
        Ok((applied, depth))
    }

    fn set(&mut self, index: Index, seen: Seen) {
        if let Some(slot) = self.seen.get_mut(index) {
            *slot = seen;
        }
    }

    fn ways_of(&mut self, index: Index) -> Result<Ways, InvalidSchema> {
        let (applied, _) = self.applied(index, 0)?;
        let graph = self.graph;
        let mut ways = Ways::default();
        if let Some(node) = graph.nodes.get(index)
            && let ([target], true) = (node.here.as_slice(), node.goes_nowhere())
        {
            self.count(applied.len())?;
            let own = applied.iter().filter_map(|(part, times)| Some((graph.nodes.get(*part)?.own, *times)));
            ways.own = own.fold(ways.own, |sum, (own, times)| sum.plus(own, times));
            ways.same_as = Some(*target);
            return Ok(ways);
        }
        let nodes = || applied.iter().filter_map(|(index, times)| Some((graph.nodes.get(*index)?, *times)));
        let (mut names, mut positions) = (Vec::new(), 0);
        for (node, times) in nodes() {
            ways.own = ways.own.plus(node.own, times);
            ways.any_member.extend(node.any_member.iter().map(|part| (*part, times)));
            ways.any_item.extend(node.any_item.iter().map(|part| (*part, times)));
            names.extend(node.named.iter().map(|(name, _)| *name));
            positions = positions.max(node.first_items.len());
        }
        names.sort_unstable();
        names.dedup();
        let nodes: Vec<_> = nodes().collect();
        self.count((names.len() + positions + 2).saturating_mul(nodes.len()))?;
        ways.members = by_name(&names, &nodes);
        for position in 0..=positions {
            let at = |node: &super::graph::Node<'_>| match node.first_items.get(position) {
                Some(part) => vec![*part],
                None => node.other_items.clone(),
            };
            ways.items.push(
                nodes
                    .iter()
                    .flat_map(|(node, times)| at(node).into_iter().map(|part| (part, *times)))
                    .collect(),
            );
        }
        Ok(ways)
    }
}

/// For each name, and for all other names, what applies to a member of it.
fn by_name(names: &[&str], nodes: &[(&super::graph::Node<'_>, u64)]) -> Vec<Applied> {
    let mut members: Vec<Applied> = names.iter().map(|_| Applied::new()).collect();
    let mut others = Applied::new();
    for (node, times) in nodes {
        others.extend(node.other_members.iter().map(|part| (*part, *times)));
        let mut own: Vec<(&str, Index)> = node.named.clone();
        own.sort_unstable();
        let mut own = own.into_iter().peekable();
        for (name, applied) in names.iter().zip(&mut members) {
            match own.next_if(|(known, _)| known == name) {
                Some((_, part)) => applied.push((part, *times)),
                None => applied.extend(node.other_members.iter().map(|part| (*part, *times))),
            }
        }
    }
    members.push(others);
    members
}

/// The same schemas, each once.
fn merged(mut applied: Applied) -> Applied {
    applied.sort_unstable();
    let mut merged = Applied::with_capacity(applied.len());
    for (index, times) in applied {
        match merged.last_mut() {
            Some((last, often)) if *last == index => *often = often.saturating_add(times),
            _ => merged.push((index, times)),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(schema: &Value) -> Option<InvalidSchema> {
        Cost::of(schema).err()
    }

    fn steps(schema: &Value, value: &Value) -> u64 {
        Cost::of(schema).unwrap().estimate(value).steps
    }

    /// `a25` twice, each of which is `a24` twice, and so on.
    fn doubling(times: usize) -> Value {
        let mut definitions = Map::new();
        definitions.insert("a0".into(), json!({"type": "integer"}));
        for step in 1..=times {
            let half = json!({"$ref": format!("#/$defs/a{}", step - 1)});
            definitions.insert(format!("a{step}"), json!({"allOf": [half, half]}));
        }
        json!({"type": "object", "properties": {"x": {"$ref": format!("#/$defs/a{times}")}}, "$defs": definitions})
    }

    #[test]
    fn references_that_double_each_other_are_refused() {
        assert!(matches!(refusal(&doubling(14)), Some(InvalidSchema::TooCostly { .. })));
        let Some(InvalidSchema::TooNested { .. }) = refusal(&doubling(25)) else { panic!() };
        assert_eq!(refusal(&doubling(5)), None);
    }

    #[test]
    fn a_choice_that_every_level_multiplies_is_refused_or_bounded_by_the_value() {
        let branch = |_| json!({"properties": {"a": {"type": "array", "items": {"$ref": "#/$defs/t"}}}});
        let tree = |branches: usize| {
            let branches: Vec<Value> = (0..branches).map(branch).collect();
            json!({"type": "object", "properties": {"x": {"$ref": "#/$defs/t"}}, "$defs": {"t": {"oneOf": branches}}})
        };
        assert!(matches!(refusal(&tree(300)), Some(InvalidSchema::TooCostly { .. })));
        let nested = |depth: usize| {
            let mut value = json!({});
            for _ in 0..depth {
                value = json!({"a": [value]});
            }
            json!({ "x": value })
        };
        assert!(steps(&tree(3), &nested(2)) < 1_000);
        assert!(steps(&tree(3), &nested(25)) > 100_000_000);
    }

    #[test]
    fn a_type_that_holds_itself_costs_by_the_size_of_the_value() {
        let any = json!({"anyOf": [{"type": ["string", "number", "boolean", "null"]},
            {"type": "array", "items": {"$ref": "#/$defs/any"}},
            {"type": "object", "additionalProperties": {"$ref": "#/$defs/any"}}]});
        let schema =
            json!({"type": "object", "properties": {"x": {"$ref": "#/$defs/any"}}, "$defs": {"any": any}});
        let mut value = json!(1);
        for _ in 0..60 {
            value = json!([value]);
        }
        assert!(steps(&schema, &json!({ "x": value })) < 61 * 30);
        let filter = json!({"anyOf": [
            {"type": "object", "properties": {"and": {"type": "array", "items": {"$ref": "#/$defs/filter"}}}},
            {"type": "object", "properties": {"or": {"type": "array", "items": {"$ref": "#/$defs/filter"}}}},
            {"type": "object", "properties": {"property": {"type": "string"}}}]});
        let schema = json!({"type": "object", "properties": {"x": {"$ref": "#/$defs/filter"}}, "$defs": {"filter": filter}});
        let mut value = json!({"property": "a"});
        for _ in 0..20 {
            value = json!({"and": [value]});
        }
        assert!(steps(&schema, &json!({ "x": value })) < 43 * 40);
    }

    #[test]
    fn what_never_goes_into_a_value_is_refused() {
        for endless in [
            json!({"$ref": "#"}),
            json!({"anyOf": [{"type": "object"}, {"not": {"$ref": "#"}}]}),
            json!({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"if": {"$ref": "#/$defs/a"}}}, "$ref": "#/$defs/a"}),
        ] {
            assert_eq!(refusal(&endless), Some(InvalidSchema::Endless), "{endless}");
        }
        let mut tower = json!({"type": "string"});
        for _ in 0..40 {
            tower = json!({ "not": tower });
        }
        assert!(matches!(refusal(&tower), Some(InvalidSchema::TooNested { .. })));
        assert!(matches!(refusal(&json!({"$ref": "#/$defs/none"})), Some(InvalidSchema::NoTarget(_))));
    }

    #[test]
    fn parts_that_refer_to_each_other_in_all_ways_are_counted_quickly() {
        let count = 60;
        let all = |own: usize| {
            let members =
                (0..count).map(|other| (format!("p{other}"), json!({"$ref": format!("#/$defs/d{other}")})));
            json!({"type": "object", "properties": Map::from_iter(members), "title": own.to_string()})
        };
        let definitions = Map::from_iter((0..count).map(|own| (format!("d{own}"), all(own))));
        let schema =
            json!({"type": "object", "properties": {"x": {"$ref": "#/$defs/d0"}}, "$defs": definitions});
        assert_eq!(refusal(&schema), None);
        let each = |own: usize| {
            let branches: Vec<Value> =
                (own + 1..count).map(|other| json!({"$ref": format!("#/$defs/d{other}")})).collect();
            json!({ "anyOf": branches })
        };
        let definitions = Map::from_iter((0..count).map(|own| (format!("d{own}"), each(own))));
        let schema =
            json!({"type": "object", "properties": {"x": {"$ref": "#/$defs/d0"}}, "$defs": definitions});
        assert!(refusal(&schema).is_some());
    }
}
