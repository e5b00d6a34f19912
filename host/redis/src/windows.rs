//! The rate windows. The scripts in `lua/` decide, by the rules of `migrations/postgres/0019_rate_windows.sql`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use redis::Script;
use toolbay_kernel::other_hosts::OtherHosts;
use toolbay_kernel::ports::{StoreError, StoreErrorKind};
use toolbay_kernel::rate_windows::{RateWindow, RateWindows, Settled, Taken};
use toolbay_kernel::run::Priority;
use uuid::Uuid;

use crate::link::Link;
use crate::question::{PAUSE, Question, SETTLE, TAKE};
use crate::url::RedisUrl;

/// Since when the server knows what was taken.
pub(crate) const KNOWN: &str = "toolbay:rate:known";

/// Longest time that is written: far more than any window or wait, and few enough digits for a script to count with.
const LONGEST: Duration = Duration::from_secs(400 * 24 * 3_600);

/// The windows of all hosts on one Redis server.
pub struct RedisWindows {
    link: Arc<Link>,
    /// What the server knows this process by; made anew for each.
    host: String,
    others: Option<Arc<dyn OtherHosts>>,
}

impl RedisWindows {
    /// Those on a server, for the hosts that these others are. Nothing is connected to yet.
    #[must_use]
    pub fn new(url: &RedisUrl, others: Option<Arc<dyn OtherHosts>>) -> Self {
        Self { link: Link::new(url.client.clone()), host: Uuid::new_v4().to_string(), others }
    }

    /// A question of this host, about all that the server knows.
    fn question(&self, script: &'static Script) -> Question {
        let mut question = Question::new(script, KNOWN.to_owned());
        question.argument(&self.host);
        question
    }
}

impl fmt::Debug for RedisWindows {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RedisWindows").field("host", &self.host).finish_non_exhaustive()
    }
}

#[async_trait]
impl RateWindows for RedisWindows {
    async fn take(
        &self,
        window: &RateWindow,
        wanted: u32,
        settled: Option<Settled>,
    ) -> Result<Taken, StoreError> {
        let mut question = self.question(&TAKE);
        question.key(key(&window.key));
        question.argument(background(window.priority));
        for number in [wanted, window.places, window.burst] {
            question.argument(number);
        }
        // Rounded up: spacing that is too short would exceed the bound.
        question.argument(window.interval.min(LONGEST).as_nanos().div_ceil(1_000_000));
        question.argument(milliseconds(window.length));
        question.argument(milliseconds(window.held_for()));
        settled.iter().for_each(|settled| write(&mut question, settled));
        let [permits, wait, paused, known_for] = self.link.ask(question).await?[..] else {
            return Err(StoreError::new(StoreErrorKind::Damaged, "Redis: the answer has not four numbers"));
        };
        Ok(Taken::of_numbers([permits, wait, paused, known_for]))
    }

    async fn settle(&self, settled: &[Settled]) -> Result<(), StoreError> {
        let mut question = self.question(&SETTLE);
        settled.iter().for_each(|settled| write(&mut question, settled));
        self.link.ask(question).await?;
        Ok(())
    }

    async fn pause(&self, window: &str, wait: Duration) -> Result<(), StoreError> {
        let mut question = self.question(&PAUSE);
        question.key(key(window));
        question.argument(milliseconds(wait));
        self.link.ask(question).await?;
        Ok(())
    }

    fn hosts(&self) -> u32 {
        self.others.as_ref().map_or(1, |others| others.count())
    }
}

/// Writes what became of permits as the scripts read it: the window among the keys, the rest among the arguments.
fn write(question: &mut Question, settled: &Settled) {
    question.key(key(&settled.key));
    question.argument(background(settled.priority));
    question.argument(milliseconds(settled.length));
    question.argument(settled.unused);
    question.argument(settled.used.len());
    for (count, ago) in &settled.used {
        question.argument(count);
        question.argument(milliseconds(*ago));
    }
}

fn key(window: &str) -> String {
    format!("toolbay:rate:window:{window}")
}

fn background(priority: Priority) -> u8 {
    u8::from(priority == Priority::Background)
}

fn milliseconds(duration: Duration) -> u128 {
    duration.min(LONGEST).as_millis()
}
