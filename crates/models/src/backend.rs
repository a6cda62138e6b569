//! What a backend is: it turns a step graph into a plan for a fixed number of rows, and runs it step by step.

use crate::ModelError;
use std::sync::Arc;

/// A tensor of the graph whose first axis is the batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorSpec {
    /// Its name in the graph.
    pub name: String,
    /// Numbers in one row.
    pub size: usize,
}

/// A state tensor: what a step leaves in `output` is what the next takes in `input`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateSpec {
    /// Its name among the graph's inputs.
    pub input: String,
    /// Its name among the graph's outputs.
    pub output: String,
    /// Its axes without the batch.
    pub shape: Vec<usize>,
}

impl StateSpec {
    /// Numbers in one row.
    #[must_use]
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }
}

/// The inputs and outputs of a step graph; all are f32 and start with the batch axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The encoded events, `[batch, size]`.
    pub input: TensorSpec,
    /// What the sampler reads, `[batch, size]`, no softmax applied.
    pub logits: TensorSpec,
    /// The recurrent state; zero before the first step.
    pub state: Vec<StateSpec>,
}

/// An engine that runs ONNX graphs.
pub trait Backend: Send + Sync {
    /// What it is called in messages.
    fn name(&self) -> &'static str;

    /// Builds `onnx` for `batch` rows, with or without logits; without, a step only moves the state, which is what a
    /// primer needs. Costly (milliseconds): plans are kept and shared.
    ///
    /// # Errors
    /// [`ModelError::BadGraph`] when the engine cannot build the graph.
    fn plan(&self, onnx: &[u8], signature: &Signature, batch: usize, logits: bool)
    -> Result<Arc<dyn Plan>, ModelError>;
}

/// A graph built for a fixed number of rows; holds no state.
pub trait Plan: Send + Sync {
    /// Starts a run with every state at zero. Cheap.
    ///
    /// # Errors
    /// [`ModelError::Run`] when the engine refuses.
    fn start(&self) -> Result<Box<dyn Run>, ModelError>;
}

/// One run of a plan: keeps the state between steps.
pub trait Run: Send {
    /// Takes one step with all rows: `input` is `[batch × input size]`, `logits` is filled with `[batch × logits size]`,
    /// and empty where the plan has none.
    ///
    /// # Errors
    /// [`ModelError::Run`] when the engine fails or a length is wrong.
    fn step(&mut self, input: &[f32], logits: &mut [f32]) -> Result<(), ModelError>;

    /// Row 0 of every state tensor, in the signature's order.
    ///
    /// # Errors
    /// [`ModelError::Run`] when the engine fails.
    fn state_row(&self) -> Result<Vec<Vec<f32>>, ModelError>;

    /// Sets every row of every state tensor to `row`, as [`Run::state_row`] gives it.
    ///
    /// # Errors
    /// [`ModelError::Run`] when the engine fails or a length is wrong.
    fn broadcast_state(&mut self, row: &[Vec<f32>]) -> Result<(), ModelError>;
}

/// The logits of a step of all rows.
pub(crate) fn logits_len(signature: &Signature, batch: usize, logits: bool) -> usize {
    if logits { batch * signature.logits.size } else { 0 }
}

/// A length that is not what the signature says.
pub(crate) fn expect_length(
    backend: &'static str,
    what: &str,
    found: usize,
    expected: usize,
) -> Result<(), ModelError> {
    if found == expected {
        return Ok(());
    }
    Err(ModelError::Run { backend, reason: format!("{what} has {found} numbers, the signature says {expected}") })
}
