//! How much of everything a component may declare, nested modules included.

use wasmparser::{BinaryReaderError, Parser, Payload};

use crate::limits::{CORE_INSTANCES, GuestLimits, MEMORIES, TABLE_ELEMENTS, TABLES};

/// Functions of all modules together. Compiling 20,000 small ones took 4.5 s on two cores; a Rust plugin has some
/// thousand.
const FUNCTIONS: u64 = 10_000;

/// Bytes of one function. The time that optimising takes grows faster than a function's length: 1.6 MB took 2 s.
const FUNCTION_BYTES: u64 = 256 * 1024;

/// Core modules in one component; wit-component makes three.
const MODULES: u64 = 16;

/// Components within a component.
const COMPONENTS: u64 = 64;

/// Types, imports, exports, globals, segments, aliases and lifted functions: of each, all together. The contract and a
/// large Rust plugin together have a few hundred.
const ITEMS: u64 = 20_000;

/// Something that a component has too much of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutOfBounds {
    /// More of a thing than allowed.
    #[error("it has {count} {what}; at most {max} are allowed")]
    TooMany {
        what: &'static str,
        count: u64,
        /// How many are allowed.
        max: u64,
    },
    /// A memory that starts too large.
    #[error("it declares {mib} MiB of memory; a plugin may have {max_mib} MiB")]
    Memory {
        /// How much it wants at its start.
        mib: u64,
        /// How much there is.
        max_mib: u64,
    },
    /// Bytes that can't be read.
    #[error("it is not valid WebAssembly: {0}")]
    Unreadable(String),
}

impl From<BinaryReaderError> for OutOfBounds {
    fn from(error: BinaryReaderError) -> Self {
        Self::Unreadable(error.message().to_owned())
    }
}

/// Counts what is declared, without keeping any of it.
#[derive(Default)]
struct Counts {
    functions: u64,
    modules: u64,
    components: u64,
    core_instances: u64,
    items: u64,
    tables: u64,
    table_elements: u64,
    memories: u64,
    memory_bytes: u64,
}

pub(super) fn check(component: &[u8]) -> Result<(), OutOfBounds> {
    let mut counts = Counts::default();
    for payload in Parser::new(0).parse_all(component) {
        counts.add(&payload?)?;
    }
    Ok(())
}

impl Counts {
    fn add(&mut self, payload: &Payload<'_>) -> Result<(), OutOfBounds> {
        match payload {
            Payload::ModuleSection { .. } => count(&mut self.modules, 1, "core modules", MODULES),
            Payload::ComponentSection { .. } => {
                count(&mut self.components, 1, "nested components", COMPONENTS)
            }
            Payload::InstanceSection(section) => count(
                &mut self.core_instances,
                section.count().into(),
                "core instances",
                // The instances that only regroup exports aren't counted by the store, hence the margin.
                4 * CORE_INSTANCES as u64,
            ),
            Payload::FunctionSection(section) => {
                count(&mut self.functions, section.count().into(), "functions", FUNCTIONS)
            }
            Payload::CodeSectionEntry(body) => {
                let bytes = body.range().len() as u64;
                at_most("bytes in one function", bytes, FUNCTION_BYTES)
            }
            Payload::TableSection(section) => {
                count(&mut self.tables, section.count().into(), "tables", TABLES as u64)?;
                for table in section.clone() {
                    let elements = table?.ty.initial;
                    count(&mut self.table_elements, elements, "table elements", TABLE_ELEMENTS as u64)?;
                }
                Ok(())
            }
            Payload::MemorySection(section) => {
                count(&mut self.memories, section.count().into(), "memories", MEMORIES as u64)?;
                for memory in section.clone() {
                    self.add_memory(memory?.initial)?;
                }
                Ok(())
            }
            Payload::TypeSection(section) => self.add_items(section.count()),
            Payload::ImportSection(section) => self.add_items(section.count()),
            Payload::ExportSection(section) => self.add_items(section.count()),
            Payload::GlobalSection(section) => self.add_items(section.count()),
            Payload::ElementSection(section) => self.add_items(section.count()),
            Payload::DataSection(section) => self.add_items(section.count()),
            Payload::CoreTypeSection(section) => self.add_items(section.count()),
            Payload::ComponentInstanceSection(section) => self.add_items(section.count()),
            Payload::ComponentAliasSection(section) => self.add_items(section.count()),
            Payload::ComponentTypeSection(section) => self.add_items(section.count()),
            Payload::ComponentCanonicalSection(section) => self.add_items(section.count()),
            Payload::ComponentImportSection(section) => self.add_items(section.count()),
            Payload::ComponentExportSection(section) => self.add_items(section.count()),
            _ => Ok(()),
        }
    }

    fn add_items(&mut self, more: u32) -> Result<(), OutOfBounds> {
        count(&mut self.items, more.into(), "types, imports, exports and segments", ITEMS)
    }

    fn add_memory(&mut self, pages: u64) -> Result<(), OutOfBounds> {
        const MIB: u64 = 1024 * 1024;
        let max = GuestLimits::highest().memory_bytes as u64;
        self.memory_bytes = self.memory_bytes.saturating_add(pages.saturating_mul(64 * 1024));
        if self.memory_bytes > max {
            return Err(OutOfBounds::Memory { mib: self.memory_bytes / MIB, max_mib: max / MIB });
        }
        Ok(())
    }
}

fn count(total: &mut u64, more: u64, what: &'static str, max: u64) -> Result<(), OutOfBounds> {
    *total = total.saturating_add(more);
    at_most(what, *total, max)
}

fn at_most(what: &'static str, count: u64, max: u64) -> Result<(), OutOfBounds> {
    if count > max { Err(OutOfBounds::TooMany { what, count, max }) } else { Ok(()) }
}
