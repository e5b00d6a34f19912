//! The meaning of tags inside text.

use std::rc::Rc;

use super::link;
use super::run::Mention;
use super::tag::Tag;
use super::token::Mark;
use crate::{Object, color};

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
    // People write the id as what it is, too.
    let named = |object: Object| object.find(tag.attribute("url").or_else(|| tag.attribute("id"))?).ok();
    let text = |name: &str| tag.attribute(name).map(str::to_owned);
    match tag.name {
        "mention-user" => named(Object::Person).map(Mention::User),
        "mention-page" => named(Object::Page).map(Mention::Page),
        "mention-database" => named(Object::Database).map(Mention::Database),
        "mention" => match tag.attribute("url")?.split_once("://") {
            Some(("user", _)) => named(Object::Person).map(Mention::User),
            Some(("http" | "https", _)) if tag.attribute("type") == Some("database") => {
                named(Object::Database).map(Mention::Database)
            }
            Some(("http" | "https", _)) => named(Object::Page).map(Mention::Page),
            _ => None,
        },
        "mention-custom-emoji" => tag.attribute("id")?.parse().ok().map(Mention::CustomEmoji),
        "mention-template" => Mention::template(tag.attribute("value")?),
        "mention-date" | "date" => {
            let moment = |date: &str, times: [&str; 2]| {
                let date = text(date)?;
                Some(match times.into_iter().find_map(text) {
                    Some(time) => format!("{date}T{time}"),
                    None => date,
                })
            };
            let time_zone = ["timeZone", "time_zone", "time-zone"].into_iter().find_map(text);
            // Times of one day may leave the second day out.
            let end = moment("end", ["endTime", "end-time"]).or_else(|| {
                let time = ["endTime", "end-time"].into_iter().find_map(text)?;
                Some(format!("{}T{time}", text("start")?))
            });
            Some(Mention::Date { start: moment("start", ["startTime", "start-time"])?, end, time_zone })
        }
        _ => None,
    }
}
