//! What may be granted of databases: by what a request does, and narrowed to single databases.

use serde_json::Value;
use toolbay_kernel::capability::{Capability, Scope};
use toolbay_kernel::{Access, CapabilityName};

use crate::name::DatabaseName;

/// Requests that change nothing.
pub const SQL_READ: CapabilityName = CapabilityName::new(10, "sql.read").without_connection();

/// Requests that add, change or remove.
pub const SQL_WRITE: CapabilityName = CapabilityName::new(11, "sql.write").without_connection();

/// How a request that reads is called in its route.
pub(crate) const QUERY: &str = "QUERY";

/// How one that writes is.
pub(crate) const EXECUTE: &str = "EXECUTE";

/// The route of the question which databases there are; whoever may read any may ask it.
pub(crate) const LIST: (&str, &str) = ("LIST", "databases");

/// Databases that one capability names at most.
const MAX_NAMES: usize = 100;

/// The capabilities of this egress, for the registry.
#[must_use]
pub fn capabilities() -> [Capability; 2] {
    let capability = |name, scope, in_words| Capability { name, scope, example: "true", in_words };
    [
        capability(SQL_READ, of_reads, "read the SQL databases that you have configured"),
        capability(
            SQL_WRITE,
            of_writes,
            "change rows and tables of the SQL databases that you have configured",
        ),
    ]
}

/// What a provider must be granted for a request of this access, and how its route begins.
pub(crate) fn of(access: Access) -> (CapabilityName, &'static str) {
    match access {
        Access::Reads => (SQL_READ, QUERY),
        Access::Writes | Access::Destroys => (SQL_WRITE, EXECUTE),
    }
}

fn of_reads(written: &Value) -> Result<Option<Scope>, String> {
    let scope = scope(written, QUERY)?;
    Ok(scope.map(|scope| match scope {
        Scope::Only(mut routes) => {
            routes.push(format!("{} {}", LIST.0, LIST.1));
            Scope::Only(routes)
        }
        scope @ (Scope::All | Scope::Within(_)) => scope,
    }))
}

fn of_writes(written: &Value) -> Result<Option<Scope>, String> {
    scope(written, EXECUTE)
}

/// `true`, `false`, or a list of databases' names.
fn scope(written: &Value, verb: &str) -> Result<Option<Scope>, String> {
    if written.is_boolean() {
        return Scope::of_flag(written);
    }
    let names: Option<Vec<&str>> =
        written.as_array().and_then(|list| list.iter().map(Value::as_str).collect());
    let names = names.ok_or("expected true, false, or a list of databases such as [\"sales\"]")?;
    if names.len() > MAX_NAMES {
        return Err(format!("a capability names at most {MAX_NAMES} databases"));
    }
    let route = |name: &str| match name.parse::<DatabaseName>() {
        Ok(name) => Ok(format!("{verb} {name}")),
        Err(error) => Err(error.to_string()),
    };
    let routes = names.into_iter().map(route).collect::<Result<Vec<_>, _>>()?;
    Ok((!routes.is_empty()).then_some(Scope::Only(routes)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_scope_is_a_list_of_databases() {
        let sales = of_reads(&json!(["sales"])).unwrap().unwrap();
        assert!(sales.covers("QUERY sales") && sales.covers("LIST databases"));
        assert!(!sales.covers("QUERY staff") && !sales.covers("EXECUTE sales"));
        let written = of_writes(&json!(["sales"])).unwrap().unwrap();
        assert!(written.covers("EXECUTE sales") && !written.covers("QUERY sales"));
        assert_eq!(of_reads(&json!(true)).unwrap(), Some(Scope::All));
        assert_eq!(of_reads(&json!([])).unwrap(), None.or(of_reads(&json!(false)).unwrap()));
        for wrong in [json!("sales"), json!([1]), json!(["Sales"]), json!(["a/{b}"])] {
            assert!(of_writes(&wrong).is_err(), "{wrong}");
        }
    }
}
