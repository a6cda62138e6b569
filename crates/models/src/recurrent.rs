//! A recurrent model and the loop that generates with it.

use crate::{
    Backend, BarGrid, Choice, Constraint, Encoding, Manifest, ModelError, Outputs, Plan, Reader, Seed, SeedStream,
    graph, limits,
};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The numbers of rows plans are built for; other numbers run in the next larger one, more than the largest in turns. There
/// is none for one row: tract sums that in another order, and near-ties would depend on what is drawn beside a row.
const BATCHES: [usize; 4] = [4, 8, 12, LARGEST];
const LARGEST: usize = 16;

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
    /// The events that came before, at least one, from position 0, in the model's range; not part of what is drawn.
    pub primer: &'a [i16],
    /// The clip's bars.
    pub bars: BarGrid,
    /// Steps to generate.
    pub steps: usize,
    /// One row each, 1 to [`limits::ROWS`] of them: a row draws from the seed's stream of this number.
    pub streams: &'a [u64],
    /// 0 takes the likeliest event at every step, 1 follows the model, up to [`limits::TEMPERATURE`] is wilder.
    pub temperature: f32,
    /// With the number of a row, all that chance depends on.
    pub seed: Seed,
    /// What may be generated.
    pub constraint: Constraint,
    /// As [`Choice::repetition`], at most [`limits::REPETITION`] either way.
    pub repetition: f32,
}

/// A row as it was drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// Its events, one a step.
    pub events: Vec<i16>,
    /// The logarithm of the probability of these events under the model at temperature 1, without constraint or
    /// repetition; nats.
    pub log_likelihood: f64,
}

impl Generation<'_> {
    fn check(&self) -> Result<(), ModelError> {
        let refuse = |reason: String| Err(ModelError::BadRequest { reason });
        if self.primer.is_empty() {
            return refuse("there is nothing to continue; give at least one step".into());
        }
        if !(1..=limits::ROWS).contains(&self.streams.len()) {
            return refuse(format!("{} rows were asked for, 1 to {} are drawn", self.streams.len(), limits::ROWS));
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
        if !(-limits::REPETITION..=limits::REPETITION).contains(&self.repetition) {
            let limit = limits::REPETITION;
            return refuse(format!("the repetition is {}, it must be -{limit} to {limit}", self.repetition));
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
    bars: BarGrid,
    state: Vec<Vec<f32>>,
    /// Has read the whole primer.
    reader: Box<dyn Reader>,
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
fn sha256(bytes: &[u8]) -> String {
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
    /// [`ModelError::BadGraph`] when the engine cannot build the graph, [`ModelError::BadRequest`] for more rows than one
    /// batch takes, which is 16.
    pub fn plan(&self, rows: usize) -> Result<(Arc<dyn Plan>, usize), ModelError> {
        let Some((slot, batch)) = self.plans.iter().zip(BATCHES).find(|&(_, batch)| batch >= rows) else {
            return Err(ModelError::BadRequest { reason: format!("{rows} rows are too many for one batch") });
        };
        Ok((self.built(slot, batch, Outputs::All)?, batch))
    }

    /// The plan that primers run in, one row without outputs; built on first use.
    ///
    /// # Errors
    /// [`ModelError::BadGraph`] when the engine cannot build the graph.
    pub fn priming_plan(&self) -> Result<Arc<dyn Plan>, ModelError> {
        self.built(&self.priming, 1, Outputs::None)
    }

    fn built(&self, slot: &Slot, batch: usize, outputs: Outputs) -> Result<Arc<dyn Plan>, ModelError> {
        let mut slot = slot.lock();
        Ok(match slot.as_ref() {
            Some(plan) => Arc::clone(plan),
            None => {
                Arc::clone(slot.insert(self.backend.plan(&self.onnx, self.manifest.signature(), batch, outputs)?))
            }
        })
    }

    /// Builds the model and runs one step.
    pub(crate) fn try_out(&self) -> Result<(), ModelError> {
        let (plan, batch) = self.plan(1)?;
        let mut logits = vec![0.0; batch * self.encoding.output_len()];
        plan.start()?.step(&[&vec![0.0; batch * self.encoding.input_len()]], &mut [&mut logits])?;
        if logits.iter().any(|logit| !logit.is_finite()) {
            return Err(ModelError::BadGraph { reason: "its output is not a number; the weights are damaged".into() });
        }
        Ok(())
    }

    /// Draws `request.steps` events for each of `request.streams`: the primer runs once, and not at all if it is the last
    /// one again; then the rows run in batches. `progress` is told the steps done and their total after each step.
    ///
    /// The same model, engine, request and seed give the same events, and a row does not depend on which others are drawn
    /// beside it.
    ///
    /// # Errors
    /// [`ModelError::BadRequest`] for a request outside the limits, [`ModelError::Cancelled`] within a step of
    /// [`Cancel::cancel`], [`ModelError::BadGraph`] or [`ModelError::Run`] when the engine fails.
    pub fn generate(
        &self,
        request: &Generation<'_>,
        cancel: &Cancel,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<Drawn>, ModelError> {
        request.check()?;
        cancel.check()?;
        if request.steps == 0 {
            return Ok(vec![Drawn { events: Vec::new(), log_likelihood: 0.0 }; request.streams.len()]);
        }
        let mut done = request.primer.len() - 1;
        let total = done + request.streams.len().div_ceil(LARGEST) * request.steps;
        let primed = self.primed(request, cancel, &mut |done| progress(done, total))?;
        let mut step = || {
            done += 1;
            progress(done, total);
        };
        let mut drawn = Vec::with_capacity(request.streams.len());
        for streams in request.streams.chunks(LARGEST) {
            drawn.append(&mut self.batch(request, streams, &primed, cancel, &mut step)?);
        }
        Ok(drawn)
    }

    /// Draws the rows of `streams`, all in one batch.
    fn batch(
        &self,
        request: &Generation<'_>,
        streams: &[u64],
        primed: &Primed,
        cancel: &Cancel,
        done: &mut dyn FnMut(),
    ) -> Result<Vec<Drawn>, ModelError> {
        let (plan, batch) = self.plan(streams.len())?;
        let mut run = plan.start()?;
        run.broadcast_state(&primed.state)?;
        let mut rows: Vec<Row> = streams.iter().map(|&number| Row::new(request, number, primed)).collect();
        // What is in the batch beyond the rows keeps zeros as input and is not looked at.
        let length = self.encoding.input_len();
        let mut inputs = vec![0.0; batch * length];
        let width = self.encoding.output_len();
        let mut logits = vec![0.0; batch * width];
        for _ in 0..request.steps {
            cancel.check()?;
            for (row, input) in rows.iter_mut().zip(inputs.chunks_exact_mut(length)) {
                row.reader.write_input(input);
            }
            run.step(&[&inputs], &mut [&mut logits])?;
            for (row, logits) in rows.iter_mut().zip(logits.chunks_exact(width)) {
                row.draw(self, request, logits)?;
            }
            done();
        }
        Ok(rows.into_iter().map(|row| row.drawn).collect())
    }

    /// Runs the request's primer but for its last step, which is the batch's first: nothing is drawn before it.
    fn primed(
        &self,
        request: &Generation<'_>,
        cancel: &Cancel,
        done: &mut dyn FnMut(usize),
    ) -> Result<Arc<Primed>, ModelError> {
        let last = self.primed.lock().clone();
        if let Some(last) = last.filter(|last| last.bars == request.bars && last.reader.events() == request.primer) {
            return Ok(last);
        }
        let mut run = self.priming_plan()?.start()?;
        let mut input = vec![0.0; self.encoding.input_len()];
        let mut reader = self.encoding.reader(request.bars);
        for (position, &event) in request.primer.iter().enumerate() {
            reader.push(event);
            if position + 1 < request.primer.len() {
                cancel.check()?;
                reader.write_input(&mut input);
                run.step(&[&input], &mut [])?;
                done(position + 1);
            }
        }
        let primed = Arc::new(Primed { bars: request.bars, state: run.state_row()?, reader });
        *self.primed.lock() = Some(Arc::clone(&primed));
        Ok(primed)
    }
}

/// A row under way.
struct Row {
    reader: Box<dyn Reader>,
    stream: SeedStream,
    drawn: Drawn,
}

impl Row {
    fn new(request: &Generation<'_>, number: u64, primed: &Primed) -> Self {
        Self {
            reader: primed.reader.fork(),
            stream: request.seed.stream(number),
            drawn: Drawn { events: Vec::with_capacity(request.steps), log_likelihood: 0.0 },
        }
    }

    fn draw(&mut self, model: &RecurrentModel, request: &Generation<'_>, logits: &[f32]) -> Result<(), ModelError> {
        if logits.iter().any(|&logit| logit.is_nan() || logit == f32::INFINITY) {
            return Err(ModelError::Run {
                backend: model.backend(),
                reason: "its output is not a number; the weights are damaged".into(),
            });
        }
        let Generation { constraint, temperature, repetition, .. } = request;
        let choice = Choice { constraint, temperature: *temperature, repetition: *repetition };
        let chosen = model.encoding.sample(&*self.reader, logits, &choice, &mut self.stream);
        self.reader.push(chosen.event);
        self.drawn.events.push(chosen.event);
        self.drawn.log_likelihood += chosen.log_likelihood;
        Ok(())
    }
}
