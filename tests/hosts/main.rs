//! The plug-ins in our headless CLAP host, end to end.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod automation;
mod common;
mod demo;
mod effect;
mod generating;
mod playing;
mod processing;
mod rates;
mod recall;
mod saving;
mod threads;
mod transport;
