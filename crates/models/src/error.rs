//! What can go wrong, as sentences.

use std::path::PathBuf;

/// Why a model could not be read, built or run. Every message is a sentence for the user.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The request was cancelled between two steps.
    #[error("The generation was cancelled.")]
    Cancelled,
    /// No model has this name.
    #[error("There is no model named \"{name}\"; the models here are: {known}.")]
    NoSuchModel {
        /// The name asked for.
        name: String,
        /// The names that exist, with commas.
        known: String,
    },
    /// The manifest is not one of ours, or asks for something outside the limits.
    #[error("The model's manifest.toml cannot be used: {reason}.")]
    BadManifest {
        /// What is wrong and what would be right.
        reason: String,
    },
    /// A file is larger than allowed.
    #[error("{what} has {bytes} bytes; at most {limit} are read. Use a smaller model.")]
    TooLarge {
        /// Which file.
        what: String,
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// The ONNX file is not the one the manifest was written for.
    #[error(
        "The model file does not match its manifest: its SHA-256 is {found}, the manifest says {expected}. \
         Copy the model folder again."
    )]
    HashMismatch {
        /// The manifest's hash, hex.
        expected: String,
        /// The file's hash, hex.
        found: String,
    },
    /// The bytes are not a whole ONNX graph.
    #[error("The model file is not a whole ONNX graph ({reason}); it may be cut short or damaged. Copy it again.")]
    Truncated {
        /// What the parser said.
        reason: String,
    },
    /// Weights lie outside the file.
    #[error(
        "The model keeps the tensor \"{tensor}\" outside its ONNX file; only self-contained files are read. \
         Export it again with the weights inside."
    )]
    ExternalData {
        /// The tensor's name.
        tensor: String,
    },
    /// The graph uses an operator that is not plain ONNX.
    #[error(
        "The model uses the operator \"{operator}\"{origin}; only plain ONNX step graphs are read. \
         Export it again with standard operators."
    )]
    ForeignOperator {
        /// The operator.
        operator: String,
        /// Where it comes from, or why it is refused, starting with a space.
        origin: String,
    },
    /// The graph does not fit the manifest or cannot be built.
    #[error("The model's graph cannot be used: {reason}.")]
    BadGraph {
        /// What is wrong.
        reason: String,
    },
    /// The request is outside the limits.
    #[error("The request cannot be generated: {reason}.")]
    BadRequest {
        /// The value, the limit and the remedy.
        reason: String,
    },
    /// A backend failed while running.
    #[error("{backend} could not run the model: {reason}.")]
    Run {
        /// The backend's name.
        backend: &'static str,
        /// What it said.
        reason: String,
    },
    /// ONNX Runtime could not be had.
    #[error("ONNX Runtime is not used: {reason}. The models run with the built-in engine instead.")]
    NoOnnxRuntime {
        /// Why.
        reason: String,
    },
    /// A file could not be read.
    #[error("{} cannot be read: {source}.", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}
