//! Group commit: the transactions of SQLite's one writer that come at the same time last by one turn of the disk.
//!
//! SQLite takes one writer, and a commit waits for the disk. Each transaction here is a savepoint within a larger one. Those that wait
//! for their turn when one is done join it, and all of them are told when the larger one is on the disk: each is durable
//! when it says so, and 64 writers wait about as long as one. They last together or not at all, so that one may read what another
//! one before it wrote.

use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection, SqlitePool};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use crate::error::Fault;

type Told = Result<(), Arc<sqlx::Error>>;

/// Longest wait for one's turn.
const TURN: Duration = Duration::from_secs(10);

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
    around: Option<Around>,
    /// Those that are done and wait for the disk.
    done: Vec<oneshot::Sender<Told>>,
    /// Whether somebody waits for their turn to commit.
    ends: bool,
}

/// The connection within the larger transaction. Dropped there, it is closed, which undoes what isn't committed: one that the database
/// has given up by itself is in no state that is known.
struct Around(Option<PoolConnection<Sqlite>>);

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
        let turn = tokio::time::timeout(TURN, Arc::clone(&self.turn).lock_owned());
        let mut group = turn.await.map_err(|_| sqlx::Error::PoolTimedOut)?;
        if group.around.is_none() {
            group.around = Some(Around::begin(&self.pool).await?);
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
        drop(self.around.take());
        for done in self.done.drain(..) {
            let _gone = done.send(Err(Arc::clone(&error)));
        }
    }
}

impl Around {
    async fn begin(pool: &SqlitePool) -> Result<Self, sqlx::Error> {
        let mut around = Self(Some(pool.acquire().await?));
        if let Some(connection) = around.connection() {
            // Not deferred: a read that turns into a write can't wait for another writer, only fail.
            sqlx::query("BEGIN IMMEDIATE").execute(connection).await?;
        }
        Ok(around)
    }

    fn connection(&mut self) -> Option<&mut SqliteConnection> {
        self.0.as_deref_mut()
    }

    async fn commit(mut self) -> Result<(), sqlx::Error> {
        if let Some(connection) = self.connection() {
            sqlx::query("COMMIT").execute(connection).await?;
        }
        // It is as it was before: the next one may have it.
        drop(self.0.take());
        Ok(())
    }
}

impl Drop for Around {
    fn drop(&mut self) {
        if let Some(connection) = &mut self.0 {
            connection.close_on_drop();
        }
    }
}

impl Member {
    /// What its statements run on.
    pub(crate) fn connection(&mut self) -> Result<&mut SqliteConnection, Fault> {
        let around = self.group.as_mut().and_then(|group| group.around.as_mut());
        around.and_then(Around::connection).ok_or_else(|| sqlx::Error::WorkerCrashed.into())
    }

    /// Makes it last; with it all that are done by the same turn of the disk.
    pub(crate) async fn commit(mut self) -> Result<(), Fault> {
        let lost = || Fault::from(sqlx::Error::WorkerCrashed);
        let (mut group, writer) = (self.group.take().ok_or_else(lost)?, self.writer.clone());
        // In a task of its own: who leaves in the middle would otherwise undo it for all.
        let releasing = tokio::spawn(async move {
            let connection =
                group.around.as_mut().and_then(Around::connection).ok_or(sqlx::Error::WorkerCrashed)?;
            if let Err(error) = sqlx::query("RELEASE member").execute(connection).await {
                // Without its savepoint there is no larger transaction either.
                let text = error.to_string();
                group.fail(error);
                return Err(sqlx::Error::Protocol(text));
            }
            let (done, told) = oneshot::channel();
            group.done.push(done);
            writer.end_soon(&mut group);
            Ok(told)
        });
        let told = releasing.await.map_err(|_| lost())??;
        match told.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Fault::Group(error)),
            Err(_) => Err(lost()),
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
            let Some(connection) = group.around.as_mut().and_then(Around::connection) else { return };
            let undone = sqlx::raw_sql("ROLLBACK TO member; RELEASE member").execute(connection).await;
            match undone {
                Err(error) => group.fail(error),
                Ok(_) => writer.end_soon(&mut group),
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
    use tempfile::TempDir;

    use super::*;

    async fn pool(folder: &TempDir) -> SqlitePool {
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("t.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap()
    }

    async fn writer() -> (Writer, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let writer = Writer::new(pool(&folder).await);
        run(&writer, "CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT").await.unwrap();
        (writer, folder)
    }

    async fn run(writer: &Writer, sql: &'static str) -> Result<(), Fault> {
        let mut member = writer.begin().await?;
        sqlx::query(sql).execute(member.connection()?).await?;
        member.commit().await
    }

    async fn insert(member: &mut Member, number: u32) -> Result<(), Fault> {
        sqlx::query("INSERT INTO t (n) VALUES ($1)").bind(number).execute(member.connection()?).await?;
        Ok(())
    }

    /// What another connection sees, which is what lasts.
    async fn there(folder: &TempDir) -> Vec<u32> {
        let rows: Vec<(u32,)> =
            sqlx::query_as("SELECT n FROM t ORDER BY n").fetch_all(&pool(folder).await).await.unwrap();
        rows.into_iter().map(|(number,)| number).collect()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn each_of_many_lasts_when_it_says_so() {
        let (writer, folder) = writer().await;
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..64 {
            let (writer, path) = (writer.clone(), folder.path().join("t.db"));
            tasks.spawn(async move {
                let mut member = writer.begin().await.unwrap();
                insert(&mut member, number).await.unwrap();
                member.commit().await.unwrap();
                let options = SqliteConnectOptions::new().filename(path);
                let other = SqlitePoolOptions::new().connect_with(options).await.unwrap();
                let seen: (i64,) = sqlx::query_as("SELECT COUNT(*) FROM t WHERE n = $1")
                    .bind(number)
                    .fetch_one(&other)
                    .await
                    .unwrap();
                assert_eq!(seen.0, 1, "{number} is told to last and isn't there");
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
        assert_eq!(there(&folder).await, (0..64).collect::<Vec<_>>());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn one_that_fails_or_is_dropped_takes_nothing_of_the_others_along() {
        let (writer, folder) = writer().await;
        let refused = Arc::new(AtomicU32::new(0));
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..60 {
            let (writer, refused) = (writer.clone(), Arc::clone(&refused));
            tasks.spawn(async move {
                let mut member = writer.begin().await.unwrap();
                insert(&mut member, number).await.unwrap();
                match number % 3 {
                    // Undone, after it has written.
                    0 => drop(member),
                    // One of its statements fails, and it goes on.
                    1 => {
                        assert!(insert(&mut member, number).await.is_err());
                        refused.fetch_add(1, Ordering::Relaxed);
                        member.commit().await.unwrap();
                    }
                    _ => member.commit().await.unwrap(),
                }
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
        // After the last one that was dropped.
        run(&writer, "INSERT INTO t (n) VALUES (1000)").await.unwrap();
        let expected: Vec<u32> = (0..60).filter(|number| number % 3 != 0).chain([1000]).collect();
        assert_eq!((there(&folder).await, refused.load(Ordering::Relaxed)), (expected, 20));
    }

    /// The database itself ends the transaction: whoever was told nothing yet is told that nothing lasts.
    #[tokio::test]
    async fn what_the_database_gives_up_is_told_to_all_and_the_next_one_begins_anew() {
        let (writer, folder) = writer().await;
        let mut first = writer.begin().await.unwrap();
        insert(&mut first, 1).await.unwrap();
        // As after an error of the disk.
        sqlx::raw_sql("ROLLBACK").execute(first.connection().unwrap()).await.unwrap();
        assert!(first.commit().await.is_err());
        run(&writer, "INSERT INTO t (n) VALUES (2)").await.unwrap();
        assert_eq!(there(&folder).await, [2]);

        let (one, mut other) = {
            let mut one = writer.begin().await.unwrap();
            insert(&mut one, 3).await.unwrap();
            let waiting = {
                let writer = writer.clone();
                tokio::spawn(async move { writer.begin().await })
            };
            tokio::task::yield_now().await;
            let one = tokio::spawn(one.commit());
            (one, waiting.await.unwrap().unwrap())
        };
        sqlx::raw_sql("ROLLBACK").execute(other.connection().unwrap()).await.unwrap();
        drop(other);
        assert!(one.await.unwrap().is_err(), "it was to last with the one that was given up");
        run(&writer, "INSERT INTO t (n) VALUES (4)").await.unwrap();
        assert_eq!(there(&folder).await, [2, 4]);
    }

    #[tokio::test]
    async fn closing_waits_for_what_is_done() {
        let (writer, folder) = writer().await;
        let mut member = writer.begin().await.unwrap();
        insert(&mut member, 1).await.unwrap();
        let done = tokio::spawn(member.commit());
        writer.close().await;
        done.await.unwrap().unwrap();
        assert_eq!(there(&folder).await, [1]);
        assert!(writer.begin().await.is_err());
    }
}
