//! Which database a call means.

use toolbay_sdk::Database;
use toolbay_sdk::prelude::*;

/// The database of a name; without one, the only one that there is.
pub(crate) fn database(call: &Call, given: Option<&str>) -> Result<Database, Problem> {
    let mut databases = call.sql().databases()?;
    let names: Vec<String> = databases.iter().map(|database| database.name.clone()).collect();
    let listed = || match names.as_slice() {
        [] => "An operator can name one: [databases.NAME] in toolbay.toml.".to_owned(),
        names => format!("There are {}.", names.join(", ")),
    };
    match given.map(str::trim).filter(|name| !name.is_empty()) {
        Some(name) => databases
            .into_iter()
            .find(|database| database.name == name)
            .ok_or_else(|| Problem::not_found(format!("There is no database `{name}`.")).hint(listed())),
        None if databases.len() > 1 => {
            Err(Problem::invalid_input("There are several databases, and `database` names none.")
                .hint(listed()))
        }
        None => databases.pop().ok_or_else(|| Problem::not_found("There is no database.").hint(listed())),
    }
}

/// Its name alone: one that is given is passed on, and the host says what is wrong with it.
pub(crate) fn name(call: &Call, given: Option<&str>) -> Result<String, Problem> {
    match given.map(str::trim).filter(|name| !name.is_empty()) {
        Some(name) => Ok(name.to_owned()),
        None => Ok(database(call, None)?.name),
    }
}
