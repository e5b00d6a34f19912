//! Tags inside of a line: breaks, styles, mentions.

use serde_json::{Value, json};

use crate::identifiers::id_of_url;
use crate::json::{Peek, put};
use crate::markdown::Version;
use crate::markdown::inline::read::{Reader, Style};
use crate::markdown::tag::{self, Tag};
use crate::properties::dates::{Point, parse};

/// Reads a tag: a line break, a style with its inside, a mention. Answers with what follows; a tag that isn't one of the
/// version's is text.
pub(super) fn read<'a>(
    reader: &mut Reader,
    rest: &'a str,
    style: &Style,
    plain: &mut String,
) -> Option<&'a str> {
    let (tag, after) = tag::open(rest)?;
    if tag.name == "br" {
        plain.push('\n');
        return Some(after);
    }
    let (inner, after) = if tag.is_closed { ("", after) } else { tag::inside(after, &tag.name)? };
    if let Some(styled) = styled(reader.version, &tag, style) {
        reader.flush(plain, style);
        reader.scan(inner, &styled);
        return Some(after);
    }
    let mention = match reader.version {
        Version::Enhanced => enhanced_mention(&tag)?,
        Version::Flavored => flavored_mention(&tag)?,
    };
    reader.flush(plain, style);
    reader.push("mention", mention, style);
    Some(after)
}

fn styled(version: Version, tag: &Tag, style: &Style) -> Option<Style> {
    let mark = match (version, tag.name.as_str()) {
        (Version::Flavored, "b") => "bold",
        (Version::Flavored, "i") => "italic",
        (Version::Flavored, "s") => "strikethrough",
        (Version::Flavored, "u") => "underline",
        (_, "span") => {
            let mut styled = style.deeper();
            if tag.attribute("underline") == Some("true") {
                styled = styled.with("underline", json!(true));
            }
            if let Some(color) = tag.attribute("color") {
                styled = styled.with("color", json!(tag::color_of(color)));
            }
            return Some(styled);
        }
        _ => return None,
    };
    Some(style.with(mark, json!(true)))
}

fn named(kind: &str, tag: &Tag) -> Option<Value> {
    let mut mention = json!({});
    put(&mut mention, kind, json!({"id": id_of_url(tag.attribute("url")?)}));
    Some(mention)
}

fn enhanced_mention(tag: &Tag) -> Option<Value> {
    match tag.name.as_str() {
        "mention-user" => named("user", tag),
        "mention-page" => named("page", tag),
        "mention-database" => named("database", tag),
        "mention-data-source" => named("data_source", tag),
        "mention-date" => date(tag, ["startTime", "endTime", "timeZone"]),
        _ => None,
    }
}

fn flavored_mention(tag: &Tag) -> Option<Value> {
    match (tag.name.as_str(), tag.attribute("url")) {
        ("mention", Some(url)) if url.starts_with("user://") => named("user", tag),
        ("mention", Some(url)) if url.starts_with("collection://") => named("data_source", tag),
        ("mention", Some(_)) if tag.attribute("type") == Some("database") => named("database", tag),
        ("mention", Some(url)) if url.starts_with("http") => named("page", tag),
        ("date", _) => date(tag, ["start-time", "end-time", "time-zone"]),
        _ => None,
    }
}

fn date(tag: &Tag, [start_time, end_time, time_zone]: [&str; 3]) -> Option<Value> {
    let point = |day: &str, time: &str| {
        let day = tag.attribute(day)?;
        Some(tag.attribute(time).map_or_else(|| day.to_owned(), |time| format!("{day}T{time}")))
    };
    let start = point("start", start_time)?;
    // Times of one day may leave the second day out.
    let end = point("end", end_time)
        .or_else(|| Some(format!("{}T{}", tag.attribute("start")?, tag.attribute(end_time)?)));
    let zone = tag.attribute(time_zone).filter(|_| start.contains('T'));
    Some(json!({"date": {"start": start, "end": end, "time_zone": zone}}))
}

/// A date as the attributes of its tag: days, times, and the zone of the times.
pub(super) fn date_attributes(date: &Value, [start_time, end_time, time_zone]: [&str; 3]) -> String {
    let mut attributes = String::new();
    let mut zone = None;
    for (day_key, time_key) in [("start", start_time), ("end", end_time)] {
        let Some(point) = date.text(day_key).and_then(parse) else { continue };
        let point = match point {
            // A zone of whole hours has a name; others are told in UTC.
            Point::Moment(moment) if moment.offset().minutes_past_hour() != 0 => {
                Point::Moment(moment.to_offset(time::UtcOffset::UTC))
            }
            other => other,
        };
        let written = crate::properties::dates::write(point);
        attributes.push_str(&format!(" {day_key}=\"{}\"", written.get(..10).unwrap_or_default()));
        if let Point::Moment(moment) = point {
            attributes.push_str(&format!(" {time_key}=\"{}\"", written.get(11..16).unwrap_or_default()));
            zone = zone.or(Some(moment.offset().whole_hours()));
        }
    }
    match zone {
        Some(0) => attributes.push_str(&format!(" {time_zone}=\"UTC\"")),
        // The names of these zones have the sign that POSIX gives them.
        Some(hours) => attributes.push_str(&format!(" {time_zone}=\"Etc/GMT{:+}\"", -hours)),
        None => {}
    }
    attributes
}
