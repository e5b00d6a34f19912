//! A plugin as a provider: each call gets a guest of its own.

mod answer;
pub(crate) mod definition;
pub(crate) mod guest;
pub(crate) mod lane;
pub(crate) mod memory;
pub(crate) mod meter;
pub(crate) mod shared;
pub(crate) mod trap;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use toolbay_kernel::schema::PreparedTool;
use toolbay_kernel::{Answer, Call, Code, Permissions, Problem, Provider, ToolName, aside};

use crate::bindings::toolbay::plugin::types;
use crate::host::{Running, problem_of_guest};
use crate::limits::{GuestLimits, SLOW_FOR};
use crate::manifest::Manifest;
use guest::Linked;
use memory::Budget;
use meter::Meter;
use shared::Shared;
use trap::Ended;

/// A plugin that is compiled and linked. What its calls share, and nothing else, is in here.
pub struct Installed {
    manifest: Manifest,
    digest: Arc<str>,
    tools: Arc<[PreparedTool]>,
    linked: Linked,
    limits: GuestLimits,
    settings: Arc<str>,
    slots: Arc<Semaphore>,
    memory: Arc<Budget>,
    /// Until when a tool begins in the slow lane, in milliseconds of the sandbox's clock.
    slow_until: HashMap<ToolName, AtomicU64>,
    shared: Arc<Shared>,
}

impl Installed {
    pub(crate) fn new(
        manifest: Manifest,
        digest: String,
        tools: Arc<[PreparedTool]>,
        linked: Linked,
        settings: Arc<str>,
        shared: Arc<Shared>,
    ) -> Self {
        let slow_until =
            tools.iter().map(|tool| (tool.definition().name.clone(), AtomicU64::new(0))).collect();
        Self {
            limits: manifest.limits.at_most(shared.limits.guest),
            slots: Arc::new(Semaphore::new(shared.limits.calls_of_a_plugin)),
            memory: Arc::new(Budget::new(shared.limits.memory_of_a_plugin)),
            manifest,
            digest: digest.into(),
            tools,
            linked,
            settings,
            slow_until,
            shared,
        }
    }

    /// What the plugin says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// SHA-256 of the component's bytes, in hex.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The tools that it provides.
    #[must_use]
    pub fn tools(&self) -> &Arc<[PreparedTool]> {
        &self.tools
    }

    /// A slot of the plugin's own, and one in the pool: a full pool would make instantiation fail.
    async fn slot(&self, call: &Call) -> Result<[OwnedSemaphorePermit; 2], Problem> {
        let own = wait_for(&self.slots, &self.shared.limits.wait_for_a_slot, call)
            .await
            .ok_or_else(|| self.busy(self.shared.limits.calls_of_a_plugin, "of this plugin"))?;
        let pooled = wait_for(&self.shared.slots, &self.shared.limits.wait_for_a_slot, call)
            .await
            .ok_or_else(|| self.busy(self.shared.limits.guests, "of plugins"))?;
        Ok([own, pooled])
    }

    fn busy(&self, max: usize, whose: &str) -> Problem {
        tracing::debug!(plugin = %self.manifest.name, max, "plugin.no_slot: too many calls {whose}");
        Problem::new(Code::RateLimited, format!("{max} calls {whose} are already running"))
            .hint("try again when some have ended")
    }

    fn is_slow(&self, tool: &ToolName) -> bool {
        self.slow_until.get(tool).is_some_and(|until| until.load(Ordering::Relaxed) > self.shared.now_ms())
    }

    fn mark_slow(&self, tool: &ToolName) {
        if let Some(until) = self.slow_until.get(tool) {
            let for_ms = u64::try_from(SLOW_FOR.as_millis()).unwrap_or(0);
            until.store(self.shared.now_ms().saturating_add(for_ms), Ordering::Relaxed);
        }
    }

    fn explain(&self, error: &wasmtime::Error, state: &crate::host::CallState, tool: &ToolName) -> Problem {
        let ended = Ended::of(error, state, &self.limits);
        tracing::warn!(plugin = %self.manifest.name, %tool, what = ended.what, "plugin.ended_early");
        ended.problem(tool.as_str())
    }
}

async fn wait_for(slots: &Arc<Semaphore>, max: &Duration, call: &Call) -> Option<OwnedSemaphorePermit> {
    if let Ok(slot) = Arc::clone(slots).try_acquire_owned() {
        return Some(slot);
    }
    let wait = call.remaining().min(*max);
    tokio::time::timeout(wait, Arc::clone(slots).acquire_owned()).await.ok()?.ok()
}

/// An installed plugin with what the operator granted it. Another grant makes another one of the same [`Installed`].
pub struct Plugin {
    installed: Arc<Installed>,
    permissions: Arc<Permissions>,
}

impl Plugin {
    /// The plugin with these permissions.
    #[must_use]
    pub fn new(installed: Arc<Installed>, permissions: Arc<Permissions>) -> Self {
        Self { installed, permissions }
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Plugin").field(&self.installed.manifest.name).finish()
    }
}

#[async_trait]
impl Provider for Plugin {
    fn name(&self) -> &str {
        self.installed.manifest.name.as_str()
    }

    fn permissions(&self) -> &Arc<Permissions> {
        &self.permissions
    }

    fn digest(&self) -> Option<&Arc<str>> {
        Some(&self.installed.digest)
    }

    async fn call(&self, tool: &ToolName, arguments: Value, call: Arc<Call>) -> Result<Answer, Problem> {
        let installed = &self.installed;
        let slots = installed.slot(&call).await?;
        let meter = Arc::new(Meter::new(installed.limits.cpu));
        let running = Running {
            call: Arc::clone(&call),
            plugin: installed.manifest.name.clone(),
            settings: Arc::clone(&installed.settings),
            state: Arc::clone(&installed.shared.state),
            calendar: installed.shared.calendar,
            main: Handle::current(),
        };
        let arguments = aside::run(aside::bytes(&arguments), move || arguments.to_string()).await?;
        let guest = run(Arc::clone(installed), running, tool.clone(), arguments, Arc::clone(&meter), slots);
        let lane = &installed.shared.slow_lane;
        let is_slow = installed.is_slow(tool);
        let ended = lane::run(guest, Arc::clone(&meter), lane, is_slow, || installed.mark_slow(tool)).await;
        let Ok((answer, memory_bytes)) = ended else {
            return Err(
                Problem::new(Code::Unavailable, "the host is stopping").hint("try again in a few seconds")
            );
        };
        call.has_used(meter.used(), memory_bytes);
        answer
    }
}

/// The whole life of a guest: its answer, and the most bytes of memory that it had. Owns all that it needs, so that it can change
/// lanes; its slots are free only when its store is gone.
async fn run(
    installed: Arc<Installed>,
    running: Running,
    tool: ToolName,
    arguments: String,
    meter: Arc<Meter>,
    slots: [OwnedSemaphorePermit; 2],
) -> (Result<Answer, Problem>, usize) {
    let means = guest::Means {
        memory_bytes: installed.limits.memory_bytes,
        budget: Arc::clone(&installed.memory),
        meter,
    };
    let mut store = guest::store(&installed.shared.engine, Some(running), means);
    let ended = guest::call(&installed.linked, &mut store, tool.as_str(), arguments).await;
    let ended = match ended {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(problem)) => Err(refusal(problem)),
        Err(error) => Err(installed.explain(&error, store.data(), &tool)),
    };
    let memory_bytes = store.data().memory.used();
    drop(store);
    drop(slots);
    let max = installed.limits.output_bytes;
    (ended.and_then(|answer| answer::from_guest(answer, max)), memory_bytes)
}

fn refusal(problem: types::Problem) -> Problem {
    problem_of_guest(problem)
}
