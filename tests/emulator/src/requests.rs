//! How many requests came, by route and by status: what a test of a budget counts.

use std::collections::BTreeMap;

use serde::Serialize;

/// The requests since the start, the last reset, or the last `DELETE /_emulator/requests`. Every request to
/// the API counts, refused and dropped ones too; those to `/_emulator/` don't.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Requests {
    /// All of them.
    pub total: u64,
    /// By status; `dropped` where the connection was closed without an answer.
    pub statuses: BTreeMap<String, u64>,
    /// By operation, such as `POST /v1/pages`, and then by status. What fits none is under `unknown`.
    pub routes: BTreeMap<String, BTreeMap<String, u64>>,
}

impl Requests {
    pub(crate) fn count(&mut self, route: Option<&str>, status: Option<u16>) {
        let status = status.map_or_else(|| "dropped".to_owned(), |status| status.to_string());
        self.total += 1;
        *self.statuses.entry(status.clone()).or_default() += 1;
        let route = self.routes.entry(route.unwrap_or("unknown").to_owned()).or_default();
        *route.entry(status).or_default() += 1;
    }

    /// How many were for an operation, such as `POST /v1/pages`.
    #[must_use]
    pub fn of(&self, route: &str) -> u64 {
        self.routes.get(route).map(|statuses| statuses.values().sum()).unwrap_or_default()
    }

    /// How many were answered with a status.
    #[must_use]
    pub fn with_status(&self, status: u16) -> u64 {
        self.statuses.get(&status.to_string()).copied().unwrap_or_default()
    }
}
