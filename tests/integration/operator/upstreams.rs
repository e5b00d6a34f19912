//! `toolbay upstream`: servers that are added, removed, away and there again.

use std::fs;
use std::path::Path;
use std::process::Output;

use notion_emulator::{Emulator, Fault, FaultKind, Options};
use serde_json::{Value, json};
use toolbay_kernel::Secret;
use toolbay_upstream::{HttpSettings, ProbeSettings, Shows, Template, TransportSettings, UpstreamSettings};

use super::{alone, json_of, said};
use crate::harness::{TestHost, client, command};

const FILE: &str = "# My host.\nlisten = \"127.0.0.1:0\" # any\n\n# Later.\n[retention]\ncalls_days = 30\n";

struct Folder {
    folder: tempfile::TempDir,
    emulator: Emulator,
    authorization: String,
}

impl Folder {
    async fn new() -> Self {
        let emulator = Emulator::start(Options::default()).await.unwrap();
        let authorization = format!("Bearer {}", emulator.hosted().access_token());
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("toolbay.toml"), FILE).unwrap();
        Self { folder, emulator, authorization }
    }

    fn text(&self) -> String {
        fs::read_to_string(self.folder.path().join("toolbay.toml")).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let variables = [("HOSTED", self.authorization.as_str())];
        alone(self.folder.path(), &[&["upstream"], arguments].concat(), &variables)
    }

    fn add(&self, more: &[&str]) -> Output {
        let url = self.emulator.hosted().url();
        self.run(&[&["add", "hosted", "--url", &url], more].concat())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_added_once_it_has_shown_its_tools_and_removed_without_a_trace() {
    let folder = Folder::new().await;
    let header = ["--header", "Authorization=env:HOSTED", "--allow-private"];
    let added = folder.add(&[&header[..], &["--reads", "notion-create-comment"]].concat());
    assert!(added.status.success(), "{}", said(&added));
    let shown = said(&added);
    let access = |tool: &str| {
        let line = shown.lines().find(|line| line.split_whitespace().next() == Some(tool)).unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    assert_eq!(access("hosted_notion_search"), "reads");
    assert_eq!(access("hosted_notion_create_comment"), "reads", "as the operator says");
    assert_eq!(access("hosted_notion_create_pages"), "writes");
    assert_eq!(access("hosted_notion_update_page"), "destroys");
    let text = folder.text();
    assert!(text.starts_with(FILE) && !text.contains("Bearer"), "{text}");
    let check = alone(folder.folder.path(), &["config", "check"], &[]);
    assert!(check.status.success(), "{}", said(&check));
    let again = folder.add(&header);
    assert!(!again.status.success() && said(&again).contains("already"), "{}", said(&again));
    assert_eq!(folder.text(), text);
    let removed = folder.run(&["remove", "hosted"]);
    assert!(removed.status.success(), "{}", said(&removed));
    let events = said(&alone(folder.folder.path(), &["audit", "list", "--json"], &[]));
    assert!(["\"added\"", "\"removed\""].iter().all(|change| events.contains(change)), "{events}");
    assert_eq!(folder.text(), FILE);
    assert!(said(&folder.run(&["remove", "hosted"])).contains("no MCP server `hosted`"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_answer_or_can_not_be_is_not_written() {
    let folder = Folder::new().await;
    for (arguments, words) in [
        (&["--allow-private"][..], "it wants to be authorised"),
        (&["--allow-private", "--header", "Authorization=env:NONE"], "the variable NONE isn't set"),
        (&["--header", "Authorization=env:HOSTED"], "allow_private"),
        (&["--header", "Authorization=token"], "env:VARIABLE"),
        (
            &["--allow-private", "--header", "Authorization=env:HOSTED", "--reads", "none"],
            "has no tool `none`",
        ),
        (&["--", "program"], "cannot be used with"),
    ] {
        let refused = folder.add(arguments);
        assert!(!refused.status.success() && said(&refused).contains(words), "{words}: {}", said(&refused));
        assert!(!said(&refused).contains(&folder.authorization));
    }
    for (arguments, words) in [
        (&["add", "files"][..], "where is it?"),
        (&["add", "files", "--url", "https://me:pass@example.com/mcp"], "with a name or password"),
        (&["add", "Files", "--no-check", "--", "program"], "Files"),
        (&["add", "files", "--", "/no/such/program"], "isn't added"),
    ] {
        let refused = folder.run(arguments);
        assert!(!refused.status.success() && said(&refused).contains(words), "{words}: {}", said(&refused));
    }
    assert_eq!(folder.text(), FILE);
    let unasked =
        folder.run(&["add", "files", "--no-check", "--env", "HOME=env:HOME", "--", "/no/such/program", "-y"]);
    assert!(unasked.status.success(), "{}", said(&unasked));
    assert!(folder.text().contains("command = [\"/no/such/program\", \"-y\"]"), "{}", folder.text());
}

/// The host's emulator as an MCP server, with a credential that comes later.
fn settings(place: &Path, api: &str) -> UpstreamSettings {
    let headers = [("Authorization".to_owned(), Secret::File(place.to_owned()))];
    let http = HttpSettings {
        url: format!("{}/mcp", api.trim_end_matches('/')).parse().unwrap(),
        headers: headers.into(),
        client: client(),
        oauth: None,
    };
    UpstreamSettings {
        name: "hosted".parse().unwrap(),
        transport: TransportSettings::Http(http),
        reads: Default::default(),
        probes: Default::default(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_say_how_the_servers_of_a_running_host_are_and_have_been() {
    let folder = tempfile::tempdir().unwrap();
    let credential = folder.path().join("authorization");
    let host = TestHost::start_with(&[], |configuration| {
        configuration.upstreams.push(settings(&credential, configuration.notion_api_url.as_str()));
    })
    .await;
    let config = folder.path().join("toolbay.toml");
    let written = format!(
        "[upstreams.hosted]\nurl = \"{}\"\nallow_private = true\nheaders = {{ Authorization = {{ file = \"{}\" }} }}\n",
        host.emulator.hosted().url(),
        credential.display()
    );
    fs::write(&config, written).unwrap();
    let run = |arguments: &[&str]| {
        let config = config.to_str().unwrap();
        command(&host, &[&["--config", config], arguments].concat()).output().unwrap()
    };
    let listed = || json_of(&run(&["--json", "upstream", "list"]))[0].clone();
    host.soon("it is told to be away", async || listed()["state"] == "away").await;
    let away = listed();
    assert!(away["last_failure"].as_str().unwrap().contains("authorization can't be read"), "{away}");
    assert_eq!(away["p50_ms"], Value::Null);
    let doctor = said(&run(&["doctor", "--offline"]));
    assert!(doctor.contains("warning  MCP server"), "{doctor}");

    fs::write(&credential, format!("Bearer {}\n", host.emulator.hosted().access_token())).unwrap();
    host.soon("it is told to be there", async || listed()["state"] == "connected").await;
    host.soon("its tools are published", async || host.publishes("hosted_notion_search")).await;
    host.result("hosted_notion_search", json!({"query": "mill"})).await;
    host.soon("its latency is told", async || listed()["calls"] == 1).await;
    let there = listed();
    assert!(there["p50_ms"].is_u64() && there["since"].as_str() > away["since"].as_str(), "{there}");
    assert!(there["last_failure"].as_str().unwrap().contains("can't be read"), "it is remembered");
    let status = said(&run(&["status"]));
    assert!(status.contains("MCP servers  hosted connected since"), "{status}");
    let doctor = said(&run(&["doctor", "--offline"]));
    assert!(doctor.contains("ok       MCP server"), "{doctor}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_answer_was_lost_is_looked_for_as_the_operator_said() {
    let folder = tempfile::tempdir().unwrap();
    let credential = folder.path().join("authorization");
    let template = |value: Value| Template::parse(value).unwrap();
    let probe = ProbeSettings {
        read: "notion-get-comments".to_owned(),
        arguments: template(json!({"page_id": "{/page_id}"})),
        shows: Shows::Contains(template(json!("{/markdown}"))),
    };
    let host = TestHost::start_with(&[], |configuration| {
        let mut settings = settings(&credential, configuration.notion_api_url.as_str());
        settings.probes.insert("notion-create-comment".to_owned(), probe);
        configuration.upstreams.push(settings);
    })
    .await;
    fs::write(&credential, format!("Bearer {}", host.emulator.hosted().access_token())).unwrap();
    host.soon("its tools are published", async || host.publishes("hosted_notion_create_comment")).await;
    let page = host.emulator.ids().root_page;
    let comment = |text: &str| json!({"page_id": page, "markdown": text});
    let lost = |kind| host.emulator.fault(Fault::new("POST /mcp notion-create-comment", kind));

    lost(FaultKind::ApplyThenDrop);
    let (status, found) = host.call("hosted_notion_create_comment", comment("Oil the third gear.")).await;
    assert!(status == 200 && found.to_string().contains("It was carried out"), "{found}");
    lost(FaultKind::DropBefore);
    let (_, unknown) = host.call("hosted_notion_create_comment", comment("Turn the crank.")).await;
    assert_eq!(unknown["error"]["code"], "outcome_unknown", "{unknown}");
    let hint = unknown["error"]["hint"].as_str().unwrap();
    assert!(
        hint.contains("`hosted_notion_get_comments` was asked whether it was, and couldn't tell"),
        "{hint}"
    );
    assert_eq!(host.emulator.writes().len(), 1, "nothing is sent a second time");
    host.stop().await;
}
