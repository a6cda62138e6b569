//! Model folders the tests read. The engine's tests read them as well.

use serde::de::DeserializeOwned;
use solferino_models::{Backend, Manifest, RecurrentModel};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A folder with manifest, graph and golden file.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn name(&self) -> String {
        self.0.file_name().unwrap().to_string_lossy().into_owned()
    }

    pub fn manifest(&self) -> Manifest {
        Manifest::parse(&fs::read_to_string(self.0.join("manifest.toml")).unwrap()).unwrap()
    }

    /// What the network gave when it was exported, and how its encoding saw events.
    pub fn golden<T: DeserializeOwned>(&self) -> T {
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
    // Of either crate.
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models")
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
