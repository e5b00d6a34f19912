//! Guests: the fixtures of this repository, and components made by hand to be refused.

use std::path::{Path, PathBuf};

use toolbay_sandbox::pack::pack;
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::capabilities::registry;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The core module of a fixture, as `script/plugins` built it: by the installed toolchain, or by Debian's.
pub(crate) fn core(name: &str) -> Vec<u8> {
    let file = format!("wasm32-unknown-unknown/plugin/toolbay_fixture_{name}.wasm");
    ["guests", "guests-debian"]
        .iter()
        .find_map(|folder| std::fs::read(repository().join("target").join(folder).join(&file)).ok())
        .unwrap_or_else(|| panic!("{file} is not built: script/plugins target/plugins tests/fixtures/*/"))
}

/// The manifest of a fixture.
pub(crate) fn manifest(name: &str) -> String {
    std::fs::read_to_string(repository().join(format!("tests/fixtures/{name}/plugin.toml"))).unwrap()
}

/// A fixture, packed as an author packs it.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    pack(&core(name), &manifest(name), &registry()).unwrap()
}

/// A fixture under another plugin name, and otherwise the same.
pub(crate) fn renamed(fixture: &str, name: &str) -> Vec<u8> {
    let manifest = manifest(fixture).replace(&format!("name = \"{fixture}\""), &format!("name = \"{name}\""));
    pack(&core(fixture), &manifest, &registry()).unwrap()
}

/// The least manifest, with what follows added.
pub(crate) fn least_manifest(rest: &str) -> String {
    format!(
        "name = \"hand\"\nversion = \"1.0.0\"\ndescription = \"Made by hand.\"\nlicense = \"MIT\"\n{rest}"
    )
}

/// A plugin written by hand: one tool named `hand`, that answers `{}`.
pub(crate) struct Hand {
    /// More of the core module: functions, tables, a start function, imports first.
    pub(crate) imports: String,
    pub(crate) more: String,
    /// Before the answer of `tools` and `call`.
    pub(crate) in_tools: String,
    pub(crate) in_call: String,
    /// Pages of memory.
    pub(crate) pages: u64,
    /// More of the world, such as another import.
    pub(crate) world: String,
    pub(crate) version: &'static str,
    /// The tool's name, of at most 12 characters.
    pub(crate) tool: String,
    /// The tool's input schema.
    pub(crate) schema: String,
}

impl Default for Hand {
    fn default() -> Self {
        Self {
            imports: String::new(),
            more: String::new(),
            in_tools: String::new(),
            in_call: String::new(),
            pages: 2,
            world: String::new(),
            version: "0.1.0",
            tool: "hand".to_owned(),
            schema: "{\"type\":\"object\"}".to_owned(),
        }
    }
}

impl Hand {
    /// The core module, with the contract's types in it as wit-bindgen leaves them.
    pub(crate) fn core(&self) -> Vec<u8> {
        let Self { imports, more, in_tools, in_call, pages, version, tool, schema, .. } = self;
        let schema_length = bytes(schema.len());
        let tool_length = bytes(tool.len());
        let schema = escaped(schema);
        // What is allocated comes behind the schema's 64 KiB.
        // A `tool` has 68 bytes: four strings, an optional string, access, idempotent, an optional route. The list of
        // one tool is described at 0, the tool at 16, the texts from 128 on, the schema at 4096; at 256 is the answer `ok({data: "{}"})`.
        let text = format!(
            r#"(module
              {imports}
              (memory (export "memory") {pages})
              (global $next (mut i32) (i32.const 81920))
              (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (local $at i32)
                (local.set $at (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
                (global.set $next (i32.add (local.get $at) (local.get 3)))
                (local.get $at))
              (func (export "toolbay:plugin/provider@{version}#tools") (result i32)
                {in_tools}
                (i32.const 0))
              (func (export "toolbay:plugin/provider@{version}#call") (param i32 i32 i32 i32) (result i32)
                {in_call}
                (i32.const 256))
              (data (i32.const 0) "\10\00\00\00\01\00\00\00")
              (data (i32.const 16)
                "\80\00\00\00{tool_length}"
                "\80\00\00\00{tool_length}"
                "\80\00\00\00{tool_length}"
                "\00\10\00\00{schema_length}"
                "\00\00\00\00\00\00\00\00\00\00\00\00"
                "\00\01\00\00"
                "\00\00\00\00")
              (data (i32.const 128) "{tool}")
              (data (i32.const 4096) "{schema}")
              (data (i32.const 192) "{{}}")
              (data (i32.const 256) "\00\00\00\00" "\01\00\00\00" "\c0\00\00\00" "\02\00\00\00" "\00\00\00\00" "\00\00\00\00")
              {more})"#
        );
        let mut module = wat::parse_str(text).unwrap();
        let mut resolve = Resolve::default();
        resolve.push_str("plugin.wit", &package("plugin").replace("@0.1.0", &format!("@{version}"))).unwrap();
        resolve
            .push_str("mail.wit", "package toolbay:mail@0.1.0; interface client { get: func(); }")
            .unwrap();
        resolve.push_str("evil.wit", "package evil:net@1.0.0; interface socket { open: func(); }").unwrap();
        let own = format!(
            "package hand:made; world hand {{ {} export toolbay:plugin/provider@{version}; }}",
            self.world
        );
        let hand = resolve.push_str("hand.wit", &own).unwrap();
        let world = resolve.select_world(&[hand], None).unwrap();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        module
    }

    /// The component, without the checks of packing.
    pub(crate) fn component(&self, manifest: &str) -> Vec<u8> {
        use wasm_encoder::ComponentSection as _;
        let mut component =
            wit_component::ComponentEncoder::default().module(&self.core()).unwrap().encode().unwrap();
        wasm_encoder::CustomSection { name: "toolbay:manifest".into(), data: manifest.as_bytes().into() }
            .append_to_component(&mut component);
        component
    }
}

/// The text of a package of the contract as one file, its header first.
fn package(name: &str) -> String {
    let folder = repository().join("wit").join(name).join("0.1.0");
    let files =
        std::fs::read_dir(folder).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let (header, rest): (Vec<String>, Vec<String>) = files.partition(|text| text.contains("\npackage "));
    [header, rest].concat().concat()
}

/// A length as a guest's memory has it.
fn bytes(length: usize) -> String {
    u32::try_from(length).unwrap().to_le_bytes().iter().map(|byte| format!("\\{byte:02x}")).collect()
}

/// Text between the quotation marks of a data segment.
fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'"' | b'\\' | 0..=31 | 127.. => format!("\\{byte:02x}"),
            _ => char::from(byte).to_string(),
        })
        .collect()
}
