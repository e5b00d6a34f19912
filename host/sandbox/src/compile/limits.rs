//! The limits that a compiler child gives itself before it reads a byte of the plugin.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Bytes of memory that the child may fill. The largest plugin that is allowed takes some 300 MiB.
pub(super) const DATA_BYTES: u64 = 1024 * 1024 * 1024;

/// Bytes of address space: a guest's memory reserves 4 GiB, filled or not, so this bounds nothing but accidents.
const ADDRESS_BYTES: u64 = 32 * 1024 * 1024 * 1024;

/// Seconds of CPU time, of all its threads together.
pub(super) const CPU_SECONDS: u64 = 30;

/// Bytes of one file that it writes.
pub(super) const FILE_BYTES: u64 = 128 * 1024 * 1024;

/// Open files.
const FILES: u64 = 64;

/// Takes from this process what a compiler doesn't need.
///
/// # Errors
///
/// When a limit can't be set: then nothing is compiled.
pub(super) fn apply() -> std::io::Result<()> {
    let limits = [
        (Resource::As, ADDRESS_BYTES),
        (Resource::Data, DATA_BYTES),
        (Resource::Cpu, CPU_SECONDS),
        (Resource::Core, 0),
        (Resource::Fsize, FILE_BYTES),
        (Resource::Nofile, FILES),
    ];
    for (resource, most) in limits {
        // A second more before the system kills, so that it ends by the signal that says why.
        let maximum = if resource == Resource::Cpu { most + 1 } else { most };
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(maximum) })?;
    }
    // Behind every call, but not so far behind that a busy host never installs anything: at 19 a busy machine gave a
    // compiler one second in forty. Being nice is no wall, so a system that refuses it is no reason not to compile.
    let _ = rustix::process::nice(10);
    #[cfg(target_os = "linux")]
    {
        rustix::thread::set_no_new_privs(true)?;
        // A host that is killed takes its children along.
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    }
    Ok(())
}
