//! Magenta's drum kit encoding: one of 512 sets of classes and a binary counter (models.md 1.7).

use super::{BarGrid, Encoding, Memory, write_counter};
use crate::{Constraint, SeedStream, sampler};

/// Drum classes, a bit each.
pub(super) const CLASSES: usize = 9;
/// Sets of drum classes.
const SETS: usize = 1 << CLASSES;

/// The set of an event; bits beyond the nine classes are left out.
fn set(events: &[i16], position: usize) -> usize {
    events.get(position).map_or(0, |&event| usize::from(event.cast_unsigned()) % SETS)
}

/// One class a set of drum classes.
pub(super) struct OneHot {
    counter_bits: usize,
}

impl OneHot {
    pub(super) fn new(counter_bits: usize) -> Self {
        Self { counter_bits }
    }
}

impl Encoding for OneHot {
    fn input_len(&self) -> usize {
        SETS + self.counter_bits
    }

    fn output_len(&self) -> usize {
        SETS
    }

    fn write_input(&self, _: &mut Memory, events: &[i16], position: usize, _: BarGrid, out: &mut [f32]) {
        out.fill(0.0);
        out[set(events, position)] = 1.0;
        write_counter(position + 1, &mut out[SETS..]);
    }

    fn label(&self, events: &[i16], position: usize) -> usize {
        set(events, position)
    }

    fn event(&self, label: usize, _: &[i16]) -> i16 {
        i16::try_from(label % SETS).unwrap_or(0)
    }

    fn sample(
        &self,
        history: &[i16],
        logits: &[f32],
        _: &Constraint,
        temperature: f32,
        stream: &mut SeedStream,
    ) -> i16 {
        self.event(sampler::class(logits, |_| true, temperature, stream), history)
    }
}
