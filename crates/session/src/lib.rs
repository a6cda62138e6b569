//! A plug-in instance's music: sources, takes, undo, the state chunk, and the jobs that make takes.
//!
//! This crate is the only one that starts threads: workers ([`pool`]) that run jobs, at most half the cores for the whole
//! process and stopped with the last session, and one courier ([`Session::activate`]) while an instance is active, which
//! looks after what the audio thread can only leave lying: triggers and loops that came back. Creating a session starts
//! no thread and loads no model.
//!
//! All calls are for control threads; none is for the audio thread but [`Trigger::pull`].
#![forbid(unsafe_code)]

mod chunk;
mod contents;
mod courier;
mod deck;
mod error;
mod files;
mod history;
mod job;
pub mod limits;
pub mod pool;
mod session;
mod source;
mod take;
#[cfg(test)]
#[expect(clippy::cast_possible_wrap, reason = "tests cast small numbers")]
mod tests;

pub use contents::{Settings, Snapshot};
pub use courier::{Active, COURIER_PERIOD, Trigger};
pub use error::SessionError;
pub use files::{home_folder, models_folder, takes_folder, write_clip_file, write_file, write_take_file};
pub use job::{JobId, Status};
pub use session::Session;
pub use source::{Slot, Source};
pub use take::{Parent, Provenance, Take, TakeId, Tool};
