//! `cargo xtask test`: sets up what the tests need and runs every one of them.

use crate::compile::{self, WORKSPACE};
use crate::display::Display;
use crate::python::Python;
use crate::step::{Failure, Steps, target};
use crate::{bundle, system};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Rust's tests with the plug-ins in our own host, then the hosts from PyPI, then the window.
pub fn run(steps: &mut Steps, no_install: bool) -> Result<(), Failure> {
    system::packages(steps, system::FOR_TESTS, no_install)?;
    let python = Python::set_up(steps, no_install)?;
    let display = Display::start(&target().join("hosts/given"))?;
    steps.run("compile", compile::with_lints()?.args(["test", "--no-run"]).args(WORKSPACE))?;
    let mut tests = compile::with_lints()?;
    tests.arg("test").args(WORKSPACE);
    if let Some(library) = python.onnx_runtime() {
        tests.env("SOLFERINO_ORT_LIB", library);
    }
    steps.run("Rust tests", display.lend(&mut tests))?;
    let bundles = bundle::of_test_build(steps)?;
    fs::copy(target().join("tmp/project.state"), target().join("hosts/given/project.state"))?;
    python_hosts(steps, &python, &display, &bundles.join("Solferino.vst3"))
}

/// Draws the editor's window and leaves the pictures in `target/screenshots`.
pub fn screenshots(steps: &mut Steps, no_install: bool) -> Result<(), Failure> {
    system::packages(steps, system::FOR_TESTS, no_install)?;
    let display = Display::start(&target().join("hosts/given"))?;
    let folder = target().join("screenshots");
    fs::create_dir_all(&folder)?;
    steps.run("build", compile::with_lints()?.args(["build", "--example", "window"]).args(WORKSPACE))?;
    let mut draw = Command::new(target().join("debug/examples/window"));
    draw.arg("--shots").arg(&folder);
    steps.run("screenshots", display.lend(&mut draw))?;
    eprintln!("The pictures are in {}", folder.display());
    Ok(())
}

/// Runs each `tests/python/host_*.py` in a process of its own: one of the hosts allows a single instance a process.
fn python_hosts(steps: &mut Steps, python: &Python, display: &Display, vst3: &Path) -> Result<(), Failure> {
    let mut scripts: Vec<PathBuf> = fs::read_dir("tests/python")?.flatten().map(|entry| entry.path()).collect();
    scripts.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("host_")));
    scripts.sort();
    let left = target().join("hosts/left");
    fs::create_dir_all(&left)?;
    let mut failed = 0;
    for script in &scripts {
        let name = script.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut host = Command::new(python.program("python"));
        host.arg(script).arg(vst3).arg(target().join("hosts/given")).arg(&left);
        if let Err(failure) = steps.run(&name, display.lend(&mut host)) {
            eprintln!("{failure}");
            failed += 1;
        }
    }
    println!("{} passed, {failed} failed", scripts.len() - failed);
    if failed == 0 { Ok(()) } else { Err(Failure::Step("a host from PyPI".into())) }
}
