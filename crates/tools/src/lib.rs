//! The tools: functions of (models, request, seed, cancel, progress) that give takes.
//!
//! Pure: no threads, no clock, no files. The same model, clip and request give the same takes, on any machine, in any
//! thread order. What a model cannot see is folded or left out of *its* view; the clip itself is never changed.
//!
//! Here lives what is above the models' events: which lane is continued, where bars and steps stand, how a melody is moved
//! into a model's range and back, and where the velocities of new notes come from. Encodings and sampling live in
//! `solferino-models`, notes and meters in `solferino-score`.
#![forbid(unsafe_code)]

mod continuing;
mod dynamics;
mod error;
mod feel;
mod network;
mod part;
mod request;
mod section;
#[cfg(test)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "tests cast small numbers"
)]
mod tests;
mod voice;

pub use continuing::{Continued, ModelUsed, Progress, continuation_clip, continue_clip};
pub use error::ToolError;
pub use part::{Part, part_of};
pub use request::{ContinueRequest, MAX_BARS, MAX_TAKES, MAX_TEMPERATURE};
