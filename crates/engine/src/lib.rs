//! The engines that run step graphs: [`Tract`], built in, and [`OnnxRuntime`], loaded where the user names it.
//!
//! Programs and plug-ins take the models of the process from [`library`]. What works with models knows only
//! `solferino-models`, and so builds and tests without either engine.
#![forbid(unsafe_code)]

mod onnx_runtime;
mod tract;

pub use onnx_runtime::OnnxRuntime;
pub use tract::Tract;

use solferino_models::{Backend, Library, ModelError};
use std::path::Path;
use std::sync::{Arc, LazyLock};

/// The models of the process, run by the built-in engine until [`use_onnx_runtime`] says otherwise. Loads nothing.
#[must_use]
pub fn library() -> &'static Library {
    static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::new(Arc::new(Tract)));
    &LIBRARY
}

/// Runs the models of `library` with ONNX Runtime from the library file at `path`, or with the built-in engine for `None`.
/// On an error the built-in engine is used, and the error says why in a sentence.
///
/// # Errors
/// [`ModelError::NoOnnxRuntime`].
pub fn use_onnx_runtime(library: &Library, path: Option<&Path>) -> Result<(), ModelError> {
    let (backend, outcome): (Arc<dyn Backend>, _) = match path.map(OnnxRuntime::load) {
        None => (Arc::new(Tract), Ok(())),
        Some(Ok(runtime)) => (Arc::new(runtime), Ok(())),
        Some(Err(error)) => (Arc::new(Tract), Err(error)),
    };
    library.set_backend(backend);
    outcome
}
