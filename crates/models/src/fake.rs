//! An engine without networks, for tests and fuzz targets: what a step gives is a hash of what it and those before it
//! were given, so it differs from row to row and not with the number of rows.

use crate::{Backend, ModelError, Outputs, Plan, Run, Signature};
use std::sync::Arc;

const NAME: &str = "fake";

/// The engine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fake;

#[derive(Clone)]
struct Steps {
    signature: Signature,
    batch: usize,
    outputs: Outputs,
    /// A number for each row, which is what every carried tensor holds.
    state: Vec<f32>,
}

impl Backend for Fake {
    fn name(&self) -> &'static str {
        NAME
    }

    fn plan(
        &self,
        _: &[u8],
        signature: &Signature,
        batch: usize,
        outputs: Outputs,
    ) -> Result<Arc<dyn Plan>, ModelError> {
        Ok(Arc::new(Steps { signature: signature.clone(), batch, outputs, state: vec![0.0; batch] }))
    }
}

impl Plan for Steps {
    fn start(&self) -> Result<Box<dyn Run>, ModelError> {
        Ok(Box::new(self.clone()))
    }
}

/// A number in 0 ≤ u < 1 that looks drawn.
fn scattered(number: f32) -> f32 {
    (number * 12.9898).sin().abs() * 437.585 % 1.0
}

impl Run for Steps {
    fn step(&mut self, inputs: &[&[f32]], outputs: &mut [&mut [f32]]) -> Result<(), ModelError> {
        self.signature.check_step(NAME, self.batch, self.outputs, inputs, outputs)?;
        for (row, state) in self.state.iter_mut().enumerate() {
            for (input, spec) in inputs.iter().zip(&self.signature.inputs) {
                let numbers = &input[row * spec.size..(row + 1) * spec.size];
                *state = numbers.iter().fold(*state, |state, number| scattered(state + number + 0.1));
            }
            for (output, spec) in outputs.iter_mut().zip(&self.signature.outputs) {
                let mut number = *state;
                for logit in &mut output[row * spec.size..(row + 1) * spec.size] {
                    number = scattered(number + 0.1);
                    *logit = 6.0 * number - 3.0;
                }
            }
        }
        Ok(())
    }

    fn state_row(&self) -> Result<Vec<Vec<f32>>, ModelError> {
        let first = self.state.first().copied().unwrap_or_default();
        Ok(self.signature.carried.iter().map(|carried| vec![first; carried.size()]).collect())
    }

    fn broadcast_state(&mut self, row: &[Vec<f32>]) -> Result<(), ModelError> {
        self.signature.check_row(NAME, row)?;
        self.state.fill(row.first().and_then(|numbers| numbers.first()).copied().unwrap_or_default());
        Ok(())
    }
}
