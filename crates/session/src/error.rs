//! What can go wrong, as sentences.

use crate::{TakeId, limits};

/// Why the session refused. Every message is a sentence for the user; nothing that was there before is lost.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// A clip is too large for a source.
    #[error(
        "The clip is too large for a source: {size} notes and changes (of tempo count 2, of meter 3, a lane 16), at most {} fit. Use a part of it.",
        limits::SOURCE_SIZE
    )]
    ClipTooLarge {
        /// Its size, as [`limits::size`] counts.
        size: usize,
    },
    /// No take has this number.
    #[error("Take {} is not here any more.", .0.0)]
    NoSuchTake(TakeId),
    /// The state is not a session's.
    #[error("The saved state is not one of Solferino's; it was left alone and the session kept as it was.")]
    NotAState,
    /// The state comes from a version this one does not understand.
    #[error(
        "The saved state was made by a newer Solferino (state version {found}, this one reads up to {known}). Update \
         Solferino to open it; the session was kept as it was."
    )]
    NewerState {
        /// The state's version.
        found: u16,
        /// The newest this version reads.
        known: u16,
    },
    /// The state is cut off or altered.
    #[error("The saved state is damaged ({reason}); the session was kept as it was.")]
    DamagedState {
        /// What is wrong.
        reason: String,
    },
    /// The state is larger than allowed.
    #[error("The saved state is too large: it has more than {limit} {unit}. The session was kept as it was.")]
    StateTooLarge {
        /// The limit.
        limit: usize,
        /// What is counted.
        unit: &'static str,
    },
    /// The state could not be packed.
    #[error("The session could not be packed ({0}); what was saved last is kept.")]
    NotPacked(std::io::Error),
}
