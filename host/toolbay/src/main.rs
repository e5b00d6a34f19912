//! The `toolbay` program.

use std::process::ExitCode;

/// A call is many small allocations, made on one core and freed on another; the system's allocator takes a sixth of the
/// processor's time under load.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    toolbay::run()
}
