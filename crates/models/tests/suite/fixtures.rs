//! Model folders the tests read, and the engines they run in.

use serde::Deserialize;
use solferino_models::{Backend, Manifest, OnnxRuntime, RecurrentModel, Tract};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Names the library of ONNX Runtime for the tests; `cargo xtask test` sets it.
pub const RUNTIME_VARIABLE: &str = "SOLFERINO_ORT_LIB";

/// What a network gave when it was exported, and how its encoding saw events.
#[derive(Deserialize)]
pub struct Golden {
    pub steps: usize,
    pub batch: usize,
    pub input: Vec<Vec<Vec<f32>>>,
    pub logits: Vec<Vec<Vec<f32>>>,
    #[serde(default)]
    pub encoding: Vec<EncodingCase>,
    /// Continuations by `@magenta/music`, without temperature.
    #[serde(default)]
    pub cases: Vec<ContinuationCase>,
}

#[derive(Deserialize)]
pub struct EncodingCase {
    pub steps_per_bar: u32,
    pub compound: bool,
    pub events: Vec<i16>,
    pub inputs: Vec<Vec<f32>>,
}

#[derive(Deserialize)]
pub struct ContinuationCase {
    pub primer_labels: Vec<usize>,
    pub labels: Vec<usize>,
}

/// A folder with manifest, graph and golden file.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn name(&self) -> String {
        self.0.file_name().unwrap().to_string_lossy().into_owned()
    }

    pub fn manifest(&self) -> Manifest {
        Manifest::parse(&fs::read_to_string(self.0.join("manifest.toml")).unwrap()).unwrap()
    }

    pub fn golden(&self) -> Golden {
        serde_json::from_slice(&fs::read(self.0.join("golden.json")).unwrap()).unwrap()
    }

    pub fn onnx(&self) -> Vec<u8> {
        fs::read(self.0.join(self.manifest().file())).unwrap()
    }

    pub fn model(&self, backend: Arc<dyn Backend>) -> RecurrentModel {
        RecurrentModel::new(self.manifest(), self.onnx(), backend).unwrap()
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn folders(parent: &Path) -> Vec<Folder> {
    let mut found: Vec<PathBuf> = fs::read_dir(parent)
        .map(|entries| entries.filter_map(Result::ok).map(|entry| entry.path()).collect())
        .unwrap_or_default();
    found.retain(|folder| folder.join("manifest.toml").is_file());
    found.sort();
    found.into_iter().map(Folder).collect()
}

/// The published configurations with random weights; at least one of each encoding.
pub fn published() -> Vec<Folder> {
    let found = folders(&root().join("tests/published"));
    let names: Vec<String> = found.iter().map(Folder::name).collect();
    for needed in [
        "attention_rnn",
        "attention_rnn_old",
        "basic_rnn",
        "drum_kit",
        "lookback_rnn",
        "magentajs_basic_rnn",
        "mono_rnn",
    ] {
        assert!(names.iter().any(|name| name == needed), "tests/published/{needed} is missing; there are {names:?}");
    }
    found
}

pub fn published_named(name: &str) -> Folder {
    published().into_iter().find(|folder| folder.name() == name).unwrap()
}

/// The factory models as exported.
pub fn factory() -> Vec<Folder> {
    folders(&root().join("../../models"))
}

/// The engines there are: the built-in one always, ONNX Runtime where the environment names it.
pub fn backends() -> Vec<Arc<dyn Backend>> {
    let mut backends: Vec<Arc<dyn Backend>> = vec![Arc::new(Tract)];
    if let Some(runtime) = onnx_runtime() {
        backends.push(Arc::new(runtime));
    }
    backends
}

pub fn onnx_runtime() -> Option<OnnxRuntime> {
    match std::env::var_os(RUNTIME_VARIABLE) {
        Some(path) => Some(OnnxRuntime::load(Path::new(&path)).unwrap()),
        None => {
            eprintln!("{RUNTIME_VARIABLE} is not set: ONNX Runtime is not tested");
            None
        }
    }
}
