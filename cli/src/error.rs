//! What can go wrong, as sentences.

use solferino_files::FileError;
use solferino_models::ModelError;
use solferino_tools::ToolError;
use std::io;
use std::path::PathBuf;

/// Why the command failed. Every message is a sentence for the user.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// A file could not be read.
    #[error("{} cannot be read: {source}.", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// A file could not be written; what was there before is still there.
    #[error("{} cannot be written: {source}. What was there before is untouched.", path.display())]
    Write { path: PathBuf, source: io::Error },
    /// A clip could not be read or a file not written whole.
    #[error(transparent)]
    File(#[from] FileError),
    /// What would be written is what is read.
    #[error("{} is the input itself; choose another place for what is new.", path.display())]
    OverInput { path: PathBuf },
    /// Results could not be told.
    #[error("The results cannot be written to the standard output: {0}.")]
    Stdout(io::Error),
    /// A clip was not continued.
    #[error("{}: {source}", path.display())]
    Tool { path: PathBuf, source: ToolError },
    /// A folder for batch work has no MIDI file.
    #[error("{} has no .mid or .midi file.", path.display())]
    EmptyFolder { path: PathBuf },
    /// Some files of a folder failed; each has said why.
    #[error("{failed} of {all} files failed.")]
    Batch { failed: usize, all: usize },
    /// A model cannot be used.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Some models cannot be used; each has said why.
    #[error("{failed} of {all} models cannot be used.")]
    Models { failed: usize, all: usize },
    /// No model is built in and none is in a folder.
    #[error(
        "There are no models here. Build from a checkout with its models/ folder, or give one with --models-folder."
    )]
    NoModels,
}
