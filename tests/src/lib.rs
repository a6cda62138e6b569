//! A headless CLAP host: loads our own bundle as a DAW would, with many instances, a scripted transport, notes and
//! parameters at exact offsets, saved states, and every event that comes out.
//!
//! The host is the backbone of the end-to-end tests in `hosts/` and of `cargo xtask demo`.

mod bundle;
mod error;
mod generation;
mod host;
mod instance;
mod memory;
mod notes;
mod project;
mod transport;

pub use bundle::{Bundle, Described, NOTES_ID, SOLFERINO_ID};
pub use error::HostError;
pub use generation::{PATIENCE, continue_request};
pub use instance::{Block, Input, Instance, Parameter, Setup, parameter_id};
pub use memory::memory_in_use;
pub use notes::{NoteOut, Played, heard, unclosed};
pub use project::Project;
pub use transport::Song;
