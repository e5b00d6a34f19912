//! The contract in `wit/`, as wit-bindgen writes it. Authors never see it.
//!
//! The world names everything that a plugin of this SDK may ask for; its component imports what it uses.

wit_bindgen::generate!({
    path: ["wit/plugin/0.1.0", "wit/notion/0.1.0", "wit/http/0.1.0", "wit/sql/0.1.0"],
    inline: "
        package toolbay:sdk;
        world plugin {
            include toolbay:plugin/plugin@0.1.0;
            import toolbay:notion/api@0.1.0;
            import toolbay:http/client@0.1.0;
            import toolbay:sql/databases@0.1.0;
        }
    ",
    world: "plugin",
    generate_all,
    pub_export_macro: true,
    default_bindings_module: "toolbay_sdk::bindings",
});
