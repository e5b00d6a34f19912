//! The compiler child: a process that compiles one plugin, within limits that it can't lift, and ends.

use std::future::poll_fn;
use std::io::Read as _;
use std::path::Path;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;

use wasmtime::component::Component;

use super::install_error::{Holds, InstallError};
use super::record::{ChildReport, Record};
use super::{cache, limits};
use crate::engine;
use crate::inspect::{self, InspectError};
use crate::limits::GuestLimits;
use crate::limits::{INSTALL_CPU, MAX_COMPONENT};
use crate::plugin::definition::definitions;
use crate::plugin::guest::{self, Means};
use crate::plugin::trap::Ended;
use toolbay_kernel::schema::PreparedTool;
use toolbay_kernel::{CapabilityRegistry, ToolDefinition};

/// Compiles the component `input` into the folder `output`, and says on the standard output how it went.
///
/// The body of the host's hidden subcommand. It limits the whole process, so nothing else may run in it.
#[must_use]
pub fn run_child(input: &Path, output: &Path, registry: &CapabilityRegistry) -> ExitCode {
    let report = match limits::apply() {
        Ok(()) => install(input, output, registry),
        Err(error) => Err(InstallError::of_host("the compiler can't limit itself", &error)),
    };
    let (report, code) = match report {
        Ok(digest) => (ChildReport::Installed { digest }, ExitCode::SUCCESS),
        Err(InstallError { reason, fix, holds }) => {
            let is_lasting = holds != Holds::Never;
            (ChildReport::Refused { reason, fix, is_lasting }, ExitCode::FAILURE)
        }
    };
    match report.say() {
        Ok(()) => code,
        Err(_) => ExitCode::FAILURE,
    }
}

fn install(input: &Path, output: &Path, registry: &CapabilityRegistry) -> Result<String, InstallError> {
    let bytes = read(input)?;
    let inspected = inspect::inspect(&bytes, registry)?;
    let engine = engine::for_compiling().map_err(|error| InstallError::of_host("no engine", &error))?;
    let component = Component::from_binary(&engine, &bytes).map_err(|error| {
        InstallError::new(format!("it can't be compiled: {error:#}"), "build it with toolbay-sdk alone")
    })?;
    let code = component.serialize().map_err(|error| InstallError::of_host("no code", &error))?;
    let tools = ask_for_tools(&engine, &component, inspected.manifest.limits)?;
    check_schemas(&tools)?;
    let record = Record {
        manifest: inspected.text,
        tools,
        digest: inspected.digest.clone(),
        code_digest: inspect::digest(&code),
        compatibility: engine::compatibility(&engine),
    };
    cache::write(output, &record, &code)
        .map_err(|error| InstallError::of_host("the compiled plugin can't be written", &error))?;
    Ok(inspected.digest)
}

fn read(input: &Path) -> Result<Vec<u8>, InstallError> {
    let failed = |error: std::io::Error| InstallError::of_host("the plugin can't be read", &error);
    let mut bytes = Vec::new();
    let file = std::fs::File::open(input).map_err(failed)?;
    let length = usize::try_from(file.metadata().map_err(failed)?.len()).unwrap_or(usize::MAX);
    if length > MAX_COMPONENT {
        return Err(InspectError::TooLarge { bytes: length }.into());
    }
    file.take(MAX_COMPONENT as u64).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// Does with the schemas all that the host will do with them, so that the host does nothing that hasn't gone well here.
/// What they may cost is counted before; the limits are for what the counting could have missed.
fn check_schemas(tools: &[ToolDefinition]) -> Result<(), InstallError> {
    let failed = |error: std::io::Error| InstallError::of_host("the compiler can't limit itself", &error);
    limits::apply_for_schemas().map_err(failed)?;
    ChildReport::CheckingSchemas.say().map_err(failed)?;
    let slots = Arc::default();
    for tool in tools {
        PreparedTool::new(tool.clone(), &slots)?;
    }
    Ok(())
}

/// Runs the plugin once, without a call: every import that needs one refuses.
fn ask_for_tools(
    engine: &wasmtime::Engine,
    component: &Component,
    limits: GuestLimits,
) -> Result<Vec<ToolDefinition>, InstallError> {
    let of_host = |what, error: &dyn std::fmt::Display| InstallError::of_host(what, error);
    engine::start_ticking(engine).map_err(|error| of_host("no clock", &error))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| of_host("no runtime", &error))?;
    let linker = guest::linker(engine).map_err(|error| of_host("no linker", &error))?;
    let not_linked = |error| {
        InstallError::new(format!("it can't be linked: {error:#}"), "build it with toolbay-sdk alone")
    };
    let linked = guest::link(&linker, component).map_err(not_linked)?;

    let limits = GuestLimits { cpu: INSTALL_CPU, ..limits };
    let means = Means::alone(limits.memory_bytes, limits.cpu);
    let meter = Arc::clone(&means.meter);
    let mut store = guest::store(engine, None, means);
    let answered = runtime.block_on(async {
        let mut asking = pin!(guest::tools(&linked, &mut store));
        poll_fn(|context| meter.poll(asking.as_mut(), context)).await
    });
    let tools = answered.map_err(|error| {
        let state = store.data();
        let what = Ended::of(&error, state, &limits).what;
        match &state.panic {
            Some(panic) => InstallError::new(
                format!("asked for its tools, it {what}: {}", panic.message),
                "correct it in the plugin's source",
            ),
            None => InstallError::new(
                format!("asked for its tools, it {what}"),
                "the plugin's `tools` function must answer at once, without using any import",
            ),
        }
    })?;
    definitions(tools)
        .map_err(|error| InstallError::new(error.to_string(), "correct it in the plugin's source"))
}
