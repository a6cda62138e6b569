//! A recurrent model and the loop that generates with it.

use crate::{
    Backend, BarGrid, Constraint, Encoding, Manifest, Memory, ModelError, Plan, Seed, SeedStream, graph, limits,
};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The numbers of rows plans are built for; other numbers of takes run in the next larger one.
const BATCHES: [usize; 5] = [1, 4, 8, 12, 16];

/// Asks a running generation to stop; clones share one flag.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Stops the generation before its next step.
    pub fn cancel(&self) {
        // Relaxed: the flag carries no data with it.
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether [`Cancel::cancel`] was called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn check(&self) -> Result<(), ModelError> {
        if self.is_cancelled() { Err(ModelError::Cancelled) } else { Ok(()) }
    }
}

/// What to generate.
#[derive(Clone, Debug)]
pub struct Generation<'a> {
    /// The events that came before, at least one, from position 0, in the model's range; not part of the takes.
    pub primer: &'a [i16],
    /// The clip's bars.
    pub bars: BarGrid,
    /// Steps to generate.
    pub steps: usize,
    /// Takes, 1 to [`limits::TAKES`]; all run in one batch.
    pub takes: usize,
    /// 0 takes the likeliest event at every step, 1 follows the model, up to [`limits::TEMPERATURE`] is wilder.
    pub temperature: f32,
    /// Take `k` draws from the seed's stream `k`.
    pub seed: Seed,
    /// What may be generated.
    pub constraint: Constraint,
}

impl Generation<'_> {
    fn check(&self) -> Result<(), ModelError> {
        let refuse = |reason: String| Err(ModelError::BadRequest { reason });
        if self.primer.is_empty() {
            return refuse("there is nothing to continue; give at least one step".into());
        }
        if !(1..=limits::TAKES).contains(&self.takes) {
            return refuse(format!("{} takes were asked for, 1 to {} are made", self.takes, limits::TAKES));
        }
        if self.primer.len() > limits::STEPS || self.steps > limits::STEPS {
            return refuse(format!(
                "{} steps before and {} to generate are too many, at most {} of each are handled",
                self.primer.len(),
                self.steps,
                limits::STEPS
            ));
        }
        if !(0.0..=limits::TEMPERATURE).contains(&self.temperature) {
            return refuse(format!("the temperature is {}, it must be 0 to {}", self.temperature, limits::TEMPERATURE));
        }
        if !(1..=limits::STEPS_PER_BAR).contains(&self.bars.steps_per_bar) {
            return refuse(format!(
                "a bar has {} steps, it must have 1 to {}",
                self.bars.steps_per_bar,
                limits::STEPS_PER_BAR
            ));
        }
        Ok(())
    }
}

/// A step graph with its encoding, ready to generate. Plans are built on first use and kept; many threads may generate
/// at once.
pub struct RecurrentModel {
    manifest: Manifest,
    onnx: Cow<'static, [u8]>,
    encoding: Box<dyn Encoding>,
    backend: Arc<dyn Backend>,
    plans: [Slot; BATCHES.len()],
    /// One row without logits, for primers.
    priming: Slot,
    /// Where the last primer led, so that asking again of the same clip costs only the new steps.
    primed: Mutex<Option<Arc<Primed>>>,
}

/// A primer that was run up to its last step, and what that left.
struct Primed {
    events: Vec<i16>,
    bars: BarGrid,
    state: Vec<Vec<f32>>,
    memory: Memory,
}

/// A plan, once it is built.
type Slot = Mutex<Option<Arc<dyn Plan>>>;

impl std::fmt::Debug for RecurrentModel {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("RecurrentModel")
            .field("name", &self.manifest.name())
            .field("backend", &self.backend.name())
            .finish_non_exhaustive()
    }
}

/// The SHA-256 of `bytes`, lower-case hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

impl RecurrentModel {
    /// Takes a manifest and its ONNX file; checks size, hash and graph, builds nothing yet.
    ///
    /// # Errors
    /// [`ModelError::TooLarge`], [`ModelError::HashMismatch`], [`ModelError::Truncated`], [`ModelError::ExternalData`],
    /// [`ModelError::ForeignOperator`] or [`ModelError::BadGraph`].
    pub fn new(
        manifest: Manifest,
        onnx: impl Into<Cow<'static, [u8]>>,
        backend: Arc<dyn Backend>,
    ) -> Result<Self, ModelError> {
        let onnx = onnx.into();
        let found = sha256(&onnx);
        if found != manifest.sha256() {
            return Err(ModelError::HashMismatch { expected: manifest.sha256().to_owned(), found });
        }
        graph::inspect(&onnx, manifest.signature())?;
        let encoding = manifest.encoding().build();
        Ok(Self {
            encoding,
            manifest,
            onnx,
            backend,
            plans: Default::default(),
            priming: Slot::default(),
            primed: Mutex::default(),
        })
    }

    /// The model's manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The SHA-256 of the graph, lower-case hex.
    #[must_use]
    pub fn hash(&self) -> &str {
        self.manifest.sha256()
    }

    /// The size of the ONNX file, bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.onnx.len()
    }

    /// The model's encoding.
    #[must_use]
    pub fn encoding(&self) -> &dyn Encoding {
        &*self.encoding
    }

    /// The name of the engine that runs it.
    #[must_use]
    pub fn backend(&self) -> &'static str {
        self.backend.name()
    }

    /// The plan for at least `rows` rows, and for how many it is; built on first use.
    ///
    /// # Errors
    /// [`ModelError::BadGraph`] when the engine cannot build the graph, [`ModelError::BadRequest`] above
    /// [`limits::TAKES`] rows.
    pub fn plan(&self, rows: usize) -> Result<(Arc<dyn Plan>, usize), ModelError> {
        let Some((slot, batch)) = self.plans.iter().zip(BATCHES).find(|&(_, batch)| batch >= rows) else {
            return Err(ModelError::BadRequest { reason: format!("{rows} rows are too many for one batch") });
        };
        Ok((self.built(slot, batch, true)?, batch))
    }

    /// The plan that primers run in, one row without logits; built on first use.
    ///
    /// # Errors
    /// [`ModelError::BadGraph`] when the engine cannot build the graph.
    pub fn priming_plan(&self) -> Result<Arc<dyn Plan>, ModelError> {
        self.built(&self.priming, 1, false)
    }

    fn built(&self, slot: &Slot, batch: usize, logits: bool) -> Result<Arc<dyn Plan>, ModelError> {
        let mut slot = slot.lock();
        Ok(match slot.as_ref() {
            Some(plan) => Arc::clone(plan),
            None => Arc::clone(slot.insert(self.backend.plan(&self.onnx, self.manifest.signature(), batch, logits)?)),
        })
    }

    /// Generates `request.takes` takes of `request.steps` events each: the primer runs once, and not at all if it is the
    /// last one again; then all takes run in one batch. `progress` is told the steps done and their total after each step.
    ///
    /// The same model, request and seed give the same takes, and take `k` does not depend on how many are asked for.
    ///
    /// # Errors
    /// [`ModelError::BadRequest`] for a request outside the limits, [`ModelError::Cancelled`] within a step of
    /// [`Cancel::cancel`], [`ModelError::BadGraph`] or [`ModelError::Run`] when the engine fails.
    pub fn generate(
        &self,
        request: &Generation<'_>,
        cancel: &Cancel,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<Vec<i16>>, ModelError> {
        request.check()?;
        cancel.check()?;
        if request.steps == 0 {
            return Ok(vec![Vec::new(); request.takes]);
        }
        let primer = request.primer.len();
        let total = primer + request.steps - 1;
        let primed = self.primed(request, cancel, &mut |done| progress(done, total))?;

        let (plan, batch) = self.plan(request.takes)?;
        let mut run = plan.start()?;
        run.broadcast_state(&primed.state)?;
        let mut takes: Vec<Take> =
            (0..request.takes).map(|number| Take::new(request, number, &primed.memory)).collect();
        // Rows beyond the takes keep zeros as input and are not looked at.
        let length = self.encoding.input_len();
        let mut inputs = vec![0.0; batch * length];
        let width = self.encoding.output_len();
        let mut logits = vec![0.0; batch * width];
        for position in primer - 1..total {
            cancel.check()?;
            for (take, input) in takes.iter_mut().zip(inputs.chunks_exact_mut(length)) {
                self.encoding.write_input(&mut take.memory, &take.events, position, request.bars, input);
            }
            run.step(&inputs, &mut logits)?;
            for (take, row) in takes.iter_mut().zip(logits.chunks_exact(width)) {
                take.draw(self, request, row)?;
            }
            progress(position + 1, total);
        }
        Ok(takes.into_iter().map(|mut take| take.events.split_off(primer)).collect())
    }

    /// Runs the request's primer but for its last step, which is the batch's first: nothing is drawn before it.
    fn primed(
        &self,
        request: &Generation<'_>,
        cancel: &Cancel,
        done: &mut dyn FnMut(usize),
    ) -> Result<Arc<Primed>, ModelError> {
        let last = self.primed.lock().clone();
        if let Some(last) = last.filter(|last| last.bars == request.bars && last.events == request.primer) {
            return Ok(last);
        }
        let mut run = self.priming_plan()?.start()?;
        let mut input = vec![0.0; self.encoding.input_len()];
        let mut memory = Memory::default();
        for position in 0..request.primer.len() - 1 {
            cancel.check()?;
            self.encoding.write_input(&mut memory, request.primer, position, request.bars, &mut input);
            run.step(&input, &mut [])?;
            done(position + 1);
        }
        let (events, state) = (request.primer.to_vec(), run.state_row()?);
        let primed = Arc::new(Primed { events, bars: request.bars, state, memory });
        *self.primed.lock() = Some(Arc::clone(&primed));
        Ok(primed)
    }
}

/// A take under way: the primer and what was drawn so far.
struct Take {
    events: Vec<i16>,
    memory: Memory,
    stream: SeedStream,
}

impl Take {
    fn new(request: &Generation<'_>, number: usize, memory: &Memory) -> Self {
        let mut events = Vec::with_capacity(request.primer.len() + request.steps);
        events.extend_from_slice(request.primer);
        Self { events, memory: memory.clone(), stream: request.seed.stream(number) }
    }

    fn draw(&mut self, model: &RecurrentModel, request: &Generation<'_>, logits: &[f32]) -> Result<(), ModelError> {
        if logits.iter().any(|logit| logit.is_nan()) {
            return Err(ModelError::Run {
                backend: model.backend(),
                reason: "its output is not a number; the weights are damaged".into(),
            });
        }
        let event =
            model.encoding.sample(&self.events, logits, &request.constraint, request.temperature, &mut self.stream);
        self.events.push(event);
        Ok(())
    }
}
