//! The plug-ins in our headless CLAP host, end to end.

mod automation;
mod common;
mod demo;
mod effect;
mod generating;
mod playing;
mod rates;
mod recall;
mod saving;
mod threads;
mod transport;
