//! What `wit/` says, as Rust: everything that this host has for a plugin.
//!
//! One module for each set of versions that plugins are run with; so far there is one. What is in the world is in the table
//! of `inspect/contract.rs` too, which says what a plugin may import. Functions that wait for something outside are
//! asynchronous on the host's side, the others are not, since a plain call is cheaper. All may trap: a guest that breaks a
//! limit is ended, not argued with.

wasmtime::component::bindgen!({
    path: ["../../wit/plugin/0.1.0", "../../wit/notion/0.1.0", "../../wit/http/0.1.0", "../../wit/sql/0.1.0"],
    inline: "
        package toolbay:host;
        world plugin {
            include toolbay:plugin/plugin@0.1.0;
            import toolbay:notion/api@0.1.0;
            import toolbay:http/client@0.1.0;
            import toolbay:sql/databases@0.1.0;
        }
    ",
    world: "plugin",
    imports: {
        "toolbay:plugin/call.connections": async | trappable,
        "toolbay:plugin/tools": async | trappable,
        "toolbay:plugin/state": async | trappable,
        "toolbay:plugin/ambient": async | trappable,
        "toolbay:notion/api": async | trappable,
        "toolbay:http/client": async | trappable,
        "toolbay:sql/databases": async | trappable,
        default: trappable,
    },
    exports: { default: async },
});
