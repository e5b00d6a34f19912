//! Every form of a link for every kind of object.

use proptest::prelude::*;

use super::Object;
use crate::NotionId;

const KINDS: [Object; 9] = [
    Object::Page,
    Object::Database,
    Object::PageOrDatabase,
    Object::Block,
    Object::View,
    Object::Person,
    Object::Comment,
    Object::Discussion,
    Object::Anything,
];

const PATH: u128 = 0x1183_3787_e2cf_4fdf_8782_e53d_b207_68a5;
const VIEW: u128 = 0x2283_3787_e2cf_4fdf_8782_e53d_b207_68a5;
const PEEK: u128 = 0x3383_3787_e2cf_4fdf_8782_e53d_b207_68a5;
const BLOCK: u128 = 0x4483_3787_e2cf_4fdf_8782_e53d_b207_68a5;

/// How an id is written within a link.
fn id_text() -> impl Strategy<Value = fn(u128) -> String> {
    let dashed: fn(u128) -> String = |bits| NotionId::from_u128(bits).to_string();
    let undashed: fn(u128) -> String = |bits| NotionId::from_u128(bits).undashed();
    let upper: fn(u128) -> String = |bits| NotionId::from_u128(bits).undashed().to_uppercase();
    proptest::sample::select(vec![dashed, undashed, upper])
}

/// What stands before the path of a link.
fn origin() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "https://www.notion.so/acme/",
        "https://www.notion.so/",
        "http://notion.so/acme/",
        "https://app.notion.com/p/",
        "https://app.notion.com/p/acme/Caf%C3%A9-",
        "HTTPS://WWW.Notion.so/Road-map-",
        "https://acme.notion.site/Road-map-",
        "notion://www.notion.so/acme/",
        "notion://",
        "www.notion.so/Plan-",
        "/",
        "/Plan-",
        "",
    ])
}

/// The parts of a link that are there.
#[derive(Clone, Debug)]
struct Parts {
    view: bool,
    peek: bool,
    block: bool,
}

fn parts() -> impl Strategy<Value = Parts> {
    any::<(bool, bool, bool)>().prop_map(|(view, peek, block)| Parts { view, peek, block })
}

/// The object that a link of these parts names for a kind, when finding and when deciding.
fn expected(kind: Object, parts: &Parts) -> (Option<u128>, Option<u128>) {
    let page = if parts.peek { Some(PEEK) } else { (!parts.view).then_some(PATH) };
    let unless_block = |id: Option<u128>| (id, id.filter(|_| !parts.block));
    let same = |id: Option<u128>| (id, id);
    match kind {
        Object::Page => unless_block(page),
        Object::Database => same(Some(PATH).filter(|_| !parts.block || parts.view || parts.peek)),
        Object::PageOrDatabase => unless_block(Some(if parts.peek { PEEK } else { PATH })),
        Object::Block if parts.block => same(Some(BLOCK)),
        Object::Block => (page, None),
        Object::View => same(parts.view.then_some(VIEW)),
        Object::Anything if parts.block => same(Some(BLOCK)),
        Object::Anything => same(page),
        Object::Person | Object::Comment | Object::Discussion => (None, None),
    }
}

proptest! {
    #[test]
    fn each_kind_finds_its_own_part_of_a_link_however_it_is_written(
        parts in parts(),
        origin in origin(),
        write in id_text(),
        others in proptest::sample::subsequence(vec!["pvs=4", "pm=s", "source=copy_link", "p=", "t=abc"], 0..=5),
        order in any::<proptest::sample::Index>(),
        escaped: bool,
        slash: bool,
        wrapping in proptest::sample::select(vec![("", ""), (" ", "\n"), ("<", ">"), ("{{", "}}")]),
    ) {
        // Without anything around it, an id alone is an id, which any kind takes.
        prop_assume!(!origin.is_empty() || parts.view || parts.peek || parts.block);
        let mut query: Vec<String> = others.iter().map(|other| (*other).to_owned()).collect();
        if parts.view { query.push(format!("v={}", write(VIEW))); }
        if parts.peek { query.push(format!("p={}", write(PEEK))); }
        let turn = order.index(query.len().max(1));
        let turn = turn.min(query.len());
        query.rotate_left(turn);
        let mut link = format!("{origin}{}", write(PATH));
        if slash && !origin.is_empty() { link.push('/'); }
        if !query.is_empty() {
            link.push('?');
            link.push_str(&query.join(if escaped { "&amp;" } else { "&" }));
        }
        if parts.block { link.push_str(&format!("#{}", write(BLOCK))); }
        let link = format!("{}{link}{}", wrapping.0, wrapping.1);
        for kind in KINDS {
            let (found, decided) = expected(kind, &parts);
            prop_assert_eq!(kind.find(&link).ok(), found.map(NotionId::from_u128), "{:?} finds in {}", kind, &link);
            prop_assert_eq!(kind.decide(&link).ok(), decided.map(NotionId::from_u128), "{:?} decides {}", kind, &link);
            prop_assert!(kind.find_unless_name(&link).ok() != Some(None), "{} is no name", &link);
        }
    }

    #[test]
    fn an_id_alone_is_taken_by_every_kind(write in id_text(), blank: bool) {
        let text = if blank { format!(" {}\n", write(PATH)) } else { write(PATH) };
        for kind in KINDS {
            prop_assert_eq!(kind.decide(&text).ok(), Some(NotionId::from_u128(PATH)));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text: String) {
        for kind in KINDS {
            let _ = kind.find(&text);
            let _ = kind.decide(&format!("https://www.notion.so/{text}"));
        }
    }

    #[test]
    fn a_part_that_cannot_be_read_never_gives_way_to_what_is_around_it(junk in "[g-z]{1,8}") {
        let path = NotionId::from_u128(PATH).undashed();
        let view = NotionId::from_u128(VIEW).undashed();
        for kind in [Object::Page, Object::Anything, Object::Block] {
            let peek = format!("https://www.notion.so/{path}?v={view}&p={junk}");
            prop_assert!(kind.decide(&peek).is_err() && kind.find(&peek).is_err());
        }
        for kind in [Object::Anything, Object::Block] {
            let block = format!("https://www.notion.so/{path}#{junk}");
            prop_assert!(kind.decide(&block).is_err() && kind.find(&block).is_err());
        }
    }
}

#[test]
fn what_notions_markdown_writes_names_its_object() {
    let id = NotionId::from_u128(PATH);
    for (text, kind) in [
        (format!("user://{id}"), Object::Person),
        (format!("{{{{user://{}}}}}", id.undashed()), Object::Person),
        (format!("<mention-user url=\"user://{id}\">Ada</mention-user>"), Object::Person),
        (format!("<page url=\"https://www.notion.so/{}\">Plan</page>", id.undashed()), Object::Page),
        (format!("<mention-page url=\"/{}\"/>", id.undashed()), Object::Page),
        (format!("<mention-page url=\"{{{{https://www.notion.so/{}}}}}\"/>", id.undashed()), Object::Page),
        (format!("/{}", id.undashed()), Object::PageOrDatabase),
        (format!("page://{id}"), Object::Page),
        (format!("collection://{id}"), Object::Database),
        (format!("view://{id}"), Object::View),
        (
            format!("https://www.notion.so/{}?d={}", NotionId::from_u128(VIEW).undashed(), id.undashed()),
            Object::Discussion,
        ),
    ] {
        assert_eq!(kind.find(&text).expect(&text), id, "{text}");
    }
    assert!(Object::Page.find(&format!("user://{id}")).is_err(), "a person is no page");
    assert!(Object::Person.find(&format!("/{}", id.undashed())).is_err(), "a page is no person");
}

#[test]
fn a_refusal_says_what_the_link_names() {
    let hex = |bits| NotionId::from_u128(bits).undashed();
    let view = format!("https://www.notion.so/{}?v={}", hex(PATH), hex(VIEW));
    let error = Object::Anything.decide(&view).expect_err("a view or a database?");
    let (named, around) = (NotionId::from_u128(VIEW), NotionId::from_u128(PATH));
    assert!(error.message.contains(&format!("the view `{named}` in the database `{around}`")), "{error}");
    let block = format!("https://www.notion.so/{}#{}", hex(PATH), hex(BLOCK));
    let error = Object::Page.decide(&block).expect_err("a block");
    assert!(error.message.contains("names the block"), "{error}");
    assert!(error.hint.is_some_and(|hint| hint.contains("32 hexadecimal digits")));
}

#[test]
fn a_name_and_a_link_elsewhere_are_neither_id_nor_link() {
    let hex = NotionId::from_u128(PATH).undashed();
    for text in [
        String::new(),
        "Road map".to_owned(),
        "/ slash".to_owned(),
        "#1".to_owned(),
        "<b>".to_owned(),
        format!("https://example.com/{hex}"),
        format!("https://notion.so.example.com/{hex}"),
        format!("https://example.com/.notion.site/{hex}"),
        format!("https://user@evil.notion.site/{hex}"),
        format!("evilnotion.so/{hex}"),
        format!("{hex}0"),
    ] {
        assert_eq!(Object::Page.find_unless_name(&text), Ok(None), "{text}");
        let error = Object::Page.find(&text).expect_err(&text);
        assert!(error.hint.is_some_and(|hint| hint.contains("32 hexadecimal digits")), "{text}");
    }
    for text in [
        format!("https://www.notion.so/ab{hex}"),
        format!("https://www.notion.so/\u{e9}{hex}"),
        "https://notion.so/acme".to_owned(),
    ] {
        assert!(Object::Page.find_unless_name(&text).is_err(), "{text}");
    }
}
