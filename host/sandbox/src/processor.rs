//! The processor that plugins are compiled for.
//!
//! Left to itself, Wasmtime compiles for exactly the features of this machine, and what it made loads on no machine that
//! lacks one of them. Code that comes with the program is to load on machines that nobody has seen. So where a machine has
//! all of x86-64-v3 (2013 and later; the levels are those of the System V ABI), code is for that level. What lies above it are
//! wider vectors, which guests can't use. Elsewhere it is for the machine, and made there.

use wasmtime::Config;

/// Has code made for the level of this machine.
///
/// # Errors
///
/// When Wasmtime doesn't know the machine.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub(crate) fn settle(config: &mut Config) -> wasmtime::Result<()> {
    if is_level_3() {
        config.target("x86_64-unknown-linux-gnu")?;
        enable_level_3(config);
    }
    Ok(())
}

/// Has code made for this machine.
///
/// # Errors
///
/// None here.
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
pub(crate) fn settle(_config: &mut Config) -> wasmtime::Result<()> {
    Ok(())
}

/// Whether this machine has what Cranelift's preset of the level uses.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn is_level_3() -> bool {
    std::arch::is_x86_feature_detected!("sse3")
        && std::arch::is_x86_feature_detected!("ssse3")
        && std::arch::is_x86_feature_detected!("cmpxchg16b")
        && std::arch::is_x86_feature_detected!("sse4.1")
        && std::arch::is_x86_feature_detected!("sse4.2")
        && std::arch::is_x86_feature_detected!("popcnt")
        && std::arch::is_x86_feature_detected!("avx")
        && std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("bmi1")
        && std::arch::is_x86_feature_detected!("bmi2")
        && std::arch::is_x86_feature_detected!("fma")
        && std::arch::is_x86_feature_detected!("lzcnt")
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[expect(unsafe_code, reason = "Wasmtime can't know what a flag of Cranelift does; this one names features")]
fn enable_level_3(config: &mut Config) {
    // SAFETY: the preset enables instructions and changes nothing else. Its caller found all of them on this machine, and
    // Wasmtime itself looks again before it loads code that was made with them.
    unsafe { config.cranelift_flag_enable("x86-64-v3") };
}
