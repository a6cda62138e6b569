//! The Python hosts' own environment under `target/venv`.

use crate::step::{Failure, Steps, ended_well, target};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const REQUIREMENTS: &str = "tests/python/requirements.txt";

/// A Python environment with what `tests/python/requirements.txt` names.
pub struct Python {
    folder: PathBuf,
}

impl Python {
    /// Makes the environment, or makes it anew when the requirements changed.
    pub fn set_up(steps: &mut Steps, no_install: bool) -> Result<Self, Failure> {
        let python = Self { folder: target().join("venv") };
        let stamp = python.folder.join("requirements.txt");
        let wanted = fs::read_to_string(REQUIREMENTS)?;
        if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
            return Ok(python);
        }
        if no_install {
            let list = wanted.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join(", ");
            return Err(Failure::Missing(format!(
                "The Python environment target/venv is missing ({list}). Run without --no-install to make it."
            )));
        }
        eprintln!("\n── making the Python environment target/venv from {REQUIREMENTS}");
        steps.time("Python environment", || {
            ended_well("python3 -m venv", Command::new("python3").args(["-m", "venv", "--clear"]).arg(&python.folder))?;
            let mut install = Command::new(python.program("python"));
            install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS]);
            ended_well("pip install", &mut install)
        })?;
        fs::write(stamp, wanted)?;
        Ok(python)
    }

    /// A program of the environment.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    /// The ONNX Runtime library inside the onnxruntime wheel.
    pub fn onnx_runtime(&self) -> Option<PathBuf> {
        let is_library = |path: &PathBuf| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("libonnxruntime.so"))
        };
        let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let versions: Vec<PathBuf> = entries(&self.folder.join("lib")).collect();
        let mut found: Vec<PathBuf> = versions
            .iter()
            .flat_map(|version| entries(&version.join("site-packages/onnxruntime/capi")))
            .filter(is_library)
            .collect();
        found.sort();
        found.pop()
    }
}
