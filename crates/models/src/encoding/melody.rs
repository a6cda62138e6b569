//! Magenta's one-hot and lookback melody encodings (models.md 1.1, 1.2).

use super::{BarGrid, Encoding, History, NO_EVENT, NOTE_OFF, Reader, View, event_before, write_counter};
use crate::{Choice, Chosen, PitchRange, SeedStream, sampler};

/// Steps the published models look back, the nearest first.
pub(super) const LOOKBACK: [usize; 2] = [16, 32];
/// Bits of the lookback encoding's counter: sixteenth, eighth, quarter, half, whole.
const COUNTER_BITS: usize = 5;

/// The classes of melody events: 0 no event, 1 note off, 2 + k the pitch `min + k`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Classes(pub(super) PitchRange);

impl Classes {
    pub(super) fn len(self) -> usize {
        2 + self.0.len()
    }

    pub(super) fn class(self, event: i16) -> usize {
        match event {
            NOTE_OFF => 1,
            pitch => self.pitch_index(pitch).map_or(0, |index| 2 + index),
        }
    }

    pub(super) fn pitch_index(self, event: i16) -> Option<usize> {
        let pitch = u8::try_from(event).ok()?;
        (self.0.min..self.0.max).contains(&pitch).then(|| usize::from(pitch - self.0.min))
    }

    pub(super) fn event(self, class: usize) -> i16 {
        match class {
            0 => NO_EVENT,
            1 => NOTE_OFF,
            class => i16::try_from(class - 2).map_or(NO_EVENT, |index| i16::from(self.0.min) + index),
        }
    }
}

/// Draws a class whose event the constraint allows, and gives its event. `share` says how much of the choice's repetition
/// a class gets.
pub(super) fn draw(
    encoding: &impl Encoding,
    reader: &dyn Reader,
    logits: &[f32],
    share: impl Fn(usize) -> f32,
    choice: &Choice<'_>,
    stream: &mut SeedStream,
) -> Chosen {
    let event = |label: usize| encoding.event(label, reader.events());
    let biased = sampler::biased(logits, choice.repetition, share);
    let label = sampler::class(&biased, |label| choice.constraint.allows(event(label)), choice.temperature, stream);
    let chosen = event(label);
    // Repeats may mean an event that has a class of its own as well.
    Chosen { event: chosen, log_likelihood: sampler::log_share(logits, |label| event(label) == chosen) }
}

/// The repeats of the lookback and key encodings among the labels, the farthest first (models.md 1.2): `plain` labels
/// come before them.
pub(super) fn repeat_label(events: &[i16], position: usize, plain: usize) -> Option<usize> {
    let event = *events.get(position)?;
    if position < LOOKBACK[1] && event == NO_EVENT {
        return Some(plain + 1);
    }
    let repeats = |lag: usize| event_before(events, position, lag) == Some(event);
    LOOKBACK.iter().rposition(|&lag| repeats(lag)).map(|index| plain + index)
}

/// The event a repeat label means; no event where history is too short.
pub(super) fn repeated_event(label: usize, plain: usize, history: &[i16]) -> Option<i16> {
    let lag = *LOOKBACK.get(label.checked_sub(plain)?)?;
    Some(event_before(history, history.len(), lag).unwrap_or(NO_EVENT))
}

/// One class an event.
#[derive(Clone)]
pub(super) struct OneHot(Classes);

impl OneHot {
    pub(super) fn new(range: PitchRange) -> Self {
        Self(Classes(range))
    }
}

impl View for OneHot {
    type Memory = ();

    fn write(&self, _: &mut (), events: &[i16], _: BarGrid, out: &mut [f32]) {
        out.fill(0.0);
        out[self.label(events, events.len() - 1)] = 1.0;
    }
}

impl Encoding for OneHot {
    fn input_len(&self) -> usize {
        self.0.len()
    }

    fn output_len(&self) -> usize {
        self.0.len()
    }

    fn reader(&self, bars: BarGrid) -> Box<dyn Reader> {
        History::boxed(self, bars)
    }

    fn label(&self, events: &[i16], position: usize) -> usize {
        self.0.class(events.get(position).copied().unwrap_or(NO_EVENT))
    }

    fn event(&self, label: usize, _: &[i16]) -> i16 {
        self.0.event(label)
    }

    fn sample(&self, reader: &dyn Reader, logits: &[f32], choice: &Choice<'_>, stream: &mut SeedStream) -> Chosen {
        draw(self, reader, logits, |_| 0.0, choice, stream)
    }
}

/// One class an event, the events that would follow if one or two bars of 16 steps repeated, and a counter.
#[derive(Clone)]
pub(super) struct Lookback(Classes);

impl Lookback {
    pub(super) fn new(range: PitchRange) -> Self {
        Self(Classes(range))
    }
}

impl View for Lookback {
    type Memory = ();

    fn write(&self, _: &mut (), events: &[i16], _: BarGrid, out: &mut [f32]) {
        let position = events.len() - 1;
        out.fill(0.0);
        let classes = self.0.len();
        let event = events.get(position).copied().unwrap_or(NO_EVENT);
        out[self.0.class(event)] = 1.0;
        for (block, lag) in (1..).zip(LOOKBACK) {
            let next = event_before(events, position + 1, lag).unwrap_or(NO_EVENT);
            out[block * classes + self.0.class(next)] = 1.0;
        }
        let counter = (1 + LOOKBACK.len()) * classes;
        write_counter(position + 1, &mut out[counter..counter + COUNTER_BITS]);
        for (slot, lag) in (counter + COUNTER_BITS..).zip(LOOKBACK) {
            out[slot] = f32::from(event_before(events, position, lag) == Some(event));
        }
    }
}

impl Encoding for Lookback {
    fn input_len(&self) -> usize {
        (1 + LOOKBACK.len()) * self.0.len() + COUNTER_BITS + LOOKBACK.len()
    }

    fn output_len(&self) -> usize {
        self.0.len() + LOOKBACK.len()
    }

    fn reader(&self, bars: BarGrid) -> Box<dyn Reader> {
        History::boxed(self, bars)
    }

    fn label(&self, events: &[i16], position: usize) -> usize {
        let plain = self.0.len();
        repeat_label(events, position, plain)
            .unwrap_or_else(|| self.0.class(events.get(position).copied().unwrap_or(NO_EVENT)))
    }

    fn event(&self, label: usize, history: &[i16]) -> i16 {
        repeated_event(label, self.0.len(), history).unwrap_or_else(|| self.0.event(label))
    }

    fn sample(&self, reader: &dyn Reader, logits: &[f32], choice: &Choice<'_>, stream: &mut SeedStream) -> Chosen {
        draw(self, reader, logits, |label| f32::from(label >= self.0.len()), choice, stream)
    }
}
