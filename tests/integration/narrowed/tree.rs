//! A random workspace, made through Notion's own API, and the model of it: what is below what, and whose text is whose.

use std::collections::BTreeSet;

use reqwest::Client;
use serde_json::{Value, json};

use crate::harness::TestHost;

/// What comes next; a seed gives the same again.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    pub(super) fn is_one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    pub(super) fn one<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }

    /// An id that nothing has.
    pub(super) fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        let text = format!("{:016x}{:016x}", (high & !0xf000) | 0x4000, (low & !(0b11 << 62)) | (0b10 << 62));
        format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Page,
    Row,
    Block,
    Database,
    DataSource,
    View,
    Comment,
}

/// One object of the model.
#[derive(Debug, Clone)]
pub(super) struct Thing {
    pub(super) kind: Kind,
    pub(super) id: String,
    /// The index of what it is below; none for the page at the top.
    pub(super) above: Option<usize>,
    /// A word that nothing else has: its title, or its text.
    pub(super) word: String,
    /// What else it shows, without which it isn't seen: the original of a copy, the source of a linked database.
    pub(super) shows: Vec<usize>,
    /// Where the relation of a data source leads.
    pub(super) related: Option<usize>,
    /// A block that can't have others below it.
    is_leaf: bool,
}

/// The workspace as the model has it.
pub(super) struct Tree {
    pub(super) things: Vec<Thing>,
    case: usize,
    api: Api,
}

/// Notion itself, for whoever sees everything.
pub(super) struct Api {
    client: Client,
    url: String,
    token: String,
}

impl Api {
    pub(super) fn of(host: &TestHost) -> Self {
        let (url, token) = (host.emulator.url(), host.emulator.token().to_owned());
        Self { client: host.client.clone(), url, token }
    }

    pub(super) async fn send(&self, method: &str, path: &str, body: Value) -> Value {
        let request = self.client.request(method.parse().unwrap(), format!("{}{path}", self.url));
        let request = request.bearer_auth(&self.token).header("Notion-Version", "2026-03-11");
        let request = if method == "GET" || method == "DELETE" { request } else { request.json(&body) };
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let answer: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{method} {path} {body:#}: {answer:#}");
        answer
    }
}

fn text(word: &str) -> Value {
    json!([{"text": {"content": word}}])
}

impl Tree {
    /// A page below the top one for this case, and something of everything below it.
    pub(super) async fn grow(host: &TestHost, case: usize, random: &mut Random) -> Self {
        let mut tree = Self { things: Vec::new(), case, api: Api::of(host) };
        let root = host.emulator.ids().root_page;
        let top = Thing {
            kind: Kind::Page,
            id: root,
            above: None,
            word: "Toolbay demo".to_owned(),
            shows: Vec::new(),
            related: None,
            is_leaf: false,
        };
        tree.things.push(top);
        tree.page(0).await;
        for _ in 0..4 + random.below(4) {
            let above = tree.any(random, &[Kind::Page]);
            tree.page(above.max(1)).await;
        }
        for _ in 0..2 + random.below(2) {
            let above = tree.any(random, &[Kind::Page]).max(1);
            tree.database(above, random).await;
        }
        for _ in 0..6 + random.below(4) {
            let source = tree.any(random, &[Kind::DataSource]);
            tree.row(source, random).await;
        }
        for _ in 0..10 + random.below(8) {
            let above = tree.any(random, &[Kind::Page, Kind::Row, Kind::Block]).max(1);
            tree.block(above, random).await;
        }
        for _ in 0..random.below(3) {
            let (source, page) =
                (tree.any(random, &[Kind::DataSource]), tree.any(random, &[Kind::Page]).max(1));
            tree.linked(source, page).await;
        }
        for _ in 0..4 {
            let above = tree.any(random, &[Kind::Page, Kind::Row, Kind::Block]).max(1);
            tree.comment(above, random).await;
        }
        tree
    }

    fn new_word(&self) -> String {
        format!("wq{}x{}q", self.case, self.things.len())
    }

    fn add(&mut self, kind: Kind, id: &Value, above: usize, word: String) -> usize {
        let id = id.as_str().unwrap().to_owned();
        self.things.push(Thing {
            kind,
            id,
            above: Some(above),
            word,
            shows: Vec::new(),
            related: None,
            is_leaf: false,
        });
        self.things.len() - 1
    }

    /// The index of a random thing of these kinds.
    pub(super) fn any(&self, random: &mut Random, kinds: &[Kind]) -> usize {
        let all: Vec<usize> = self
            .things
            .iter()
            .enumerate()
            .filter(|(_, thing)| kinds.contains(&thing.kind))
            .map(|(index, _)| index)
            .collect();
        *random.one(&all).unwrap()
    }

    /// Rich text with a word of its own, and sometimes a mention of something anywhere.
    fn words(&self, word: &str, random: &mut Random) -> Value {
        let mut runs = vec![json!({"text": {"content": format!("{word} ")}})];
        if random.is_one_in(2) {
            let page = &self.things[self.any(random, &[Kind::Page])];
            runs.push(json!({"mention": {"page": {"id": page.id}}}));
        }
        if self.things.iter().any(|thing| thing.kind == Kind::Database && thing.shows.is_empty())
            && random.is_one_in(3)
        {
            let database = &self.things[self.any(random, &[Kind::Database])];
            runs.push(json!({"mention": {"database": {"id": database.id}}}));
        }
        runs.into()
    }

    async fn page(&mut self, above: usize) {
        let word = self.new_word();
        let body = json!({"parent": {"page_id": self.things[above].id}, "properties": {"title": {"title": text(&word)}}});
        let page = self.api.send("POST", "/v1/pages", body).await;
        self.add(Kind::Page, &page["id"], above, word);
    }

    async fn database(&mut self, above: usize, random: &mut Random) {
        let word = self.new_word();
        let body = json!({"parent": {"page_id": self.things[above].id}, "title": text(&word), "initial_data_source": {"properties": {
            "Name": {"title": {}}, "Notes": {"rich_text": {}}, "Count": {"number": {}},
        }}});
        let made = self.api.send("POST", "/v1/databases", body).await;
        let database = self.add(Kind::Database, &made["id"], above, word);
        let mut sources = vec![made["data_sources"][0]["id"].clone()];
        if random.is_one_in(3) {
            let body = json!({"parent": {"database_id": made["id"]}, "properties": {"Name": {"title": {}}, "Notes": {"rich_text": {}}, "Count": {"number": {}}}});
            sources.push(self.api.send("POST", "/v1/data_sources", body).await["id"].clone());
        }
        for id in sources {
            let word = self.new_word();
            let source = self.add(Kind::DataSource, &id, database, word.clone());
            let target = self.any(random, &[Kind::DataSource]);
            let side = match random.below(2) {
                0 => json!({"single_property": {}}),
                _ => {
                    json!({"dual_property": {"synced_property_name": format!("Back {}", self.things.len())}})
                }
            };
            let mut relation = side;
            relation["data_source_id"] = json!(self.things[target].id);
            let path = format!("/v1/data_sources/{}", self.things[source].id);
            let columns = json!({"title": text(&word), "properties": {"Rel": {"relation": relation}}});
            self.api.send("PATCH", &path, columns).await;
            let rollup = |function: &str| json!({"rollup": {"relation_property_name": "Rel", "rollup_property_name": "Name", "function": function}});
            let computed = json!({"properties": {
                "Titles": rollup("show_original"), "Many": rollup("count"),
                "Said": {"formula": {"expression": "prop(\"Name\") + prop(\"Notes\")"}},
                "More": {"formula": {"expression": "prop(\"Count\") + 1"}},
            }});
            self.api.send("PATCH", &path, computed).await;
            self.things[source].related = Some(target);
            let views = self
                .api
                .send("GET", &format!("/v1/views?data_source_id={}", self.things[source].id), Value::Null)
                .await;
            for view in views["results"].as_array().unwrap().clone() {
                let word = self.new_word();
                self.api
                    .send(
                        "PATCH",
                        &format!("/v1/views/{}", view["id"].as_str().unwrap()),
                        json!({"name": word}),
                    )
                    .await;
                // A view is a tab of its database, and shows its data source.
                let view = self.add(Kind::View, &view["id"], database, word);
                self.things[view].shows = vec![source];
            }
        }
    }

    async fn row(&mut self, source: usize, random: &mut Random) {
        let word = self.new_word();
        let target = self.things[source].related.unwrap();
        let related: Vec<Value> = self
            .things
            .iter()
            .filter(|thing| thing.kind == Kind::Row && thing.above == Some(target))
            .map(|row| json!({"id": row.id}))
            .collect();
        let body = json!({"parent": {"data_source_id": self.things[source].id}, "properties": {
            "Name": {"title": text(&word)}, "Notes": {"rich_text": self.words("notes", random)},
            "Count": {"number": 7}, "Rel": {"relation": related},
        }});
        let row = self.api.send("POST", "/v1/pages", body).await;
        self.add(Kind::Row, &row["id"], source, word);
    }

    /// Everything that a thing is seen within: what is above it, and what is above the copies of that.
    fn around(&self, thing: usize) -> BTreeSet<usize> {
        let mut around = BTreeSet::new();
        let mut open = vec![thing];
        while let Some(at) = open.pop() {
            if around.insert(at) {
                open.extend(self.things[at].above);
                open.extend((0..self.things.len()).filter(|copy| self.things[*copy].shows.contains(&at)));
            }
        }
        around
    }

    async fn block(&mut self, above: usize, random: &mut Random) {
        let word = self.new_word();
        if self.things[above].is_leaf {
            return;
        }
        // A copy within its own original would have no end.
        let around = self.around(above);
        let originals: Vec<usize> = (0..self.things.len())
            .filter(|index| self.things[*index].word.ends_with("original") && !around.contains(index))
            .collect();
        let choice = random.below(6);
        let (block, shows, word) = match choice {
            0 => {
                let page = &self.things[self.any(random, &[Kind::Page])];
                (json!({"link_to_page": {"type": "page_id", "page_id": page.id}}), Vec::new(), word)
            }
            1 => {
                let child = json!([{"paragraph": {"rich_text": text(&word)}}]);
                (
                    json!({"synced_block": {"synced_from": null, "children": child}}),
                    Vec::new(),
                    format!("{word}original"),
                )
            }
            2 | 3 if !originals.is_empty() => {
                let original = *random.one(&originals).unwrap();
                let from = json!({"type": "block_id", "block_id": self.things[original].id});
                (json!({"synced_block": {"synced_from": from}}), vec![original], word)
            }
            _ => (json!({"toggle": {"rich_text": self.words(&word, random)}}), Vec::new(), word),
        };
        let path = format!("/v1/blocks/{}/children", self.things[above].id);
        let made = self.api.send("PATCH", &path, json!({"children": [block]})).await;
        let index = self.add(Kind::Block, &made["results"][0]["id"], above, word);
        self.things[index].is_leaf = choice == 0 || !shows.is_empty();
        self.things[index].shows = shows;
        if self.things[index].word.ends_with("original") {
            // Its child is where its text is.
            let path = format!("/v1/blocks/{}/children", self.things[index].id);
            let children = self.api.send("GET", &path, Value::Null).await;
            let word = self.things[index].word.trim_end_matches("original").to_owned();
            self.add(Kind::Block, &children["results"][0]["id"], index, word);
        }
    }

    async fn linked(&mut self, source: usize, page: usize) {
        let word = self.new_word();
        let body = json!({"data_source_id": self.things[source].id, "name": word, "type": "table",
            "create_database": {"parent": {"type": "page_id", "page_id": self.things[page].id}}});
        let view = self.api.send("POST", "/v1/views", body).await;
        let database =
            self.add(Kind::Database, &view["parent"]["database_id"], page, format!("{word}linked"));
        self.things[database].shows = vec![source];
        let index = self.add(Kind::View, &view["id"], database, word);
        self.things[index].shows = vec![source];
    }

    async fn comment(&mut self, above: usize, random: &mut Random) {
        let word = self.new_word();
        let kind = if self.things[above].kind == Kind::Block { "block_id" } else { "page_id" };
        let body = json!({"parent": {kind: self.things[above].id}, "rich_text": self.words(&word, random)});
        let comment = self.api.send("POST", "/v1/comments", body).await;
        self.add(Kind::Comment, &comment["id"], above, word);
    }

    /// Whether the model sees a thing from within these parts.
    pub(super) fn is_inside(&self, index: usize, parts: &[String]) -> bool {
        let thing = &self.things[index];
        if !thing.shows.iter().all(|shown| self.is_inside(*shown, parts)) {
            return false;
        }
        parts.contains(&thing.id) || thing.above.is_some_and(|above| self.is_inside(above, parts))
    }
}
