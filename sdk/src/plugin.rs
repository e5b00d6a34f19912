//! The set of tools that a plugin provides.

use crate::{Answer, Call, Definition, Problem, Tool};

/// The tools of one plugin; `plugin!` makes it, as `PLUGIN`.
#[derive(Debug)]
pub struct Plugin {
    entries: &'static [Entry],
    /// For tests alone: in a component it stands in a section of its own.
    #[cfg(not(target_arch = "wasm32"))]
    manifest: Option<&'static str>,
}

/// One tool in the table of a plugin.
#[doc(hidden)]
#[derive(Debug)]
pub struct Entry {
    name: &'static str,
    definition: fn() -> Definition,
    run: fn(&Call, &str) -> Result<Answer, Problem>,
}

#[doc(hidden)]
#[must_use]
pub const fn entry<T: Tool>() -> Entry {
    Entry { name: T::SPECIFICATION.name, definition: T::definition, run: T::run }
}

impl Plugin {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(entries: &'static [Entry]) -> Self {
        Self {
            entries,
            #[cfg(not(target_arch = "wasm32"))]
            manifest: None,
        }
    }

    #[doc(hidden)]
    #[cfg(not(target_arch = "wasm32"))]
    #[must_use]
    pub const fn with_manifest(mut self, manifest: Option<&'static str>) -> Self {
        self.manifest = manifest;
        self
    }

    /// The text of `plugin.toml`, where the plugin was compiled beside one.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn manifest(&self) -> Option<&'static str> {
        self.manifest
    }

    /// The tools as the host publishes them, in the order of `plugin!`.
    #[must_use]
    pub fn definitions(&self) -> Vec<Definition> {
        self.entries.iter().map(|entry| (entry.definition)()).collect()
    }

    /// Runs a tool by name on arguments in JSON text.
    ///
    /// # Errors
    ///
    /// `not_found` where the plugin has no such tool, else what the tool says.
    pub fn run(&self, call: &Call, tool: &str, arguments: &str) -> Result<Answer, Problem> {
        let entry = self.entries.iter().find(|entry| entry.name == tool).ok_or_else(|| {
            let names = self.entries.iter().map(|entry| entry.name).collect::<Vec<_>>().join(", ");
            Problem::not_found(format!("This plugin has no tool `{tool}`.")).hint(format!("It has: {names}."))
        })?;
        (entry.run)(call, arguments)
    }
}

/// Stops the compilation of a plugin that has two tools of one name.
#[doc(hidden)]
#[expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::manual_assert,
    reason = "runs while the plugin compiles, never in it"
)]
pub const fn refuse_equal_names(names: &[&str]) {
    let mut left = 0;
    while left < names.len() {
        let mut right = left + 1;
        while right < names.len() {
            if equal(names[left].as_bytes(), names[right].as_bytes()) {
                panic!("two tools of this plugin have one name");
            }
            right += 1;
        }
        left += 1;
    }
}

#[expect(clippy::indexing_slicing, reason = "runs while the plugin compiles, never in it")]
const fn equal(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// Makes a plugin of tools: `plugin!(greet, pages::list);`. Once in a crate.
///
/// It declares `PLUGIN`, for tests, and exports the tools to the host when compiled for `wasm32-unknown-unknown`. In tests
/// `PLUGIN` knows the `plugin.toml` beside `Cargo.toml`, and what that asks for.
#[macro_export]
macro_rules! plugin {
    ($($tool:path),+ $(,)?) => {
        /// The tools of this plugin.
        #[cfg(target_arch = "wasm32")]
        pub static PLUGIN: $crate::Plugin = $crate::Plugin::new(&[$($crate::__private::entry::<$tool>()),+]);

        /// The tools of this plugin.
        #[cfg(not(target_arch = "wasm32"))]
        pub static PLUGIN: $crate::Plugin = $crate::Plugin::new(&[$($crate::__private::entry::<$tool>()),+])
            .with_manifest($crate::__private::manifest!());

        const _: () = $crate::__private::refuse_equal_names(&[
            $(<$tool as $crate::Tool>::SPECIFICATION.name),+
        ]);

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            use $crate::bindings::exports::toolbay::plugin::provider;

            struct Exported;

            impl provider::Guest for Exported {
                fn tools() -> ::std::vec::Vec<provider::Tool> {
                    $crate::__private::report_panics();
                    $crate::__private::exported_tools(&PLUGIN)
                }

                fn call(
                    tool: ::std::string::String,
                    arguments: ::std::string::String,
                ) -> ::core::result::Result<provider::Answer, provider::Problem> {
                    $crate::__private::report_panics();
                    $crate::__private::exported_call(&PLUGIN, &tool, &arguments)
                }
            }

            $crate::bindings::export!(Exported with_types_in $crate::bindings);
        };
    };
}
