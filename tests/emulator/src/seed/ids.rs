//! The ids of what a seed holds.

use std::collections::BTreeMap;

use serde::Serialize;

/// The ids of the seed. With [`Seed::Empty`](crate::options::Seed::Empty) only the users and the root page have one.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SeedIds {
    pub root_page: String,
    pub ada: String,
    pub bot: String,
    pub tasks_database: String,
    pub tasks_data_source: String,
    pub tasks_view: String,
    pub projects_database: String,
    pub projects_data_source: String,
    pub projects_view: String,
    /// The rows of "Tasks", in the order of their numbers.
    pub tasks: Vec<String>,
    /// The rows of "Projects".
    pub projects: Vec<String>,
    /// The blocks of the root page, without child pages and databases.
    pub blocks: Vec<String>,
    pub comment: String,
    pub template: String,
    /// The parts of the gallery, by name; empty with every other seed.
    pub gallery: BTreeMap<String, String>,
}
