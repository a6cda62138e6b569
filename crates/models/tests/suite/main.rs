//! The crate from outside: encodings, replays, generation, bad files.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_models;
mod encodings;
mod fixtures;
mod generation;
mod manifests;
mod replays;
