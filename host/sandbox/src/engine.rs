//! The one Wasmtime engine of a process, and the one function that configures it.
//!
//! The compiler child and the host must agree on everything that shapes code: what the child compiled loads in the host
//! only when the compatibility hashes are equal. So both take [`config`], and differ in the allocator alone, which
//! shapes no code. A test compiles in one and loads in the other.

use std::hash::{Hash, Hasher};
use std::time::Duration;

use sha2::{Digest, Sha256};
use wasmtime::{
    Config, Enabled, Engine, EngineWeak, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig,
    Strategy,
};

use crate::inspect::contract::PACKAGES;
use crate::limits::{CORE_INSTANCES, GuestLimits, MEMORIES, STACK_BYTES, TABLE_ELEMENTS, TABLES, TICK};
use crate::processor;

/// Counts up when what the cache holds beside compiled code changes its form.
const CACHE_FORMAT: u32 = 4;

/// Bytes of a guest's memory that stay resident between calls, in a pool slot. Most guests touch less, so that a slot
/// is cleaned by `memset` on the pages that were touched instead of by system calls that give them back.
const KEEP_RESIDENT: usize = 4 * 1024 * 1024;

/// Pool slots that keep resident memory while nobody uses them.
const WARM_SLOTS: u32 = 32;

/// Everything that shapes code.
///
/// Cranelift alone: Winch had escapes that Cranelift didn't. Proposals that nobody needs are off, and so are not
/// there to be attacked; threads, garbage collection and asynchronous components aren't even compiled in.
fn config() -> wasmtime::Result<Config> {
    let mut config = Config::new();
    processor::settle(&mut config)?;
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        .wasm_component_model(true)
        .epoch_interruption(true)
        .wasm_relaxed_simd(false)
        .wasm_simd(false)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false)
        .wasm_stack_switching(false)
        .wasm_gc(false)
        .shared_memory(false)
        .max_wasm_stack(STACK_BYTES)
        // Bounds are checked by code, not by guard pages: a slot whose guest grew its memory would otherwise have its
        // protection changed twice a call, and each change interrupts every other core. Reserving no more than a guest
        // may have also makes the pool fit where address space is short.
        .signals_based_traps(false)
        .memory_guard_size(0)
        .memory_reservation(u64::try_from(GuestLimits::highest().memory_bytes).unwrap_or(u64::MAX))
        // Backtraces name functions, whose names a guest chooses; nobody reads them. Without them nobody needs to know
        // where in the guest an instruction comes from, nor how to unwind its stack: tables that are a third of the code.
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false)
        .native_unwind_info(false);
    Ok(config)
}

/// The engine of the compiler child: one guest at a time, so no pool.
///
/// # Errors
///
/// When Wasmtime doesn't run on this machine.
pub(crate) fn for_compiling() -> wasmtime::Result<Engine> {
    let mut config = config()?;
    config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
    Engine::new(&config)
}

/// The engine of the host, with a pool of `guests` slots where the machine has the address space for it.
///
/// # Errors
///
/// When Wasmtime doesn't run on this machine.
pub(crate) fn for_running(guests: usize) -> wasmtime::Result<Engine> {
    let mut pooled = config()?;
    pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(guests)));
    // Making the engine reserves the pool, which is the probe: a machine with less address space, or a process under
    // `ulimit -v`, refuses it.
    match Engine::new(&pooled) {
        Ok(engine) => Ok(engine),
        Err(error) => {
            tracing::warn!(error = %error, "sandbox.no_pool: each call maps its own memory, which takes longer");
            for_compiling()
        }
    }
}

fn pool(guests: usize) -> PoolingAllocationConfig {
    let of_each = |count: usize| u32::try_from(guests.saturating_mul(count)).unwrap_or(u32::MAX);
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(of_each(1))
        .total_stacks(of_each(1))
        .total_core_instances(of_each(CORE_INSTANCES))
        .total_memories(of_each(MEMORIES))
        .total_tables(of_each(TABLES))
        .max_core_instances_per_component(count(CORE_INSTANCES))
        .max_memories_per_component(count(MEMORIES))
        .max_tables_per_component(count(TABLES))
        .max_memories_per_module(1)
        .max_tables_per_module(count(TABLES))
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(GuestLimits::highest().memory_bytes)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(TABLE_ELEMENTS * size_of::<usize>())
        .max_unused_warm_slots(WARM_SLOTS)
        // Finds the pages that a guest touched; needs Linux 6.7, and is left out where there is none.
        .pagemap_scan(Enabled::Auto);
    pool
}

/// The name of everything that must be equal for compiled code to be loaded: Wasmtime's version and settings, the
/// processor that the code is for, and the cache's own form.
pub(crate) fn compatibility(engine: &Engine) -> String {
    struct Sha(Sha256);
    impl Hasher for Sha {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut hasher = Sha(Sha256::new());
    CACHE_FORMAT.hash(&mut hasher);
    PACKAGES.hash(&mut hasher);
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hex::encode(hasher.0.finalize()).chars().take(32).collect()
}

/// Advances the engine's epoch until the engine has gone.
///
/// A thread of its own: a timer of the runtime would stop ticking just when guests keep all of its workers busy.
///
/// # Errors
///
/// When the thread can't be made.
pub(crate) fn start_ticking(engine: &Engine) -> std::io::Result<()> {
    fn tick(engine: &EngineWeak, every: Duration) {
        loop {
            std::thread::sleep(every);
            match engine.upgrade() {
                Some(engine) => engine.increment_epoch(),
                None => return,
            }
        }
    }
    let engine = engine.weak();
    std::thread::Builder::new().name("toolbay-epoch".to_owned()).spawn(move || tick(&engine, TICK)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_child_compiles_loads_in_the_host() {
        let child = for_compiling().unwrap();
        let host = for_running(4).unwrap();
        assert!(host.get_pooling_config().is_some(), "no pool on this machine");
        assert_eq!(compatibility(&child), compatibility(&host));
        assert_eq!(compatibility(&child).len(), 32);
    }

    #[test]
    fn a_machine_without_address_space_still_gets_an_engine() {
        // 128 TiB are not there to be reserved.
        assert!(for_running(100_000_000).is_ok());
    }
}
