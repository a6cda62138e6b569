//! The transport follower and clip player.

use crate::held::Held;
use crate::looped::Event;
use crate::{Loop, NoteEvent, Transport};
use std::sync::Arc;

/// The most note events of the clip that a block plays. What is beyond is skipped and what sounds is closed: the bound
/// on the work that a tiny loop and a huge block can ask for.
pub const EVENTS_PER_BLOCK: usize = 16_384;

/// How far, in samples, an event may lie behind a sample and still sound with it. Hosts round positions in many ways;
/// without this an event on a sample would fall on it or on the next as the rounding happens to go. An odd number, so
/// that musical fractions of a sample do not meet its edge.
const EARLY: f64 = 0.0137;

/// How far, in samples, the end of the host's range may lie ahead of a sample that already repeats it: the range ends on
/// the nearest sample, for hosts arrive at its end a rounding error too early or too late. As odd as [`EARLY`].
const NEAR: f64 = 0.5 - EARLY;

/// The distance in quarters between where the host is and where it was expected that is drift and no jump, at least.
const DRIFT: f64 = 1.0 / 64.0;

/// The same at most; between the two it is half a block, so that a tempo that changed inside a block is drift.
const MOST_DRIFT: f64 = 0.5;

/// Plays a [`Loop`] in time with a [`Transport`].
///
/// Laws, held by `tests/player_laws.rs` and, case by case, `tests/player.rs`:
/// - each start is followed by exactly one end of the same channel and pitch before the next start of that pitch;
/// - a start falls on the first sample at or after its time, and nothing depends on how the host splits its blocks;
/// - when the host jumps, repeats its range, stops or is bypassed, or the clip is swapped, sounding notes end on that
///   sample. Notes begin only at their own start: a note whose start was jumped over stays silent;
/// - a range repeats on the sample nearest to its end, and each round plays what begins at the range's start once.
#[derive(Debug)]
pub struct Player {
    clip: Option<Arc<Loop>>,
    held: Held,
    cursor: Cursor,
    expected: Option<Expected>,
    tempo: f64,
    /// The host's range that was expected to repeat and did not.
    distrusted: Option<(f64, f64)>,
    /// Whether what sounds is of a past that is over: another clip, a reset.
    stale: bool,
}

/// The next event to play.
#[derive(Clone, Copy, Debug, Default)]
struct Cursor {
    /// How many times the clip has gone by since the song's start.
    cycle: i64,
    /// Which of its events.
    index: usize,
}

/// Where the song should be when the next block begins.
#[derive(Clone, Copy, Debug)]
struct Expected {
    position: f64,
    /// The host's range, if it ends near the end of the block.
    ending: Option<(f64, f64)>,
    /// Where the song was going before the player took it back to the range's start by itself, and which range.
    unrepeated: Option<(f64, (f64, f64))>,
    /// Quarters that the host may differ by without having jumped.
    drift: f64,
}

/// A stretch of a block in which the song moves evenly.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    first: u32,
    samples: u32,
    /// The song's position in quarters at the first sample.
    position: f64,
    /// Quarters a sample.
    pace: f64,
}

/// How the song went from the last block to this one.
enum Passage {
    On,
    /// What sounds ends; events after this song position are played.
    Jumped {
        after: f64,
    },
}

impl Player {
    /// A player of nothing.
    #[must_use]
    pub fn new() -> Self {
        Self {
            clip: None,
            held: Held::new(),
            cursor: Cursor::default(),
            expected: None,
            tempo: Transport::DEFAULT_TEMPO,
            distrusted: None,
            stale: false,
        }
    }

    /// Plays another loop, or nothing, from the next block on, and gives back the last one (so that it can be freed
    /// elsewhere). Notes of the last one end with the next block's first sample.
    #[cfg_attr(feature = "rtsan", rtsan_standalone::nonblocking)]
    pub fn swap(&mut self, next: Option<Arc<Loop>>) -> Option<Arc<Loop>> {
        self.stale = true;
        std::mem::replace(&mut self.clip, next)
    }

    /// Forgets where the song was, as when the host resets its plug-ins. What sounds ends with the next block.
    #[cfg_attr(feature = "rtsan", rtsan_standalone::nonblocking)]
    pub fn reset(&mut self) {
        self.stale = true;
        self.expected = None;
        self.distrusted = None;
    }

    /// What is played.
    #[must_use]
    pub fn clip(&self) -> Option<&Loop> {
        self.clip.as_deref()
    }

    /// Whether no note sounds.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.held.is_empty()
    }

    /// The song's position in quarters after the last block; `None` when it stands still.
    #[must_use]
    pub fn position(&self) -> Option<f64> {
        self.expected.map(|expected| expected.position)
    }

    /// The tempo in quarters a minute that is believed.
    #[must_use]
    pub fn tempo(&self) -> f64 {
        self.tempo
    }

    /// Plays a block of `frames` samples: calls `out` with each event, in order of offset. Empty blocks do nothing.
    #[cfg_attr(feature = "rtsan", rtsan_standalone::nonblocking)]
    pub fn process(&mut self, transport: &Transport, frames: u32, out: &mut impl FnMut(NoteEvent)) {
        if frames == 0 {
            return;
        }
        if let Some(tempo) = transport.believed_tempo() {
            self.tempo = tempo;
        }
        if !transport.playing {
            self.held.close(0, out);
            self.expected = None;
            self.distrusted = None;
            self.stale = false;
            return;
        }
        if transport.believed_loop() != self.distrusted {
            self.distrusted = None;
        }
        let pace = self.tempo / 60.0 / transport.believed_sample_rate();
        let (position, passage) = self.follow(transport, pace);
        let (after, ending) = match passage {
            Passage::Jumped { after } => (Some(after), None),
            Passage::On => {
                (self.stale.then(|| upto(position, pace)), self.expected.and_then(|expected| expected.ending))
            }
        };
        if let Some(after) = after {
            self.held.close(0, out);
            self.seek(after);
            self.stale = false;
        }
        let range = transport.believed_loop().filter(|&range| self.distrusted != Some(range));
        self.play(Stretch { first: 0, samples: frames, position, pace }, range, range == ending, out);
    }

    /// Where the song is at the block's first sample, and how it came there.
    fn follow(&mut self, transport: &Transport, pace: f64) -> (f64, Passage) {
        let jumped = |position| (position, Passage::Jumped { after: upto(position, pace) });
        let Some(expected) = self.expected else {
            return jumped(transport.believed_position().unwrap_or(0.0));
        };
        let Some(position) = transport.believed_position() else {
            return (expected.position, Passage::On);
        };
        let off = (position - expected.position).abs();
        if let Some((start, end)) = expected.ending
            && (position - expected.position + (end - start)).abs() < off.min(expected.drift)
            && position > start - pace
        {
            // However far into the new round the host is already: its start is late but not lost.
            return (position, Passage::Jumped { after: start - EARLY * pace });
        }
        if let Some((going, range)) = expected.unrepeated
            && (position - going).abs() < off.min(expected.drift)
        {
            if position < range.1 - NEAR * pace {
                // The tempo fell inside the block and the host is not there yet; the new round has begun a little early.
                return (position - (range.1 - range.0), Passage::On);
            }
            // The host went on: what the player left out at the range's end is late but not lost.
            // Unless it is because the range was switched off.
            self.distrusted = transport.believed_loop().filter(|&shown| shown == range);
            return (position, Passage::Jumped { after: range.1 - EARLY * pace });
        }
        if off <= expected.drift { (position, Passage::On) } else { jumped(position) }
    }

    /// Plays a block in stretches between the ends of the host's range; `ending` says that the song has come to this end
    /// from before it.
    fn play(&mut self, block: Stretch, range: Option<(f64, f64)>, ending: bool, out: &mut impl FnMut(NoteEvent)) {
        let mut rest = block;
        let mut budget = EVENTS_PER_BLOCK;
        let advance = f64::from(block.samples) * block.pace;
        let drift = (advance / 2.0).clamp(DRIFT, MOST_DRIFT);
        let mut unrepeated = None;
        let mut next_ending = None;
        if let Some((start, end)) = range
            && end - start >= block.pace
            // A song that starts at the end or behind it goes on from there.
            && (block.position < end || ending)
        {
            while let Some(samples) = rest.samples_to(end) {
                if samples > 0 {
                    self.play_stretch(Stretch { samples, ..rest }, &mut budget, out);
                }
                let position = rest.position + f64::from(samples) * rest.pace - (end - start);
                rest = Stretch { first: rest.first + samples, samples: rest.samples - samples, position, ..rest };
                budget = budget.saturating_sub(self.held.close(rest.first, out));
                self.seek(start - EARLY * rest.pace);
                unrepeated = Some((block.position + advance, (start, end)));
            }
            let left = end - rest.position - f64::from(rest.samples) * rest.pace;
            next_ending = range.filter(|_| left.abs() <= drift);
        }
        self.play_stretch(rest, &mut budget, out);
        let position = rest.position + f64::from(rest.samples) * rest.pace;
        self.expected = Some(Expected { position, ending: next_ending, unrepeated, drift });
    }

    /// Plays the events that fall into a stretch.
    fn play_stretch(&mut self, stretch: Stretch, budget: &mut usize, out: &mut impl FnMut(NoteEvent)) {
        let Some(clip) = self.clip.as_deref().filter(|clip| !clip.events().is_empty()) else {
            return;
        };
        loop {
            let Some(event) = clip.events().get(self.cursor.index) else {
                self.cursor = Cursor { cycle: self.cursor.cycle + 1, index: 0 };
                continue;
            };
            let Some(sample) = stretch.sample_of(self.cursor.cycle as f64 * clip.length() + event.at) else {
                return;
            };
            if *budget == 0 {
                break;
            }
            *budget -= 1;
            self.cursor.index += 1;
            sound(&mut self.held, event, stretch.first + sample, out);
        }
        self.held.close(stretch.first + stretch.samples - 1, out);
        self.seek(upto(stretch.position + f64::from(stretch.samples) * stretch.pace, stretch.pace));
    }

    /// Puts the cursor on the first event after a song position.
    #[expect(clippy::cast_possible_truncation, reason = "positions and clip lengths are bounded; casts saturate")]
    fn seek(&mut self, after: f64) {
        let Some(clip) = self.clip.as_deref() else {
            return;
        };
        let cycle = (after / clip.length()).floor();
        let local = after - cycle * clip.length();
        self.cursor = Cursor { cycle: cycle as i64, index: clip.events().partition_point(|event| event.at <= local) };
    }
}

impl Default for Player {
    fn default() -> Self {
        Self::new()
    }
}

impl Stretch {
    /// On which sample a song position falls: the first at or after it. `None` if that lies beyond the stretch.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and a u32")]
    fn sample_of(&self, position: f64) -> Option<u32> {
        let sample = ((position - self.position) / self.pace - EARLY).ceil();
        (sample < f64::from(self.samples)).then_some(sample.max(0.0) as u32)
    }

    /// How many samples of the stretch come before the one nearest to a song position; `None` if that lies beyond the
    /// stretch or more than a sample behind it.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and a u32")]
    fn samples_to(&self, position: f64) -> Option<u32> {
        let samples = ((position - self.position) / self.pace - NEAR).ceil();
        (-1.0..f64::from(self.samples)).contains(&samples).then_some(samples.max(0.0) as u32)
    }
}

/// The song position up to which events fall on samples before the one at `position`; see [`Stretch::sample_of`].
fn upto(position: f64, pace: f64) -> f64 {
    position - (1.0 - EARLY) * pace
}

/// Says an event of the clip, if it changes what sounds.
fn sound(held: &mut Held, event: &Event, offset: u32, out: &mut impl FnMut(NoteEvent)) {
    let &Event { voice, channel, pitch, note, velocity, .. } = event;
    match velocity {
        Some(velocity) => {
            if held.begin(channel, pitch, note) {
                out(NoteEvent::Off { offset, channel, pitch });
            }
            out(NoteEvent::On { offset, voice, channel, pitch, velocity });
        }
        None => {
            if held.end(channel, pitch, note) {
                out(NoteEvent::Off { offset, channel, pitch });
            }
        }
    }
}
