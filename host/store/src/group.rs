//! Group commit: the transactions of SQLite's one writer that come at the same time last by one turn of the disk.
//!
//! SQLite takes one writer, and a commit waits for the disk. Each transaction here is a savepoint within a larger one. Those that wait
//! for their turn when one is done join it, and all of them are told when the larger one is on the disk: each is durable
//! when it says so, and 64 writers wait about as long as one. They last together or not at all, so that one may read what another
//! one before it wrote.
//!
//! A transaction may also be done without waiting for the disk. It lasts with the next one that waits, or a little later: what comes
//! after it can't last without it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, ffi};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use crate::cells::Row;
use crate::error::Fault;
use crate::file;
use crate::parameter::Parameter;

type Told = Result<(), Arc<rusqlite::Error>>;

/// Longest wait for one's turn.
const TURN: Duration = Duration::from_secs(10);

/// Longest wait for another process's write: longer than any write of this crate takes.
const BUSY: Duration = Duration::from_secs(5);

/// Time between two looks whether another process's write is done.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// Longest time that a transaction is done and not on the disk when nobody waits for that.
const LINGER: Duration = Duration::from_millis(5);

/// The one connection that writes.
#[derive(Clone)]
pub(crate) struct Writer {
    /// Whoever has it writes; who waits for it comes next, in order.
    turn: Arc<Mutex<Group>>,
}

/// Transactions that are committed together.
struct Group {
    path: PathBuf,
    connection: File,
    /// Whether there is a transaction around them.
    is_begun: bool,
    /// Those that are done and wait for the disk.
    done: Vec<oneshot::Sender<Told>>,
    /// Whether somebody waits for their turn to commit.
    ends: bool,
    /// Whether somebody commits a little later.
    lingers: bool,
}

enum File {
    /// Opened with the first transaction.
    Unopened,
    Open(Connection),
    Closed,
}

/// One transaction. Dropped without commit, it is undone.
pub(crate) struct Member {
    group: OwnedMutexGuard<Group>,
    writer: Writer,
    is_done: bool,
}

impl Writer {
    /// The writer of a file that is there.
    pub(crate) fn new(path: PathBuf) -> Self {
        let group = Group {
            path,
            connection: File::Unopened,
            is_begun: false,
            done: Vec::new(),
            ends: false,
            lingers: false,
        };
        Self { turn: Arc::new(Mutex::new(group)) }
    }

    /// Begins a transaction when it is its turn.
    pub(crate) async fn begin(&self) -> Result<Member, Fault> {
        let turn = tokio::time::timeout(TURN, Arc::clone(&self.turn).lock_owned());
        let mut group = turn.await.map_err(|_| Fault::Waited(TURN))?;
        group.begin().await?;
        let begun = file::execute(group.connection()?, "SAVEPOINT member", &[]);
        if let Err(Fault::File(error)) = &begun {
            group.fail(Arc::clone(error));
        }
        begun?;
        Ok(Member { group, writer: self.clone(), is_done: false })
    }

    /// Waits until whatever is done is on the disk, and ends the connection.
    pub(crate) async fn close(&self) {
        let mut group = self.turn.lock().await;
        group.end();
        let connection = std::mem::replace(&mut group.connection, File::Closed);
        // The last connection moves the write-ahead log into the file.
        in_place(|| drop(connection));
    }

    /// Commits once all that waited for their turn by now have had it.
    fn end_soon(&self, group: &mut Group) {
        if !std::mem::replace(&mut group.ends, true) {
            let turn = Arc::clone(&self.turn);
            tokio::spawn(async move { turn.lock().await.end() });
        }
    }

    /// Commits a little later, unless somebody does so before.
    fn end_later(&self, group: &mut Group) {
        if group.ends || std::mem::replace(&mut group.lingers, true) {
            return;
        }
        let turn = Arc::clone(&self.turn);
        tokio::spawn(async move {
            tokio::time::sleep(LINGER).await;
            let mut group = turn.lock().await;
            if group.lingers && !group.ends {
                group.end();
            }
        });
    }
}

impl Group {
    fn connection(&self) -> Result<&Connection, Fault> {
        match &self.connection {
            File::Open(connection) => Ok(connection),
            File::Unopened | File::Closed => Err(Fault::Closed),
        }
    }

    /// Begins the larger transaction, unless there is one.
    async fn begin(&mut self) -> Result<(), Fault> {
        if self.is_begun {
            return Ok(());
        }
        if let File::Unopened = self.connection {
            self.connection = File::Open(in_place(|| file::open(&self.path))?);
        }
        let until = tokio::time::Instant::now() + BUSY;
        loop {
            // Not deferred: a read that turns into a write can't wait for another writer, only fail.
            match self.connection()?.prepare_cached("BEGIN IMMEDIATE")?.raw_execute() {
                Ok(_) => break,
                Err(error) if is_busy(&error) && tokio::time::Instant::now() < until => {}
                Err(error) => return Err(error.into()),
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        self.is_begun = true;
        Ok(())
    }

    /// Commits, and tells all that are done.
    fn end(&mut self) {
        self.ends = false;
        if !std::mem::take(&mut self.is_begun) {
            return;
        }
        let told = match self.connection() {
            Ok(connection) => in_place(|| connection.prepare_cached("COMMIT")?.raw_execute().map(drop)),
            Err(_) => Ok(()),
        };
        self.lingers = false;
        match told {
            Ok(()) => self.tell(&Ok(())),
            Err(error) => self.fail(Arc::new(error)),
        }
    }

    /// The database has given the larger transaction up: nothing of it lasts.
    fn fail(&mut self, error: Arc<rusqlite::Error>) {
        self.is_begun = false;
        self.lingers = false;
        if let File::Open(connection) = &self.connection
            && !connection.is_autocommit()
            && connection.execute_batch("ROLLBACK").is_err()
        {
            // Dropped, it undoes what isn't committed; it is in no state that is known.
            self.connection = File::Unopened;
        }
        self.tell(&Err(error));
    }

    fn tell(&mut self, told: &Told) {
        for done in self.done.drain(..) {
            // Who doesn't wait any more needn't be told.
            let _gone = done.send(told.clone());
        }
    }
}

impl Member {
    /// Runs a statement; answers the number of rows that it changed.
    pub(crate) fn execute(&mut self, sql: &str, parameters: &[Parameter]) -> Result<u64, Fault> {
        let ran = file::execute(self.connection()?, sql, parameters);
        self.checked(ran)
    }

    /// Runs a statement, and reads its rows.
    pub(crate) fn rows<T: Row>(&mut self, sql: &str, parameters: &[Parameter]) -> Result<Vec<T>, Fault> {
        let ran = file::rows(self.connection()?, sql, parameters);
        self.checked(ran)
    }

    /// Makes it last; with it all that are done by the same turn of the disk.
    pub(crate) async fn commit(mut self) -> Result<(), Fault> {
        self.release()?;
        let (done, told) = oneshot::channel();
        self.group.done.push(done);
        self.writer.end_soon(&mut self.group);
        drop(self);
        match told.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Fault::File(error)),
            Err(_) => Err(Fault::Closed),
        }
    }

    /// Makes it last with whatever is committed next, or a little later; nobody is told.
    pub(crate) fn commit_later(mut self) -> Result<(), Fault> {
        self.release()?;
        self.writer.end_later(&mut self.group);
        Ok(())
    }

    fn connection(&self) -> Result<&Connection, Fault> {
        let connection = self.group.connection()?;
        // Outside of a transaction each statement would last by itself.
        if self.is_done || connection.is_autocommit() { Err(Fault::Closed) } else { Ok(connection) }
    }

    fn release(&mut self) -> Result<(), Fault> {
        let released = self.connection().and_then(|file| file::execute(file, "RELEASE member", &[]));
        // Without its savepoint there is no larger transaction either.
        match &released {
            Ok(_) => {}
            Err(Fault::File(error)) => self.group.fail(Arc::clone(error)),
            Err(_) => self.group.fail(Arc::new(undone())),
        }
        self.is_done = true;
        released.map(drop)
    }

    /// Some errors, as that of a full disk, end the larger transaction too.
    fn checked<T>(&mut self, ran: Result<T, Fault>) -> Result<T, Fault> {
        if let Err(Fault::File(error)) = &ran
            && self.connection().is_err()
        {
            self.is_done = true;
            self.group.fail(Arc::clone(error));
        }
        ran
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        let Ok(connection) = self.group.connection() else { return };
        match connection.execute_batch("ROLLBACK TO member; RELEASE member") {
            Err(error) => self.group.fail(Arc::new(error)),
            // Others may have done something before, and nobody else may come.
            Ok(()) if Handle::try_current().is_ok() => self.writer.end_soon(&mut self.group),
            Ok(()) => self.group.end(),
        }
    }
}

/// What those are told that are done, when the database has undone them since.
fn undone() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_ABORT_ROLLBACK), None)
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Does something that waits for the disk. One transaction is committed at a time, so one worker of the runtime waits, and others go
/// on with what is to be done; handing that over would take longer than most waits. The only worker hands it over.
fn in_place<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current() {
        Ok(runtime)
            if runtime.runtime_flavor() == RuntimeFlavor::MultiThread
                && runtime.metrics().num_workers() == 1 =>
        {
            tokio::task::block_in_place(work)
        }
        _ => work(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tempfile::TempDir;

    use super::*;

    fn writer() -> (Writer, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let made = Connection::open(&path).unwrap();
        made.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT")
            .unwrap();
        (Writer::new(path), folder)
    }

    async fn run(writer: &Writer, number: u32) -> Result<(), Fault> {
        let mut member = writer.begin().await?;
        insert(&mut member, number)?;
        member.commit().await
    }

    fn insert(member: &mut Member, number: u32) -> Result<(), Fault> {
        member.execute("INSERT INTO t (n) VALUES ($1)", &[i64::from(number).into()]).map(drop)
    }

    /// What another connection sees, which is what lasts.
    fn there(folder: &TempDir) -> Vec<u32> {
        let other = file::open(&folder.path().join("t.db")).unwrap();
        let rows: Vec<(u32,)> = file::rows(&other, "SELECT n FROM t ORDER BY n", &[]).unwrap();
        rows.into_iter().map(|(number,)| number).collect()
    }

    /// As after an error of the disk, of which SQLite undoes the whole transaction.
    fn give_up(member: &Member) {
        member.group.connection().unwrap().execute_batch("ROLLBACK").unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn each_of_many_lasts_when_it_says_so() {
        let (writer, folder) = writer();
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..64 {
            let (writer, path) = (writer.clone(), folder.path().join("t.db"));
            tasks.spawn(async move {
                run(&writer, number).await.unwrap();
                let other = file::open(&path).unwrap();
                let seen: Vec<(u32,)> =
                    file::rows(&other, "SELECT n FROM t WHERE n = $1", &[i64::from(number).into()]).unwrap();
                assert_eq!(seen, [(number,)], "it is told to last and isn't there");
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
        assert_eq!(there(&folder), (0..64).collect::<Vec<_>>());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn one_that_fails_or_is_dropped_takes_nothing_of_the_others_along() {
        let (writer, folder) = writer();
        let refused = Arc::new(AtomicU32::new(0));
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..60 {
            let (writer, refused) = (writer.clone(), Arc::clone(&refused));
            tasks.spawn(async move {
                let mut member = writer.begin().await.unwrap();
                insert(&mut member, number).unwrap();
                match number % 3 {
                    // Undone, after it has written.
                    0 => drop(member),
                    // One of its statements fails, and it goes on.
                    1 => {
                        assert!(insert(&mut member, number).is_err());
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
        run(&writer, 1000).await.unwrap();
        let expected: Vec<u32> = (0..60).filter(|number| number % 3 != 0).chain([1000]).collect();
        assert_eq!((there(&folder), refused.load(Ordering::Relaxed)), (expected, 20));
    }

    /// The database itself ends the transaction: whoever was told nothing yet is told that nothing lasts.
    #[tokio::test]
    async fn what_the_database_gives_up_is_told_to_all_and_the_next_one_begins_anew() {
        let (writer, folder) = writer();
        let mut first = writer.begin().await.unwrap();
        insert(&mut first, 1).unwrap();
        give_up(&first);
        assert!(first.commit().await.is_err());
        run(&writer, 2).await.unwrap();
        assert_eq!(there(&folder), [2]);

        let (one, other) = {
            let mut one = writer.begin().await.unwrap();
            insert(&mut one, 3).unwrap();
            let waiting = {
                let writer = writer.clone();
                tokio::spawn(async move { writer.begin().await })
            };
            tokio::task::yield_now().await;
            let one = tokio::spawn(one.commit());
            (one, waiting.await.unwrap().unwrap())
        };
        give_up(&other);
        drop(other);
        assert!(one.await.unwrap().is_err(), "it was to last with the one that was given up");
        run(&writer, 4).await.unwrap();
        assert_eq!(there(&folder), [2, 4]);
    }

    #[tokio::test]
    async fn closing_waits_for_what_is_done() {
        let (writer, folder) = writer();
        let mut member = writer.begin().await.unwrap();
        insert(&mut member, 1).unwrap();
        let done = tokio::spawn(member.commit());
        writer.close().await;
        done.await.unwrap().unwrap();
        assert_eq!(there(&folder), [1]);
        assert!(writer.begin().await.is_err());
    }

    #[tokio::test]
    async fn what_nobody_waits_for_lasts_with_the_next_one_or_a_little_later() {
        let (writer, folder) = writer();
        let mut first = writer.begin().await.unwrap();
        insert(&mut first, 1).unwrap();
        first.commit_later().unwrap();
        assert_eq!(there(&folder), [0; 0], "it is not on the disk");
        run(&writer, 2).await.unwrap();
        assert_eq!(there(&folder), [1, 2]);

        let mut alone = writer.begin().await.unwrap();
        insert(&mut alone, 3).unwrap();
        alone.commit_later().unwrap();
        while there(&folder).len() < 3 {
            tokio::time::sleep(LINGER).await;
        }
        let mut last = writer.begin().await.unwrap();
        insert(&mut last, 4).unwrap();
        last.commit_later().unwrap();
        writer.close().await;
        assert_eq!(there(&folder), [1, 2, 3, 4]);
    }

    /// What came after it in the same larger transaction doesn't last without it.
    #[tokio::test]
    async fn one_that_nobody_waits_for_is_lost_with_all_that_came_after_it() {
        let (writer, folder) = writer();
        let mut first = writer.begin().await.unwrap();
        insert(&mut first, 1).unwrap();
        first.commit_later().unwrap();
        let mut second = writer.begin().await.unwrap();
        insert(&mut second, 2).unwrap();
        give_up(&second);
        assert!(insert(&mut second, 3).is_err());
        assert!(second.commit().await.is_err());
        run(&writer, 4).await.unwrap();
        assert_eq!(there(&folder), [4]);
    }

    #[tokio::test]
    async fn another_process_that_writes_is_waited_for() {
        let (writer, folder) = writer();
        let other = Connection::open(folder.path().join("t.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE; INSERT INTO t (n) VALUES (1)").unwrap();
        let waiting = tokio::spawn({
            let writer = writer.clone();
            async move { run(&writer, 2).await }
        });
        tokio::time::sleep(3 * LOOK_AGAIN).await;
        assert!(!waiting.is_finished());
        other.execute_batch("COMMIT").unwrap();
        waiting.await.unwrap().unwrap();
        assert_eq!(there(&folder), [1, 2]);
    }
}
