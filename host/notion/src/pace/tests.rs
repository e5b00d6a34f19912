use proptest::prelude::*;

use super::Priority::{Background, Interactive};
use super::*;

fn budget_of(requests: u32) -> Budget {
    Budget::per_window(requests, NonZeroUsize::MAX).unwrap()
}

fn most_in_a_window(mut arrived: Vec<Instant>) -> usize {
    arrived.sort();
    let mut max = 0;
    let mut first = 0;
    for (last, at) in arrived.iter().enumerate() {
        while *at - arrived[first] >= WINDOW {
            first += 1;
        }
        max = max.max(last + 1 - first);
    }
    max
}

/// A greedy caller over `windows` windows, its requests answered `latency` after they were sent: when each was sent.
fn greedy(requests: u32, priority: Priority, windows: u32, latency: Duration) -> Vec<Instant> {
    let budget = budget_of(requests);
    let start = Instant::now();
    let mut now = start;
    let mut pace = Pace::new(now);
    let mut sent: Vec<Instant> = Vec::new();
    let mut answered = 0;
    while now - start < WINDOW * windows {
        while sent.get(answered).is_some_and(|at| *at + latency <= now) {
            pace.answered(priority, sent[answered] + latency);
            answered += 1;
        }
        match pace.take(&budget, priority, now) {
            Ok(()) => sent.push(now),
            Err(Wait::ForAnAnswer) => panic!("nothing bounds the requests in flight"),
            Err(Wait::Until(next)) => {
                let answer = sent.get(answered).map(|at| *at + latency);
                now = answer.map_or(next, |at| at.min(next)).max(now + Duration::from_micros(1));
            }
        }
    }
    sent
}

fn priority() -> impl Strategy<Value = Priority> {
    prop_oneof![Just(Interactive), Just(Background)]
}

proptest! {
    /// Whatever the pauses between attempts, whoever makes them, however long the answers take, and whenever in between
    /// a request arrives at Notion.
    #[test]
    fn no_window_exceeds_the_budget(
        requests in SMALLEST_BUDGET..700,
        attempts in prop::collection::vec(
            (prop_oneof![3 => 0..20_u64, 1 => 0..20_000_u64], 0..9_000_u64, 0.0..=1.0_f64, priority()),
            1..1_500,
        ),
    ) {
        let budget = budget_of(requests);
        let mut now = Instant::now();
        let mut pace = Pace::new(now);
        let mut waiting: Vec<(Instant, Priority)> = Vec::new();
        let mut arrived = Vec::new();
        for (gap, latency, part, priority) in attempts {
            now += Duration::from_millis(gap);
            waiting.sort_by_key(|(answer, _)| *answer);
            for (answer, priority) in waiting.extract_if(.., |(answer, _)| *answer <= now) {
                pace.answered(priority, answer);
            }
            if pace.take(&budget, priority, now).is_ok() {
                let latency = Duration::from_millis(latency);
                arrived.push((now + latency.mul_f64(part), priority));
                waiting.push((now + latency, priority));
            }
        }
        let of = |wanted: &[Priority]| {
            most_in_a_window(arrived.iter().filter(|(_, u)| wanted.contains(u)).map(|(at, _)| *at).collect())
        };
        prop_assert!(of(&[Interactive, Background]) <= requests as usize);
        prop_assert!(of(&[Background]) <= budget.background.places);
    }

    /// What is foretold is never later than what a request in a queue gets, so that nobody is refused in vain.
    #[test]
    fn a_queue_is_not_foretold_too_late(
        requests in SMALLEST_BUDGET..200,
        before in prop::collection::vec((priority(), 1..150_u32, 0..70_000_u64), 0..4),
        unanswered in 0..100_u32,
        queued in priority(),
        ahead in 0..200_u32,
        blocked in 0..90_u64,
    ) {
        let budget = budget_of(requests);
        let start = Instant::now();
        let mut pace = Pace::new(start);
        let mut now = start;
        let pass = |pace: &mut Pace, now: &mut Instant, priority, count: u32| {
            let mut left = count;
            while left > 0 {
                match pace.take(&budget, priority, *now) {
                    Ok(()) => {
                        pace.answered(priority, *now);
                        left -= 1;
                    }
                    Err(Wait::ForAnAnswer) => panic!("nothing bounds the requests in flight"),
                    Err(Wait::Until(next)) => *now = next,
                }
            }
        };
        for (priority, count, pause) in before {
            pass(&mut pace, &mut now, priority, count);
            now += Duration::from_millis(pause);
        }
        let unanswered = (0..unanswered).filter(|_| pace.take(&budget, Interactive, now).is_ok()).count();
        pace.block(now + Duration::from_secs(blocked));
        let foretold = pace.earliest(&budget, queued, now, ahead);
        // The best that can happen.
        (0..unanswered).for_each(|_| pace.answered(Interactive, now));
        pass(&mut pace, &mut now, queued, ahead + 1);
        prop_assert!(foretold <= now);
    }
}

#[test]
fn greedy_callers_get_nearly_the_whole_budget_or_their_share_of_it() {
    for (requests, priority, share) in [
        (10, Interactive, 10),
        (180, Interactive, 180),
        (600, Interactive, 600),
        (180, Background, 126),
        (600, Background, 420),
    ] {
        for latency in [0, 150, 1_000] {
            let windows = 10;
            let sent = greedy(requests, priority, windows, Duration::from_millis(latency));
            let used = sent.len() as f64 / f64::from(share * windows);
            assert!(used >= 0.95, "{used:.3} of {share} a minute with answers after {latency} ms");
            assert!(most_in_a_window(sent) <= share as usize);
        }
    }
}

#[test]
fn a_third_goes_at_once_and_the_rest_is_spaced() {
    let budget = budget_of(180);
    let start = Instant::now();
    let mut pace = Pace::new(start);
    for _ in 0..60 {
        pace.take(&budget, Interactive, start).unwrap();
    }
    let next = start + WINDOW / 180;
    assert_eq!(pace.take(&budget, Interactive, start), Err(Wait::Until(next)));
    assert_eq!(pace.earliest(&budget, Interactive, start, 2), next + 2 * (WINDOW / 180));
    pace.take(&budget, Interactive, next).unwrap();
}

#[test]
fn what_comes_back_ends_the_spacing() {
    let budget = budget_of(180);
    let start = Instant::now();
    let mut pace = Pace::new(start);
    for _ in 0..60 {
        pace.take(&budget, Interactive, start).unwrap();
        pace.answered(Interactive, start);
    }
    let later = start + WINDOW - Duration::from_millis(10);
    pace.take(&budget, Interactive, later).unwrap();
    assert_eq!(pace.earliest(&budget, Interactive, later, 10), start + WINDOW);
}

#[test]
fn a_place_is_free_a_window_after_its_answer() {
    let budget = budget_of(2);
    let start = Instant::now();
    let mut pace = Pace::new(start);
    pace.take(&budget, Interactive, start).unwrap();
    pace.take(&budget, Interactive, start + WINDOW / 2).unwrap();
    let answer = start + WINDOW / 2 + Duration::from_secs(5);
    pace.answered(Interactive, answer);
    assert_eq!(pace.take(&budget, Interactive, start + WINDOW), Err(Wait::Until(answer + WINDOW)));
    assert!(!pace.is_idle(answer + WINDOW), "one has no answer yet");
    pace.take(&budget, Interactive, answer + WINDOW).unwrap();
}

#[test]
fn the_background_leaves_three_tenths_free_whoever_has_the_rest() {
    let budget = budget_of(10);
    let start = Instant::now();
    let mut pace = Pace::new(start);
    let take = |pace: &mut Pace, priority, seconds| {
        let now = start + Duration::from_secs(seconds);
        pace.take(&budget, priority, now).inspect(|()| pace.answered(priority, now))
    };
    for (priority, at) in [
        (Interactive, 0),
        (Background, 0),
        (Interactive, 0),
        (Background, 0),
        (Interactive, 0),
        (Background, 9),
        (Background, 18),
    ] {
        take(&mut pace, priority, at).unwrap();
    }
    assert_eq!(take(&mut pace, Background, 36), Err(Wait::Until(start + WINDOW)));
    for at in [36, 42, 48] {
        take(&mut pace, Interactive, at).unwrap();
    }
    assert_eq!(take(&mut pace, Interactive, 54), Err(Wait::Until(start + WINDOW)));
}

#[test]
fn the_background_leaves_answers_to_wait_for_to_others() {
    let budget = Budget::per_window(180, NonZeroUsize::new(10).unwrap()).unwrap();
    let now = Instant::now();
    let mut pace = Pace::new(now);
    for _ in 0..7 {
        pace.take(&budget, Background, now).unwrap();
    }
    assert_eq!(pace.take(&budget, Background, now), Err(Wait::ForAnAnswer));
    for _ in 0..3 {
        pace.take(&budget, Interactive, now).unwrap();
    }
    assert_eq!(pace.take(&budget, Interactive, now), Err(Wait::ForAnAnswer));
    pace.answered(Background, now);
    pace.take(&budget, Interactive, now).unwrap();
}

#[test]
fn a_block_holds_everything_and_never_shrinks() {
    let budget = budget_of(180);
    let now = Instant::now();
    let mut pace = Pace::new(now);
    pace.block(now + Duration::from_secs(30));
    pace.block(now + Duration::from_secs(5));
    for priority in [Interactive, Background] {
        let held = pace.take(&budget, priority, now);
        assert_eq!(held, Err(Wait::Until(now + Duration::from_secs(30))));
    }
    assert!(!pace.is_idle(now));
    assert_eq!(pace.take(&budget, Interactive, now + Duration::from_secs(30)), Ok(()));
}

#[test]
fn a_budget_of_one_is_no_budget() {
    for (requests, is_budget) in [(0, false), (1, false), (2, true)] {
        assert_eq!(Budget::per_window(requests, NonZeroUsize::MIN).is_some(), is_budget);
    }
}
