//! Files that are refused when they are dropped: each with its reason and what would help, and nothing of them is run.

use proptest::prelude::*;
use toolbay_sandbox::inspect::inspect;
use toolbay_sandbox::pack::{PackError, pack, read_manifest};

use crate::capabilities::registry;
use crate::guests::{Hand, core, fixture, least_manifest, manifest};
use crate::host::Host;

/// Many functions of some size.
fn functions(count: usize, instructions: usize) -> String {
    let body = "(drop (i32.add (i32.const 1) (i32.const 2)))".repeat(instructions);
    format!("(func {body})").repeat(count)
}

#[tokio::test]
async fn each_is_refused_with_its_reason() {
    let echo = fixture("echo");
    let least = least_manifest("");
    let hand = |hand: Hand| hand.component(&least);
    let mut truncated = echo.clone();
    truncated.truncate(echo.len() / 2);
    let mut flipped = echo.clone();
    flipped[20] ^= 0xff;
    let cases: Vec<(&str, Vec<u8>, &str, &str)> = vec![
        ("empty", Vec::new(), "not a WebAssembly component", "toolbay plugin build"),
        ("garbage", b"MZ this is no plugin".to_vec(), "not a WebAssembly component", "toolbay plugin build"),
        ("truncated", truncated, "not valid WebAssembly", ""),
        ("flipped", flipped, "not valid WebAssembly", ""),
        ("core", core("echo"), "core WebAssembly module", "toolbay plugin build"),
        ("large", vec![0; 9 << 20], "at most 8 MiB", "plugin profile"),
        (
            "no-manifest",
            wit_component::ComponentEncoder::default().module(&core("echo")).unwrap().encode().unwrap(),
            "carries no manifest",
            "toolbay plugin build",
        ),
        ("bad-manifest", Hand::default().component("name = 1"), "plugin.toml", "correct plugin.toml"),
        (
            "forbidden-import",
            hand(Hand {
                imports: "(import \"evil:net/socket@1.0.0\" \"open\" (func $open))".into(),
                in_call: "(call $open)".into(),
                world: "import evil:net/socket@1.0.0;".into(),
                ..Hand::default()
            }),
            "imports `evil:net/socket@1.0.0`",
            "toolbay-sdk alone",
        ),
        (
            "unknown-package",
            hand(Hand {
                imports: "(import \"toolbay:mail/client@0.1.0\" \"get\" (func $get))".into(),
                in_call: "(call $get)".into(),
                world: "import toolbay:mail/client@0.1.0;".into(),
                ..Hand::default()
            }),
            "imports `toolbay:mail/client@0.1.0`, which this host doesn't have",
            "a host that has this package",
        ),
        (
            "not-asked",
            hand(Hand {
                imports:
                    "(import \"toolbay:plugin/state@0.1.0\" \"remove\" (func $remove (param i32 i32 i32)))"
                        .into(),
                in_call: "(call $remove (i32.const 0) (i32.const 0) (i32.const 512))".into(),
                world: "import toolbay:plugin/state@0.1.0;".into(),
                ..Hand::default()
            }),
            "imports `toolbay:plugin/state`",
            "state = true",
        ),
        (
            "unreleased-version",
            hand(Hand { version: "0.9.0", ..Hand::default() }),
            "version 0.9.0 of `toolbay:plugin`; this host supports 0.1.0",
            "0.1.0",
        ),
        ("no-provider", no_provider(), "doesn't export `toolbay:plugin/provider`", "plugin!"),
        (
            "4-gib",
            hand(Hand { pages: 65_536, ..Hand::default() }),
            "declares 4096 MiB of memory; a plugin may have 256",
            "declared memory",
        ),
        (
            "table",
            hand(Hand { more: "(table 100000000 funcref)".into(), ..Hand::default() }),
            "100000000 table elements",
            "",
        ),
        (
            "many-functions",
            hand(Hand { more: functions(10_001, 1), ..Hand::default() }),
            "functions; at most 10000",
            "fewer or shorter functions",
        ),
        (
            "one-huge-function",
            hand(Hand { more: functions(1, 60_000), ..Hand::default() }),
            "bytes in one function",
            "fewer or shorter functions",
        ),
        (
            "vectors",
            hand(Hand { more: "(func (result v128) (v128.const i32x4 0 0 0 0))".into(), ..Hand::default() }),
            "not valid WebAssembly",
            "simd128",
        ),
        (
            "more-memory-than-its-limit",
            hand(Hand { pages: 2_000, ..Hand::default() }),
            "more than its 64 MiB of memory",
            "",
        ),
        (
            "spins-at-start",
            hand(Hand { more: "(func $spin (loop (br 0))) (start $spin)".into(), ..Hand::default() }),
            "ran out of its 2 s of CPU time",
            "answer at once",
        ),
        (
            "traps-for-its-tools",
            hand(Hand { in_tools: "unreachable".into(), ..Hand::default() }),
            "unreachable instruction",
            "answer at once",
        ),
        (
            "depends-on-a-call",
            hand(Hand {
                imports: "(import \"toolbay:plugin/ambient@0.1.0\" \"now-ms\" (func $now (result i64)))"
                    .into(),
                in_tools: "(drop (call $now))".into(),
                world: "import toolbay:plugin/ambient@0.1.0;".into(),
                ..Hand::default()
            }),
            "used `ambient.now-ms` while it was asked for its tools",
            "without using any import",
        ),
        (
            "wrong-name",
            hand(Hand { in_tools: "(i32.store8 (i32.const 128) (i32.const 46))".into(), ..Hand::default() }),
            "`.and` is not a tool name",
            "",
        ),
        (
            "no-tools",
            hand(Hand { in_tools: "(i32.store (i32.const 4) (i32.const 0))".into(), ..Hand::default() }),
            "provides no tools",
            "",
        ),
    ];
    let files: Vec<(String, &Vec<u8>)> =
        cases.iter().map(|(name, bytes, ..)| (format!("{name}.wasm"), bytes)).collect();
    let mut plugins: Vec<(&str, &[u8])> =
        files.iter().map(|(file, bytes)| (file.as_str(), bytes.as_slice())).collect();
    plugins.push(("echo.wasm", &echo));
    let host = Host::with(&plugins).await;
    for (name, _, reason, fix) in &cases {
        let report = host.report(&format!("{name}.wasm"));
        assert_eq!(report.status.as_str(), "refused", "{name}");
        assert!(report.reason.as_ref().unwrap().contains(reason), "{name}: {:?}", report.reason);
        assert!(report.fix.as_ref().unwrap().contains(fix), "{name}: {:?}", report.fix);
        assert!(report.tools.is_empty());
    }
    host.is_alive().await;
}

/// A component that exports nothing, with a manifest.
fn no_provider() -> Vec<u8> {
    use wasm_encoder::ComponentSection as _;
    let mut component = wasm_encoder::Component::new().finish();
    let manifest = least_manifest("");
    wasm_encoder::CustomSection { name: "toolbay:manifest".into(), data: manifest.as_bytes().into() }
        .append_to_component(&mut component);
    component
}

#[test]
fn packing_is_deterministic_and_keeps_the_manifest() {
    let (core, manifest) = (core("probe"), manifest("probe"));
    let packed = pack(&core, &manifest, &registry()).unwrap();
    assert_eq!(packed, pack(&core, &manifest, &registry()).unwrap());
    assert_eq!(read_manifest(&packed, &registry()).unwrap().name.as_str(), "probe");
    assert!(matches!(pack(&packed, &manifest, &registry()), Err(PackError::AlreadyPacked)));
    assert!(matches!(pack(b"\0asm", &manifest, &registry()), Err(PackError::Encode(_))));
    assert!(matches!(pack(&core, "name = 1", &registry()), Err(PackError::Manifest(_))));
    let silent = manifest
        .replace("notion.read = true", "")
        .replace("notion.write", "#")
        .replace("notion.destroy", "#");
    let refusal = pack(&core, &silent, &registry()).unwrap_err().to_string();
    assert!(refusal.contains("imports `toolbay:notion/api`"), "{refusal}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever is changed in a good plugin, looking at it ends with an answer.
    #[test]
    fn damage_is_an_error_and_never_a_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = Hand::default().component(&least_manifest(""));
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = inspect(&bytes, &registry());
        let _ = read_manifest(&bytes, &registry());
    }
}
