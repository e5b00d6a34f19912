//! A server that is a program of this machine.
//!
//! It gets the environment that the operator wrote and nothing of the host's, a folder of its own, and a process group of its own, so that
//! what it starts ends with it. It is started through this program's own command line ([`run_child`]), which ties its life to the host's.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rmcp::service::{RoleClient, RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use rmcp::transport::async_rw::AsyncRwTransport;
use rustix::process::{Pid, Signal, kill_process_group};
use secrecy::ExposeSecret as _;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use toolbay_kernel::upstream::UpstreamName;
use toolbay_kernel::{Redaction, printable};

use crate::line_limit::LineLimit;
use crate::settings::{MAX_MESSAGE, StdioSettings};
use crate::spawner;

/// How long a program may take to end by itself once it is told to.
const END_TIME: Duration = Duration::from_secs(2);

/// How long what a program said before its end may take to be read.
const LAST_WORDS_TIME: Duration = Duration::from_secs(1);

/// Bytes of one line of its error output that are read; the rest is passed over.
const MAX_ERROR_LINE: u64 = 4 * 1024;

/// Lines of its error output that are logged; more are read and not told.
const MAX_ERROR_LINES: usize = 1_000;

/// A running program, as a transport.
pub(crate) struct ChildTransport {
    inner: AsyncRwTransport<RoleClient, LineLimit<ChildStdout>, ChildStdin>,
    process: Process,
    has_ended: bool,
    said: LastWords,
}

/// The last line of a program's error output: why it ended, more often than not.
#[derive(Clone, Default)]
pub(crate) struct LastWords(Arc<Mutex<String>>);

impl LastWords {
    /// The line, if there was one.
    pub(crate) fn get(&self) -> Option<String> {
        Some(self.0.lock().clone()).filter(|line| !line.is_empty())
    }
}

/// The process and what it started. Dropped, all of it is killed.
struct Process {
    child: Child,
    group: Option<Pid>,
}

impl ChildTransport {
    /// Starts a program; answers why not in words.
    pub(crate) async fn start(
        name: &UpstreamName,
        settings: &StdioSettings,
        given: &Arc<Redaction>,
    ) -> Result<Self, String> {
        let failed = |error: io::Error| format!("it can't be started: {error}");
        std::fs::create_dir_all(&settings.folder).map_err(failed)?;
        let (launcher, launcher_arguments) =
            settings.launcher.split_first().ok_or("nothing is there to start it by")?;
        let mut command = Command::new(launcher);
        command
            .args(launcher_arguments)
            .arg("--")
            .arg(&settings.program)
            .args(&settings.arguments)
            .env_clear()
            .current_dir(&settings.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        for (name, value) in &settings.environment {
            let value = value.read().map_err(|error| error.to_string())?;
            command.env(name, value.expose_secret());
        }
        let mut child = spawner::start(command).await.map_err(failed)?;
        let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        let pipe = || failed(io::Error::other("it has no standard input and output"));
        let (output, input) = (child.stdout.take().ok_or_else(pipe)?, child.stdin.take().ok_or_else(pipe)?);
        let said = LastWords::default();
        if let Some(errors) = child.stderr.take() {
            tokio::spawn(listen(name.clone(), errors, said.clone(), Arc::clone(given)));
        }
        let inner =
            AsyncRwTransport::new_client(LineLimit::new(output), input).with_max_line_length(MAX_MESSAGE);
        Ok(Self { inner, process: Process { child, group }, has_ended: false, said })
    }

    /// Where its last words are.
    pub(crate) fn last_words(&self) -> LastWords {
        self.said.clone()
    }
}

impl Transport<RoleClient> for ChildTransport {
    type Error = io::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.inner.send(item)
    }

    /// The next message; none once the program has ended, also when something that it started holds its output open.
    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        if !self.has_ended {
            tokio::select! {
                biased;
                message = self.inner.receive() => return message,
                _status = self.process.child.wait() => self.has_ended = true,
            }
        }
        // What it said before its end is still there to be read.
        tokio::time::timeout(LAST_WORDS_TIME, self.inner.receive()).await.ok().flatten()
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        // The end of its input is how a server over standard input is told to end. One that doesn't read holds that up.
        let _closed = tokio::time::timeout(END_TIME, self.inner.close()).await;
        if tokio::time::timeout(END_TIME, self.process.child.wait()).await.is_err() {
            self.process.signal(Signal::TERM);
            let _has_ended = tokio::time::timeout(END_TIME, self.process.child.wait()).await.is_ok();
        }
        self.process.end();
        Ok(())
    }
}

impl Process {
    /// To the program and to what it started, as far as that hasn't left its group.
    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // Nobody is there any more, and that is as well.
            let _none = kill_process_group(group, signal);
        }
    }

    /// Kills what is left. Once: the number may be another group's afterwards.
    fn end(&mut self) {
        self.signal(Signal::KILL);
        self.group = None;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Reads a program's error output to its end, so that it never waits for a reader, and logs the beginning.
async fn listen(name: UpstreamName, errors: ChildStderr, said: LastWords, given: Arc<Redaction>) {
    let mut errors = BufReader::new(errors);
    let mut line = Vec::new();
    let mut is_rest = false;
    for number in 0_usize.. {
        line.clear();
        match (&mut errors).take(MAX_ERROR_LINE).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let is_whole = line.last() == Some(&b'\n');
        if std::mem::replace(&mut is_rest, !is_whole) {
            continue;
        }
        if !is_whole && line.len() as u64 >= MAX_ERROR_LINE {
            // What it was given may stand where the line is cut.
            line.truncate(line.len().saturating_sub(given.longest()));
        }
        let text = given.text(&String::from_utf8_lossy(&line));
        let text = printable::line(text.trim_end(), 500);
        if number < MAX_ERROR_LINES {
            tracing::debug!(upstream = %name, text, "upstream.said");
        }
        if !text.is_empty() {
            *said.0.lock() = text;
        }
    }
}

/// Becomes another program, whose life ends with the host's. The body of the host's hidden subcommand.
///
/// # Errors
///
/// It returns only when the other program can't be started.
pub fn run_child(program: &OsString, arguments: &[OsString]) -> io::Error {
    #[cfg(target_os = "linux")]
    {
        // Both outlive the change of the program. A host that is killed takes its servers along.
        let ties = rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
            .and_then(|()| rustix::thread::set_no_new_privs(true));
        if let Err(error) = ties {
            return error.into();
        }
    }
    std::process::Command::new(program).args(arguments).exec()
}
