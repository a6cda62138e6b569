//! What must be on the machine for the tests and checks, and its installation.

use crate::step::{Failure, Steps, cargo, ended_well, target};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Debian packages for Xvfb, software OpenGL and the Python hosts. What building needs (gcc, libc6-dev) is there already:
/// this program has been linked.
pub const FOR_TESTS: &[&str] = &[
    "xvfb",
    "openbox",
    "xdotool",
    "libx11-6",
    "libx11-xcb1",
    "libxcb1",
    "libxcursor1",
    "libegl1",
    "libgl1",
    "libgl1-mesa-dri",
    "libxkbcommon0",
    "libxkbcommon-x11-0",
    "libfreetype6",
    "libasound2",
    "libcurl4",
    "python3",
    "python3-venv",
];

/// A C++ compiler, for libFuzzer.
pub const FOR_CHECKS: &[&str] = &["g++"];

const DENY_VERSION: &str = "0.20.2";

/// Installs the Debian packages that are missing, or refuses and names them.
pub fn packages(steps: &mut Steps, needed: &[&str], no_install: bool) -> Result<(), Failure> {
    if !has("dpkg-query") {
        eprintln!("This system is not a Debian: make sure it has what these packages bring: {}", needed.join(" "));
        return Ok(());
    }
    let missing: Vec<&str> = needed.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if no_install {
        return Err(Failure::Missing(format!(
            "These Debian packages are missing: {names}. Install them, or run without --no-install."
        )));
    }
    eprintln!("Installing these Debian packages: {names}");
    let installs = steps.time("apt-get", || {
        ended_well("apt-get update", &mut apt(&["update", "--quiet"]))?;
        ended_well("apt-get install", apt(&["install", "--yes", "--quiet", "--no-install-recommends"]).args(&missing))
    });
    installs.map_err(|failure| Failure::Missing(format!("{failure} Install them as root: apt-get install {names}")))
}

/// The path of cargo-deny; installed under `target/tools` when it is nowhere.
pub fn cargo_deny(steps: &mut Steps, no_install: bool) -> Result<PathBuf, Failure> {
    let tools = target().join("tools");
    let ours = tools.join("bin/cargo-deny");
    if has("cargo-deny") {
        return Ok(PathBuf::from("cargo-deny"));
    }
    if !ours.exists() {
        if no_install {
            return Err(Failure::Missing("cargo-deny is missing. Install it with `cargo install cargo-deny --locked`, or run without --no-install.".into()));
        }
        eprintln!("Installing cargo-deny {DENY_VERSION} into target/tools");
        let mut install = cargo();
        install.args(["install", "cargo-deny", "--locked", "--debug", "--version", DENY_VERSION, "--root"]).arg(&tools);
        install.arg("--target-dir").arg(tools.join("build"));
        steps.run("install cargo-deny", &mut install)?;
    }
    Ok(ours)
}

/// Whether a program can be found.
pub fn has(program: &str) -> bool {
    let Some(path) = std::env::var_os("PATH") else { return false };
    std::env::split_paths(&path).any(|folder: PathBuf| Path::new(&folder).join(program).is_file())
}

fn is_installed(package: &str) -> bool {
    let query = Command::new("dpkg-query").args(["-W", "-f", "${Status}", package]).stderr(Stdio::null()).output();
    query.is_ok_and(|output| output.stdout.starts_with(b"install ok installed"))
}

fn apt(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
    command
}
