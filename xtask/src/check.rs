//! `cargo xtask check`: what CI runs beside the tests.

use crate::step::{Failure, Steps, cargo, target};
use crate::system;
use std::process::Command;

/// Formatting, lints, licences and sources, the sanitized real-time tests, the fuzz targets.
pub fn run(steps: &mut Steps, no_install: bool) -> Result<(), Failure> {
    system::packages(steps, system::FOR_CHECKS, no_install)?;
    steps.cargo("formatting", &["fmt", "--all", "--check"])?;
    steps.cargo("lints", &["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"])?;
    let deny = system::cargo_deny(steps, no_install)?;
    steps.run("licences and sources", Command::new(deny).args(["check", "bans", "licenses", "sources"]))?;
    real_time(steps)?;
    let mut fuzz = cargo();
    fuzz.args(["build", "--locked", "--manifest-path", "fuzz/Cargo.toml", "--target-dir"]).arg(target().join("fuzz"));
    steps.run("fuzz targets", &mut fuzz)
}

/// The tests of `realtime` under the real-time sanitizer, which aborts on any allocation, lock or blocking call.
fn real_time(steps: &mut Steps) -> Result<(), Failure> {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output()?;
    let sysroot = String::from_utf8_lossy(&sysroot.stdout).trim().to_string();
    let library = format!("{sysroot}/lib/rustlib/x86_64-unknown-linux-gnu/lib/librustc-stable_rt.rtsan.a");
    let mut test = cargo();
    test.args(["test", "--package", "solferino-realtime", "--features", "rtsan", "--target-dir"]);
    test.arg(target().join("rtsan")).env("RTSAN_ENABLE", "1").env("RTSAN_LIB_PATH", library);
    steps.run("real-time sanitizer", &mut test)
}
