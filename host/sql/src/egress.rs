//! Databases as an outside of the gate: a transaction is one effect.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::{Value, json};
use toolbay_kernel::effects::WriteName;
use toolbay_kernel::egress::{BudgetKey, Keys, Sent};
use toolbay_kernel::gate::{Method, Outside, Payload, Request, ResolvedRequest, Response};
use toolbay_kernel::nearest::nearest;
use toolbay_kernel::ports::{Limiter, Permit};
use toolbay_kernel::run::Priority;
use toolbay_kernel::sql::{EGRESS, SqlAnswer, SqlDatabase, SqlDatabases, SqlRequest};
use toolbay_kernel::{Access, Code, Connection, Egress, Problem};

use crate::capabilities::{self, LIST, SQL_READ};
use crate::failure::Failure;
use crate::limits::BEFORE_THE_END;
use crate::settings::{DatabaseSettings, Place};
use crate::slots::Slots;
use crate::sqlite::OwnFiles;
use crate::work::Work;
use crate::{postgres, sqlite};

/// The databases that the operator named.
pub struct Databases {
    databases: BTreeMap<String, Database>,
    /// What no database may be.
    own: Arc<OwnFiles>,
}

struct Database {
    settings: DatabaseSettings,
    slots: Slots,
}

/// The question which databases there are.
#[derive(Debug)]
struct Listing;

impl Payload for Listing {
    fn in_words(&self) -> Value {
        json!([EGRESS])
    }
}

impl Databases {
    /// These databases, none of which may be one of the host's own files.
    #[must_use]
    pub fn new(settings: Vec<DatabaseSettings>, own: OwnFiles) -> Arc<Self> {
        let database = |settings: DatabaseSettings| {
            let slots = Slots::new(settings.connections);
            (settings.name.to_string(), Database { settings, slots })
        };
        Arc::new(Self { databases: settings.into_iter().map(database).collect(), own: Arc::new(own) })
    }

    /// The outside that they are.
    #[must_use]
    pub fn outside(self: &Arc<Self>) -> Outside {
        Outside::new(Arc::clone(self) as _, Arc::clone(self) as _)
    }

    /// What can be told of databases that can't be used, without connecting to any: each with why.
    #[must_use]
    pub fn findings(&self) -> Vec<(String, String)> {
        let finding = |(name, database): (&String, &Database)| {
            let why = match &database.settings.place {
                Place::Sqlite(path) => self.own.check(path).err()?,
                Place::Postgres(address) => address.read().err()?,
            };
            Some((name.clone(), why))
        };
        self.databases.iter().filter_map(finding).collect()
    }

    fn database(&self, name: &str) -> Result<&Database, Problem> {
        self.databases.get(name).ok_or_else(|| {
            let message = format!("There is no database `{}`.", name.chars().take(40).collect::<String>());
            let names: Vec<&str> = self.databases.keys().map(String::as_str).collect();
            let hint = match (nearest(name, names.iter().copied()), names.is_empty()) {
                (Some(near), _) => format!("Did you mean `{near}`?"),
                (None, true) => "An operator can name one: [databases.NAME] in toolbay.toml.".to_owned(),
                (None, false) => format!("There are {}.", names.join(", ")),
            };
            Problem::new(Code::NotFound, message).hint(hint)
        })
    }

    fn list(&self) -> Response {
        let database = |database: &Database| SqlDatabase {
            name: database.settings.name.to_string(),
            engine: database.settings.place.engine(),
            writes: database.settings.writes,
        };
        let answer = SqlDatabases { databases: self.databases.values().map(database).collect() };
        Response { status: 200, body: json!(answer).into() }
    }

    fn resolve_work(&self, name: &str, request: Request) -> Result<ResolvedRequest, Problem> {
        let Database { settings, .. } = self.database(name)?;
        let asked = request.body.and_then(|body| serde_json::from_value::<SqlRequest>(body).ok());
        let asked = asked.ok_or_else(|| {
            Problem::new(Code::InvalidInput, "The request isn't one of statements with parameters.")
        })?;
        let work = Work::read(name, settings.place.engine(), asked)?;
        if request.method == Method::Get && work.access != Access::Reads {
            return Err(Problem::new(
                Code::Forbidden,
                "A query reads, and this statement changes something.",
            )
            .hint("Use what writes. Put a name that is such a word into double quotes."));
        }
        if work.access != Access::Reads && !settings.writes {
            return Err(Problem::new(Code::Forbidden, format!("The database `{name}` may only be read."))
                .hint(format!("An operator can allow it: `writes = true` in [databases.{name}].")));
        }
        let (capability, method) = capabilities::of(work.access);
        let summary = WriteName { method: method.to_owned(), route: name.to_owned(), target: work.target() };
        // Never a second time: a statement that was lost may have been carried out, and nothing marks what it did.
        Ok(ResolvedRequest::new(capability, work.access, summary, Arc::new(work)))
    }

    async fn carry_out(&self, work: &Work, deadline: Instant) -> Result<SqlAnswer, Failure> {
        let closed = |_| Failure::Closed("it isn't there any more".to_owned());
        let Database { settings, slots } = self.database(&work.database).map_err(closed)?;
        let end = deadline.checked_sub(BEFORE_THE_END).unwrap_or(deadline);
        let slot = slots.run(end).await.ok_or(Failure::Locked)?;
        let until = end.min(Instant::now() + settings.time);
        let outcomes = match &settings.place {
            Place::Sqlite(path) => sqlite::run(path, &self.own, work, until, slot).await?,
            Place::Postgres(address) => postgres::run(address, work, until, slot).await?,
        };
        Ok(SqlAnswer { outcomes })
    }
}

#[async_trait]
impl Egress for Databases {
    fn name(&self) -> &'static str {
        EGRESS
    }

    fn title(&self) -> &'static str {
        "the database"
    }

    fn resolve(&self, request: Request) -> Result<ResolvedRequest, Problem> {
        match request.path.strip_prefix('/') {
            Some("") => {
                let summary =
                    WriteName { method: LIST.0.to_owned(), route: LIST.1.to_owned(), target: String::new() };
                Ok(ResolvedRequest::new(SQL_READ, Access::Reads, summary, Arc::new(Listing)))
            }
            Some(name) => {
                let name = name.to_owned();
                self.resolve_work(&name, request)
            }
            None => Err(Problem::new(Code::InvalidInput, "The request names no database.")),
        }
    }

    fn keys(&self, request: &ResolvedRequest, _connection: Option<&Connection>) -> Result<Keys, Problem> {
        let database = request.payload::<Work>().map(|work| work.database.clone()).unwrap_or_default();
        Ok(Keys { budget: BudgetKey::Named(database), credential: None })
    }

    async fn send(
        &self,
        request: &ResolvedRequest,
        _credential: Option<&SecretString>,
        deadline: Instant,
    ) -> Sent {
        let Some(work) = request.payload::<Work>() else {
            return match request.payload::<Listing>() {
                Some(Listing) => Sent::Answered(self.list()),
                None => Sent::Refused(Problem::new(Code::Failed, "The request is not one to a database.")),
            };
        };
        match self.carry_out(work, deadline).await {
            Ok(answer) => Sent::Answered(Response { status: 200, body: json!(answer).into() }),
            Err(failure) => failure.sent(&work.database, request.writes()),
        }
    }
}

/// As many requests at once as a database gets connections.
#[async_trait]
impl Limiter for Databases {
    async fn acquire(
        &self,
        budget: &BudgetKey,
        priority: Priority,
        deadline: Instant,
    ) -> Result<Permit, Problem> {
        let BudgetKey::Named(name) = budget else { return Ok(Permit::unbounded()) };
        let Some(Database { slots, .. }) = self.databases.get(name) else { return Ok(Permit::unbounded()) };
        let full = || {
            Problem::new(Code::RateLimited, format!("The database `{name}` has as many requests as it gets."))
                .hint("Ask again in a few seconds.")
                .details(json!({ "retry_after_seconds": 1 }))
        };
        slots.ask(priority, deadline).await.map(Permit::holding).ok_or_else(full)
    }

    /// A database that is in use by another program is asked again by whoever waits for it; the others may find it free.
    fn pause(&self, _budget: &BudgetKey, _wait: Duration) {}
}
