//! The compiler child alone: `toolbay-sandbox-compiler --input FILE --output FOLDER`.

use std::process::ExitCode;

use toolbay_kernel::capability::{Capability, Scope};
use toolbay_kernel::{CapabilityName, CapabilityRegistry};

/// As the egress to Notion registers them: this program knows no egress.
fn registry() -> CapabilityRegistry {
    let names = ["notion.read", "notion.write", "notion.destroy"];
    CapabilityRegistry::new((0..).zip(names).map(|(rank, name)| Capability {
        name: CapabilityName::new(rank, name),
        scope: |written| Scope::of_routes(written, "/v1/", "GET /v1/pages/{page_id}"),
        example: "true",
        in_words: "",
    }))
}

fn main() -> ExitCode {
    let arguments: Vec<std::ffi::OsString> = std::env::args_os().skip(1).collect();
    match arguments.as_slice() {
        [input, file, output, folder] if input == "--input" && output == "--output" => {
            toolbay_sandbox::compile::run_child(file.as_ref(), folder.as_ref(), &registry())
        }
        _ => ExitCode::from(2),
    }
}
