//! The `toolbay` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    toolbay::run()
}
