//! Solferino as plug-ins: [`Solferino`], an instrument (CLAP and VST3), and [`SolferinoNotes`], a CLAP note effect.
//!
//! Wiring only. The audio thread is in [`engine`]; the music in `solferino-session` and below it; the parameters in
//! [`params`]; what the window shows in [`view`], apart from how it is drawn, and what it asks for in [`actions`].
//!
//! Scanning and creating an instance loads no model. It starts no thread of ours; the framework starts one.
#![forbid(unsafe_code)]

pub mod actions;
pub mod border;
pub mod desktop;
pub mod editor;
pub mod engine;
pub mod factory;
mod following;
pub mod instance;
mod instrument;
pub mod link;
mod notes;
pub mod notices;
pub mod params;
pub mod persist;
mod preferences;
pub mod setup;
mod shell;
pub mod view;

pub use instrument::Solferino;
pub use notes::SolferinoNotes;

/// The entry points that hosts look for.
mod entry {
    use crate::{Solferino, SolferinoNotes};

    nice_plug::nice_export_clap!(Solferino, SolferinoNotes);
    nice_plug::nice_export_vst3!(Solferino);
}
