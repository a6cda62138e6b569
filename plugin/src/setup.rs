//! What the process runs models with: the user's models folder and the engine that the preferences name. Every call reads
//! the disk, and ONNX Runtime takes a moment to load: none is for the GUI or the audio thread.

use crate::preferences::Preferences;
use parking_lot::Mutex;
use solferino_models::ModelEntry;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Why the engine that was chosen last does not run.
static PROBLEM: Mutex<Option<String>> = Mutex::new(None);

/// The models and the engine, as they are now.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The folder of the user's models, if the system names one.
    pub folder: Option<PathBuf>,
    /// The models there are.
    pub models: Vec<ModelEntry>,
    /// The name of the engine that runs.
    pub engine: &'static str,
    /// The library of ONNX Runtime that the user chose.
    pub runtime: Option<PathBuf>,
    /// What is wrong with the preferences or with that library, as a sentence.
    pub problem: Option<String>,
}

/// Does what the preferences say, once for the process.
///
/// # Errors
/// A sentence; the built-in engine is used.
pub fn once() -> Result<(), String> {
    static DONE: OnceLock<Result<(), String>> = OnceLock::new();
    DONE.get_or_init(|| {
        solferino_engine::library().set_user_folder(solferino_files::models_folder().ok());
        let Ok(home) = solferino_files::home_folder() else { return Ok(()) };
        match Preferences::load(&home)?.onnx_runtime() {
            Some(runtime) => run_with(Some(&runtime)),
            None => Ok(()),
        }
    })
    .clone()
}

/// Runs models with this library of ONNX Runtime, or with the built-in engine, from now on and in later processes.
///
/// # Errors
/// A sentence. A choice that could not be written is not followed; a library that cannot be loaded stays chosen, and the
/// built-in engine is used.
pub fn choose(runtime: Option<&Path>) -> Result<(), String> {
    // What was chosen before must not come later; how it went has been said.
    let _ = once();
    let home = solferino_files::home_folder().map_err(|error| error.to_string())?;
    let mut preferences = Preferences::load(&home)?;
    preferences.set_onnx_runtime(runtime)?;
    preferences.save(&home).map_err(|error| error.to_string())?;
    run_with(runtime)
}

/// Looks at the models and the engine.
#[must_use]
pub fn look() -> Found {
    // How it went is in `PROBLEM`.
    let _ = once();
    let library = solferino_engine::library();
    let preferences = solferino_files::home_folder().ok().map(|home| Preferences::load(&home)).transpose();
    let (runtime, unread) = match preferences {
        Ok(preferences) => (preferences.and_then(|preferences| preferences.onnx_runtime()), None),
        Err(sentence) => (None, Some(sentence)),
    };
    let problem = unread.or_else(|| PROBLEM.lock().clone());
    Found {
        folder: solferino_files::models_folder().ok(),
        models: library.list(),
        engine: library.backend_name(),
        runtime,
        problem,
    }
}

fn run_with(runtime: Option<&Path>) -> Result<(), String> {
    let outcome = solferino_engine::use_onnx_runtime(solferino_engine::library(), runtime);
    let outcome = outcome.map_err(|error| error.to_string());
    *PROBLEM.lock() = outcome.clone().err();
    outcome
}
