//! The life of a call: store, instance, call and drop of a small Rust guest, beside bare Wasmtime with the same guest.
//!
//! `cargo bench -p toolbay-sandbox` prints a table. The rows of bare Wasmtime have no limits, no CPU accounting and no
//! host around them: they are what any host on Wasmtime pays, and the rest is what this one adds.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    reason = "a measurement shares the tests' harness, and fails fast like a test"
)]

#[path = "../tests/sandbox/capabilities.rs"]
mod capabilities;
#[path = "../tests/sandbox/guests.rs"]
mod guests;
#[path = "../tests/sandbox/host.rs"]
mod host;

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::{Value, json};
use toolbay_kernel::catalog::Offered;
use toolbay_kernel::{Access, Answer, Call, Permissions, Problem, Provider, ToolDefinition, ToolName};
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};

const WARM_UP: usize = 2_000;
const CALLS: usize = 20_000;

mod bare {
    wasmtime::component::bindgen!({
        path: ["../../wit/plugin/0.1.0", "../../wit/notion/0.1.0"],
        inline: "
            package toolbay:bare;
            world plugin {
                include toolbay:plugin/plugin@0.1.0;
                import toolbay:notion/api@0.1.0;
            }
        ",
        world: "plugin",
        exports: { default: async },
    });
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    println!("| {:<52} | p50 us | p99 us |", "one call of the echo plugin, 20,000 calls");
    println!("|{:-<54}|-------:|-------:|", "");
    let echo = guests::fixture("echo");
    row("bare Wasmtime, on-demand memory", runtime.block_on(bare_wasmtime(&echo, None)));
    let pool = Some(PoolingAllocationConfig::new());
    row("bare Wasmtime, pooled memory", runtime.block_on(bare_wasmtime(&echo, pool)));
    let (provider, door) = runtime.block_on(toolbay(&echo));
    row("Toolbay, the plugin's call", provider);
    row("Toolbay, from door to answer", door);
    let beside = runtime.block_on(runtime.spawn(beside_guests_that_spin(echo)));
    row("Toolbay, from door to answer, beside 8 that spin", beside.unwrap());
}

fn row(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: usize| times[times.len() * share / 100].as_secs_f64() * 1e6;
    println!("| {what:<52} | {:>6.1} | {:>6.1} |", at(50), at(99));
}

/// On a worker of the runtime, where it has to share with the others.
async fn beside_guests_that_spin(echo: Vec<u8>) -> Vec<Duration> {
    let setup = host::Setup::default();
    let host = Arc::new(setup.start());
    host.put("echo.wasm", &echo);
    host.put("hostile.wasm", &guests::fixture("hostile"));
    host.folder.refresh().await;
    let spinning: Vec<_> = (0..8)
        .map(|_| {
            let host = Arc::clone(&host);
            tokio::spawn(async move {
                loop {
                    host.call("spin", json!({})).await.unwrap_err();
                }
            })
        })
        .collect();
    let mut times = Vec::with_capacity(CALLS);
    for round in 0..WARM_UP + CALLS {
        let begun = Instant::now();
        host.call("echo", arguments()).await.unwrap();
        if round >= WARM_UP {
            times.push(begun.elapsed());
        }
        // As calls of somebody come: one after the other, not all at once.
        tokio::task::yield_now().await;
    }
    for call in spinning {
        call.abort();
    }
    times
}

async fn bare_wasmtime(component: &[u8], pool: Option<PoolingAllocationConfig>) -> Vec<Duration> {
    let mut config = Config::new();
    config.epoch_interruption(true);
    if let Some(pool) = pool {
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    }
    let engine = Engine::new(&config).unwrap();
    let component = Component::new(&engine, component).unwrap();
    let linked =
        bare::PluginPre::new(Linker::<()>::new(&engine).instantiate_pre(&component).unwrap()).unwrap();
    let arguments = arguments().to_string();
    let mut times = Vec::with_capacity(CALLS);
    for round in 0..WARM_UP + CALLS {
        let begun = Instant::now();
        let mut store = Store::new(&engine, ());
        store.set_epoch_deadline(1_000);
        let guest = linked.instantiate_async(&mut store).await.unwrap();
        let answer = guest.toolbay_plugin_provider().call_call(&mut store, "echo", &arguments).await;
        assert!(answer.unwrap().unwrap().data.is_some());
        drop(store);
        if round >= WARM_UP {
            times.push(begun.elapsed());
        }
    }
    times
}

fn arguments() -> Value {
    json!({"message": "hello"})
}

/// A tool that calls the plugin's tool again and again with its own call, and so measures the provider alone.
struct Measure {
    plugin: Arc<dyn Provider>,
    permissions: Arc<Permissions>,
    times: Mutex<Vec<Duration>>,
}

#[async_trait::async_trait]
impl Provider for Measure {
    fn name(&self) -> &str {
        "measure"
    }

    fn permissions(&self) -> &Arc<Permissions> {
        &self.permissions
    }

    async fn call(&self, _tool: &ToolName, _arguments: Value, call: Arc<Call>) -> Result<Answer, Problem> {
        let echo: ToolName = "echo".parse().unwrap();
        let mut times = Vec::with_capacity(CALLS);
        for round in 0..WARM_UP + CALLS {
            let (arguments, call) = (arguments(), Arc::clone(&call));
            let begun = Instant::now();
            let answer = self.plugin.call(&echo, arguments, call).await?;
            let took = begun.elapsed();
            assert!(answer.data.is_some());
            if round >= WARM_UP {
                times.push(took);
            }
        }
        *self.times.lock() = times;
        Ok(Answer::data(json!({})))
    }
}

async fn toolbay(component: &[u8]) -> (Vec<Duration>, Vec<Duration>) {
    let host = host::Host::with(&[("echo.wasm", component)]).await;
    let mut through_door = Vec::with_capacity(CALLS);
    for round in 0..WARM_UP + CALLS {
        let begun = Instant::now();
        host.call("echo", arguments()).await.unwrap();
        if round >= WARM_UP {
            through_door.push(begun.elapsed());
        }
    }
    let plugin = Arc::clone(&host.catalogs.current().get("echo").unwrap().provider);
    let measure = Arc::new(Measure { plugin, permissions: Arc::default(), times: Mutex::default() });
    let tool = ToolDefinition {
        name: "measure".parse().unwrap(),
        title: "Measure".to_owned(),
        description: "Measures.".to_owned(),
        input_schema: json!({"type": "object", "properties": {}}),
        output_schema: None,
        access: Access::Reads,
        least: Access::Reads,
        idempotent: true,
        routes: Vec::new(),
        background: false,
    };
    host.catalogs.source().publish(vec![Offered::new(Arc::clone(&measure) as _, &[tool]).unwrap()]);
    host.call("measure", json!({})).await.unwrap();
    let times = std::mem::take(&mut *measure.times.lock());
    (times, through_door)
}
