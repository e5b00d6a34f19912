//! Who agrees: people of the workspace, and in which workspace.

use std::sync::Arc;

use super::requested::Who;
use crate::model::user::{Kind, User};
use crate::state::State;

/// The names of the people whom the page shows.
pub(super) fn names(state: &State) -> Vec<String> {
    let people = state.workspace.users.iter().filter(|user| matches!(user.kind, Kind::Person { .. }));
    people.filter_map(|user| user.name.clone()).collect()
}

/// The person of a name, who becomes a user of the workspace if it doesn't know them.
pub(super) fn who(state: &mut State, person: &str, workspace: &str) -> Who {
    let is_them =
        |user: &&Arc<User>| matches!(user.kind, Kind::Person { .. }) && user.name.as_deref() == Some(person);
    let known = state.workspace.users.iter().find(is_them).map(|user| user.id.clone());
    let person_id = known.unwrap_or_else(|| {
        let id = state.hosted.id();
        let address = format!("{}@example.com", person.to_lowercase().replace(' ', "."));
        let kind = Kind::Person { email: Some(address) };
        let mut changed = (*state.workspace).clone();
        changed.users.push(Arc::new(User { id: id.clone(), name: Some(person.to_owned()), kind }));
        state.commit(changed);
        id
    });
    Who { person_id, workspace: workspace.to_owned() }
}
