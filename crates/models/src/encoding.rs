//! Encodings: events to input vectors, logits to events. One type an encoding, pluggable through [`Encoding`].

mod drums;
mod key;
mod lags;
mod melody;
mod passage;
mod precedents;

use crate::{Constraint, EncodingSpec, SeedStream};

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

/// What an encoding has worked out of one history, so that the next input costs only what is new. It serves one history,
/// its bars and one encoding; a position that is not after the last one is worked out from the beginning.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    drums: Option<precedents::Drums>,
    melody: Option<precedents::Melody>,
}

/// How a model sees events.
///
/// `events` is always the whole history from position 0. Events outside the model's range read as no event; folding
/// them in is the caller's choice.
pub trait Encoding: Send + Sync {
    /// Numbers in an input vector.
    fn input_len(&self) -> usize;

    /// Numbers in the logits.
    fn output_len(&self) -> usize;

    /// Writes the input vector that stands at `position` and predicts `position + 1`. Overwrites all of `out`, which
    /// holds [`Encoding::input_len`] numbers; events after `position` are not looked at.
    fn write_input(&self, memory: &mut Memory, events: &[i16], position: usize, bars: BarGrid, out: &mut [f32]);

    /// The label of the event at `position`: the class a softmax model was trained to predict there, or the bits of a
    /// drum event.
    fn label(&self, events: &[i16], position: usize) -> usize;

    /// The event that `label` means after `history`.
    fn event(&self, label: usize, history: &[i16]) -> i16;

    /// Draws the event that follows `history`; temperature 0 takes the likeliest.
    fn sample(
        &self,
        history: &[i16],
        logits: &[f32],
        constraint: &Constraint,
        temperature: f32,
        stream: &mut SeedStream,
    ) -> i16;
}

pub(crate) fn build(spec: &EncodingSpec) -> Box<dyn Encoding> {
    match spec {
        EncodingSpec::MelodyLags { range, lookback } => Box::new(lags::MelodyLags::new(*range, lookback.clone())),
        EncodingSpec::DrumsLags { lookback, habits } => Box::new(lags::DrumsLags::new(lookback.clone(), habits)),
        EncodingSpec::MelodyOneHot { range } => Box::new(melody::OneHot::new(*range)),
        EncodingSpec::MelodyLookback { range } => Box::new(melody::Lookback::new(*range)),
        EncodingSpec::MelodyKey { range } => Box::new(key::Key::new(*range)),
        EncodingSpec::DrumsOneHot { counter_bits } => Box::new(drums::OneHot::new(*counter_bits)),
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
