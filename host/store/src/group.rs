//! Group commit: the transactions of SQLite's one writer that come at the same time last by one turn of the disk.
//!
//! SQLite takes one writer, and a commit waits for the disk. Each transaction here is a savepoint within a larger one. Those that wait
//! for their turn when one is done join it, and all of them are told when the larger one is on the disk: each is durable
//! when it says so, and 64 writers wait about as long as one. They last together or not at all, so that one may read what another
//! one before it wrote.

use std::sync::Arc;

use sqlx::{Sqlite, SqliteConnection, SqlitePool};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use crate::error::Fault;

type Told = Result<(), Arc<sqlx::Error>>;

/// The one connection that writes.
#[derive(Clone)]
pub(crate) struct Writer {
    pool: SqlitePool,
    /// Whoever has it writes; who waits for it comes next, in order.
    turn: Arc<Mutex<Group>>,
}

/// Transactions that are committed together.
#[derive(Default)]
struct Group {
    /// The transaction around them, once there is one.
    around: Option<sqlx::Transaction<'static, Sqlite>>,
    /// Those that are done and wait for the disk.
    done: Vec<oneshot::Sender<Told>>,
    /// Whether somebody waits for their turn to commit.
    ends: bool,
}

/// One transaction. Dropped without commit, it is undone.
pub(crate) struct Member {
    group: Option<OwnedMutexGuard<Group>>,
    writer: Writer,
}

impl Writer {
    pub(crate) fn new(pool: SqlitePool) -> Self {
        Self { pool, turn: Arc::default() }
    }

    /// Begins a transaction when it is its turn.
    pub(crate) async fn begin(&self) -> Result<Member, Fault> {
        let mut group = Arc::clone(&self.turn).lock_owned().await;
        if group.around.is_none() {
            // Not deferred: a read that turns into a write can't wait for another writer, only fail.
            group.around = Some(self.pool.begin_with("BEGIN IMMEDIATE").await?);
        }
        let mut member = Member { group: Some(group), writer: self.clone() };
        sqlx::query("SAVEPOINT member").execute(member.connection()?).await?;
        Ok(member)
    }

    /// Waits until whatever is done is on the disk, and ends the connection.
    pub(crate) async fn close(&self) {
        self.turn.lock().await.end().await;
        self.pool.close().await;
    }

    /// Commits once all that waited for their turn by now have had it.
    fn end_soon(&self, group: &mut Group) {
        if std::mem::replace(&mut group.ends, true) {
            return;
        }
        let turn = Arc::clone(&self.turn);
        tokio::spawn(async move { turn.lock().await.end().await });
    }
}

impl Group {
    /// Commits, and tells all that are done.
    async fn end(&mut self) {
        self.ends = false;
        let Some(around) = self.around.take() else { return };
        let told = around.commit().await.map_err(Arc::new);
        for done in self.done.drain(..) {
            // Who doesn't wait any more needn't be told.
            let _gone = done.send(told.clone());
        }
    }

    /// The database has given the larger transaction up: nothing of it lasts.
    fn fail(&mut self, error: sqlx::Error) {
        let error = Arc::new(error);
        // Dropped, it is undone, whatever is left of it.
        drop(self.around.take());
        for done in self.done.drain(..) {
            let _gone = done.send(Err(Arc::clone(&error)));
        }
    }
}

impl Member {
    /// What its statements run on.
    pub(crate) fn connection(&mut self) -> Result<&mut SqliteConnection, Fault> {
        let around = self.group.as_mut().and_then(|group| group.around.as_mut());
        around.map(|around| &mut **around).ok_or_else(|| sqlx::Error::WorkerCrashed.into())
    }

    /// Makes it last; with it all that are done by the same turn of the disk.
    pub(crate) async fn commit(mut self) -> Result<(), Fault> {
        let released = match self.connection() {
            Ok(connection) => sqlx::query("RELEASE member").execute(connection).await,
            Err(_) => Err(sqlx::Error::WorkerCrashed),
        };
        let Some(mut group) = self.group.take() else { return Err(sqlx::Error::WorkerCrashed.into()) };
        if let Err(error) = released {
            // Without its savepoint there is no larger transaction either.
            let text = error.to_string();
            group.fail(error);
            return Err(Fault::Database(sqlx::Error::Protocol(text)));
        }
        let (done, told) = oneshot::channel();
        group.done.push(done);
        self.writer.end_soon(&mut group);
        drop(group);
        match told.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Fault::Group(error)),
            Err(_) => Err(sqlx::Error::WorkerCrashed.into()),
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let Some(mut group) = self.group.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return group.fail(sqlx::Error::WorkerCrashed);
        };
        let writer = self.writer.clone();
        // It keeps its turn until it is undone.
        runtime.spawn(async move {
            let Some(around) = group.around.as_mut() else { return };
            let undone = sqlx::raw_sql("ROLLBACK TO member; RELEASE member").execute(&mut **around).await;
            match undone {
                Err(error) => group.fail(error),
                Ok(_) if group.done.is_empty() => drop(group.around.take()),
                Ok(_) => writer.end_soon(&mut group),
            }
        });
    }
}
