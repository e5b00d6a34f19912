//! What `wit/0.1.0` says, as Rust.
//!
//! One module for each released version of the contract; so far there is one. Functions that wait for something outside
//! are asynchronous on the host's side, the others are not, since a plain call is cheaper. All may trap: a guest that
//! breaks a limit is ended, not argued with.

wasmtime::component::bindgen!({
    path: "../../wit/0.1.0",
    world: "plugin",
    imports: {
        "toolbay:plugin/call.connections": async | trappable,
        "toolbay:plugin/notion": async | trappable,
        "toolbay:plugin/tools": async | trappable,
        "toolbay:plugin/state": async | trappable,
        "toolbay:plugin/ambient": async | trappable,
        default: trappable,
    },
    exports: { default: async },
});
