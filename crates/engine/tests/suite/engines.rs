//! The engines that tests run models in.

use solferino_engine::{OnnxRuntime, Tract};
use solferino_models::Backend;
use std::path::Path;
use std::sync::Arc;

/// Names the library of ONNX Runtime for the tests; `cargo xtask test` sets it.
const RUNTIME_VARIABLE: &str = "SOLFERINO_ORT_LIB";

/// The engines there are: the built-in one always, ONNX Runtime where the environment names it.
pub fn backends() -> Vec<Arc<dyn Backend>> {
    let mut backends: Vec<Arc<dyn Backend>> = vec![Arc::new(Tract)];
    match std::env::var_os(RUNTIME_VARIABLE) {
        Some(path) => backends.push(Arc::new(OnnxRuntime::load(Path::new(&path)).unwrap())),
        None => eprintln!("{RUNTIME_VARIABLE} is not set: ONNX Runtime is not tested"),
    }
    backends
}
