//! One guest: a store with every limit, an instance in it, one call, and nothing of it kept.
//!
//! The store is dropped after the call however it ended. A guest that was interrupted may hold half of anything, and
//! two of Wasmtime's advisories concern only those who go on using such a store.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Engine, Store, UpdateDeadline};

use super::memory::{Budget, MemoryLimiter};
use super::meter::{Meter, Tick};
use crate::bindings::PluginPre;
use crate::bindings::exports::toolbay::plugin::provider;
use crate::bindings::toolbay::plugin::types;
use crate::host::{CallState, Running, Stop};
use crate::limits::{HANDLES, HOST_CALL_BYTES};

/// A compiled plugin, linked: what each call begins with.
pub(crate) type Linked = PluginPre<CallState>;

/// Links a component with the host's side of the contract, once; each call only instantiates.
///
/// # Errors
///
/// When it imports what the host doesn't have, which an inspected component doesn't.
pub(crate) fn link(linker: &Linker<CallState>, component: &Component) -> wasmtime::Result<Linked> {
    PluginPre::new(linker.instantiate_pre(component)?)
}

/// The host's side of the contract.
///
/// # Errors
///
/// When the bindings contradict themselves.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<CallState>> {
    let mut linker = Linker::new(engine);
    crate::bindings::Plugin::add_to_linker::<_, HasSelf<CallState>>(&mut linker, |state| state)?;
    Ok(linker)
}

/// What a guest may use, and what it is charged to.
pub(crate) struct Means {
    pub(crate) memory_bytes: usize,
    pub(crate) budget: Arc<Budget>,
    pub(crate) meter: Arc<Meter>,
}

impl Means {
    /// For a guest that belongs to no plugin yet.
    pub(crate) fn alone(memory_bytes: usize, cpu: Duration) -> Self {
        Self { memory_bytes, budget: Arc::new(Budget::new(memory_bytes)), meter: Arc::new(Meter::new(cpu)) }
    }
}

/// A store with every limit.
pub(crate) fn store(engine: &Engine, running: Option<Running>, means: Means) -> Store<CallState> {
    let memory = MemoryLimiter::new(means.memory_bytes, means.budget);
    let mut store = Store::new(engine, CallState::new(running, memory, means.meter));
    store.limiter(|state| &mut state.memory);
    store.set_hostcall_fuel(HOST_CALL_BYTES);
    store.set_max_component_handles(HANDLES);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|store| match store.data().meter.tick() {
        Tick::GiveWay => Ok(UpdateDeadline::Yield(1)),
        Tick::Stop => Err(Stop::CpuTime.into()),
    });
    store
}

/// Instantiates the plugin and calls one of its tools.
pub(crate) async fn call(
    linked: &Linked,
    store: &mut Store<CallState>,
    tool: &str,
    arguments: String,
) -> wasmtime::Result<Result<provider::Answer, types::Problem>> {
    let guest = linked.instantiate_async(&mut *store).await?;
    guest.toolbay_plugin_provider().call_call(store, tool, &arguments).await
}

/// Instantiates the plugin and asks for its tools.
pub(crate) async fn tools(
    linked: &Linked,
    store: &mut Store<CallState>,
) -> wasmtime::Result<Vec<provider::Tool>> {
    let guest = linked.instantiate_async(&mut *store).await?;
    guest.toolbay_plugin_provider().call_tools(store).await
}
