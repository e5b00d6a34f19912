//! The manifest of the plugin that is being compiled.

use std::path::Path;

use proc_macro2::TokenStream;
use quote::quote;

pub(crate) fn manifest() -> TokenStream {
    let folder = std::env::var("CARGO_MANIFEST_DIR").ok();
    let path = folder.map(|folder| Path::new(&folder).join("plugin.toml")).filter(|path| path.is_file());
    match path.as_deref().and_then(Path::to_str) {
        // Read by the compiler, which compiles again when it changes.
        Some(path) => quote!(::core::option::Option::Some(::core::include_str!(#path))),
        None => quote!(::core::option::Option::None),
    }
}
