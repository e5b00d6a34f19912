//! `toolbay:plugin/settings`: what the operator wrote for this plugin.

use crate::bindings::toolbay::plugin::settings;

impl settings::Host for super::CallState {
    fn all(&mut self) -> wasmtime::Result<String> {
        Ok(self.enter("settings.all")?.settings.to_string())
    }
}
