//! What a person names: by its id, by its name, or by either end of an id. Those of one hour begin alike.

use std::fmt::Display;

use anyhow::bail;
use toolbay_kernel::nearest::nearest;

/// Letters of an id that are enough to mean it.
const ENOUGH: usize = 6;

/// A thing that has an id and may have a name.
pub(super) struct Known<Id> {
    pub(super) id: Id,
    pub(super) name: String,
}

/// The one that is meant, of those that there are.
///
/// # Errors
///
/// When there is none, with what was probably meant, or several, with their ids.
pub(super) fn find<Id: Clone + Display>(
    wanted: &str,
    known: &[Known<Id>],
    what: &str,
    listed_by: &str,
) -> anyhow::Result<Id> {
    let by_id = known.iter().find(|thing| thing.id.to_string() == wanted);
    if let Some(thing) = by_id {
        return Ok(thing.id.clone());
    }
    let named: Vec<_> = known.iter().filter(|thing| thing.name == wanted).collect();
    let ends = |thing: &&Known<Id>| {
        let id = thing.id.to_string();
        wanted.len() >= ENOUGH && (id.starts_with(wanted) || id.ends_with(wanted))
    };
    let meant = if named.is_empty() { known.iter().filter(ends).collect() } else { named };
    match meant.as_slice() {
        [only] => Ok(only.id.clone()),
        [] => {
            let wanted: String = wanted.chars().take(80).collect();
            let near = nearest(&wanted, known.iter().map(|thing| thing.name.as_str()));
            let hint = near
                .map_or_else(|| format!("{listed_by} lists them"), |near| format!("did you mean `{near}`?"));
            bail!("there is no {what} `{wanted}`; {hint}")
        }
        several => {
            let ids: Vec<String> = several.iter().map(|thing| thing.id.to_string()).collect();
            bail!("`{wanted}` may be several: name one by its id, of {}", ids.join(", "))
        }
    }
}

/// Refuses a name that isn't among those that there are.
///
/// # Errors
///
/// With what was probably meant.
pub(super) fn expect<'a>(
    wanted: &str,
    known: impl Iterator<Item = &'a str> + Clone,
    what: &str,
    listed_by: &str,
) -> anyhow::Result<()> {
    if known.clone().any(|name| name == wanted) {
        return Ok(());
    }
    let hint = match nearest(wanted, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("{listed_by} lists them"),
    };
    bail!("there is no {what} `{wanted}`; {hint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<Known<u32>> {
        let thing = |id, name: &str| Known { id, name: name.to_owned() };
        vec![thing(1_234_567, "reports"), thing(1_234_500, "intern"), thing(7, "twice"), thing(8, "twice")]
    }

    #[test]
    fn a_thing_is_found_by_id_by_name_and_by_an_end_that_means_one() {
        let find = |wanted: &str| find(wanted, &known(), "token", "toolbay token list");
        assert_eq!(find("7").unwrap(), 7);
        assert_eq!(find("intern").unwrap(), 1_234_500);
        assert_eq!(find("123456").unwrap(), 1_234_567);
        assert_eq!(find("234500").unwrap(), 1_234_500);
        assert!(
            find("12345").unwrap_err().to_string().contains("toolbay token list lists them"),
            "too short"
        );
        assert!(find("reprots").unwrap_err().to_string().ends_with("did you mean `reports`?"));
        assert!(find("twice").unwrap_err().to_string().contains("of 7, 8"));
    }

    #[test]
    fn a_name_that_is_not_there_is_refused_with_the_nearest() {
        let names = ["search", "query"];
        let expect = |wanted: &str| expect(wanted, names.into_iter(), "tool", "toolbay tools");
        expect("query").unwrap();
        assert!(expect("serach").unwrap_err().to_string().ends_with("did you mean `search`?"));
        assert!(expect("x").unwrap_err().to_string().ends_with("toolbay tools lists them"));
    }
}
