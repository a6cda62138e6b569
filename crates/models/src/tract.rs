//! The built-in engine: tract, pure Rust, one thread.

use crate::backend::{Backend, Plan, Run, Signature, expect_length, logits_len};
use crate::{ModelError, graph, limits};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::optim::Optimizer;

const NAME: &str = "tract";

/// The default backend: always there, starts no threads.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tract;

type Compiled = TypedSimplePlan;

struct TractPlan {
    compiled: Arc<Compiled>,
    signature: Signature,
    batch: usize,
    logits: bool,
}

struct TractRun {
    running: TypedSimpleState,
    /// The state tensors, in the signature's order.
    state: Vec<TValue>,
    signature: Signature,
    batch: usize,
    logits: bool,
}

impl Backend for Tract {
    fn name(&self) -> &'static str {
        NAME
    }

    fn plan(
        &self,
        onnx: &[u8],
        signature: &Signature,
        batch: usize,
        logits: bool,
    ) -> Result<Arc<dyn Plan>, ModelError> {
        // tract may panic on graphs it does not expect; a user's file must not take the process down.
        let built = catch_unwind(AssertUnwindSafe(|| compile(onnx, signature, batch, logits)));
        let compiled = match built {
            Ok(Ok(compiled)) => compiled,
            Ok(Err(error)) => return Err(ModelError::BadGraph { reason: reason(&error) }),
            Err(_) => {
                return Err(ModelError::BadGraph { reason: "the built-in engine could not make sense of it".into() });
            }
        };
        Ok(Arc::new(TractPlan { compiled, signature: signature.clone(), batch, logits }))
    }
}

/// An error's chain on one line, without a final full stop.
fn reason(error: &TractError) -> String {
    let text = format!("{error:#}");
    text.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').chars().take(300).collect()
}

fn shape(batch: usize, row: &[usize]) -> Vec<usize> {
    std::iter::once(batch).chain(row.iter().copied()).collect()
}

/// The optimizer's first half, less two passes that take wide products apart: into one a gate, and one each for the
/// input and the state. The small ones cost up to twice as much.
fn declutter() -> Optimizer {
    let mut declutter = Optimizer::declutter();
    declutter.passes.retain(|pass| {
        let pass = format!("{pass:?}");
        !["PushSliceUp", "ConcatThenEinsum"].iter().any(|apart| pass.starts_with(apart))
    });
    declutter
}

/// Builds the graph with every shape fixed; inputs are put in the order input, states, and outputs logits (if wanted),
/// states.
fn compile(onnx: &[u8], signature: &Signature, batch: usize, logits: bool) -> TractResult<Arc<Compiled>> {
    let proto = graph::parse(onnx)?;
    let mut model = tract_onnx::onnx().with_ignore_value_info(true).model_for_proto_model(&proto)?;
    let inputs: Vec<(&str, Vec<usize>)> = std::iter::once((signature.input.name.as_str(), vec![signature.input.size]))
        .chain(signature.state.iter().map(|state| (state.input.as_str(), state.shape.clone())))
        .collect();
    let names: Vec<&str> = inputs.iter().map(|(name, _)| *name).collect();
    model.select_inputs_by_name(&names)?;
    for (index, (_, row)) in inputs.iter().enumerate() {
        model.set_input_fact(index, f32::fact(shape(batch, row)).into())?;
    }
    let (outputs, sizes): (Vec<&str>, Vec<usize>) = logits
        .then_some((signature.logits.name.as_str(), signature.logits.size))
        .into_iter()
        .chain(signature.state.iter().map(|state| (state.output.as_str(), state.size())))
        .unzip();
    model.select_outputs_by_name(&outputs)?;
    let mut model = model.into_typed()?;
    check_size(&model)?;
    declutter().optimize(&mut model)?;
    model.optimize()?;
    for (index, size) in sizes.iter().enumerate() {
        let fact = model.output_fact(index)?;
        let numbers = fact.shape.as_concrete().map(|shape| shape.iter().product::<usize>());
        if fact.datum_type != f32::datum_type() || numbers != Some(size * batch) {
            return Err(TractError::msg(format!(
                "its output \"{}\" is {fact:?}, the manifest says {size} f32 numbers a row",
                outputs[index]
            )));
        }
    }
    TypedSimplePlan::new(model)
}

/// Holds the tensors against the limit, before optimising computes those that are constant.
fn check_size(model: &TypedModel) -> TractResult<()> {
    let facts = model.nodes.iter().flat_map(|node| &node.outputs).map(|output| &output.fact);
    let numbers = facts.fold(0usize, |sum, fact| {
        // Shapes are known: the batch is fixed.
        let shape = fact.shape.as_concrete().unwrap_or_default();
        sum.saturating_add(shape.iter().fold(1, |product: usize, &axis| product.saturating_mul(axis)))
    });
    if numbers > limits::GRAPH_NUMBERS {
        return Err(TractError::msg(format!(
            "its tensors hold {numbers} numbers, at most {} are computed",
            limits::GRAPH_NUMBERS
        )));
    }
    Ok(())
}

/// As an error, should tract panic on values that it does not expect; a user's file must not take the process down.
fn guarded<T>(run: impl FnOnce() -> TractResult<T>) -> Result<T, ModelError> {
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|_| Err(TractError::msg("the built-in engine could not run it")))
        .map_err(failed)
}

impl Plan for TractPlan {
    fn start(&self) -> Result<Box<dyn Run>, ModelError> {
        let running = guarded(|| self.compiled.spawn())?;
        let state = self
            .signature
            .state
            .iter()
            .map(|state| Tensor::zero::<f32>(&shape(self.batch, &state.shape)).map(Into::into))
            .collect::<TractResult<Vec<TValue>>>()
            .map_err(failed)?;
        Ok(Box::new(TractRun {
            running,
            state,
            signature: self.signature.clone(),
            batch: self.batch,
            logits: self.logits,
        }))
    }
}

fn failed(error: TractError) -> ModelError {
    ModelError::Run { backend: NAME, reason: reason(&error) }
}

fn numbers(tensor: &Tensor) -> TractResult<&[f32]> {
    tensor.try_as_plain_ram()?.as_slice::<f32>()
}

impl TractRun {
    fn advance(&mut self, input: &[f32], logits: &mut [f32]) -> TractResult<()> {
        let mut inputs: TVec<TValue> = TVec::with_capacity(1 + self.state.len());
        inputs.push(Tensor::from_shape(&[self.batch, self.signature.input.size], input)?.into());
        inputs.extend(self.state.drain(..));
        let mut outputs = self.running.run(inputs)?.into_iter();
        if self.logits
            && let Some(found) = outputs.next()
        {
            logits.copy_from_slice(numbers(&found)?);
        }
        self.state.extend(outputs);
        Ok(())
    }
}

impl Run for TractRun {
    fn step(&mut self, input: &[f32], logits: &mut [f32]) -> Result<(), ModelError> {
        expect_length(NAME, "the input", input.len(), self.batch * self.signature.input.size)?;
        expect_length(NAME, "the output", logits.len(), logits_len(&self.signature, self.batch, self.logits))?;
        guarded(|| self.advance(input, logits))
    }

    fn state_row(&self) -> Result<Vec<Vec<f32>>, ModelError> {
        self.state
            .iter()
            .zip(&self.signature.state)
            .map(|(tensor, spec)| Ok(numbers(tensor).map_err(failed)?.iter().copied().take(spec.size()).collect()))
            .collect()
    }

    fn broadcast_state(&mut self, row: &[Vec<f32>]) -> Result<(), ModelError> {
        expect_length(NAME, "the state", row.len(), self.signature.state.len())?;
        let mut state = Vec::with_capacity(row.len());
        for (row, spec) in row.iter().zip(&self.signature.state) {
            expect_length(NAME, "a state tensor", row.len(), spec.size())?;
            let tensor =
                Tensor::from_shape(&shape(self.batch, &spec.shape), &row.repeat(self.batch)).map_err(failed)?;
            state.push(tensor.into());
        }
        self.state = state;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_that_are_too_large_are_refused_before_they_are_computed() {
        for (rows, fits) in [(1usize << 18, true), (1 << 19, false), (1 << 62, false)] {
            let mut model = TypedModel::default();
            model.add_source("input", f32::fact([rows, 1 << 10])).unwrap();
            assert_eq!(check_size(&model).is_ok(), fits, "{rows}");
        }
    }

    #[test]
    fn a_panic_of_the_engine_is_an_error() {
        let numbers = [0.0f32; 1];
        let outcome = guarded(|| Ok(numbers[std::hint::black_box(99)]));
        assert!(matches!(outcome, Err(ModelError::Run { .. })), "{outcome:?}");
    }
}
