//! The words of relative dates, read without knowing when and where they are said.

use jiff::civil::{Date, DateTime, ISOWeekDate, Time, Weekday};

use super::unit::Unit;
use super::{Calendar, When};

/// Longer than any relative date.
const LONGEST: usize = 60;

/// What was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Day {
        from: From,
        /// How far from there.
        steps: Vec<(Unit, i64)>,
        time: Option<Time>,
    },
    Now,
    /// A whole unit, so many after this one.
    Unit(Unit, i64),
    /// From so many units ago until today, or from today on.
    Rolling(Unit, i64),
    /// Days that the text names itself.
    Named(Date, Date),
}

/// Where a day is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    Today,
    StartOf(Unit, i64),
    EndOf(Unit, i64),
}

impl Word {
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() || text.len() > LONGEST || !text.is_ascii() {
            return None;
        }
        let lower = text.to_ascii_lowercase();
        if let Some((first, last)) = named(&lower) {
            return Some(Self::Named(first, last));
        }
        let tokens = tokens(&lower)?;
        let words: Vec<&str> = tokens.iter().map(String::as_str).collect();
        if words.as_slice() == ["now"] {
            return Some(Self::Now);
        }
        span(&words).or_else(|| day(&words))
    }

    pub(super) fn is_relative(&self) -> bool {
        !matches!(self, Self::Named(..))
    }

    pub(super) fn resolved(&self, calendar: &Calendar) -> Option<When> {
        let (today, week_start) = (calendar.today(), calendar.week_start());
        Some(match self {
            Self::Day { from, steps, time } => {
                let first = match *from {
                    From::Today => today,
                    From::StartOf(unit, count) => unit.span(today, count, week_start)?.0,
                    From::EndOf(unit, count) => unit.span(today, count, week_start)?.1,
                };
                let day = steps.iter().try_fold(first, |day, (unit, count)| unit.later(day, *count))?;
                match time {
                    Some(time) => When::Time(day.to_datetime(*time)),
                    None => When::Day(day),
                }
            }
            Self::Now => {
                let now: DateTime = calendar.zone.to_datetime(calendar.now);
                When::Time(now.date().at(now.hour(), now.minute(), 0, 0))
            }
            Self::Unit(unit, count) => {
                let (first, last) = unit.span(today, *count, week_start)?;
                When::Span(first, last)
            }
            Self::Rolling(unit, count) => {
                let other = unit.later(today, *count)?;
                When::Span(today.min(other), today.max(other))
            }
            Self::Named(first, last) => When::Span(*first, *last),
        })
    }
}

/// A distance of the calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift(Vec<(Unit, i64)>);

impl Shift {
    /// Reads `+7d`, `-2w`, `1 month`, `+1m - 1d`; none for what is no distance.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        only_steps(text).filter(|steps| !steps.is_empty()).map(Self)
    }

    /// The day that is so far from a day; none beyond the calendar.
    #[must_use]
    pub fn applied(&self, day: Date) -> Option<Date> {
        self.0.iter().try_fold(day, |day, (unit, count)| unit.later(day, *count))
    }
}

/// Words, numbers with their signs, and times of the clock; none where something else stands between them.
fn tokens(text: &str) -> Option<Vec<String>> {
    let mut tokens: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first == ' ' || first == '_' {
            rest = rest.get(1..)?;
            continue;
        }
        let is_part: fn(char) -> bool = match first {
            'a'..='z' => |part| part.is_ascii_lowercase(),
            '0'..='9' => |part| part.is_ascii_digit() || part == ':',
            '+' | '-' => |_| false,
            _ => return None,
        };
        let end =
            rest.char_indices().skip(1).find(|(_, part)| !is_part(*part)).map_or(rest.len(), |(at, _)| at);
        let (token, behind) = rest.split_at_checked(end)?;
        tokens.push(token.to_owned());
        rest = behind;
    }
    Some(tokens)
}

/// Several days: `this week`, `last month`, `past week`, `next 30 days`.
fn span(words: &[&str]) -> Option<Word> {
    match words {
        ["past", unit] => Some(Word::Rolling(Unit::named(unit)?, -1)),
        ["past" | "last" | "previous", count, unit] => {
            Some(Word::Rolling(Unit::named(unit)?, -self::count(count)?))
        }
        ["next" | "coming", count, unit] => Some(Word::Rolling(Unit::named(unit)?, self::count(count)?)),
        // One day is no span: it is `yesterday`, `today` or `tomorrow`.
        [which, unit] => match Unit::named(unit)? {
            Unit::Day => None,
            unit => Some(Word::Unit(unit, which_of(which)?)),
        },
        _ => None,
    }
}

/// One day, and maybe a time on it.
fn day(words: &[&str]) -> Option<Word> {
    let (words, time) = match words {
        [words @ .., "at", last] => (words, Some(time(last)?)),
        // A `t` between day and time, as ISO 8601 has it, is the end of the word before.
        [words @ .., last] if last.contains(':') => (words, Some(time(last)?)),
        words => (words, None),
    };
    let (from, rest) = start(words)?;
    let steps = steps(rest)?;
    Some(Word::Day { from, steps, time })
}

fn start<'a, 'b>(words: &'a [&'b str]) -> Option<(From, &'a [&'b str])> {
    Some(match words {
        ["today" | "todayt", rest @ ..] => (From::Today, rest),
        ["tomorrow" | "tomorrowt", rest @ ..] => (From::StartOf(Unit::Day, 1), rest),
        ["yesterday" | "yesterdayt", rest @ ..] => (From::StartOf(Unit::Day, -1), rest),
        ["start" | "beginning" | "begin", "of", rest @ ..] => {
            let (unit, count, rest) = unit(rest)?;
            (From::StartOf(unit, count), rest)
        }
        ["end", "of", rest @ ..] => {
            let (unit, count, rest) = unit(rest)?;
            (From::EndOf(unit, count), rest)
        }
        ["first" | "last", "day", "of", rest @ ..] => {
            let (unit, count, rest) = unit(rest)?;
            let is_first = words.first() == Some(&"first");
            (if is_first { From::StartOf(unit, count) } else { From::EndOf(unit, count) }, rest)
        }
        // Counted from today, said or not.
        rest => (From::Today, Some(rest).filter(|rest| !rest.is_empty())?),
    })
}

/// `month`, `the month`, `next month`.
fn unit<'a, 'b>(words: &'a [&'b str]) -> Option<(Unit, i64, &'a [&'b str])> {
    let (which, unit, rest) = match words {
        ["the", rest @ ..] => return self::unit(rest),
        [word, rest @ ..] if Unit::named(word).is_some() => ("this", word, rest),
        [which, word, rest @ ..] => (*which, word, rest),
        _ => return None,
    };
    // `m` and `d` alone are no words.
    let unit = Unit::named(unit).filter(|_| unit.len() > 1)?;
    Some((unit, which_of(which)?, rest))
}

fn which_of(word: &str) -> Option<i64> {
    match word {
        "this" | "current" => Some(0),
        "last" | "previous" => Some(-1),
        "next" => Some(1),
        _ => None,
    }
}

/// `+7d`, `- 2 weeks`, `3 days ago`, `in 2 weeks`, `one week from now`; any number of the first two.
fn steps(words: &[&str]) -> Option<Vec<(Unit, i64)>> {
    match words {
        [] => return Some(Vec::new()),
        [count, unit, "ago"] => return Some(vec![(Unit::named(unit)?, -self::count(count)?)]),
        ["in", count, unit] | [count, unit, "from", "now" | "today"] => {
            return Some(vec![(Unit::named(unit)?, self::count(count)?)]);
        }
        _ => {}
    }
    let mut steps = Vec::new();
    for step in words.chunks(3) {
        let [sign @ ("+" | "-"), count, unit] = step else { return None };
        let count = self::count(count)?;
        steps.push((Unit::named(unit)?, if *sign == "-" { -count } else { count }));
    }
    Some(steps)
}

/// Steps alone: `+7d`, `-2w + 1d`, and without a sign forward.
fn only_steps(text: &str) -> Option<Vec<(Unit, i64)>> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST || !text.is_ascii() {
        return None;
    }
    let tokens = tokens(&text.to_ascii_lowercase())?;
    let mut words: Vec<&str> = tokens.iter().map(String::as_str).collect();
    if !matches!(words.first(), Some(&("+" | "-"))) {
        words.insert(0, "+");
    }
    steps(&words)
}

fn count(word: &str) -> Option<i64> {
    match word {
        "one" | "a" | "an" => Some(1),
        digits if digits.len() <= 5 => digits.parse().ok().filter(|count| *count >= 0),
        _ => None,
    }
}

fn time(word: &str) -> Option<Time> {
    let (hour, minute) = word.split_once(':')?;
    let is_number = |part: &str| part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(hour) || !is_number(minute) || minute.len() != 2 {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

/// `2026-w48`, `2026-w48-3`, `2026-11`, `2026-q4`, `2026`, in small letters.
fn named(text: &str) -> Option<(Date, Date)> {
    let digits = |text: &str, count: usize| {
        let is_number = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse::<i16>().ok()).flatten()
    };
    let small = |text: &str, count: usize| i8::try_from(digits(text, count)?).ok();
    let whole = |unit: Unit, first: Date| unit.span(first, 0, Weekday::Monday);
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4)?;
    let (second, third) = (parts.next(), parts.next());
    if parts.next().is_some() {
        return None;
    }
    match (second, third) {
        (None, _) => whole(Unit::Year, Date::new(year, 1, 1).ok()?),
        (Some(second), None) => match second.split_at_checked(1)? {
            ("w", week) => {
                let monday = ISOWeekDate::new(year, small(week, 2)?, Weekday::Monday).ok()?;
                whole(Unit::Week, monday.date())
            }
            ("q", quarter) => {
                let quarter = small(quarter, 1).filter(|quarter| (1..=4).contains(quarter))?;
                whole(Unit::Quarter, Date::new(year, quarter * 3 - 2, 1).ok()?)
            }
            _ => whole(Unit::Month, Date::new(year, small(second, 2)?, 1).ok()?),
        },
        (Some(second), Some(third)) => {
            let week = small(second.strip_prefix('w')?, 2)?;
            let weekday = Weekday::from_monday_one_offset(small(third, 1)?).ok()?;
            let day = ISOWeekDate::new(year, week, weekday).ok()?.date();
            Some((day, day))
        }
    }
}
