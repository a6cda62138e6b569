//! The crate from outside: encodings, replays, generation, bad files.

mod bad_models;
mod encodings;
mod fixtures;
mod generation;
mod manifests;
mod replays;
