//! What somebody who is narrowed sees, as far as it is known.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::object::{Above, Fact, Object};
use crate::parts::Parts;

/// Objects above each other that are looked at. Nobody nests as deep; a circle ends here.
const MAX_DEPTH: usize = 200;

/// Says of objects whether they are inside, from facts, and notes which facts are missing.
pub struct View<'a> {
    parts: &'a Parts,
    known: &'a HashMap<Object, Arc<Fact>>,
    told: RefCell<HashMap<Object, Arc<Fact>>>,
    missing: RefCell<BTreeSet<Object>>,
}

impl<'a> View<'a> {
    /// A view from these facts.
    #[must_use]
    pub fn new(parts: &'a Parts, known: &'a HashMap<Object, Arc<Fact>>) -> Self {
        Self { parts, known, told: RefCell::default(), missing: RefCell::default() }
    }

    /// The objects of which a fact was needed and isn't known. While there are any, no answer of the view counts.
    #[must_use]
    pub fn into_missing(self) -> BTreeSet<Object> {
        self.missing.into_inner()
    }

    /// Adds what an answer says that has just come. It counts more than what was known.
    pub fn tell(&self, object: Object, fact: Fact) {
        self.told.borrow_mut().insert(object, Arc::new(fact));
    }

    /// Whether an object is inside, with all that it shows: one that is named as a part may show something from outside.
    #[must_use]
    pub fn holds(&self, object: &Object) -> bool {
        let Some(fact) = self.fact(object) else { return false };
        self.parts.sets().all(|set| self.is_in(set, object, &fact.needs))
    }

    /// Whether the place of an object is inside, whatever it shows itself.
    #[must_use]
    pub fn has_place(&self, object: &Object) -> bool {
        self.parts.sets().all(|set| self.is_in(set, object, &[]))
    }

    /// What is known of an object; none while it isn't known.
    #[must_use]
    pub fn fact(&self, object: &Object) -> Option<Arc<Fact>> {
        let fact = self.told.borrow().get(object).or_else(|| self.known.get(object)).cloned();
        if fact.is_none() {
            self.missing.borrow_mut().insert(object.clone());
        }
        fact
    }

    fn is_in(&self, set: &BTreeSet<String>, object: &Object, needs: &[Object]) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = needs.to_vec();
        open.push(object.clone());
        // What needs each other in a circle is as good as what else is in it.
        while let Some(needed) = open.pop() {
            if !seen.contains(&needed) {
                if !self.is_placed_in(set, &needed, &mut open) {
                    return false;
                }
                seen.insert(needed);
            }
        }
        true
    }

    /// Whether an object is one of the set or below one. What it and those on the way up need is added.
    fn is_placed_in(&self, set: &BTreeSet<String>, object: &Object, needed: &mut Vec<Object>) -> bool {
        let mut at = object.clone();
        for _ in 0..MAX_DEPTH {
            if at.is_place() && set.contains(&at.id) {
                return true;
            }
            let Some(fact) = self.fact(&at) else { return false };
            needed.extend(fact.needs.iter().cloned());
            match &fact.above {
                Above::Nothing => return false,
                Above::Rule => return !at.is_place(),
                // A rule is below nothing.
                Above::Object(_) if !at.is_place() => return false,
                Above::Object(object) => at = object.clone(),
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn place(id: &str) -> Object {
        Object::place("page", id)
    }

    fn rule(id: &str) -> Object {
        Object::rule("closed", id)
    }

    fn fact(above: Above, needs: &[Object]) -> Fact {
        Fact { above, needs: needs.to_vec(), detail: Value::Null }
    }

    fn below(id: &str) -> Above {
        Above::Object(place(id))
    }

    /// root ─ a ─ b, root ─ c; `copy` is below a and shows c.
    fn facts() -> HashMap<Object, Arc<Fact>> {
        let facts = [
            (place("root"), fact(Above::Nothing, &[])),
            (place("a"), fact(below("root"), &[])),
            (place("b"), fact(below("a"), &[])),
            (place("c"), fact(below("root"), &[])),
            (place("copy"), fact(below("a"), &[place("c")])),
            (place("in copy"), fact(below("copy"), &[])),
            (place("x"), fact(below("y"), &[])),
            (place("y"), fact(below("x"), &[])),
            (rule("a"), fact(Above::Rule, &[place("a"), rule("b")])),
            (rule("b"), fact(Above::Rule, &[place("b"), rule("a")])),
            (rule("c"), fact(Above::Rule, &[place("c"), rule("a")])),
        ];
        facts.map(|(object, fact)| (object, Arc::new(fact))).into()
    }

    fn holds(parts: &Parts, object: &Object) -> bool {
        let facts = facts();
        let view = View::new(parts, &facts);
        let holds = view.holds(object);
        assert!(view.into_missing().is_empty(), "{object:?}");
        holds
    }

    fn parts(ids: &[&str]) -> Parts {
        Parts::below(ids.iter().map(|id| (*id).to_owned()))
    }

    #[test]
    fn what_is_below_a_part_is_inside_and_nothing_else() {
        let inside = ["a", "b"];
        for id in ["root", "a", "b", "c", "x"] {
            assert_eq!(holds(&parts(&["a"]), &place(id)), inside.contains(&id), "{id}");
        }
        assert!(!holds(&parts(&[]), &place("a")));
        assert!(holds(&Parts::everything(), &place("root")));
    }

    #[test]
    fn what_shows_something_outside_is_outside_with_what_is_below_it() {
        assert!(!holds(&parts(&["a"]), &place("copy")));
        assert!(!holds(&parts(&["a"]), &place("in copy")));
        assert!(holds(&parts(&["root"]), &place("in copy")));
        assert!(holds(&parts(&["a", "c"]), &place("in copy")));
        assert!(!holds(&parts(&["copy"]), &place("copy")));
        let (facts, parts) = (facts(), parts(&["copy"]));
        assert!(View::new(&parts, &facts).has_place(&place("copy")));
    }

    #[test]
    fn an_object_must_be_in_every_set() {
        let both = parts(&["a"]).and(&parts(&["b", "c"]));
        assert!(holds(&both, &place("b")));
        assert!(!holds(&both, &place("a")));
        assert!(!holds(&both, &place("c")));
    }

    #[test]
    fn a_rule_holds_with_what_it_needs_and_not_by_its_id() {
        assert!(holds(&parts(&["a"]), &rule("a")));
        assert!(holds(&parts(&["a"]), &rule("b")));
        assert!(!holds(&parts(&["b"]), &rule("b")));
        assert!(!holds(&parts(&["a"]), &rule("c")));
    }

    #[test]
    fn what_was_just_told_counts_more_than_what_is_known() {
        let (facts, parts) = (facts(), parts(&["a"]));
        let view = View::new(&parts, &facts);
        view.tell(place("c"), fact(below("b"), &[]));
        view.tell(place("b"), fact(below("root"), &[]));
        assert!(!view.holds(&place("b")));
        assert!(!view.holds(&place("c")));
        view.tell(place("b"), fact(below("a"), &[]));
        assert!(view.holds(&place("c")));
        assert!(view.into_missing().is_empty());
    }

    #[test]
    fn what_is_not_known_is_noted_and_is_outside() {
        let (facts, parts) = (facts(), parts(&["a"]));
        let view = View::new(&parts, &facts);
        view.tell(place("told"), fact(below("other"), &[]));
        assert!(!view.holds(&place("new")));
        assert!(!view.holds(&place("told")));
        assert_eq!(view.into_missing(), BTreeSet::from([place("new"), place("other")]));
    }
}
