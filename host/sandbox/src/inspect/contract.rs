//! What a plugin may import: the packages of `wit/` that this host has, and the capability that each interface needs.
//!
//! A new kind of outside is a new package here, with a folder in `wit/` and its line in `bindings.rs`. The packages that are
//! there stay as they are, and so do the plugins built for them.

/// A package of the contract.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Package {
    /// Its name, without a version.
    pub name: &'static str,
    /// The versions that this host runs plugins of.
    pub versions: &'static [&'static str],
    /// What can be imported of it.
    pub interfaces: &'static [Interface],
}

/// What a plugin imports as a whole.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Interface {
    /// Its name within the package.
    pub name: &'static str,
    /// The names of capabilities, one of which a plugin must ask for to import it; none where it reaches nothing.
    pub capabilities: &'static [&'static str],
}

/// What every plugin is made of.
pub(crate) static PLUGIN: Package = Package {
    name: "toolbay:plugin",
    versions: &["0.1.0"],
    interfaces: &[
        free("ambient"),
        free("call"),
        free("logging"),
        free("settings"),
        Interface { name: "state", capabilities: &["state"] },
        Interface { name: "tools", capabilities: &["tools.call"] },
        free("types"),
    ],
};

/// Notion.
static NOTION: Package = Package {
    name: "toolbay:notion",
    versions: &["0.1.0"],
    interfaces: &[Interface {
        name: "api",
        capabilities: &["notion.read", "notion.write", "notion.destroy"],
    }],
};

/// SQL databases.
static SQL: Package = Package {
    name: "toolbay:sql",
    versions: &["0.1.0"],
    interfaces: &[Interface { name: "databases", capabilities: &["sql.read", "sql.write"] }],
};

/// Hosts of the web.
static HTTP: Package = Package {
    name: "toolbay:http",
    versions: &["0.1.0"],
    interfaces: &[Interface { name: "client", capabilities: &["http"] }],
};

/// Every package that this host has. Also part of what compiled code is kept under, so that a host that no longer has
/// something looks again at the plugins that it compiled before.
pub(crate) static PACKAGES: [&Package; 4] = [&PLUGIN, &NOTION, &HTTP, &SQL];

const fn free(name: &'static str) -> Interface {
    Interface { name, capabilities: &[] }
}

impl Package {
    /// The package of this name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        PACKAGES.into_iter().find(|package| package.name == name)
    }

    /// The names of its interfaces.
    pub(super) fn interface_names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.interfaces.iter().map(|interface| interface.name)
    }

    /// What it has, for a person who meant something else.
    pub(super) fn listed(&self) -> String {
        let names: Vec<&str> = self.interface_names().collect();
        format!("{} ({})", self.name, names.join(", "))
    }
}
