//! What can go wrong, as sentences.

use crate::limits::{MAX_BARS, MAX_TAKES, MAX_TEMPERATURE};
use solferino_models::ModelError;

/// Why a tool gave no takes. Every message is a sentence for the user.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToolError {
    /// The request was cancelled.
    #[error("The generation was cancelled.")]
    Cancelled,
    /// The clip has no notes.
    #[error("The clip has no notes to continue; give it at least one note.")]
    EmptyClip,
    /// The clip, or the clip with its continuation, is longer than a score may be.
    #[error("The clip would last {quarters} quarter notes, at most {limit} are handled; use a shorter clip.")]
    TooLong {
        /// Its length, rounded up.
        quarters: i64,
        /// The limit.
        limit: i64,
    },
    /// Not as many clips as the tool takes.
    #[error("{tool} takes {takes} clips, {given} were given; fill the sources that it needs.")]
    Inputs {
        /// The tool.
        tool: &'static str,
        /// How many it takes.
        takes: usize,
        /// How many there were.
        given: usize,
    },
    /// [`crate::Continue::bars`] is outside its range.
    #[error("{0} bars were asked for; Continue makes 1 to {MAX_BARS}.")]
    Bars(u32),
    /// [`crate::Common::takes`] is outside its range.
    #[error("{0} takes were asked for; a request makes 1 to {MAX_TAKES}.")]
    Takes(u32),
    /// [`crate::Common::temperature`] is outside its range.
    #[error("The temperature is {0}; it must be 0 to {MAX_TEMPERATURE}.")]
    Temperature(f32),
    /// [`crate::Continue::variation`] is outside its range.
    #[error("The variation is {0}; it must be 0 to 1.")]
    Variation(f32),
    /// The model asked for plays something else than the part.
    #[error("The model \"{model}\" plays {plays}, the part to continue is {part}; choose another model or part.")]
    WrongModel {
        /// The model's name.
        model: String,
        /// What it plays.
        plays: &'static str,
        /// What was to be continued.
        part: &'static str,
    },
    /// The model could not be had or failed.
    #[error(transparent)]
    Model(ModelError),
}

impl From<ModelError> for ToolError {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Cancelled => Self::Cancelled,
            other => Self::Model(other),
        }
    }
}
