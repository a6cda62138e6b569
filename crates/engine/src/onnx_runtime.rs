//! The second engine: ONNX Runtime, loaded while running from a library the user points at.

use ort::environment::Environment;
use ort::session::{Session, SessionInputValue};
use ort::value::{DynValue, Tensor, TensorRef};
use parking_lot::Mutex;
use solferino_models::{Backend, ModelError, Outputs, Plan, Run, Signature, StateSpec};
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const NAME: &str = "ONNX Runtime";

/// The library of this process and where it came from: ONNX Runtime allows one, and it is never unloaded.
static LOADED: Mutex<Option<(PathBuf, Environment)>> = Mutex::new(None);

/// ONNX Runtime as a backend: one thread a session, no spinning, no telemetry.
#[derive(Clone, Debug)]
pub struct OnnxRuntime {
    environment: Environment,
}

impl OnnxRuntime {
    /// Loads the library at `path`, which must be absolute. The first library loaded stays for the whole process.
    ///
    /// # Errors
    /// [`ModelError::NoOnnxRuntime`] when there is no such file, it is not ONNX Runtime or too old, or another one is
    /// loaded already.
    pub fn load(path: &Path) -> Result<Self, ModelError> {
        let refuse = |reason: String| Err(ModelError::NoOnnxRuntime { reason });
        if !path.is_absolute() {
            return refuse(format!("\"{}\" is not an absolute path", path.display()));
        }
        if !path.is_file() {
            return refuse(format!("there is no library at \"{}\"", path.display()));
        }
        let mut loaded = LOADED.lock();
        if let Some((from, environment)) = loaded.as_ref() {
            if from != path {
                return refuse(format!("the one at \"{}\" is loaded already; restart to change it", from.display()));
            }
            return Ok(Self { environment: environment.clone() });
        }
        // The bindings panic where a library has the right names and the wrong contents.
        let built = catch_unwind(AssertUnwindSafe(|| -> Result<Environment, String> {
            let builder = ort::init_from(path).map_err(|error| error.to_string())?;
            builder.with_name("solferino").with_telemetry(false).build().map_err(|error| error.to_string())
        }));
        match built {
            Ok(Ok(environment)) => {
                *loaded = Some((path.to_owned(), environment.clone()));
                Ok(Self { environment })
            }
            Ok(Err(reason)) => refuse(one_line(&reason)),
            Err(_) => refuse(format!("the library at \"{}\" is not a usable ONNX Runtime", path.display())),
        }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').chars().take(300).collect()
}

struct OrtPlan {
    session: Arc<Mutex<Session>>,
    signature: Arc<Signature>,
    batch: usize,
    outputs: Outputs,
}

struct OrtRun {
    session: Arc<Mutex<Session>>,
    signature: Arc<Signature>,
    batch: usize,
    outputs: Outputs,
    /// The carried tensors, in the signature's order.
    carried: Vec<DynValue>,
}

impl Backend for OnnxRuntime {
    fn name(&self) -> &'static str {
        NAME
    }

    fn plan(
        &self,
        onnx: &[u8],
        signature: &Signature,
        batch: usize,
        outputs: Outputs,
    ) -> Result<Arc<dyn Plan>, ModelError> {
        let session = self.session(onnx, batch).map_err(|reason| ModelError::BadGraph { reason: one_line(&reason) })?;
        let session = Arc::new(Mutex::new(session));
        Ok(Arc::new(OrtPlan { session, signature: Arc::new(signature.clone()), batch, outputs }))
    }
}

impl OnnxRuntime {
    fn session(&self, onnx: &[u8], batch: usize) -> Result<Session, String> {
        fn text<T>(outcome: Result<T, impl std::fmt::Display>) -> Result<T, String> {
            outcome.map_err(|error| error.to_string())
        }
        let rows = text(i64::try_from(batch))?;
        let builder = text(Session::builder(&self.environment))?;
        let builder = text(builder.with_intra_threads(1))?;
        let builder = text(builder.with_inter_threads(1))?;
        let builder = text(builder.with_intra_op_spinning(false))?;
        let builder = text(builder.with_inter_op_spinning(false))?;
        let mut builder = text(builder.with_dimension_override("batch", rows))?;
        text(builder.commit_from_memory(onnx))
    }
}

impl Plan for OrtPlan {
    fn start(&self) -> Result<Box<dyn Run>, ModelError> {
        let zero: Vec<Vec<f32>> = self.signature.carried.iter().map(|pair| vec![0.0; pair.size()]).collect();
        let mut run = OrtRun {
            session: Arc::clone(&self.session),
            signature: Arc::clone(&self.signature),
            batch: self.batch,
            outputs: self.outputs,
            carried: Vec::new(),
        };
        run.broadcast_state(&zero)?;
        Ok(Box::new(run))
    }
}

fn failed(error: ort::Error) -> ModelError {
    ModelError::Run { backend: NAME, reason: one_line(&error.to_string()) }
}

fn missing(name: &str) -> ModelError {
    ModelError::Run { backend: NAME, reason: format!("the output \"{name}\" did not come") }
}

fn other_size(name: &str, found: usize, expected: usize) -> ModelError {
    let reason = format!("the output \"{name}\" has {found} numbers, the manifest says {expected}");
    ModelError::Run { backend: NAME, reason }
}

fn tensor(batch: usize, spec: &StateSpec, row: &[f32]) -> Result<DynValue, ModelError> {
    let shape: Vec<usize> = std::iter::once(batch).chain(spec.shape.iter().copied()).collect();
    Ok(Tensor::from_array((shape, row.repeat(batch))).map_err(failed)?.into_dyn())
}

impl Run for OrtRun {
    fn step(&mut self, inputs: &[&[f32]], outputs: &mut [&mut [f32]]) -> Result<(), ModelError> {
        let signature = &*self.signature;
        signature.check_step(NAME, self.batch, self.outputs, inputs, outputs)?;
        let mut given: Vec<(Cow<'_, str>, SessionInputValue<'_>)> =
            Vec::with_capacity(inputs.len() + self.carried.len());
        for (input, spec) in inputs.iter().zip(&signature.inputs) {
            let view = TensorRef::from_array_view(([self.batch, spec.size], *input)).map_err(failed)?;
            given.push((spec.name.as_str().into(), view.into()));
        }
        for (spec, value) in signature.carried.iter().zip(&self.carried) {
            given.push((spec.input.as_str().into(), value.into()));
        }
        let mut session = self.session.lock();
        let mut found = session.run(given).map_err(failed)?;
        for (output, spec) in outputs.iter_mut().zip(self.outputs.of(signature)) {
            let value = found.remove(&spec.name).ok_or_else(|| missing(&spec.name))?;
            let (_, numbers) = value.try_extract_tensor::<f32>().map_err(failed)?;
            if numbers.len() != output.len() {
                return Err(other_size(&spec.name, numbers.len(), output.len()));
            }
            output.copy_from_slice(numbers);
        }
        let carried: Vec<DynValue> = signature
            .carried
            .iter()
            .map(|spec| found.remove(&spec.output).ok_or_else(|| missing(&spec.output)))
            .collect::<Result<_, _>>()?;
        drop(found);
        drop(session);
        self.carried = carried;
        Ok(())
    }

    fn state_row(&self) -> Result<Vec<Vec<f32>>, ModelError> {
        self.carried
            .iter()
            .zip(&self.signature.carried)
            .map(|(value, spec)| {
                let (_, numbers) = value.try_extract_tensor::<f32>().map_err(failed)?;
                Ok(numbers.iter().copied().take(spec.size()).collect())
            })
            .collect()
    }

    fn broadcast_state(&mut self, row: &[Vec<f32>]) -> Result<(), ModelError> {
        self.signature.check_row(NAME, row)?;
        let pairs = row.iter().zip(&self.signature.carried);
        self.carried = pairs.map(|(row, spec)| tensor(self.batch, spec, row)).collect::<Result<_, _>>()?;
        Ok(())
    }
}
