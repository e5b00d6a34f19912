//! The Rust toolchain that builds guests for `wasm32-unknown-unknown`.
//!
//! Normally it is the installed one with its wasm target. Where rustup can't fetch that, Debian's `rustc-web`,
//! `cargo-web`, `rust-web-src` and `lld-19` build the standard library from source.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// The target of every plugin: no WASI, so that a component's imports are the host's interfaces and nothing else.
pub(super) const TARGET: &str = "wasm32-unknown-unknown";

const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_LINKERS: [&str; 2] = ["wasm-ld-19", "wasm-ld"];

/// A toolchain that can build guests.
pub(super) enum Toolchain {
    /// The installed one.
    Installed,
    /// Debian's, with the standard library built from source by this linker.
    Debian { linker: &'static str },
}

impl Toolchain {
    /// Finds one.
    ///
    /// # Errors
    ///
    /// When there is none, with the commands that would install one.
    pub(super) fn find() -> anyhow::Result<Self> {
        if installed_has_target() {
            return Ok(Self::Installed);
        }
        let has_source = Path::new("/usr/src").read_dir().is_ok_and(|mut entries| {
            entries.any(|entry| {
                entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("rustc-"))
            })
        });
        let linker = DEBIAN_LINKERS.into_iter().find(|linker| responds(linker, "--version"));
        match linker {
            Some(linker) if has_source && responds(DEBIAN_CARGO, "--version") => Ok(Self::Debian { linker }),
            _ => bail!(
                "no Rust toolchain here can build for {TARGET}\n\
                 install the target:          rustup target add {TARGET}\n\
                 or, where rustup can't, on Debian: apt install rustc-web cargo-web rust-web-src lld-19"
            ),
        }
    }

    /// `cargo build` for the target, still without a crate.
    pub(super) fn build_command(&self) -> Command {
        match self {
            Self::Installed => {
                let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
                command.args(["build", "--target", TARGET]);
                command
            }
            Self::Debian { linker } => {
                let mut command = Command::new(DEBIAN_CARGO);
                command
                    .args(["build", "--target", TARGET, "-Zbuild-std=std,panic_abort"])
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("RUSTC", DEBIAN_RUSTC)
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
                    .env_remove("RUSTUP_TOOLCHAIN");
                command
            }
        }
    }

    /// The subfolder of the target folder for this compiler: two compilers must not share one.
    pub(super) fn folder(&self) -> &'static str {
        match self {
            Self::Installed => "guests",
            Self::Debian { .. } => "guests-debian",
        }
    }
}

fn installed_has_target() -> bool {
    let printed = Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output();
    printed.ok().filter(|printed| printed.status.success()).is_some_and(|printed| {
        Path::new(String::from_utf8_lossy(&printed.stdout).trim())
            .read_dir()
            .is_ok_and(|mut entries| entries.next().is_some())
    })
}

fn responds(program: &str, argument: &str) -> bool {
    Command::new(program)
        .arg(argument)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs cargo and gives what it wrote to standard output; its own messages go to the terminal.
pub(super) fn output_of(command: &mut Command) -> anyhow::Result<Vec<u8>> {
    let done =
        command.stderr(Stdio::inherit()).output().context("cargo can't be started; is Rust installed?")?;
    if !done.status.success() {
        bail!("cargo failed");
    }
    Ok(done.stdout)
}
