//! `cargo xtask demo`: needs a Rust toolchain and a C linker, nothing else.

use crate::bundle;
use crate::step::{Failure, Steps, target};
use std::process::Command;

/// Builds the bundle and the demo host, then runs the demo on the bundle.
pub fn run(steps: &mut Steps) -> Result<(), Failure> {
    eprintln!("The first build compiles about 400 crates; later ones take seconds.");
    bundle::build_release(steps)?;
    let clap = bundle::of_release_build(steps)?.join("Solferino.clap");
    let mut demo = Command::new(target().join("release/demo"));
    demo.arg(clap).arg("assets/clips/melody.mid").arg("assets/clips/drums.mid").arg("--out").arg(target().join("demo"));
    steps.run("demo", &mut demo)
}
