//! The library that holds the plug-ins.

use crate::{HostError, Instance};
use clack_host::prelude::*;
use std::env;
use std::ffi::{CStr, CString};
use std::path::{Path, PathBuf};

/// The CLAP id of the instrument.
pub const SOLFERINO_ID: &str = "org.solferino.solferino";
/// The CLAP id of the note effect.
pub const NOTES_ID: &str = "org.solferino.notes";

/// A plug-in that a library offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its CLAP id.
    pub id: String,
    /// What a host shows.
    pub name: String,
    /// Its version.
    pub version: String,
    /// CLAP features: "instrument", "stereo", …
    pub features: Vec<String>,
}

/// A loaded library. Stays loaded as long as this or an instance from it lives.
pub struct Bundle {
    entry: PluginEntry,
}

impl Bundle {
    /// Where the library lies: what `SOLFERINO_CLAP` says, else `libsolferino.so` beside the running test or program.
    ///
    /// # Errors
    /// When there is none.
    pub fn find() -> Result<PathBuf, HostError> {
        let built = || {
            let running = env::current_exe().ok()?;
            let name = format!("{}solferino{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
            running.ancestors().skip(1).take(2).map(|folder| folder.join(&name)).find(|path| path.exists())
        };
        let path = env::var_os("SOLFERINO_CLAP").map(PathBuf::from).or_else(built);
        path.ok_or_else(|| HostError::NoPlugin {
            path: PathBuf::from("SOLFERINO_CLAP"),
            reason: "the variable is not set and no library lies beside this program".into(),
        })
    }

    /// Loads the library at a path: a `.clap` or the plain library.
    ///
    /// # Errors
    /// When there is none or it has no CLAP entry.
    pub fn load(path: &Path) -> Result<Self, HostError> {
        // SAFETY: the library is our own build; its initialisers are Rust's and it exports a standard CLAP entry.
        let entry = unsafe { PluginEntry::load(path) };
        let failed = |e: &dyn std::fmt::Display| HostError::NoPlugin { path: path.into(), reason: e.to_string() };
        Ok(Self { entry: entry.map_err(|e| failed(&e))? })
    }

    /// The plug-ins in the library, in its order.
    #[must_use]
    pub fn plugins(&self) -> Vec<Described> {
        let text = |text: Option<&CStr>| text.map(|t| t.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(factory) = self.entry.get_plugin_factory() else { return Vec::new() };
        factory
            .plugin_descriptors()
            .map(|plugin| Described {
                id: text(plugin.id()),
                name: text(plugin.name()),
                version: text(plugin.version()),
                features: plugin.features().map(|f| f.to_string_lossy().into_owned()).collect(),
            })
            .collect()
    }

    /// A new instance of a plug-in, not yet active.
    ///
    /// # Errors
    /// When the library has no such plug-in or it does not start.
    pub fn instance(&self, id: &str) -> Result<Instance, HostError> {
        let failed = |reason: String| HostError::NoInstance { id: id.into(), reason };
        let id = CString::new(id).map_err(|e| failed(e.to_string()))?;
        Instance::new(&self.entry, &id).map_err(failed)
    }
}
