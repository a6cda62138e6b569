//! A plug-in instance's music: sources, takes, undo, the state chunk, and the jobs that make takes.
//!
//! This crate is the only one that starts threads: workers ([`pool`]) that run jobs, at most half the cores for the whole
//! process and stopped with the last session; one courier ([`Session::activate`]) while an instance is active, which looks
//! after what the audio thread can only leave lying; and a thread for each file dialog that is open ([`pool::aside`]).
//! Creating a session starts no thread and loads no model.
//!
//! All calls are for control threads; none is for the audio thread.
#![forbid(unsafe_code)]

mod ask;
mod chunk;
mod contents;
mod courier;
mod deck;
mod error;
mod history;
mod job;
pub mod limits;
mod playing;
pub mod pool;
mod seeds;
mod session;
mod slot;
mod source;
mod take;
#[cfg(test)]
#[expect(clippy::cast_possible_wrap, reason = "tests cast small numbers")]
mod tests;

pub use contents::{Settings, Snapshot};
pub use courier::{Active, COURIER_PERIOD};
pub use error::SessionError;
pub use job::{JobId, Purpose, Status};
pub use seeds::{SEEDS, Seeded};
pub use session::Session;
pub use slot::Slot;
pub use source::Source;
pub use take::{Asked, Parent, Provenance, Take, TakeId};
