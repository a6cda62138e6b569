//! The crate from outside: encodings, generation, manifests, bad files.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_models;
mod encodings;
mod fixtures;
mod generation;
mod manifests;
