//! Making `.clap` and `.vst3` out of the built library.

use crate::step::{Failure, Steps, target};
use std::path::{Path, PathBuf};
use std::{env, fs};

const PACKAGE: &str = "solferino";

/// Builds everything in release, in one command with one set of features, so that each dependency is compiled once.
pub fn build_release(steps: &mut Steps) -> Result<(), Failure> {
    steps.cargo("build", &["build", "--release", "--workspace", "--exclude", "xtask", "--lib", "--bins"])
}

/// Builds the library in release and bundles it into `target/bundled`.
pub fn release(steps: &mut Steps) -> Result<(), Failure> {
    build_release(steps)?;
    let bundled = of_release_build(steps)?;
    eprintln!("Solferino.clap and Solferino.vst3 are in {}", bundled.display());
    Ok(())
}

/// Bundles the release build of the library; the folder of the bundles.
pub fn of_release_build(steps: &mut Steps) -> Result<PathBuf, Failure> {
    let made = bundle_apart(steps, &target().join("release"), &target().join("bundling"))?;
    let place = target().join("bundled");
    if place.exists() {
        fs::remove_dir_all(&place)?;
    }
    fs::rename(made, &place)?;
    Ok(place)
}

/// Bundles the library that the tests were built with, apart from a release bundle; the folder of the bundles.
pub fn of_test_build(steps: &mut Steps) -> Result<PathBuf, Failure> {
    bundle_apart(steps, &target().join("debug/deps"), &target().join("hosts"))
}

/// Bundles the library in `built` inside the folder `apart`. Apart, because the bundler would take the `solferino` command
/// that lies beside the library for a standalone program.
fn bundle_apart(steps: &mut Steps, built: &Path, apart: &Path) -> Result<PathBuf, Failure> {
    let library = format!("{}{PACKAGE}{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    fs::create_dir_all(apart.join("release"))?;
    fs::copy(built.join(&library), apart.join("release").join(&library))?;
    let bundle = || nice_plug_xtask::bundle(apart, PACKAGE, &["--release".to_string()], false);
    steps.time("bundle", bundle).map_err(|e| Failure::Bundle(format!("{e:#}")))?;
    Ok(apart.join("bundled"))
}
