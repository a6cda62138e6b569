//! Compiling once: the lints come from the build that the tests run in.

use crate::step::{Failure, cargo};
use std::path::PathBuf;
use std::process::Command;

/// Everything is built and tested with this feature set, so that each crate is compiled once. The feature aborts a test
/// process whose plug-in allocates on the audio thread.
pub const WORKSPACE: [&str; 3] = ["--workspace", "--features", "solferino/assert_process_allocs"];

/// A cargo whose compiler is clippy's for the crates of this workspace: it compiles as rustc does and denies lints beside. `cargo clippy` would
/// check every dependency and every crate a second time.
pub fn with_lints() -> Result<Command, Failure> {
    let driver = sysroot()?.join(format!("bin/clippy-driver{}", std::env::consts::EXE_SUFFIX));
    if !driver.exists() {
        return Err(Failure::Missing("clippy is missing. Install it with `rustup component add clippy`.".into()));
    }
    let mut command = cargo();
    // What `cargo clippy -- --deny warnings` sets: arguments end with this mark.
    command.env("RUSTC_WORKSPACE_WRAPPER", driver);
    command.env("CLIPPY_ARGS", "--deny__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__");
    Ok(command)
}

/// The folder of the toolchain.
pub fn sysroot() -> Result<PathBuf, Failure> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output()?;
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}
