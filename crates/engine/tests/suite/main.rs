//! Models in the engines: replays, takes, bad files.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_models;
mod engines;
#[path = "../../../models/tests/suite/fixtures.rs"]
mod fixtures;
mod replays;
mod takes;
