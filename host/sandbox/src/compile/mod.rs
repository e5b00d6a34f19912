//! Compiling a plugin once, in a process of its own.
//!
//! A compiler that is given hostile input can take any amount of time and memory, and neither epochs nor store limits
//! apply to it. So a child process with limits of its own compiles (`child`); the host only waits, kills it when it
//! takes too long, and keeps what it made under the component's digest (`cache`). The child also asks the plugin for
//! its tools, so that the host never runs a plugin to list them, and starts without compiling anything that it has
//! seen before.

pub(crate) mod cache;
mod child;
pub(crate) mod command;
mod install_error;
mod limits;
pub(crate) mod record;
mod refusal;
pub(crate) mod shipped;
mod sweep;

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use tokio::sync::Semaphore;
use wasmtime::Engine;

pub use child::run_child;
pub use install_error::InstallError;

use crate::inspect::{self, InspectError};
use crate::limits::MAX_COMPONENT;
use cache::{Cache, Ready};
use command::CompilerCommand;
use install_error::Holds;
use record::ChildReport;
use refusal::Refusals;
use shipped::CompiledPlugin;
use toolbay_kernel::printable;

/// Wall time of one compilation. A Rust plugin takes a tenth of a second, the largest that is allowed some seconds, and
/// the child's own limit ends it after 30 s of CPU. The rest is patience: a nice child on a busy machine waits for its
/// turn, and that is no fault of the plugin.
const COMPILE_TIME: Duration = Duration::from_secs(120);

/// Compilations at the same time: one a core, and at least two, since one that takes long must not keep the others waiting.
/// Each compiles the functions of its plugin on several cores, so that more than a few of them only take memory.
pub(crate) const MAX_COMPILE_AT_ONCE: usize = 4;

/// See [`MAX_COMPILE_AT_ONCE`].
fn compile_at_once() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).clamp(2, MAX_COMPILE_AT_ONCE)
}

/// Bytes that are read of what a child says.
const MAX_REPORT: u64 = 64 * 1024;

/// Has plugins compiled.
pub(crate) struct Compiler {
    command: CompilerCommand,
    slots: Semaphore,
    /// What needs no compiling, by digest.
    shipped: Arc<HashMap<String, CompiledPlugin>>,
}

impl Compiler {
    pub(crate) fn new(command: CompilerCommand, shipped: Vec<CompiledPlugin>) -> Self {
        let shipped = shipped.into_iter().map(|plugin| (plugin.digest.to_string(), plugin)).collect();
        Self { command, slots: Semaphore::new(compile_at_once()), shipped: Arc::new(shipped) }
    }

    /// The compiled component, from the cache or the program if it is there.
    pub(crate) async fn ready(
        &self,
        component: Vec<u8>,
        cache: &Cache,
        engine: &Engine,
    ) -> Result<Ready, InstallError> {
        if component.len() > MAX_COMPONENT {
            return Err(InspectError::TooLarge { bytes: component.len() }.into());
        }
        let (digest, component, cached) = {
            let (cache, engine, shipped) = (cache.clone(), engine.clone(), Arc::clone(&self.shipped));
            blocking(move || {
                let digest = inspect::digest(&component);
                let cached =
                    cache.load(&engine, &digest).or_else(|| cache.unpack(&engine, shipped.get(&digest)?));
                (digest, component, cached)
            })
            .await?
        };
        if let Some(ready) = cached {
            return Ok(ready);
        }
        // What isn't even a component costs no process.
        inspect::check_encoding(&component)?;
        let refusals = self.refusals(cache);
        if let Some(known) = refusals.get(&digest) {
            return Err(known);
        }
        if let Err(refusal) = self.compile(component, cache, &digest).await {
            refusals.remember(&digest, &refusal);
            return Err(refusal);
        }
        let (cache, engine) = (cache.clone(), engine.clone());
        blocking(move || cache.load(&engine, &digest)).await?.ok_or_else(|| {
            InstallError::new(
                "what the compiler made of it can't be loaded",
                "this is a fault of the host, not of the plugin; is `compiler` the same build as the host?",
            )
        })
    }

    /// What this compiler has refused before.
    fn refusals(&self, cache: &Cache) -> Refusals {
        Refusals::of(cache.folder(), &self.command)
    }

    /// Forgets that a component was refused, so that it is looked at again.
    pub(crate) fn forget(&self, component: &[u8], cache: &Cache) {
        self.refusals(cache).forget(&inspect::digest(component));
    }

    async fn compile(&self, component: Vec<u8>, cache: &Cache, digest: &str) -> Result<(), InstallError> {
        let _slot =
            self.slots.acquire().await.map_err(|error| InstallError::of_host("no compiler", &error))?;
        // The child reads a copy of what was hashed: the dropped file may change at any time.
        let folder = cache.folder().to_owned();
        let input = blocking(move || {
            let mut input = tempfile::Builder::new().suffix(".wasm").tempfile_in(folder)?;
            input.write_all(&component)?;
            Ok::<_, std::io::Error>(input)
        })
        .await?
        .map_err(|error| InstallError::of_host("the plugin can't be copied for compiling", &error))?;

        let begun = std::time::Instant::now();
        let ended = self.run_child(input.path().as_os_str(), cache).await?;
        tracing::debug!(digest, duration_ms = begun.elapsed().as_millis(), status = %ended.status, "plugin.compiled");
        match ChildReport::last(&ended.stdout) {
            Some(ChildReport::Installed { digest: made }) if ended.status.success() && made == digest => {
                Ok(())
            }
            Some(ChildReport::Refused { reason, fix, is_lasting }) => {
                let refusal = InstallError::new(printable::line(&reason, 2_000), printable::line(&fix, 500));
                Err(refusal.holding(if is_lasting { Holds::Always } else { Holds::Never }))
            }
            stage => {
                let said = printable::line(&String::from_utf8_lossy(&ended.stderr), 500);
                tracing::warn!(digest, status = %ended.status, said, "plugin.compiler_ended");
                Err(ended_early(ended.status, matches!(stage, Some(ChildReport::CheckingSchemas))))
            }
        }
    }

    async fn run_child(&self, input: &OsStr, cache: &Cache) -> Result<ChildEnd, InstallError> {
        let mut child = Command::new(&self.command.program)
            .args(&self.command.arguments)
            .arg("--input")
            .arg(input)
            .arg("--output")
            .arg(cache.folder())
            // The host's environment has its secrets.
            .env_clear()
            .envs(self.command.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(cache.folder())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| InstallError::of_host("the compiler can't be started", &error))?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let end = async {
            let (stdout, stderr, status) = tokio::join!(read(stdout), read(stderr), child.wait());
            status.map(|status| ChildEnd { status, stdout, stderr })
        };
        match tokio::time::timeout(COMPILE_TIME, end).await {
            Ok(end) => end.map_err(|error| InstallError::of_host("the compiler can't be waited for", &error)),
            Err(_) => {
                // Dropping would kill it too; this also waits until it has gone.
                let _ = child.kill().await;
                Err(too_long("compiling it", &format!("{} s", COMPILE_TIME.as_secs())).holding(Holds::AWhile))
            }
        }
    }
}

struct ChildEnd {
    status: ExitStatus,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

async fn read(from: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        // What has been read counts, also when the rest can't be.
        let _ = from.take(MAX_REPORT).read_to_end(&mut bytes).await;
    }
    bytes
}

fn too_long(what: &str, than: &str) -> InstallError {
    InstallError::new(
        format!("{what} takes longer than {than}"),
        "make it smaller: fewer or shorter functions",
    )
}

fn ended_early(status: ExitStatus, is_about_schemas: bool) -> InstallError {
    let by = |signals: &[Signal]| {
        status.signal().is_some_and(|number| signals.iter().any(|signal| signal.as_raw() == number))
    };
    let is_time = by(&[Signal::XCPU]);
    // How Rust and Wasmtime end when they get no more memory, and how a system ends who takes its last.
    let is_memory = by(&[Signal::ABORT, Signal::SEGV, Signal::BUS, Signal::KILL]);
    let mib = |bytes: u64| bytes / (1024 * 1024);
    let refusal = if is_about_schemas && (is_time || is_memory) {
        let (seconds, mib) = (limits::SCHEMA_CPU_SECONDS, mib(limits::SCHEMA_BYTES));
        let reason = if is_time {
            format!("checking its tools' schemas takes longer than {seconds} s of CPU time")
        } else {
            format!("checking its tools' schemas takes more than {mib} MiB of memory")
        };
        InstallError::new(reason, "make the schemas smaller: fewer alternatives, references and patterns")
    } else if is_time {
        too_long("compiling it", &format!("{} s of CPU time", limits::CPU_SECONDS))
    } else if is_memory {
        let reason = format!("compiling it takes more than {} MiB of memory", mib(limits::DATA_BYTES));
        InstallError::new(reason, "make it smaller: fewer or shorter functions")
    } else {
        InstallError::of_host("the compiler failed", &status)
    };
    // Whoever kills may have had another reason than the plugin.
    let is_killed = by(&[Signal::KILL]);
    match refusal.holds {
        Holds::Always => refusal.holding(if is_killed { Holds::AWhile } else { Holds::Today }),
        _ => refusal,
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, InstallError> {
    crate::blocking::blocking(work).await.map_err(|error| InstallError::of_host("installing failed", &error))
}
