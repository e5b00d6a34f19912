//! What tags inside text mean.

use std::rc::Rc;

use super::link;
use super::run::Mention;
use super::tag::Tag;
use super::token::Mark;
use crate::notion::{Object, color};

/// The looks that a tag gives, none where it is no such tag or says something unknown.
pub(super) fn marks(tag: &Tag<'_>) -> Option<Vec<Mark>> {
    let mark = match tag.name {
        "b" | "strong" => Mark::Bold,
        "i" | "em" => Mark::Italic,
        "s" | "del" => Mark::Strikethrough,
        "code" => Mark::Code,
        "u" => Mark::Span { underline: true, color: None },
        "a" => {
            let url = tag.attribute("href").filter(|url| link::is_link(url))?;
            return Some(vec![Mark::Link(Rc::from(url))]);
        }
        "span" => {
            for (name, value) in &tag.attributes {
                let known = match *name {
                    "color" => value == "default" || color::parse(value).is_some(),
                    "underline" => matches!(value.as_str(), "true" | "false"),
                    _ => false,
                };
                if !known {
                    return None;
                }
            }
            Mark::Span {
                underline: tag.is_on("underline"),
                color: tag.attribute("color").and_then(color::parse),
            }
        }
        _ => return None,
    };
    (tag.attributes.is_empty() || tag.name == "span").then(|| vec![mark])
}

/// What a tag mentions.
pub(super) fn mention(tag: &Tag<'_>) -> Option<Mention> {
    let named = |object: Object| object.find(tag.attribute("url")?).ok();
    let text = |name: &str| tag.attribute(name).map(str::to_owned);
    match tag.name {
        "mention-user" => named(Object::Person).map(Mention::User),
        "mention-page" => named(Object::Page).map(Mention::Page),
        "mention-database" => named(Object::Database).map(Mention::Database),
        "mention-custom-emoji" => tag.attribute("id")?.parse().ok().map(Mention::CustomEmoji),
        "mention-template" => Mention::template(tag.attribute("value")?),
        "mention-date" => {
            let moment = |date: &str, time: &str| {
                let date = text(date)?;
                Some(match text(time) {
                    Some(time) => format!("{date}T{time}"),
                    None => date,
                })
            };
            let time_zone = text("timeZone").or_else(|| text("time_zone"));
            Some(Mention::Date {
                start: moment("start", "startTime")?,
                end: moment("end", "endTime"),
                time_zone,
            })
        }
        _ => None,
    }
}
