//! A PostgreSQL server of the tests' own: a new cluster in a new folder, reached by a socket in it.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

pub(crate) const PASSWORD: &str = "canary-database-password";

/// The shell around the server waits for the end of its input, which comes when this process ends, however it ends;
/// then it stops the server by its id and removes the folder.
const SUPERVISOR: &str = r#"
set -eu
bin=$1
folder=$(mktemp -d /tmp/toolbay-postgres-XXXXXX)
server=
stop() {
    if [ -n "$server" ] && kill -INT "$server"; then wait "$server" || true; fi
    rm -rf "$folder"
}
trap stop EXIT
trap : HUP INT PIPE TERM
printf '%s' "$PASSWORD" > "$folder/password"
"$bin/initdb" -D "$folder/data" -U toolbay --pwfile="$folder/password" --auth=password \
    --encoding=UTF8 --locale=C.UTF-8 > "$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
"$bin/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off -c max_connections=200 \
    > "$folder/log" 2>&1 &
server=$!
tries=0
until "$bin/pg_isready" -q -h "$folder"; do
    tries=$((tries + 1))
    if [ "$tries" -gt 300 ] || ! kill -0 "$server"; then cat "$folder/log" >&2; exit 1; fi
    sleep 0.1
done
echo "$folder"
cat > /dev/null || true
"#;

struct Server {
    folder: String,
    _supervisor: Child,
}

static SERVER: OnceLock<Server> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// The folder of the newest PostgreSQL's programs.
pub(crate) fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL must be installed");
    let newest = versions
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .max()
        .expect("/usr/lib/postgresql must have a version");
    PathBuf::from(format!("/usr/lib/postgresql/{newest}/bin"))
}

/// The address of a new, empty database.
pub(crate) async fn new_database() -> String {
    let server = SERVER.get_or_init(start);
    let name = format!("store_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    let mut connection = PgConnection::connect(&url(server, "postgres")).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await.unwrap();
    url(server, &name)
}

fn url(server: &Server, database: &str) -> String {
    format!("postgres://toolbay:{PASSWORD}@localhost/{database}?host={}", server.folder)
}

fn start() -> Server {
    // PostgreSQL refuses to run as root.
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let mut command = Command::new(if is_root { "runuser" } else { "sh" });
    if is_root {
        command.args(["-u", "postgres", "--", "sh"]);
    }
    let mut supervisor = command
        .args(["-c", SUPERVISOR, "postgres-for-tests"])
        .arg(programs())
        .env("PASSWORD", PASSWORD)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut folder = String::new();
    BufReader::new(supervisor.stdout.take().unwrap()).read_line(&mut folder).unwrap();
    assert!(!folder.is_empty(), "the PostgreSQL server didn't start; its log is above");
    // Its standard input stays open in here: the end of this process ends it.
    Server { folder: folder.trim_end().to_owned(), _supervisor: supervisor }
}
