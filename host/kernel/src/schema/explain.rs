//! What is wrong with a value, in words that its sender can act on.
//!
//! The validator's own list of faults has an entry for each branch of each choice, which multiply: a small schema and a
//! small value can have billions. So faults are looked for here, from the top down, as a person would: of a choice that
//! nothing fits, the branch that was probably meant is explained. The search ends after a number of steps; what it
//! doesn't understand it leaves to the validator, as long as that is known to be quick.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::graph::target;
use super::shorten;
use crate::nearest::nearest;

/// Most faults that one refusal lists.
pub(super) const MAX_TOLD: usize = 5;

/// Schemas that are looked at for one refusal.
const MAX_STEPS: usize = 20_000;

/// Schemas inside schemas: more than a schema that was taken has levels, for a value as deep as arguments may be.
const DEEPEST: usize = 400;

/// Names or values that a hint lists.
const MAX_LISTED: usize = 20;

/// Names or values among which one is looked for that is like a wrong one.
const MAX_COMPARED: usize = 500;

/// One thing that is wrong.
pub(super) struct Fault<'a> {
    /// Where, as JSON Pointer.
    pub(super) path: String,
    /// The keyword that says so.
    pub(super) keyword: &'static str,
    /// What, in words.
    pub(super) text: String,
    /// What would be right.
    valid: Option<Valid<'a>>,
    /// The text that stands where one of those should.
    given: Option<String>,
    /// How deep it is: the branch of a choice that was meant has its faults deepest.
    depth: usize,
}

/// What would be right in the place of something that is wrong.
enum Valid<'a> {
    Values(&'a [Value]),
    Names(Vec<&'a str>),
}

impl Fault<'_> {
    /// What would be right, in words. Looking for what is like the wrong one takes a while, so it is done for the faults
    /// that are told, not for all that are found.
    pub(super) fn hint(&self) -> Option<String> {
        match self.valid.as_ref()? {
            Valid::Values(choices) => {
                let texts: Vec<String> = choices.iter().take(MAX_COMPARED).map(plain).collect();
                Some(hint(self.given.as_deref(), texts.iter().map(String::as_str), choices.len()))
            }
            Valid::Names(names) if names.is_empty() => Some("it takes no members".to_owned()),
            Valid::Names(names) => {
                Some(hint(self.given.as_deref(), names.iter().copied().take(MAX_COMPARED), names.len()))
            }
        }
    }
}

/// The first faults of a value, at most this many, without those at the `open` places (JSON pointers), or of a choice that
/// one of them may decide.
pub(super) fn faults<'a>(root: &'a Value, value: &Value, open: &'a [String], max: usize) -> Vec<Fault<'a>> {
    let mut search = Search { root, open, max, left: MAX_STEPS };
    let mut found = Vec::new();
    search.look(root, value, &Location { path: "", depth: 0 }, &mut found);
    found.truncate(max);
    found
}

/// Whether a JSON pointer leads to a place or into what is there.
pub(super) fn is_within(path: &str, location: &str) -> bool {
    path.strip_prefix(location).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Where the search is.
struct Location<'a> {
    path: &'a str,
    depth: usize,
}

struct Search<'a> {
    root: &'a Value,
    open: &'a [String],
    max: usize,
    left: usize,
}

impl<'a> Search<'a> {
    /// Takes steps of what is left; false when that isn't enough, and the search ends.
    fn may_take(&mut self, steps: usize) -> bool {
        let left = self.left.checked_sub(steps);
        self.left = left.unwrap_or(0);
        left.is_some()
    }

    /// Adds the faults of a value to those that were found.
    fn look(
        &mut self,
        schema: &'a Value,
        value: &Value,
        location: &Location<'_>,
        found: &mut Vec<Fault<'a>>,
    ) {
        let is_open = self.open.iter().any(|open| is_within(location.path, open));
        if is_open || found.len() >= self.max || location.depth > DEEPEST {
            return;
        }
        if !self.may_take(1 + value.as_str().map_or(0, |text| text.len() / 64)) {
            return;
        }
        let keywords = match schema {
            Value::Object(keywords) => keywords,
            Value::Bool(false) => {
                found.push(fault(location, "false", format!("{} can't be there", location.name())));
                return;
            }
            _ => return,
        };
        let before = found.len();
        type_of(keywords, value, location, found);
        if found.len() > before {
            // What else is wrong with a value of another type says nothing.
            return;
        }
        choice_of_values(keywords, value, location, found);
        bounds(keywords, value, location, found);
        match value {
            Value::Object(members) => self.members(keywords, members, location, found),
            Value::Array(items) => self.items(keywords, items, location, found),
            _ => {}
        }
        let inner = Location { path: location.path, depth: location.depth + 1 };
        if let Some(Value::String(reference)) = keywords.get("$ref")
            && let Some(schema) = target(self.root, reference)
        {
            self.look(schema, value, &inner, found);
        }
        for part in list(keywords, "allOf") {
            self.look(part, value, &inner, found);
        }
        for keyword in ["anyOf", "oneOf"] {
            self.choose(list(keywords, keyword), value, &inner, found);
        }
    }

    /// Of branches that all have faults, adds those of the branch that was probably meant.
    fn choose(
        &mut self,
        branches: &'a [Value],
        value: &Value,
        location: &Location<'_>,
        found: &mut Vec<Fault<'a>>,
    ) {
        if self.open.iter().any(|open| is_within(open, location.path)) {
            return;
        }
        let mut best: Option<Vec<Fault<'a>>> = None;
        let mut expected = BTreeSet::new();
        for branch in branches {
            let mut own = Vec::new();
            self.look(branch, value, location, &mut own);
            let Some(first) = own.first() else { return };
            let is_about_itself = own.len() == 1 && first.path == location.path;
            if is_about_itself && first.keyword == "type" {
                expected.extend(self.types_of(branch));
                best.get_or_insert(own);
                continue;
            }
            if best.as_ref().is_none_or(|known| likeness(&own) > likeness(known)) {
                best = Some(own);
            }
        }
        let Some(best) = best else { return };
        let is_type = best.iter().all(|fault| fault.keyword == "type" && fault.path == location.path);
        if is_type && !expected.is_empty() {
            found.push(wrong_type(&expected.into_iter().collect::<Vec<_>>(), value, location));
        } else {
            found.extend(best);
        }
    }

    /// The types that a schema names, its reference followed once.
    fn types_of(&self, schema: &'a Value) -> Vec<&'a str> {
        let own = |schema: &'a Value| match schema.get("type") {
            Some(Value::String(name)) => vec![name.as_str()],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let types = own(schema);
        match schema.get("$ref").and_then(Value::as_str).and_then(|reference| target(self.root, reference)) {
            Some(target) if types.is_empty() => own(target),
            _ => types,
        }
    }

    fn members(
        &mut self,
        keywords: &'a Map<String, Value>,
        members: &Map<String, Value>,
        location: &Location<'_>,
        found: &mut Vec<Fault<'a>>,
    ) {
        let required = list(keywords, "required");
        let compared = members.len() + required.len() + member_count(keywords, "properties");
        if !self.may_take(compared / 8) {
            return;
        }
        for name in required.iter().filter_map(Value::as_str) {
            if !members.contains_key(name) {
                let missing = location.below(name);
                found.push(fault(location, "required", format!("`{}` is missing", dotted(&missing))));
            }
        }
        let properties = keywords.get("properties").and_then(Value::as_object);
        let known = |name: &str| properties.and_then(|properties| properties.get(name));
        let others =
            keywords.get("additionalProperties").filter(|_| !keywords.contains_key("patternProperties"));
        let mut unknown = Vec::new();
        for (name, member) in members {
            match (known(name), others) {
                (Some(schema), _) => self.below(schema, member, location, name, found),
                (None, Some(Value::Bool(false))) => unknown.push(name.as_str()),
                (None, Some(schema)) => self.below(schema, member, location, name, found),
                (None, None) => {}
            }
        }
        if !unknown.is_empty() {
            let names = properties.into_iter().flat_map(|properties| properties.keys().map(String::as_str));
            found.push(unknown_members("additionalProperties", &unknown, names.collect(), location));
        }
        if keywords.get("unevaluatedProperties") == Some(&Value::Bool(false)) {
            let mut names = BTreeSet::new();
            if self.names(keywords, 0, &mut names) {
                let unknown: Vec<&str> =
                    members.keys().map(String::as_str).filter(|name| !names.contains(name)).collect();
                if !unknown.is_empty() {
                    found.push(unknown_members(
                        "unevaluatedProperties",
                        &unknown,
                        names.into_iter().collect(),
                        location,
                    ));
                }
            }
        }
    }

    /// Every name that a schema has, or one of those that apply to the same value; false when they can't be listed.
    fn names(
        &mut self,
        keywords: &'a Map<String, Value>,
        depth: usize,
        names: &mut BTreeSet<&'a str>,
    ) -> bool {
        if depth > DEEPEST || !self.may_take(1 + member_count(keywords, "properties") / 8) {
            return false;
        }
        if ["patternProperties", "additionalProperties", "dependentSchemas", "if"]
            .iter()
            .any(|keyword| keywords.contains_key(*keyword))
        {
            return false;
        }
        if let Some(Value::Object(properties)) = keywords.get("properties") {
            names.extend(properties.keys().map(String::as_str));
        }
        let reference = keywords.get("$ref").and_then(Value::as_str);
        let parts = ["allOf", "anyOf", "oneOf"].into_iter().flat_map(|keyword| list(keywords, keyword));
        let root = self.root;
        let parts: Vec<&Value> =
            parts.chain(reference.and_then(|reference| target(root, reference))).collect();
        parts.into_iter().filter_map(Value::as_object).all(|part| self.names(part, depth + 1, names))
    }

    fn items(
        &mut self,
        keywords: &'a Map<String, Value>,
        items: &[Value],
        location: &Location<'_>,
        found: &mut Vec<Fault<'a>>,
    ) {
        let first = list(keywords, "prefixItems");
        let others = keywords.get("items");
        for (index, item) in items.iter().enumerate() {
            if let Some(schema) = first.get(index).or(others) {
                self.below(schema, item, location, &index.to_string(), found);
            }
            if found.len() >= self.max || self.left == 0 {
                return;
            }
        }
    }

    fn below(
        &mut self,
        schema: &'a Value,
        value: &Value,
        location: &Location<'_>,
        name: &str,
        found: &mut Vec<Fault<'a>>,
    ) {
        let path = location.below(name);
        self.look(schema, value, &Location { path: &path, depth: location.depth + 1 }, found);
    }
}

/// Which of two lists of faults is about what was meant: one that isn't about the value's kind, then the shorter one.
fn likeness(faults: &[Fault<'_>]) -> (bool, usize, std::cmp::Reverse<usize>) {
    let is_of_kind = !faults.iter().any(|fault| fault.keyword == "enum");
    let deepest = faults.iter().map(|fault| fault.depth).max().unwrap_or(0);
    (is_of_kind, deepest, std::cmp::Reverse(faults.len()))
}

impl Location<'_> {
    /// The place as people write it, or all of it.
    fn name(&self) -> String {
        if self.path.is_empty() { "the arguments".to_owned() } else { format!("`{}`", dotted(self.path)) }
    }

    fn below(&self, name: &str) -> String {
        let name = shorten(name, 80);
        format!("{}/{}", self.path, name.replace('~', "~0").replace('/', "~1"))
    }
}

fn fault<'a>(location: &Location<'_>, keyword: &'static str, text: String) -> Fault<'a> {
    let depth = location.path.matches('/').count();
    Fault { path: location.path.to_owned(), keyword, text, valid: None, given: None, depth }
}

fn member_count(keywords: &Map<String, Value>, keyword: &str) -> usize {
    keywords.get(keyword).and_then(Value::as_object).map_or(0, Map::len)
}

fn list<'a>(keywords: &'a Map<String, Value>, keyword: &str) -> &'a [Value] {
    keywords.get(keyword).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn type_of<'a>(
    keywords: &'a Map<String, Value>,
    value: &Value,
    location: &Location<'_>,
    found: &mut Vec<Fault<'a>>,
) {
    let expected: Vec<&str> = match keywords.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => return,
    };
    if !expected.iter().any(|name| is_of_type(value, name)) {
        found.push(wrong_type(&expected, value, location));
    }
}

fn wrong_type<'a>(expected: &[&str], value: &Value, location: &Location<'_>) -> Fault<'a> {
    // An optional member is left out rather than sent as null.
    let said: Vec<&str> =
        expected.iter().copied().filter(|name| *name != "null" || expected.len() == 1).collect();
    let text =
        format!("{} must be {}, not {}", location.name(), with_article(&said.join(" or ")), shown(value));
    fault(location, "type", text)
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        "integer" => {
            value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0)
        }
        // Left to the validator.
        _ => true,
    }
}

fn choice_of_values<'a>(
    keywords: &'a Map<String, Value>,
    value: &Value,
    location: &Location<'_>,
    found: &mut Vec<Fault<'a>>,
) {
    let constant = keywords.get("const").map(std::slice::from_ref);
    let choices = keywords.get("enum").and_then(Value::as_array).map(Vec::as_slice);
    let Some(choices) = constant.or(choices) else { return };
    // Numbers of two kinds may be equal; those are the validator's.
    if choices.iter().any(|choice| choice == value || (choice.is_number() && value.is_number())) {
        return;
    }
    let text = format!("{} can't be {}", location.name(), shown(value));
    let given = value.as_str().map(|text| shorten(text, 80));
    found.push(Fault { valid: Some(Valid::Values(choices)), given, ..fault(location, "enum", text) });
}

fn bounds<'a>(
    keywords: &'a Map<String, Value>,
    value: &Value,
    location: &Location<'_>,
    found: &mut Vec<Fault<'a>>,
) {
    let count = |keyword: &str| keywords.get(keyword).and_then(Value::as_u64);
    let mut sized = |least: &'static str, max: &'static str, size: usize, what: &str| {
        let size = size as u64;
        if let Some(least_size) = count(least).filter(|bound| size < *bound) {
            let text = format!("{} must have at least {least_size} {what}, not {size}", location.name());
            found.push(fault(location, least, text));
        }
        if let Some(most_size) = count(max).filter(|bound| size > *bound) {
            let text = format!("{} can have {most_size} {what} at most, not {size}", location.name());
            found.push(fault(location, max, text));
        }
    };
    match value {
        Value::String(text) => sized("minLength", "maxLength", text.chars().count(), "characters"),
        Value::Array(items) => sized("minItems", "maxItems", items.len(), "items"),
        Value::Object(members) => sized("minProperties", "maxProperties", members.len(), "members"),
        Value::Number(number) => {
            let Some(number) = number.as_f64() else { return };
            let bound = |keyword: &str| keywords.get(keyword).and_then(Value::as_f64);
            let ranges = [
                ("minimum", "at least", bound("minimum").is_some_and(|bound| number < bound)),
                ("maximum", "at most", bound("maximum").is_some_and(|bound| number > bound)),
                (
                    "exclusiveMinimum",
                    "more than",
                    bound("exclusiveMinimum").is_some_and(|bound| number <= bound),
                ),
                (
                    "exclusiveMaximum",
                    "less than",
                    bound("exclusiveMaximum").is_some_and(|bound| number >= bound),
                ),
            ];
            for (keyword, words, _) in ranges.into_iter().filter(|(_, _, is_outside)| *is_outside) {
                let bound = keywords.get(keyword).map(Value::to_string).unwrap_or_default();
                let text = format!("{} must be {words} {bound}, not {}", location.name(), shown(value));
                found.push(fault(location, keyword, text));
            }
        }
        _ => {}
    }
}

fn unknown_members<'a>(
    keyword: &'static str,
    unknown: &[&str],
    names: Vec<&'a str>,
    location: &Location<'_>,
) -> Fault<'a> {
    let listed: Vec<String> = unknown.iter().take(3).map(|name| format!("`{}`", shorten(name, 80))).collect();
    let text = format!("{} can't have {}{}", location.name(), listed.join(", "), and_more(unknown.len(), 3));
    let given = unknown.first().map(|name| shorten(name, 80));
    Fault { valid: Some(Valid::Names(names)), given, ..fault(location, keyword, text) }
}

/// `did you mean …? valid are: …`, of a bounded length.
fn hint<'c>(given: Option<&str>, choices: impl Iterator<Item = &'c str> + Clone, count: usize) -> String {
    let near = given.and_then(|given| nearest(given, choices.clone()));
    let near = near.map_or_else(String::new, |near| format!("did you mean `{}`? ", shorten(near, 80)));
    let listed: Vec<String> = choices.take(MAX_LISTED).map(|choice| shorten(choice, 80)).collect();
    format!("{near}valid are: {}{}", listed.join(", "), and_more(count, MAX_LISTED))
}

fn and_more(count: usize, told: usize) -> String {
    match count.saturating_sub(told) {
        0 => String::new(),
        more => format!(" and {more} more"),
    }
}

/// `/unique/value` as people write it: `unique.value`.
pub(super) fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".").replace("~1", "/").replace("~0", "~")
}

fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| shown(value), str::to_owned)
}

/// The beginning of a value, without writing all of a large one.
fn shown(value: &Value) -> String {
    const MAX: usize = 80;
    match value {
        Value::String(text) => {
            let start: String = text.chars().take(MAX).collect();
            shorten(&Value::String(start).to_string(), MAX)
        }
        Value::Array(items) if items.len() > MAX / 2 => format!("an array of {} items", items.len()),
        Value::Object(members) if members.len() > MAX / 4 => {
            format!("an object of {} members", members.len())
        }
        other => {
            let mut start = Start { text: String::new(), max: MAX };
            // Ends with an error when there is enough.
            let _ = std::fmt::Write::write_fmt(&mut start, format_args!("{other}"));
            shorten(&start.text, MAX)
        }
    }
}

/// Takes the beginning of what is written to it, and stops the writer then.
struct Start {
    text: String,
    max: usize,
}

impl std::fmt::Write for Start {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.text.extend(text.chars().take(self.max * 2));
        if self.text.len() > self.max * 4 { Err(std::fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::problem::Problem;
    use crate::schema::Validator;

    use super::*;

    fn explained(schema: &Value, value: Value) -> Problem {
        let validator = Validator::new(schema).unwrap();
        assert!(!validator.accepts(&value), "{value} is accepted");
        validator.explain(&value)
    }

    fn upsert() -> Value {
        json!({
            "type": "object",
            "properties": {
                "unique": {"$ref": "#/$defs/Unique"},
                "method": {"enum": ["GET", "POST"]},
                "rows": {"type": "array", "items": {"oneOf": [
                    {"type": "object", "properties": {"op": {"const": "create"}, "title": {"type": "string"}},
                        "required": ["op", "title"], "additionalProperties": false},
                    {"type": "object", "properties": {"op": {"const": "remove"}, "row": {"$ref": "#/$defs/Unique"}},
                        "required": ["op", "row"], "additionalProperties": false}]}},
                "limit": {"type": ["integer", "null"], "minimum": 1, "maximum": 100}
            },
            "required": ["unique"], "additionalProperties": false,
            "$defs": {"Unique": {"type": "object", "properties": {"property": {"type": "string"}, "value": {"type": "string"}},
                "required": ["value"], "additionalProperties": false}}
        })
    }

    #[test]
    fn refusals_say_where_what_and_the_nearest_choice() {
        let message = |value: Value| explained(&upsert(), value).message;
        let unique = json!({"value": "x"});
        assert_eq!(message(json!({})), "`unique` is missing");
        assert_eq!(message(json!({"unique": {}})), "`unique.value` is missing");
        assert_eq!(message(json!({"unique": {"value": 1}})), "`unique.value` must be a string, not 1");
        assert_eq!(message(json!({"unique": unique, "limit": 0})), "`limit` must be at least 1, not 0");
        assert_eq!(message(json!({"unique": unique, "limit": "x"})), "`limit` must be an integer, not \"x\"");
        let problem = explained(&upsert(), json!({"unique": unique, "method": "PSOT"}));
        assert_eq!(problem.hint.as_deref(), Some("did you mean `POST`? valid are: GET, POST"));
    }

    #[test]
    fn an_unknown_member_is_named_with_the_nearest_one_at_any_depth() {
        let unique = json!({"value": "x"});
        for (value, message, hint) in [
            (
                json!({"unique": unique, "methd": "GET"}),
                "the arguments can't have `methd`",
                "did you mean `method`? valid are: limit, method, rows, unique",
            ),
            (
                json!({"unique": {"value": "x", "proprety": "Name"}}),
                "`unique` can't have `proprety`",
                "did you mean `property`? valid are: property, value",
            ),
            (
                json!({"unique": unique, "rows": [{"op": "create", "title": "a"}, {"op": "remove", "row": {"value": "x", "colour": 1}}]}),
                "`rows.1.row` can't have `colour`",
                "valid are: property, value",
            ),
            (
                json!({"unique": unique, "rows": [{"op": "create", "title": "a", "titel": "a"}]}),
                "`rows.0` can't have `titel`",
                "did you mean `title`? valid are: op, title",
            ),
        ] {
            let problem = explained(&upsert(), value);
            assert_eq!(problem.message, message);
            let mut hint_words: Vec<&str> = hint.split([' ', ',']).collect();
            let given = problem.hint.unwrap();
            let mut given_words: Vec<&str> = given.split([' ', ',']).collect();
            hint_words.sort_unstable();
            given_words.sort_unstable();
            assert_eq!(given_words, hint_words, "{given}");
        }
    }

    #[test]
    fn of_a_choice_the_branch_that_was_meant_is_explained() {
        let rows =
            |row: Value| explained(&upsert(), json!({"unique": {"value": "x"}, "rows": [row]})).message;
        assert_eq!(rows(json!({"op": "create"})), "`rows.0.title` is missing");
        assert_eq!(
            rows(json!({"op": "remove", "row": {"value": 2}})),
            "`rows.0.row.value` must be a string, not 2"
        );
        assert_eq!(rows(json!(3)), "`rows.0` must be an object, not 3");
    }

    #[test]
    fn an_unknown_member_is_told_from_those_that_several_schemas_know() {
        let schema = json!({"type": "object", "allOf": [{"properties": {"page": {}}}, {"$ref": "#/$defs/More"}],
            "properties": {"title": {}}, "unevaluatedProperties": false, "$defs": {"More": {"properties": {"icon": {}}}}});
        let problem = explained(&schema, json!({"titel": 1}));
        assert_eq!(problem.message, "the arguments can't have `titel`");
        assert_eq!(problem.hint.as_deref(), Some("did you mean `title`? valid are: icon, page, title"));
    }

    #[test]
    fn what_the_search_does_not_know_is_left_to_the_validator() {
        let schema = json!({"type": "object", "properties": {"a": {"type": "string", "pattern": "^x"}}});
        let message = explained(&schema, json!({"a": "y"})).message;
        assert!(message.starts_with("`a`: "), "{message}");
    }

    #[test]
    fn explaining_ends_however_many_ways_there_are_to_be_wrong() {
        // Each level has four branches that all fail at the bottom.
        let branches: Vec<Value> =
            (0..4).map(|_| json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/t"}}})).collect();
        let schema = json!({"type": "object", "properties": {"x": {"$ref": "#/$defs/t"}},
            "$defs": {"t": {"anyOf": branches}}});
        let mut value = json!("wrong");
        for _ in 0..40 {
            value = json!({ "a": value });
        }
        assert!(!explained_without_checking(&schema, &json!({ "x": value })).is_empty());
        let long = json!({"x": {"a": vec![json!({"b": "y".repeat(1_000)}); 500]}});
        assert!(explained_without_checking(&schema, &long).len() < 1_000);
    }

    fn explained_without_checking(schema: &Value, value: &Value) -> String {
        Validator::new(schema).unwrap().explain(value).message
    }
}
