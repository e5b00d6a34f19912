//! The state of Toolbay over SQLite, which needs nothing beside it, or PostgreSQL, which several hosts can share.
//!
//! [`Store`] implements the kernel's ports that keep something: principals, connections, their credentials, grants,
//! plugin state, runs, keys and the audit. Both databases run the same statements, written once, and pass one suite of tests.
//!
//! # What lies in the database
//!
//! No secret that could be used: API tokens are there as SHA-256 digests, credentials encrypted with keys that the
//! master key wraps, and the master key is elsewhere. What the environment gives (`ACTION_API_TOKEN`, `NOTION_TOKEN`)
//! is never written. Plugin state and the audit are plain.

mod activity;
mod administration;
mod adoption;
mod audit;
mod authorizations;
mod backup;
mod caches;
mod cells;
mod client_grants;
mod client_requests;
mod clients;
mod clock;
mod connecting;
mod connections;
mod conversations;
mod copying;
mod data_keys;
mod database;
mod environment;
mod error;
mod everybodys_jobs;
mod file;
mod folder;
mod grants;
mod group;
mod identity;
mod idle_windows;
mod job_ends;
mod job_records;
mod jobs;
mod journal;
mod key;
mod key_file;
mod known_keys;
mod look;
mod master_keys;
mod migrate;
mod oauth_tokens;
mod open;
mod open_error;
mod other_hosts;
mod own_jobs;
mod parameter;
mod people;
mod postgres;
mod principals;
mod rate_windows;
mod reencryption;
mod renewals;
mod repeats;
mod restore;
mod rewrapping;
mod rotation;
mod run_providers;
mod runs;
mod sealed_columns;
mod sealed_rows;
mod serving;
mod sessions;
mod settings;
mod sqlite;
mod state;
mod store;
mod token;
mod upstream_clients;
mod upstream_tools;
mod vault;

pub use audit::{
    AuditItem, AuditQuery, AuditScope, Finding, LoggedEvent, MAX_AUDIT_EVENTS, NotProved, Sequencer,
    Verification,
};
pub use backup::BackupError;
pub use caches::CACHED;
pub use copying::{CopiedTable, CopyError};
pub use look::Look;
pub use open_error::OpenError;
pub use restore::{RestoreError, Restored};
pub use settings::{Environment, KeySource, StoreSettings};
pub use state::{MAX_STATE_KEY, MAX_STATE_VALUE};
pub use store::Store;
