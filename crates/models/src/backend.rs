//! What an engine is: it turns a step graph into a plan for a fixed number of rows, and runs it step by step.

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

/// A carried pair: what a step leaves in `output` is what the next takes in `input`.
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
    /// What each step is given, `[batch, size]` each.
    pub inputs: Vec<TensorSpec>,
    /// What each step gives, `[batch, size]` each.
    pub outputs: Vec<TensorSpec>,
    /// What is carried from step to step; zero before the first.
    pub carried: Vec<StateSpec>,
}

/// Which outputs a plan computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outputs {
    /// All of the signature's.
    All,
    /// None: a step only moves the carried state, which is what a primer needs.
    None,
}

impl Outputs {
    /// Those of `signature` that are computed.
    #[must_use]
    pub fn of(self, signature: &Signature) -> &[TensorSpec] {
        match self {
            Self::All => &signature.outputs,
            Self::None => &[],
        }
    }
}

/// An engine that runs ONNX graphs.
pub trait Backend: Send + Sync {
    /// What it is called in messages.
    fn name(&self) -> &'static str;

    /// Builds `onnx`, which [`inspect`](crate::inspect) accepted, for `batch` rows. Costly (milliseconds): plans are kept
    /// and shared.
    ///
    /// # Errors
    /// [`ModelError::BadGraph`] when the engine cannot build the graph.
    fn plan(
        &self,
        onnx: &[u8],
        signature: &Signature,
        batch: usize,
        outputs: Outputs,
    ) -> Result<Arc<dyn Plan>, ModelError>;
}

/// A graph built for a fixed number of rows; holds no state.
pub trait Plan: Send + Sync {
    /// Starts a run with every carried tensor at zero. Cheap.
    ///
    /// # Errors
    /// [`ModelError::Run`] when the engine refuses.
    fn start(&self) -> Result<Box<dyn Run>, ModelError>;
}

/// One run of a plan: keeps what is carried between steps.
pub trait Run: Send {
    /// Takes one step with all rows: `inputs` are `[batch × size]` in the signature's order, and so are `outputs`, which
    /// are filled; there are none where the plan has none.
    ///
    /// # Errors
    /// [`ModelError::Run`] when the engine fails or a length is wrong.
    fn step(&mut self, inputs: &[&[f32]], outputs: &mut [&mut [f32]]) -> Result<(), ModelError>;

    /// Row 0 of every carried tensor, in the signature's order.
    ///
    /// # Errors
    /// [`ModelError::Run`] when the engine fails.
    fn state_row(&self) -> Result<Vec<Vec<f32>>, ModelError>;

    /// Sets every row of every carried tensor to `row`, as [`Run::state_row`] gives it.
    ///
    /// # Errors
    /// [`ModelError::Run`] when the engine fails or a length is wrong.
    fn broadcast_state(&mut self, row: &[Vec<f32>]) -> Result<(), ModelError>;
}

impl Signature {
    /// For engines: that a step is given what the signature says.
    ///
    /// # Errors
    /// [`ModelError::Run`] for a number of tensors or a length that differs.
    pub fn check_step(
        &self,
        backend: &'static str,
        batch: usize,
        wanted: Outputs,
        inputs: &[&[f32]],
        outputs: &[&mut [f32]],
    ) -> Result<(), ModelError> {
        let sizes = |specs: &[TensorSpec]| specs.iter().map(|spec| batch * spec.size).collect::<Vec<_>>();
        check(backend, "the inputs", inputs.iter().map(|input| input.len()), sizes(&self.inputs))?;
        check(backend, "the outputs", outputs.iter().map(|output| output.len()), sizes(wanted.of(self)))
    }

    /// For engines: that a row of carried tensors is what the signature says.
    ///
    /// # Errors
    /// As [`Signature::check_step`].
    pub fn check_row(&self, backend: &'static str, row: &[Vec<f32>]) -> Result<(), ModelError> {
        check(
            backend,
            "the carried tensors",
            row.iter().map(Vec::len),
            self.carried.iter().map(StateSpec::size).collect(),
        )
    }
}

fn check(
    backend: &'static str,
    what: &str,
    found: impl Iterator<Item = usize>,
    expected: Vec<usize>,
) -> Result<(), ModelError> {
    let found: Vec<usize> = found.collect();
    if found == expected {
        return Ok(());
    }
    Err(ModelError::Run { backend, reason: format!("{what} have {found:?} numbers, the signature says {expected:?}") })
}
