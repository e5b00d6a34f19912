//! `config check` finds what `serve` refuses, in our words; and more, that `serve` would only warn of.

use std::process::Output;

use super::{alone, json_of, said};
use crate::harness::packed;

/// A mistake: the file, the variables, what has to be said of it, and whether a host refuses to start with it.
struct Mistake {
    file: &'static str,
    variables: &'static [(&'static str, &'static str)],
    says: &'static str,
    is_refused: bool,
}

const KEY: (&str, &str) = ("TOKEN_ENCRYPTION_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");

const MISTAKES: [Mistake; 25] = [
    of_variables(&[("ACTION_API_TOKEN", "short")], "ACTION_API_TOKEN needs at least 16 characters"),
    of_variables(&[("TOKEN_ENCRYPTION_KEY", "hunter2")], "TOKEN_ENCRYPTION_KEY must be 32 bytes in base64"),
    of_variables(
        &[KEY, ("TOKEN_ENCRYPTION_KEY_NEW", "hunter2")],
        "TOKEN_ENCRYPTION_KEY_NEW must be 32 bytes",
    ),
    of_variables(&[("NOTION_TOKEN", "two words")], "NOTION_TOKEN must be visible ASCII characters"),
    of_variables(
        &[("NOTION_API_URL", "ftp://notion.example")],
        "NOTION_API_URL: `ftp://notion.example` is not an address on the web",
    ),
    of_variables(
        &[("TOOLBAY_LISTEN", "8800")],
        "TOOLBAY_LISTEN: `8800` is a port without an address; write 127.0.0.1:8800",
    ),
    of_variables(&[("TOOLBAY_LISTEN", "0.0.0.0:8800")], "needs TOOLBAY_PUBLIC_URL"),
    of_variables(
        &[("NOTION_REQUESTS_PER_MINUTE", "lots")],
        "NOTION_REQUESTS_PER_MINUTE: `lots` is not a number of requests, such as 180",
    ),
    of_variables(&[("TOOLBAY_DATA_DIR", "/dev/null/data")], "/dev/null"),
    of_variables(
        &[("TOOLBAY_LOG", "gaet=debug")],
        "TOOLBAY_LOG: `gaet` is no part of the host; did you mean `gate`?",
    ),
    of_variables(&[("TOOLBAY_BUNDLED", "nothing")], "no plugin `nothing` is bundled"),
    of_variables(&[("DATABASE_URL", "mysql://root:hunter2@host/db")], "DATABASE_URL must be sqlite:///"),
    of_variables(
        &[("DATABASE_URL", "postgres://u@127.0.0.1:1/db")],
        "TOKEN_ENCRYPTION_KEY is needed with PostgreSQL",
    ),
    of_variables(
        &[("REDIS_URL", "hunter2:6379")],
        "REDIS_URL must begin with redis:// or, for TLS, with rediss://",
    ),
    of_variables(
        &[("REDIS_URL", "redis://:hunter2/x@cache")],
        "in a password, write characters such as / ? # @ as %2F",
    ),
    of_variables(
        &[("REDIS_URL", "redis://:hunter2@cache/rates")],
        "REDIS_URL: after the host comes the number of a database",
    ),
    of_variables(
        &[("REDIS_URL", "rediss://:hunter2@cache/#insecure")],
        "REDIS_URL: what begins with ? or # isn't understood",
    ),
    Mistake {
        file: "",
        variables: &[("REDIS_URL", "redis://:hunter2@127.0.0.1:1")],
        says: "REDIS_URL: redis://127.0.0.1:1: it can't be reached (Redis: Connection refused",
        is_refused: false,
    },
    of_file("redis_url = \"http://:hunter2@cache\"\n", "REDIS_URL must begin with redis://", true),
    of_file(
        "listne = \"127.0.0.1:1\"\n",
        "toolbay.toml:1:1: there is no key `listne` here; did you mean `listen`?",
        true,
    ),
    of_file(
        "[grants]\nehco = [\"notion.read\"]\n",
        "[grants] names the plugin `ehco`, which is not there; did you mean `echo`?",
        false,
    ),
    of_file(
        "[settings.ehco]\na = 1\n",
        "[settings] names the plugin `ehco`, which is not there; did you mean `echo`?",
        false,
    ),
    of_file(
        "[databases.sales]\nurl = \"mysql://hunter2@db/x\"\n",
        "databases.sales: `url` begins with `sqlite://`",
        true,
    ),
    of_file(
        "[databases.sales]\nurl = \"sqlite:///no/such/file.db\"\n",
        "[databases.sales]: its file isn't there",
        false,
    ),
    of_file(
        "[profiles.mine]\ntools = [\"ehco\"]\n",
        "[profiles.mine] names the tool `ehco`, which is not there; did you mean `echo`?",
        false,
    ),
];

const fn of_variables(variables: &'static [(&'static str, &'static str)], says: &'static str) -> Mistake {
    Mistake { file: "", variables, says, is_refused: true }
}

const fn of_file(file: &'static str, says: &'static str, is_refused: bool) -> Mistake {
    Mistake { file, variables: &[], says, is_refused }
}

#[test]
fn every_mistake_is_found_before_a_start_and_by_it_in_the_same_words() {
    for Mistake { file, variables, says, is_refused } in MISTAKES {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("plugins")).unwrap();
        std::fs::write(folder.path().join("plugins/echo.wasm"), packed("echo")).unwrap();
        std::fs::write(folder.path().join("toolbay.toml"), file).unwrap();
        let run = |arguments: &[&str]| -> Output {
            let all = [arguments, &["--plugin-dir", "plugins"]].concat();
            // A port that nobody else has, unless the mistake is about one.
            alone(folder.path(), &all, &[&[("TOOLBAY_LISTEN", "127.0.0.1:0")], variables].concat())
        };
        let checked = run(&["config", "check"]);
        let text = String::from_utf8(checked.stderr.clone()).unwrap();
        assert!(!checked.status.success(), "{says}: passed\n{text}");
        assert_eq!(text.matches(says).count(), 1, "{says}:\n{text}");
        assert!(!text.contains("hunter2"), "{text}");
        assert!(!folder.path().join(".local").exists(), "{says}: a check makes nothing");
        if is_refused {
            let started = said(&run(&["serve"]));
            assert!(started.contains(says), "{says}: but a start says\n{started}");
        }
    }
}

#[test]
fn a_configuration_without_a_mistake_passes_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let checked = alone(folder.path(), &["config", "check", "--json"], &[("TOOLBAY_LISTEN", "127.0.0.1:0")]);
    assert!(checked.status.success(), "{}", said(&checked));
    assert_eq!(json_of(&checked)["findings"], serde_json::json!([]));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_address_that_is_in_use_is_found() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let checked = alone(folder.path(), &["config", "check", "--listen", &address], &[]);
    assert!(!checked.status.success());
    assert!(said(&checked).contains(&format!("{address} is in use")), "{}", said(&checked));
}
