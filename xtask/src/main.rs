//! One command a habit: `cargo xtask bundle | demo | test | check | bench | screenshots`.
#![forbid(unsafe_code)]

mod bundle;
mod check;
mod compile;
mod demo;
mod display;
mod python;
mod step;
mod system;
mod test;

use clap::{Parser, Subcommand};
use std::process::{self, ExitCode};
use step::{Failure, Steps};

/// Solferino's own commands.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build Solferino.clap and Solferino.vst3 for use, into target/bundled
    Bundle,
    /// Build, load the plug-in in a headless host, continue a melody and a drum groove, leave the results in target/demo
    Demo,
    /// Set up what the tests need, then run every test: Rust, hosts, window
    Test {
        /// Install nothing: refuse, and name what is missing
        #[arg(long)]
        no_install: bool,
    },
    /// Formatting, lints, licences, the real-time-checked build and the fuzz targets: what CI runs beside the tests
    Check {
        /// Install nothing: refuse, and name what is missing
        #[arg(long)]
        no_install: bool,
    },
    /// Measure in release and print one table
    Bench,
    /// Draw the editor's window under Xvfb, into target/screenshots
    Screenshots {
        /// Install nothing: refuse, and name what is missing
        #[arg(long)]
        no_install: bool,
    },
}

fn main() -> ExitCode {
    let mut steps = Steps::default();
    let outcome = run(Arguments::parse().command, &mut steps);
    steps.print();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\n{failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command, steps: &mut Steps) -> Result<(), Failure> {
    std::env::set_current_dir(step::root())?;
    match command {
        Command::Bundle => bundle::release(steps),
        Command::Demo => demo::run(steps),
        Command::Test { no_install } => test::run(steps, no_install),
        Command::Check { no_install } => check::run(steps, no_install),
        Command::Bench => {
            bundle::build_release(steps)?;
            steps.run("benches", &mut process::Command::new(step::target().join("release/solferino-bench")))
        }
        Command::Screenshots { no_install } => test::screenshots(steps, no_install),
    }
}
