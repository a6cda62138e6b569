//! Running programs, one step each, and how long they took.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, io};
use thiserror::Error;

/// Why a command stopped.
#[derive(Debug, Error)]
pub enum Failure {
    /// A program ended with an error.
    #[error("{0} failed; what it says stands above.")]
    Step(String),
    /// A program could not be started.
    #[error("{program} cannot be started: {reason}")]
    Start {
        /// Its name.
        program: String,
        /// What the system said.
        reason: String,
    },
    /// Something must be installed first.
    #[error("{0}")]
    Missing(String),
    /// A bundle could not be made.
    #[error("the bundle could not be made: {0}")]
    Bundle(String),
    /// A file or folder could not be read or written.
    #[error("a file cannot be read or written: {0}")]
    File(#[from] io::Error),
}

/// The steps of a command so far, each with its time.
#[derive(Default)]
pub struct Steps(Vec<(String, Duration)>);

impl Steps {
    /// Runs a cargo command as a step.
    pub fn cargo(&mut self, name: &str, arguments: &[&str]) -> Result<(), Failure> {
        self.run(name, cargo().args(arguments))
    }

    /// Runs a program as a step: says what is run, and fails when it fails.
    pub fn run(&mut self, name: &str, command: &mut Command) -> Result<(), Failure> {
        eprintln!("\n── {name}: {}", shown(command));
        self.time(name, || ended_well(name, command))
    }

    /// Takes the time of a step.
    pub fn time<T>(&mut self, name: &str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.0.push((name.to_string(), start.elapsed()));
        result
    }

    /// Prints the steps and their times, if there was more than one.
    pub fn print(&self) {
        if self.0.len() > 1 {
            eprintln!();
            for (name, time) in &self.0 {
                eprintln!("{:>8.1} s  {name}", time.as_secs_f64());
            }
        }
    }
}

/// Runs a program and fails when it fails.
pub fn ended_well(name: &str, command: &mut Command) -> Result<(), Failure> {
    let status = command.status().map_err(|e| Failure::Start { program: program(command), reason: e.to_string() })?;
    if status.success() { Ok(()) } else { Err(Failure::Step(name.to_string())) }
}

/// The cargo that runs this program.
pub fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The folder of the workspace.
pub fn root() -> PathBuf {
    let package = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("xtask"), PathBuf::from);
    package.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// Where cargo builds: `CARGO_TARGET_DIR`, else `target`.
pub fn target() -> PathBuf {
    let folder = env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    root().join(folder)
}

fn program(command: &Command) -> String {
    let path = Path::new(command.get_program());
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn shown(command: &Command) -> String {
    let arguments = command.get_args().map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(program(command)).chain(arguments).collect::<Vec<_>>().join(" ")
}
