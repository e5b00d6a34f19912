//! `[upstreams.NAME]`, written into the text of a `toolbay.toml` and taken out of it. Comments, order and spaces of all else stay.

use std::path::PathBuf;
use std::str::FromStr;

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value, value};
use toolbay_kernel::upstream::UpstreamName;
use url::Url;

/// A server that is to be written.
#[derive(Debug, Clone)]
pub(crate) struct NewUpstream {
    pub(crate) place: Place,
    pub(crate) headers: Vec<NamedSecret>,
    pub(crate) environment: Vec<NamedSecret>,
    pub(crate) reads: Vec<String>,
    pub(crate) allow_private: bool,
    /// Whether people connect accounts of their own there.
    pub(crate) has_accounts: bool,
}

/// Where a server is.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    Program(Vec<String>),
    StreamableHttp(Url),
    Sse(Url),
}

/// A header or variable, and where its value is: never the value itself, which the file isn't for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedSecret {
    name: String,
    source: SecretSource,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum SecretSource {
    Variable(String),
    File(PathBuf),
}

impl NamedSecret {
    /// A header whose value is in a file.
    pub(crate) fn in_file(name: &str, path: PathBuf) -> Self {
        Self { name: name.to_owned(), source: SecretSource::File(path) }
    }
}

impl FromStr for NamedSecret {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // Without what was written, which may be a secret.
        let wrong = || {
            "it is written NAME=env:VARIABLE or NAME=file:PATH; a value itself doesn't belong here".to_owned()
        };
        let (name, place) = text.split_once('=').ok_or_else(wrong)?;
        let source = match place.split_once(':') {
            Some(("env", variable)) if !variable.is_empty() => SecretSource::Variable(variable.to_owned()),
            Some(("file", path)) if !path.is_empty() => SecretSource::File(path.into()),
            _ => return Err(wrong()),
        };
        if name.is_empty() { Err(wrong()) } else { Ok(Self { name: name.to_owned(), source }) }
    }
}

/// Why a file can't be changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TableError {
    #[error("it doesn't parse: {0}")]
    Parse(String),
    #[error("`upstreams` is no table in it")]
    NoTable,
    #[error("it has an MCP server `{0}` already; another name is free, or: toolbay upstream remove {0}")]
    There(UpstreamName),
    #[error("it has no MCP server `{0}`")]
    NotThere(UpstreamName),
}

impl NewUpstream {
    /// The keys of its table.
    pub(crate) fn table(&self) -> Table {
        let mut table = Table::new();
        match &self.place {
            Place::Program(command) => {
                table.insert("command", value(command.iter().map(String::as_str).collect::<Array>()));
            }
            Place::StreamableHttp(url) => {
                table.insert("url", value(url.as_str()));
            }
            Place::Sse(url) => {
                table.insert("url", value(url.as_str()));
                table.insert("transport", value("sse"));
            }
        }
        for (key, secrets) in [("headers", &self.headers), ("env", &self.environment)] {
            if !secrets.is_empty() {
                table.insert(key, value(places(secrets)));
            }
        }
        if self.allow_private {
            table.insert("allow_private", value(true));
        }
        if self.has_accounts {
            table.insert("oauth", value(true));
        }
        if !self.reads.is_empty() {
            table.insert("reads", value(self.reads.iter().map(String::as_str).collect::<Array>()));
        }
        table
    }
}

fn places(secrets: &[NamedSecret]) -> InlineTable {
    let place = |secret: &NamedSecret| {
        let (key, place) = match &secret.source {
            SecretSource::Variable(variable) => ("env", variable.clone()),
            SecretSource::File(path) => ("file", path.display().to_string()),
        };
        let mut table = InlineTable::new();
        table.insert(key, place.into());
        (secret.name.clone(), Value::InlineTable(table))
    };
    secrets.iter().map(place).collect()
}

/// A file's text with a server added.
///
/// # Errors
///
/// [`TableError`]: when the name is there, or the text is none of a configuration.
pub(crate) fn with(text: &str, name: &UpstreamName, new: &NewUpstream) -> Result<String, TableError> {
    let mut document = parsed(text)?;
    let upstreams = document.entry("upstreams").or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    let upstreams = upstreams.as_table_like_mut().ok_or(TableError::NoTable)?;
    if upstreams.contains_key(name.as_str()) {
        return Err(TableError::There(name.clone()));
    }
    let mut table = new.table();
    if !text.trim().is_empty() {
        table.decor_mut().set_prefix("\n");
    }
    upstreams.insert(name.as_str(), Item::Table(table));
    Ok(document.to_string())
}

/// A file's text without a server, and without the comment right above it.
///
/// # Errors
///
/// [`TableError`]: when it isn't there, or the text is none of a configuration.
pub(crate) fn without(text: &str, name: &UpstreamName) -> Result<String, TableError> {
    let mut document = parsed(text)?;
    let missing = || TableError::NotThere(name.clone());
    let upstreams = document.get_mut("upstreams").ok_or_else(missing)?;
    let upstreams = upstreams.as_table_like_mut().ok_or(TableError::NoTable)?;
    let removed = upstreams.remove(name.as_str()).ok_or_else(missing)?;
    let is_empty = upstreams.is_empty();
    if is_empty && document.get("upstreams").and_then(Item::as_table).is_some_and(Table::is_implicit) {
        document.remove("upstreams");
    }
    if let Item::Table(removed) = &removed {
        let prefix = removed.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
        if let Some(above) = comment_of_others(prefix) {
            put_back(&mut document, removed.position(), above);
        }
    }
    Ok(document.to_string())
}

fn parsed(text: &str) -> Result<DocumentMut, TableError> {
    text.parse().map_err(|error: toml_edit::TomlError| TableError::Parse(error.message().to_owned()))
}

/// The part of what stands above a table that isn't about it: comments with a blank line behind them.
fn comment_of_others(prefix: &str) -> Option<&str> {
    let mut end = 0;
    let mut at = 0;
    for line in prefix.split_inclusive('\n') {
        at += line.len();
        if line.trim().is_empty() {
            end = at;
        }
    }
    prefix.get(..end).filter(|above| above.contains('#'))
}

/// Puts a comment before what follows a place of the file.
fn put_back(document: &mut DocumentMut, place: Option<isize>, comment: &str) {
    let next = next_position(document.as_table(), place.unwrap_or_default());
    if let Some(table) = next.and_then(|next| table_at(document.as_table_mut(), next)) {
        let prefix = table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
        let prefix = format!("{comment}{}", prefix.trim_start_matches(['\r', '\n']));
        table.decor_mut().set_prefix(prefix);
    } else {
        let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
        document.set_trailing(format!("{comment}{trailing}"));
    }
}

/// The first place behind another one at which a table begins.
fn next_position(table: &Table, after: isize) -> Option<isize> {
    let inner = table.iter().filter_map(|(_, item)| item.as_table());
    inner
        .flat_map(|inner| [inner.position().filter(|at| *at > after), next_position(inner, after)])
        .flatten()
        .min()
}

fn table_at(table: &mut Table, place: isize) -> Option<&mut Table> {
    for (_, item) in table.iter_mut() {
        let Some(inner) = item.as_table_mut() else { continue };
        if inner.position() == Some(place) {
            return Some(inner);
        }
        if let Some(found) = table_at(inner, place) {
            return Some(found);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::configuration::layer::Layer;

    fn name(text: &str) -> UpstreamName {
        text.parse().unwrap()
    }

    fn weather() -> NewUpstream {
        NewUpstream {
            place: Place::StreamableHttp("https://weather.example.com/mcp".parse().unwrap()),
            headers: vec![
                "Authorization=env:WEATHER".parse().unwrap(),
                "X-Key=file:/run/key".parse().unwrap(),
            ],
            environment: Vec::new(),
            reads: vec!["forecast".to_owned()],
            allow_private: false,
            has_accounts: false,
        }
    }

    const FILE: &str = "# My host.\nlisten = \"127.0.0.1:1\" # here\n\n[upstreams.files]  # the share\ncommand = [\"npx\",\n  \"files\"]\n\n\
                        # Later.\n[settings.rows]\na = 1\n# The end.\n";

    #[test]
    fn a_server_is_added_and_all_else_stays() {
        let added = with(FILE, &name("weather"), &weather()).unwrap();
        let table = "\n[upstreams.weather]\nurl = \"https://weather.example.com/mcp\"\nheaders = { Authorization = { env = \
                     \"WEATHER\" }, X-Key = { file = \"/run/key\" } }\nreads = [\"forecast\"]\n";
        assert!(added.contains(table), "{added}");
        assert_eq!(added.replace(table, ""), FILE);
        let layer: Layer = toml::from_str(&added).unwrap();
        assert_eq!(layer.upstreams.len(), 2);
        assert_eq!(without(&added, &name("weather")).unwrap(), FILE);
    }

    #[test]
    fn an_empty_file_gets_a_table_and_a_table_in_a_line_a_member() {
        let program = NewUpstream {
            place: Place::Program(vec!["npx".to_owned(), "say \"hi\"".to_owned()]),
            headers: Vec::new(),
            environment: vec!["HOME=env:HOME".parse().unwrap()],
            reads: Vec::new(),
            allow_private: false,
            has_accounts: false,
        };
        for text in [
            "",
            "upstreams = {}\n",
            "[upstreams]\n",
            "upstreams = { a = { command = [\"a\"] } }\n",
            "upstreams.a.command = [\"a\"]\n",
        ] {
            let added = with(text, &name("files"), &program).unwrap();
            let layer: Layer = toml::from_str(&added).unwrap_or_else(|error| panic!("{error}: {added}"));
            assert_eq!(layer.upstreams[&name("files")].command, ["npx", "say \"hi\""]);
            let removed: Layer = toml::from_str(&without(&added, &name("files")).unwrap()).unwrap();
            assert!(!removed.upstreams.contains_key(&name("files")));
        }
    }

    #[test]
    fn a_server_is_removed_with_its_probes_and_the_comment_above_it_alone() {
        let text = "# The host of the mill.\n\n# About files.\n[upstreams.files]\ncommand = [\"a\"]\n[upstreams.files.probes.put]\nread = \
                    \"get\"\ncontains = \"x\"\n\n[settings.rows]\na = 1\n";
        let removed = without(text, &name("files")).unwrap();
        assert_eq!(removed, "# The host of the mill.\n\n[settings.rows]\na = 1\n");
        let alone = "# The host of the mill.\n\n[upstreams.files]\ncommand = [\"a\"]\n";
        assert_eq!(without(alone, &name("files")).unwrap(), "# The host of the mill.\n\n");
    }

    #[test]
    fn what_is_there_is_not_written_over_and_what_is_not_there_not_removed() {
        let there = with(FILE, &name("files"), &weather()).unwrap_err();
        assert!(there.to_string().contains("already"), "{there}");
        assert!(matches!(without(FILE, &name("weather")), Err(TableError::NotThere(_))));
        assert!(matches!(without("", &name("weather")), Err(TableError::NotThere(_))));
        assert!(matches!(with("upstreams = 1", &name("a"), &weather()), Err(TableError::NoTable)));
        assert!(matches!(with("upstreams =", &name("a"), &weather()), Err(TableError::Parse(_))));
    }

    #[test]
    fn a_value_itself_is_refused_and_not_said() {
        for wrong in ["Authorization=Bearer canary", "Authorization", "=env:X", "A=env:", "A=file:", "canary"]
        {
            let error = wrong.parse::<NamedSecret>().unwrap_err();
            assert!(error.contains("env:VARIABLE") && !error.contains("canary"), "{wrong}: {error}");
        }
    }

    proptest! {
        #[test]
        fn whatever_a_program_is_called_can_be_read_back(words in proptest::collection::vec(".{0,12}", 1..4)) {
            let new = NewUpstream { place: Place::Program(words.clone()), ..weather() };
            let added = with(FILE, &name("program"), &new).unwrap();
            let layer: Layer = toml::from_str(&added).unwrap();
            prop_assert_eq!(&layer.upstreams[&name("program")].command, &words);
            prop_assert_eq!(without(&added, &name("program")).unwrap(), FILE);
        }
    }
}
