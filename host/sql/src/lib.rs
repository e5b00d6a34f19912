//! Databases that the operator names, as an outside of the gate.
//!
//! A request is a list of statements for one database, in one transaction: one effect. What it does is read from the text of its
//! statements (`statement`) before anything is sent, and nobody relies on that alone: a request that reads is carried out where nothing can
//! be written, by the database's own means (`sqlite`, `postgres`). All of it is bounded in size, count and time (`limits`).

mod capabilities;
mod egress;
mod failure;
mod limits;
mod name;
mod postgres;
mod settings;
mod slots;
mod sqlite;
mod statement;
mod work;

pub use capabilities::{SQL_READ, SQL_WRITE, capabilities};
pub use egress::Databases;
pub use limits::{DEFAULT_CONNECTIONS, DEFAULT_TIME, MAX_CONNECTIONS, MAX_TIME};
pub use name::{DatabaseName, InvalidDatabaseName};
pub use settings::{Address, DatabaseSettings, Place, PlaceError};
pub use sqlite::OwnFiles;
