//! What can go wrong between the host and a plug-in.

use std::path::PathBuf;
use thiserror::Error;

/// Why the host could not do what it was asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HostError {
    /// No library at the path, or no CLAP entry in it.
    #[error("{path} is no CLAP plug-in: {reason}. Build it with `cargo xtask bundle` first.")]
    NoPlugin {
        /// Where it was looked for.
        path: PathBuf,
        /// What the loader said.
        reason: String,
    },
    /// The plug-in does not exist or did not start.
    #[error("the plug-in {id} did not start: {reason}")]
    NoInstance {
        /// The CLAP id asked for.
        id: String,
        /// What it said.
        reason: String,
    },
    /// The plug-in lacks an extension that the host needs.
    #[error("the plug-in has no CLAP extension \"{0}\"")]
    NoExtension(&'static str),
    /// The plug-in refused to be activated, to start or to process.
    #[error("the plug-in refused to {0}")]
    Refused(&'static str),
    /// The plug-in refused to save or load its state.
    #[error("the plug-in refused the state: {0}")]
    State(String),
    /// A state that is not nice-plug's.
    #[error("the state is not one of nice-plug's: {0}")]
    NotAProject(String),
}
