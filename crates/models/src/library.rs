//! The models of this process: the factory's, embedded, and the user's, in a folder. Each is loaded once, on first use.

use crate::{Backend, Manifest, ModelError, RecurrentModel, limits};
use parking_lot::{Mutex, RwLock};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Manifest and graph of each factory model.
static FACTORY: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/factory.rs"));
/// The manifest's file name in a model folder.
const MANIFEST_FILE: &str = "manifest.toml";

/// Where a model comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Embedded in the program.
    Factory,
    /// This folder.
    User(PathBuf),
}

/// A model as it appears in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelEntry {
    /// The name it is asked for by; the folder's name where the manifest cannot be read.
    pub name: String,
    /// What it is called; empty where the manifest cannot be read.
    pub title: String,
    /// The kind of network.
    pub family: String,
    /// The licence of its weights.
    pub licence: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Why it cannot be used, as a sentence.
    pub problem: Option<String>,
}

/// What [`Library::verify`] found to be in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The SHA-256 of the graph, lower-case hex; equal to the manifest's.
    pub hash: String,
    /// The size of the ONNX file, bytes.
    pub bytes: usize,
    /// The engine that built and ran it.
    pub backend: &'static str,
}

/// A model of any kind; clones share it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Model {
    /// A network that goes on from what came before, step by step.
    Recurrent(Arc<RecurrentModel>),
}

impl Model {
    /// The model's manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        match self {
            Self::Recurrent(model) => model.manifest(),
        }
    }

    /// The SHA-256 of its graph, lower-case hex.
    #[must_use]
    pub fn hash(&self) -> &str {
        self.manifest().sha256()
    }

    /// The size of its graph, bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::Recurrent(model) => model.bytes(),
        }
    }

    /// The name of the engine that runs it.
    #[must_use]
    pub fn backend(&self) -> &'static str {
        match self {
            Self::Recurrent(model) => model.backend(),
        }
    }
}

/// The models of this process.
pub struct Library {
    backend: RwLock<Arc<dyn Backend>>,
    user_folder: RwLock<Option<PathBuf>>,
    loaded: Mutex<BTreeMap<String, Model>>,
}

impl std::fmt::Debug for Library {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Library").field("backend", &self.backend_name()).finish_non_exhaustive()
    }
}

impl Library {
    /// The factory models, run by `backend`. Loads nothing.
    #[must_use]
    pub fn new(backend: Arc<dyn Backend>) -> Self {
        Self { backend: RwLock::new(backend), user_folder: RwLock::new(None), loaded: Mutex::new(BTreeMap::new()) }
    }

    /// Also looks for models in the folders inside `folder`; `None` stops that. Models loaded stay with those who hold
    /// them.
    pub fn set_user_folder(&self, folder: Option<PathBuf>) {
        *self.user_folder.write() = folder;
        self.loaded.lock().clear();
    }

    /// Runs models with `backend` from now on. Models loaded stay as they are with those who hold them.
    pub fn set_backend(&self, backend: Arc<dyn Backend>) {
        *self.backend.write() = backend;
        self.loaded.lock().clear();
    }

    /// The name of the engine in use.
    #[must_use]
    pub fn backend_name(&self) -> &'static str {
        self.backend.read().name()
    }

    /// The models there are, factory first, each in order of name. A user's model that cannot be used is listed with
    /// its problem. Reads manifests only.
    #[must_use]
    pub fn list(&self) -> Vec<ModelEntry> {
        let mut entries: Vec<ModelEntry> =
            factory().iter().map(|(manifest, _)| entry(manifest, Origin::Factory)).collect();
        let mut names: BTreeSet<String> = entries.iter().map(|entry| entry.name.clone()).collect();
        for (folder, manifest) in self.user_manifests() {
            // A folder whose manifest cannot be read takes no name.
            let listed = match &manifest {
                Ok(manifest) if !names.insert(manifest.name().to_owned()) => ModelEntry {
                    problem: Some(format!("The name \"{}\" is taken; rename the model.", manifest.name())),
                    ..entry(manifest, Origin::User(folder))
                },
                Ok(manifest) => entry(manifest, Origin::User(folder)),
                Err(error) => ModelEntry {
                    name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                    title: String::new(),
                    family: String::new(),
                    licence: String::new(),
                    origin: Origin::User(folder),
                    problem: Some(error.to_string()),
                },
            };
            entries.push(listed);
        }
        entries
    }

    /// The model named `name`, loaded on first use and shared from then on.
    ///
    /// # Errors
    /// [`ModelError::NoSuchModel`], or what [`RecurrentModel::new`] refuses.
    pub fn get(&self, name: &str) -> Result<Model, ModelError> {
        let mut loaded = self.loaded.lock();
        if let Some(model) = loaded.get(name) {
            return Ok(model.clone());
        }
        let model = Model::Recurrent(Arc::new(self.load(name)?));
        loaded.insert(name.to_owned(), model.clone());
        Ok(model)
    }

    /// As [`Library::get`], for what needs a recurrent model.
    ///
    /// # Errors
    /// As [`Library::get`].
    pub fn recurrent(&self, name: &str) -> Result<Arc<RecurrentModel>, ModelError> {
        match self.get(name)? {
            Model::Recurrent(model) => Ok(model),
        }
    }

    /// Reads the model afresh, checks hash and graph, builds it and runs one step.
    ///
    /// # Errors
    /// What is wrong with it, as [`Library::get`] or the engine says.
    pub fn verify(&self, name: &str) -> Result<Verified, ModelError> {
        let model = self.load(name)?;
        model.try_out()?;
        Ok(Verified { hash: model.hash().to_owned(), bytes: model.bytes(), backend: model.backend() })
    }

    fn load(&self, name: &str) -> Result<RecurrentModel, ModelError> {
        let backend = Arc::clone(&self.backend.read());
        if let Some((manifest, onnx)) = factory().iter().find(|(manifest, _)| manifest.name() == name) {
            return RecurrentModel::new(manifest.clone(), *onnx, backend);
        }
        let named =
            |manifest: &Result<Manifest, ModelError>| manifest.as_ref().is_ok_and(|manifest| manifest.name() == name);
        match self.user_manifests().into_iter().find(|(_, manifest)| named(manifest)) {
            Some((folder, manifest)) => {
                let manifest = manifest?;
                let onnx = read(&folder.join(manifest.file()), "The model file", limits::MODEL_BYTES)?;
                RecurrentModel::new(manifest, onnx, backend)
            }
            None => {
                let known: Vec<String> =
                    self.list().into_iter().filter(|entry| entry.problem.is_none()).map(|entry| entry.name).collect();
                Err(ModelError::NoSuchModel { name: name.chars().take(64).collect(), known: known.join(", ") })
            }
        }
    }

    /// The manifests in the user's folder, in order of folder name.
    fn user_manifests(&self) -> Vec<(PathBuf, Result<Manifest, ModelError>)> {
        let Some(root) = self.user_folder.read().clone() else { return Vec::new() };
        let Ok(entries) = fs::read_dir(root) else { return Vec::new() };
        let mut folders: Vec<PathBuf> = entries
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .filter(|folder| folder.join(MANIFEST_FILE).is_file())
            .take(limits::USER_MODELS)
            .collect();
        folders.sort();
        folders
            .into_iter()
            .map(|folder| {
                let manifest = read_manifest(&folder);
                (folder, manifest)
            })
            .collect()
    }
}

fn entry(manifest: &Manifest, origin: Origin) -> ModelEntry {
    ModelEntry {
        name: manifest.name().to_owned(),
        title: manifest.title().to_owned(),
        family: manifest.family().to_owned(),
        licence: manifest.licence().to_owned(),
        origin,
        problem: None,
    }
}

/// The factory models whose manifests this version reads; a test holds that all are.
fn factory() -> &'static [(Manifest, &'static [u8])] {
    static PARSED: OnceLock<Vec<(Manifest, &'static [u8])>> = OnceLock::new();
    PARSED.get_or_init(|| {
        FACTORY.iter().filter_map(|(text, onnx)| Manifest::parse(text).ok().map(|manifest| (manifest, *onnx))).collect()
    })
}

fn read_manifest(folder: &Path) -> Result<Manifest, ModelError> {
    let path = folder.join(MANIFEST_FILE);
    let bytes = read(&path, "The model's manifest.toml", limits::MANIFEST_BYTES as u64)?;
    match String::from_utf8(bytes) {
        Ok(text) => Manifest::parse(&text),
        Err(_) => Err(ModelError::BadManifest { reason: "it is not UTF-8 text".into() }),
    }
}

/// Reads a file of at most `limit` bytes; the size is checked before memory is set aside and again while reading.
fn read(path: &Path, what: &str, limit: u64) -> Result<Vec<u8>, ModelError> {
    let unreadable = |source| ModelError::Unreadable { path: path.to_owned(), source };
    let too_large = |bytes| ModelError::TooLarge { what: what.into(), bytes, limit };
    // Opening a pipe would wait for whoever writes into it.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(unreadable(io::Error::new(io::ErrorKind::InvalidInput, "it is no ordinary file")));
    }
    let file = fs::File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    if length > limit {
        return Err(too_large(length));
    }
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(too_large(bytes.len() as u64));
    }
    Ok(bytes)
}
