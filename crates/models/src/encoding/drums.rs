//! Magenta's drum kit encoding: one of 512 sets of classes and a binary counter (models.md 1.7).

use super::{BarGrid, Encoding, History, Reader, View, write_counter};
use crate::{Choice, Chosen, SeedStream, sampler};

/// Drum classes, a bit each.
pub(super) const CLASSES: usize = 9;
/// Sets of drum classes.
const SETS: usize = 1 << CLASSES;

/// The set of an event; bits beyond the nine classes are left out.
fn set(events: &[i16], position: usize) -> usize {
    events.get(position).map_or(0, |&event| usize::from(event.cast_unsigned()) % SETS)
}

/// One class a set of drum classes.
#[derive(Clone)]
pub(super) struct OneHot {
    counter_bits: usize,
}

impl OneHot {
    pub(super) fn new(counter_bits: usize) -> Self {
        Self { counter_bits }
    }
}

impl View for OneHot {
    type Memory = ();

    fn write(&self, _: &mut (), events: &[i16], _: BarGrid, out: &mut [f32]) {
        out.fill(0.0);
        out[set(events, events.len() - 1)] = 1.0;
        write_counter(events.len(), &mut out[SETS..]);
    }
}

impl Encoding for OneHot {
    fn input_len(&self) -> usize {
        SETS + self.counter_bits
    }

    fn output_len(&self) -> usize {
        SETS
    }

    fn reader(&self, bars: BarGrid) -> Box<dyn Reader> {
        History::boxed(self, bars)
    }

    fn label(&self, events: &[i16], position: usize) -> usize {
        set(events, position)
    }

    fn event(&self, label: usize, _: &[i16]) -> i16 {
        i16::try_from(label % SETS).unwrap_or(0)
    }

    fn sample(&self, _: &dyn Reader, logits: &[f32], choice: &Choice<'_>, stream: &mut SeedStream) -> Chosen {
        let label = sampler::class(logits, |_| true, choice.temperature, stream);
        Chosen { event: self.event(label, &[]), log_likelihood: sampler::log_share(logits, |class| class == label) }
    }
}
