//! The built-in engine: tract, pure Rust, one thread.

use solferino_models::{Backend, ModelError, Outputs, Plan, Run, Signature, limits};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::optim::Optimizer;

const NAME: &str = "tract";

/// The engine that is always there; starts no threads.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tract;

type Compiled = TypedSimplePlan;

struct TractPlan {
    compiled: Arc<Compiled>,
    signature: Signature,
    batch: usize,
    outputs: Outputs,
}

struct TractRun {
    running: TypedSimpleState,
    /// The carried tensors, in the signature's order.
    carried: Vec<TValue>,
    signature: Signature,
    batch: usize,
    outputs: Outputs,
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
        outputs: Outputs,
    ) -> Result<Arc<dyn Plan>, ModelError> {
        // tract may panic on graphs it does not expect; a user's file must not take the process down.
        let built = catch_unwind(AssertUnwindSafe(|| compile(onnx, signature, batch, outputs)));
        let compiled = match built {
            Ok(Ok(compiled)) => compiled,
            Ok(Err(error)) => return Err(ModelError::BadGraph { reason: reason(&error) }),
            Err(_) => {
                return Err(ModelError::BadGraph { reason: "the built-in engine could not make sense of it".into() });
            }
        };
        Ok(Arc::new(TractPlan { compiled, signature: signature.clone(), batch, outputs }))
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

/// Builds the graph with every shape fixed; what is carried comes after the inputs, and after the outputs if those are
/// wanted.
fn compile(mut onnx: &[u8], signature: &Signature, batch: usize, outputs: Outputs) -> TractResult<Arc<Compiled>> {
    let proto = tract_onnx::Onnx::default().proto_model_for_read(&mut onnx)?;
    let mut model = tract_onnx::onnx().with_ignore_value_info(true).model_for_proto_model(&proto)?;
    let carried = &signature.carried;
    let inputs: Vec<(&str, Vec<usize>)> = signature
        .inputs
        .iter()
        .map(|input| (input.name.as_str(), vec![input.size]))
        .chain(carried.iter().map(|pair| (pair.input.as_str(), pair.shape.clone())))
        .collect();
    let names: Vec<&str> = inputs.iter().map(|(name, _)| *name).collect();
    model.select_inputs_by_name(&names)?;
    for (index, (_, row)) in inputs.iter().enumerate() {
        model.set_input_fact(index, f32::fact(shape(batch, row)).into())?;
    }
    let (names, sizes): (Vec<&str>, Vec<usize>) = outputs
        .of(signature)
        .iter()
        .map(|output| (output.name.as_str(), output.size))
        .chain(carried.iter().map(|pair| (pair.output.as_str(), pair.size())))
        .unzip();
    model.select_outputs_by_name(&names)?;
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
                names[index]
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
        let carried = self
            .signature
            .carried
            .iter()
            .map(|pair| Tensor::zero::<f32>(&shape(self.batch, &pair.shape)).map(Into::into))
            .collect::<TractResult<Vec<TValue>>>()
            .map_err(failed)?;
        Ok(Box::new(TractRun {
            running,
            carried,
            signature: self.signature.clone(),
            batch: self.batch,
            outputs: self.outputs,
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
    fn advance(&mut self, inputs: &[&[f32]], outputs: &mut [&mut [f32]]) -> TractResult<()> {
        let mut given: TVec<TValue> = TVec::with_capacity(inputs.len() + self.carried.len());
        for (input, spec) in inputs.iter().zip(&self.signature.inputs) {
            given.push(Tensor::from_shape(&[self.batch, spec.size], input)?.into());
        }
        given.extend(self.carried.drain(..));
        let mut found = self.running.run(given)?.into_iter();
        for (output, found) in outputs.iter_mut().zip(found.by_ref()) {
            output.copy_from_slice(numbers(&found)?);
        }
        self.carried.extend(found);
        Ok(())
    }
}

impl Run for TractRun {
    fn step(&mut self, inputs: &[&[f32]], outputs: &mut [&mut [f32]]) -> Result<(), ModelError> {
        self.signature.check_step(NAME, self.batch, self.outputs, inputs, outputs)?;
        guarded(|| self.advance(inputs, outputs))
    }

    fn state_row(&self) -> Result<Vec<Vec<f32>>, ModelError> {
        self.carried
            .iter()
            .zip(&self.signature.carried)
            .map(|(tensor, spec)| Ok(numbers(tensor).map_err(failed)?.iter().copied().take(spec.size()).collect()))
            .collect()
    }

    fn broadcast_state(&mut self, row: &[Vec<f32>]) -> Result<(), ModelError> {
        self.signature.check_row(NAME, row)?;
        self.carried = row
            .iter()
            .zip(&self.signature.carried)
            .map(|(row, spec)| {
                Tensor::from_shape(&shape(self.batch, &spec.shape), &row.repeat(self.batch)).map(Into::into)
            })
            .collect::<TractResult<_>>()
            .map_err(failed)?;
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
