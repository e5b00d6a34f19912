//! The running call: what a tool may ask of the host.

mod http;
mod notion;
mod sql;
mod state;
mod tools;

pub use http::Http;
pub use notion::{Notion, Outgoing};
pub use sql::Sql;
pub use state::State;
pub use tools::Tools;

use serde::de::DeserializeOwned;

use crate::host::{Host, MAX_RANDOM_BYTES};
use crate::provider::Provider;
use crate::{Connection, Level, Problem};
use toolbay_sdk_notion::Calendar;
use toolbay_sdk_notion::jiff::civil::Date;

/// The running call. Everything that a tool does to the world goes through it.
///
/// What a plugin never uses here is not in its component. Each method says which capability of `plugin.toml` it needs, if
/// any.
#[derive(Debug)]
pub struct Call {
    host: Provider,
}

impl Call {
    pub(crate) fn on(host: Provider) -> Self {
        Self { host }
    }

    /// The call's id, as in the host's journal and log.
    #[must_use]
    pub fn id(&self) -> String {
        self.host.context().id
    }

    /// The name under which the tool was called.
    #[must_use]
    pub fn tool(&self) -> String {
        self.host.context().tool
    }

    /// The connection that requests to Notion go through; `None` where the principal has none.
    #[must_use]
    pub fn connection_id(&self) -> Option<String> {
        self.host.context().connection_id
    }

    /// The caller's connections, sorted by name: those after the connection named `after`, at most `max`. The host gives 1,000 at once.
    ///
    /// # Errors
    ///
    /// What the host says.
    pub fn connections(&self, after: Option<&str>, max: u32) -> Result<Vec<Connection>, Problem> {
        self.host.connections(after, max)
    }

    /// Milliseconds left before the host stops the call.
    #[must_use]
    pub fn remaining_ms(&self) -> u64 {
        self.host.context().remaining_ms
    }

    /// Tells the caller how far the call is. `done` must grow from report to report.
    ///
    /// False once the caller has gone or asked to stop: a tool that gets it should return early.
    pub fn progress(&self, done: u64, total: Option<u64>, message: Option<&str>) -> bool {
        self.host.progress(done, total, message)
    }

    /// The Notion API. Needs `notion.read`, `notion.write` or `notion.destroy`, as the requests do.
    #[must_use]
    pub fn notion(&self) -> Notion<'_> {
        Notion::new(&self.host)
    }

    /// The SQL databases that the operator named. Needs `sql.read` or `sql.write`, as the statements do.
    #[must_use]
    pub fn sql(&self) -> Sql<'_> {
        Sql::new(&self.host)
    }

    /// Hosts of the web. Needs `http` with their places.
    #[must_use]
    pub fn http(&self) -> Http<'_> {
        Http::new(&self.host)
    }

    /// Other tools. Needs `tools.call` with their names.
    #[must_use]
    pub fn tools(&self) -> Tools<'_> {
        Tools::new(&self.host)
    }

    /// Small values that outlive the call. Needs `state`.
    #[must_use]
    pub fn state(&self) -> State<'_> {
        State::new(&self.host)
    }

    /// The settings that the operator wrote for this plugin, `{}` where there are none.
    ///
    /// # Errors
    ///
    /// `failed` where they are not of this type.
    pub fn settings<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_value(self.host.settings()?).map_err(|error| {
            Problem::failed(format!("The settings of this plugin do not have the expected shape: {error}."))
                .hint("The operator can correct them in the plugin's settings.")
        })
    }

    /// Milliseconds since 1970, UTC. A resumed call is given the same times again.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.host.now_ms()
    }

    /// The calendar of now: the day that it is, by the time zone and the first day of the week that the operator set. A
    /// resumed call is given the same again.
    ///
    /// # Errors
    ///
    /// `failed` where the host's time or time zone can't be read.
    pub fn calendar(&self) -> Result<Calendar, Problem> {
        let zone = self.host.calendar();
        Calendar::new(self.host.now_ms(), &zone.name, &zone.rules, zone.week_start)
            .map_err(|error| Problem::failed(error.message))
    }

    /// The day that it is, by the operator's time zone. A resumed call is given the same again.
    ///
    /// Its arithmetic is that of `jiff`; [`Calendar::span`] has the first and last day of a week or a month, and
    /// [`iso_week`](crate::notion::calendar::iso_week) the name of a week.
    ///
    /// ```
    /// use toolbay_sdk::jiff::ToSpan;
    /// use toolbay_sdk::jiff::civil::date;
    /// use toolbay_sdk::mock::MockHost;
    /// use toolbay_sdk::notion::calendar::{Unit, iso_week};
    ///
    /// let call = MockHost::new().with_time(1_767_225_600_000).call();
    /// let today = call.today()?;
    /// assert_eq!((today, iso_week(today)), (date(2026, 1, 1), "2026-W01".to_owned()));
    /// assert_eq!(today - 1.month(), date(2025, 12, 1));
    /// assert_eq!(call.calendar()?.span(Unit::Month, -1), Some((date(2025, 12, 1), date(2025, 12, 31))));
    /// # Ok::<(), toolbay_sdk::Problem>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Call::calendar`].
    pub fn today(&self) -> Result<Date, Problem> {
        Ok(self.calendar()?.today())
    }

    /// Random bytes. A resumed call is given the same bytes again.
    #[must_use]
    pub fn random_bytes(&self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count);
        while bytes.len() < count {
            let missing = u32::try_from(count - bytes.len()).unwrap_or(u32::MAX);
            bytes.append(&mut self.host.random_bytes(missing.min(MAX_RANDOM_BYTES)));
        }
        bytes
    }

    /// Writes a line to the host's log. The host bounds lines in number and length, and takes escapes out.
    pub fn log(&self, level: Level, message: impl AsRef<str>) {
        self.host.log(level, message.as_ref());
    }

    /// Logs at [`Level::Debug`].
    pub fn debug(&self, message: impl AsRef<str>) {
        self.log(Level::Debug, message);
    }

    /// Logs at [`Level::Info`].
    pub fn info(&self, message: impl AsRef<str>) {
        self.log(Level::Info, message);
    }

    /// Logs at [`Level::Warn`].
    pub fn warn(&self, message: impl AsRef<str>) {
        self.log(Level::Warn, message);
    }

    /// Logs at [`Level::Error`].
    pub fn error(&self, message: impl AsRef<str>) {
        self.log(Level::Error, message);
    }
}
