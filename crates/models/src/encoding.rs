//! Encodings: events to input vectors, logits to events. One type an encoding, pluggable through [`Encoding`].

mod drums;
mod key;
mod lags;
mod melody;
mod passage;
mod precedents;
mod spec;

pub use spec::{EncodingSpec, Lookback, PitchRange};

use crate::{Choice, Chosen, SeedStream};

/// A melody step on which nothing starts or stops.
pub const NO_EVENT: i16 = -2;
/// A melody step on which the sounding note stops.
pub const NOTE_OFF: i16 = -1;

/// The bars of the clip, in steps; position 0 is a bar line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BarGrid {
    /// Steps in a bar: 16 in 4/4, 12 in 3/4 and 6/8.
    pub steps_per_bar: u32,
    /// Whether beats divide into three: 6/8, 9/8, 12/8 and the like.
    pub compound: bool,
}

/// How a model sees events.
///
/// Events outside the model's range read as no event; folding them in is the caller's choice.
pub trait Encoding: Send + Sync {
    /// Numbers in an input vector.
    fn input_len(&self) -> usize;

    /// Numbers in the logits.
    fn output_len(&self) -> usize;

    /// Reads a clip with these bars from its beginning.
    fn reader(&self, bars: BarGrid) -> Box<dyn Reader>;

    /// The label of the event at `position`: the class a softmax model was trained to predict there, or the bits of a
    /// drum event.
    fn label(&self, events: &[i16], position: usize) -> usize;

    /// The event that `label` means after `history`.
    fn event(&self, label: usize, history: &[i16]) -> i16;

    /// Draws the event that follows what `reader` has read.
    fn sample(&self, reader: &dyn Reader, logits: &[f32], choice: &Choice<'_>, stream: &mut SeedStream) -> Chosen;
}

/// Reads events one by one and gives the input vectors of a model: it keeps the history, and what of it was worked out.
pub trait Reader: Send + Sync {
    /// Takes the next event. Costs no more than what is new.
    fn push(&mut self, event: i16);

    /// The events so far.
    fn events(&self) -> &[i16];

    /// Writes the input vector that stands at the last event and predicts the next. Overwrites all of `out`, which holds
    /// [`Encoding::input_len`] numbers; before the first event they are zero.
    fn write_input(&mut self, out: &mut [f32]);

    /// The events that would come next if what the encoding looks back at went on, one for each place that it sees; empty
    /// for encodings that give repeats a class, and for those that do not look back.
    fn repeats(&self) -> Vec<i16>;

    /// Another reader that goes on from here.
    fn fork(&self) -> Box<dyn Reader>;
}

/// What is written of a history; the rest of a [`Reader`] is the same for all encodings.
trait View: Clone + Send + Sync + 'static {
    /// What was worked out of the history so far, so that the next input costs only what is new. A position that is not
    /// after the last one may be worked out from the beginning.
    type Memory: Clone + Default + Send + Sync;

    /// As [`Reader::write_input`], at the last of `events`, of which there is one at least.
    fn write(&self, memory: &mut Self::Memory, events: &[i16], bars: BarGrid, out: &mut [f32]);

    /// As [`Reader::repeats`], with one of `events` at least.
    fn repeats(&self, _: &[i16], _: BarGrid) -> Vec<i16> {
        Vec::new()
    }
}

/// A reader of the view `V`.
#[derive(Clone)]
struct History<V: View> {
    view: V,
    bars: BarGrid,
    events: Vec<i16>,
    memory: V::Memory,
}

impl<V: View> History<V> {
    fn boxed(view: &V, bars: BarGrid) -> Box<dyn Reader> {
        Box::new(Self { view: view.clone(), bars, events: Vec::new(), memory: V::Memory::default() })
    }
}

impl<V: View> Reader for History<V> {
    fn push(&mut self, event: i16) {
        self.events.push(event);
    }

    fn events(&self) -> &[i16] {
        &self.events
    }

    fn write_input(&mut self, out: &mut [f32]) {
        if self.events.is_empty() {
            out.fill(0.0);
        } else {
            self.view.write(&mut self.memory, &self.events, self.bars, out);
        }
    }

    fn repeats(&self) -> Vec<i16> {
        if self.events.is_empty() { Vec::new() } else { self.view.repeats(&self.events, self.bars) }
    }

    fn fork(&self) -> Box<dyn Reader> {
        Box::new(self.clone())
    }
}

impl EncodingSpec {
    /// The encoding itself.
    #[must_use]
    pub fn build(&self) -> Box<dyn Encoding> {
        match self {
            Self::MelodyLags { range, lookback } => Box::new(lags::MelodyLags::new(*range, lookback.clone())),
            Self::DrumsLags { lookback, habits } => Box::new(lags::DrumsLags::new(lookback.clone(), habits)),
            Self::MelodyOneHot { range } => Box::new(melody::OneHot::new(*range)),
            Self::MelodyLookback { range } => Box::new(melody::Lookback::new(*range)),
            Self::MelodyKey { range } => Box::new(key::Key::new(*range)),
            Self::DrumsOneHot { counter_bits } => Box::new(drums::OneHot::new(*counter_bits)),
        }
    }
}

/// Writes `number` as bits of ±1, the lowest first (models.md 1.2).
fn write_counter(number: usize, out: &mut [f32]) {
    for (bit, value) in out.iter_mut().enumerate() {
        *value = if number >> bit & 1 == 1 { 1.0 } else { -1.0 };
    }
}

/// The event `lag` steps before `position`.
fn event_before(events: &[i16], position: usize, lag: usize) -> Option<i16> {
    events.get(position.checked_sub(lag)?).copied()
}

/// Steps in a bar, at least one.
fn bar_steps(bars: BarGrid) -> usize {
    usize::try_from(bars.steps_per_bar).unwrap_or(usize::MAX).max(1)
}
