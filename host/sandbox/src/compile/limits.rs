//! The limits that a compiler child gives itself before it reads a byte of the plugin.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Bytes of memory that the child may fill. The largest plugin that is allowed takes some 300 MiB.
pub(super) const DATA_BYTES: u64 = 1024 * 1024 * 1024;

/// Bytes of address space: a guest's memory reserves 4 GiB, filled or not, so this bounds nothing but accidents.
const ADDRESS_BYTES: u64 = 32 * 1024 * 1024 * 1024;

/// Seconds of CPU time, of all its threads together.
pub(super) const CPU_SECONDS: u64 = 30;

/// Seconds of CPU time for looking at the tools' schemas, which takes milliseconds.
pub(super) const SCHEMA_CPU_SECONDS: u64 = 2;

/// Bytes of memory for looking at the tools' schemas, beside what the child has filled until then.
pub(super) const SCHEMA_BYTES: u64 = 64 * 1024 * 1024;

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
    for (resource, max) in limits {
        // A second more before the system kills, so that it ends by the signal that says why.
        let maximum = if resource == Resource::Cpu { max + 1 } else { max };
        setrlimit(resource, Rlimit { current: Some(max), maximum: Some(maximum) })?;
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

/// Leaves this process no more than what looking at schemas may take.
///
/// # Errors
///
/// When a limit can't be set: then no schema is looked at.
pub(super) fn apply_for_schemas() -> std::io::Result<()> {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime).tv_sec;
    // Rounded up, since the limit counts whole seconds.
    let seconds = u64::try_from(used).unwrap_or(0) + 1 + SCHEMA_CPU_SECONDS;
    lower(Resource::Cpu, seconds)?;
    match filled()? {
        Some(filled) => lower(Resource::Data, filled.saturating_add(SCHEMA_BYTES)),
        None => Ok(()),
    }
}

/// Sets a limit unless there is a lower one.
fn lower(resource: Resource, max: u64) -> std::io::Result<()> {
    let known = rustix::process::getrlimit(resource);
    let max = known.current.map_or(max, |current| current.min(max));
    Ok(setrlimit(resource, Rlimit { current: Some(max), maximum: known.maximum })?)
}

/// Bytes of memory that this process has filled, as the system counts them for its limit.
#[cfg(target_os = "linux")]
fn filled() -> std::io::Result<Option<u64>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix("VmData:")?.trim().strip_suffix("kB")?.trim().parse().ok());
    Ok(kib.map(|kib: u64| kib.saturating_mul(1024)))
}

#[cfg(not(target_os = "linux"))]
fn filled() -> std::io::Result<Option<u64>> {
    Ok(None)
}
