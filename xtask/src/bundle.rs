//! Making `.clap` and `.vst3` out of the built library.

use crate::step::{Failure, Steps, target};
use std::path::{Path, PathBuf};
use std::{env, fs};

const PACKAGE: &str = "solferino";

/// Builds the library in release and bundles it into `target/bundled`.
pub fn release(steps: &mut Steps) -> Result<(), Failure> {
    steps.cargo("build the plug-ins", &["build", "--release", "--package", PACKAGE])?;
    into_bundles(steps, &target(), "--release")
}

/// Bundles the release build of the library.
pub fn bundle_release(steps: &mut Steps) -> Result<(), Failure> {
    into_bundles(steps, &target(), "--release")
}

/// Bundles the library that the tests were built with, apart from a release bundle that may exist; the folder of the
/// bundles.
pub fn for_tests(steps: &mut Steps) -> Result<PathBuf, Failure> {
    let name = format!("{}{PACKAGE}{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    let apart = target().join("hosts");
    fs::create_dir_all(apart.join("debug"))?;
    fs::copy(target().join("debug/deps").join(&name), apart.join("debug").join(&name))?;
    into_bundles(steps, &apart, "--profile=debug")?;
    Ok(apart.join("bundled"))
}

fn into_bundles(steps: &mut Steps, target: &Path, profile: &str) -> Result<(), Failure> {
    let bundle = || nice_plug_xtask::bundle(target, PACKAGE, &[profile.to_string()], false);
    steps.time("bundle", bundle).map_err(|e| Failure::Bundle(format!("{e:#}")))
}
