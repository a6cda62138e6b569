//! Magenta's key melody encoding (models.md 1.3).

use super::melody::{Classes, LOOKBACK, draw, repeat_label, repeated_event};
use super::{BarGrid, Encoding, History, NO_EVENT, NOTE_OFF, Reader, View, event_before, write_counter};
use crate::{Choice, Chosen, PitchRange, SeedStream};

/// Bits of the counter.
const COUNTER_BITS: usize = 7;
/// Steps of a bar in the published model.
const BAR: usize = 16;
/// Major keys.
const KEYS: usize = 12;
/// How many distinct notes the recent key is judged by.
const RECENT: usize = 3;
/// Semitones of the major scale from its key.
const MAJOR: [usize; 7] = [0, 2, 4, 5, 7, 9, 11];

/// The sounding pitch, its attack and direction, repeats, a counter, and the keys of the melody and of its last notes.
#[derive(Clone)]
pub(super) struct Key(Classes);

impl Key {
    pub(super) fn new(range: PitchRange) -> Self {
        Self(Classes(range))
    }

    fn pitches(&self) -> usize {
        self.0.0.len()
    }

    /// Labels before the repeats: pitches, no event, note off.
    fn plain(&self) -> usize {
        self.0.len()
    }
}

/// What the melody up to a position sounds like.
#[derive(Clone, Default)]
pub(super) struct Heard {
    /// Events heard so far.
    seen: usize,
    sounding: Option<u8>,
    attack: bool,
    /// Whether the last change of pitch went up; none before the first.
    rising: Option<bool>,
    /// The last distinct notes, the latest last.
    recent: Vec<u8>,
    /// How often each pitch class started.
    starts: [u32; KEYS],
}

impl Heard {
    /// Hears what is new of a history.
    fn listen(&mut self, events: &[i16]) {
        for &event in &events[self.seen..] {
            match event {
                NOTE_OFF => self.sounding = None,
                event => match u8::try_from(event) {
                    Ok(pitch) => self.start(pitch),
                    Err(_) => self.attack = false,
                },
            }
        }
        self.seen = events.len();
    }

    fn start(&mut self, pitch: u8) {
        self.attack = true;
        self.sounding = Some(pitch);
        self.starts[usize::from(pitch) % KEYS] += 1;
        match self.recent.last() {
            Some(&last) if pitch > last => self.rising = Some(true),
            Some(&last) if pitch < last => self.rising = Some(false),
            _ => {}
        }
        self.recent.retain(|&note| note != pitch);
        if self.recent.len() == RECENT {
            self.recent.remove(0);
        }
        self.recent.push(pitch);
    }
}

/// Marks every major key that holds the most of the starts (models.md 0.2).
fn write_keys(starts: &[u32; KEYS], out: &mut [f32]) {
    let mut held = [0u32; KEYS];
    for (key, held) in held.iter_mut().enumerate() {
        *held = MAJOR.iter().map(|degree| starts[(key + degree) % KEYS]).sum();
    }
    let most = held.iter().copied().max().unwrap_or(0);
    for (value, held) in out.iter_mut().zip(held) {
        *value = f32::from(held == most);
    }
}

impl View for Key {
    type Memory = Heard;

    fn write(&self, heard: &mut Heard, events: &[i16], _: BarGrid, out: &mut [f32]) {
        let position = events.len() - 1;
        out.fill(0.0);
        heard.listen(events);
        let pitches = self.pitches();
        let sounding = heard.sounding.and_then(|pitch| self.0.pitch_index(i16::from(pitch)));
        match sounding {
            Some(index) => {
                out[index] = 1.0;
                out[pitches] = 1.0;
            }
            None => out[pitches + 1] = 1.0,
        }
        out[pitches + 2] = f32::from(heard.attack);
        out[pitches + 3] = heard.rising.map_or(0.0, |rising| if rising { 1.0 } else { -1.0 });
        let event = events.get(position).copied();
        let mut slot = pitches + 4;
        for lag in LOOKBACK {
            out[slot] = f32::from(event.is_some() && event_before(events, position, lag) == event);
            slot += 1;
        }
        write_counter(position + 1, &mut out[slot..slot + COUNTER_BITS]);
        slot += COUNTER_BITS;
        out[slot] = f32::from((position + 1).is_multiple_of(BAR));
        slot += 1;
        write_keys(&heard.starts, &mut out[slot..slot + KEYS]);
        let mut recent = [0u32; KEYS];
        for &pitch in &heard.recent {
            recent[usize::from(pitch) % KEYS] += 1;
        }
        write_keys(&recent, &mut out[slot + KEYS..]);
    }
}

impl Encoding for Key {
    fn input_len(&self) -> usize {
        self.pitches() + 4 + LOOKBACK.len() + COUNTER_BITS + 1 + 2 * KEYS
    }

    fn output_len(&self) -> usize {
        self.plain() + LOOKBACK.len()
    }

    fn reader(&self, bars: BarGrid) -> Box<dyn Reader> {
        History::boxed(self, bars)
    }

    fn label(&self, events: &[i16], position: usize) -> usize {
        if let Some(label) = repeat_label(events, position, self.plain()) {
            return label;
        }
        match events.get(position).copied().unwrap_or(NO_EVENT) {
            NOTE_OFF => self.pitches() + 1,
            event => self.0.pitch_index(event).unwrap_or(self.pitches()),
        }
    }

    fn event(&self, label: usize, history: &[i16]) -> i16 {
        if let Some(event) = repeated_event(label, self.plain(), history) {
            return event;
        }
        match label.checked_sub(self.pitches()) {
            None => self.0.event(label + 2),
            Some(1) => NOTE_OFF,
            Some(_) => NO_EVENT,
        }
    }

    fn sample(&self, reader: &dyn Reader, logits: &[f32], choice: &Choice<'_>, stream: &mut SeedStream) -> Chosen {
        draw(self, reader, logits, |label| f32::from(label >= self.plain()), choice, stream)
    }
}
