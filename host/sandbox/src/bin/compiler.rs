//! The compiler child alone: `toolbay-sandbox-compiler --input FILE --output FOLDER`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<std::ffi::OsString> = std::env::args_os().skip(1).collect();
    match arguments.as_slice() {
        [input, file, output, folder] if input == "--input" && output == "--output" => {
            toolbay_sandbox::compile::run_child(file.as_ref(), folder.as_ref())
        }
        _ => ExitCode::from(2),
    }
}
