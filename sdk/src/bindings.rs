//! The contract in `wit/`, as wit-bindgen writes it. Authors never see it.

wit_bindgen::generate!({
    path: "../wit/0.1.0",
    world: "plugin",
    pub_export_macro: true,
    default_bindings_module: "toolbay_sdk::bindings",
});
