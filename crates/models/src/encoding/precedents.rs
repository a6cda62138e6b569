//! What followed where the clip went the same way before: votes from the whole recent past, weighted by agreement.
//!
//! Where the match takes the one longest passage, here every earlier position counts, by how far the steps that led to it
//! agree with those that lead to the present (as in PPM; Cleary & Witten 1984). Distances are whole beats or bars, so that what
//! is compared stands at the same place.

use super::drums::CLASSES;
use super::{BarGrid, bar_steps};

/// Steps farther back do not count.
const REACH: usize = 512;
/// Notes farther back do not count.
const NOTES: usize = 128;
/// The fewest steps of a beat.
const SHORTEST_BEAT: usize = 4;
/// Agreement is measured over at most so many steps of drums.
const DRUM_CAP: f32 = 16.0;
/// So many of the largest weights, 17⁵, can be added up in single precision without rounding.
const EXACT: usize = 8;
/// Agreement is measured over at most so many steps of a melody's rhythm.
const RHYTHM_CAP: usize = 32;
/// Agreement is measured over at most so many notes.
const NOTE_CAP: usize = 16;
/// Log-odds are divided by this, so that inputs stay small.
const SCALE: f64 = 4.0;
/// Drum lanes, and room that lets them be computed side by side.
const LANES: usize = 12;
/// Blocks of votes on every class.
pub(super) const BLOCKS: usize = 2;
/// The first class that is a note; 0 is no event, 1 note off.
const FIRST_NOTE: i16 = 2;
/// The first note has none; it agrees with no other.
const NO_INTERVAL: i16 = i16::MIN;

type Lanes = [f32; LANES];

/// Which classes each of the 512 drum events hits, 1 or 0.
static HITS: [Lanes; 1 << CLASSES] = {
    let mut all = [[0.0; LANES]; 1 << CLASSES];
    let mut event = 0;
    while event < all.len() {
        let mut class = 0;
        while class < CLASSES {
            if event >> class & 1 == 1 {
                all[event][class] = 1.0;
            }
            class += 1;
        }
        event += 1;
    }
    all
};

/// Steps in a beat.
fn beat(bars: BarGrid) -> usize {
    if bars.compound { 6 } else { SHORTEST_BEAT }
}

/// The lesser; unlike `f32::min` without a thought of NaN, which would cost here.
fn less(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

/// As an input.
#[expect(clippy::cast_possible_truncation, reason = "the log-odds are below 30")]
fn small(log_odds: f64) -> f32 {
    (log_odds / SCALE) as f32
}

/// A history of drum events and how far each lane agrees with itself, whole beats before.
#[derive(Clone, Debug)]
pub(super) struct Drums {
    /// Events followed so far.
    seen: usize,
    /// Of each distance, nearest first.
    agreement: Box<[Lanes; REACH / SHORTEST_BEAT]>,
}

impl Default for Drums {
    fn default() -> Self {
        Self { seen: 0, agreement: Box::new([[0.0; LANES]; REACH / SHORTEST_BEAT]) }
    }
}

impl Drums {
    /// Writes two blocks: the log-odds of a hit of each class after `position`, by all whole beats before it, and by
    /// those where the class's own steps, and kick and snare, and the cymbals, agreed so far.
    pub(super) fn write(&mut self, events: &[i16], position: usize, bars: BarGrid, out: &mut [f32]) {
        let last = position.min(events.len().saturating_sub(1));
        if self.seen > last {
            *self = Self::default();
        }
        for end in self.seen + 1..=last + 1 {
            self.step(&events[..end.min(events.len())], beat(bars), out);
        }
        self.seen = last + 1;
    }

    /// Takes in the last of `events` and writes the votes on the one after it.
    fn step(&mut self, events: &[i16], beat: usize, out: &mut [f32]) {
        let Some((last, before)) = events.split_last() else { return };
        let lanes = |event: i16| &HITS[usize::from(event.cast_unsigned()) % HITS.len()];
        let now = lanes(*last);
        let distances = REACH.min(before.len()) / beat;
        // Numbers of places heard, of hits there, and of the weights of hits and of misses.
        let (mut heard, mut plain) = (0.0, [0.0; LANES]);
        let (mut hits, mut misses) = ([0.0f64; LANES], [0.0f64; LANES]);
        for (chunk, agreements) in self.agreement[..distances].chunks_mut(EXACT).enumerate() {
            let (mut hit, mut missed) = ([0.0; LANES], [0.0; LANES]);
            for (index, agreement) in agreements.iter_mut().enumerate() {
                let then = before.len() - (chunk * EXACT + index + 1) * beat;
                let (same, after) = (lanes(events[then]), lanes(events[then + 1]));
                for lane in 0..LANES {
                    // One step more, or none from here.
                    let agrees = 1.0 - (now[lane] - same[lane]).abs();
                    agreement[lane] = less(agreement[lane] + 1.0, DRUM_CAP) * agrees;
                }
                let kick_and_snare = less(agreement[0], agreement[1]);
                let cymbals = less(less(agreement[2], agreement[3]), less(agreement[7], agreement[8]));
                let shared = (1.0 + kick_and_snare) * (1.0 + cymbals);
                heard += 1.0;
                for lane in 0..LANES {
                    let own = 1.0 + agreement[lane];
                    let weight = own * own * own * shared;
                    hit[lane] += weight * after[lane];
                    missed[lane] += weight * (1.0 - after[lane]);
                    plain[lane] += after[lane];
                }
            }
            for lane in 0..LANES {
                hits[lane] += f64::from(hit[lane]);
                misses[lane] += f64::from(missed[lane]);
            }
        }
        let odds = |hits: f64, misses: f64| small(libm::log((hits + 0.5) / (misses + 0.5)));
        let (by_beat, by_agreement) = out.split_at_mut(CLASSES);
        for (lane, (beat, agreement)) in by_beat.iter_mut().zip(by_agreement).enumerate() {
            *beat = odds(f64::from(plain[lane]), f64::from(heard - plain[lane]));
            *agreement = odds(hits[lane], misses[lane]);
        }
    }
}

/// How far a row of tokens agrees with itself, at each distance of whole units, nearest first.
#[derive(Clone, Debug, Default)]
struct Agreement(Vec<usize>);

impl Agreement {
    /// Takes in the last of `tokens`; at most `reach` back, and measured over at most `cap`.
    fn step(&mut self, tokens: &[i16], unit: usize, reach: usize, cap: usize) {
        let Some((last, before)) = tokens.split_last() else { return };
        self.0.resize(reach.min(before.len()) / unit, 0);
        for (index, agreement) in self.0.iter_mut().enumerate() {
            let same = before[before.len() - (index + 1) * unit] == *last;
            *agreement = if same { (*agreement + 1).min(cap) } else { 0 };
        }
    }

    /// How much each distance weighs, by the cube of its agreement.
    fn weights(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().map(|&agreement| u32::try_from((1 + agreement).pow(3)).unwrap_or(u32::MAX))
    }
}

/// A history of melody events and how far it agrees with itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Melody {
    /// Of each event followed so far: no event, note off, or [`FIRST_NOTE`].
    kinds: Vec<i16>,
    /// The classes of the notes so far, and their intervals.
    notes: Vec<i16>,
    intervals: Vec<i16>,
    /// Of the rhythm, by bars and by beats.
    rhythm: [Agreement; BLOCKS],
    /// Of the tune, by intervals and by pitches.
    tune: [Agreement; BLOCKS],
    /// The votes on the next note's pitch, which stay until it comes.
    pitches: [Vec<f32>; BLOCKS],
}

impl Melody {
    /// Writes two blocks of a vote a class. The first two votes speak of the rhythm, by whole bars and by whole beats: the
    /// log-odds of no event and of note off against a note. The others speak of the next note's pitch, by the intervals and
    /// by the pitches of the notes so far: log-odds against chance.
    pub(super) fn write(
        &mut self,
        events: &[i16],
        position: usize,
        bars: BarGrid,
        class: impl Fn(i16) -> i16,
        out: &mut [f32],
    ) {
        let units = [bar_steps(bars), beat(bars)];
        let classes = out.len() / BLOCKS;
        let followed = &events[..events.len().min(position + 1)];
        if self.kinds.len() >= followed.len() {
            *self = Self::default();
        }
        for &event in &followed[self.kinds.len()..] {
            let class = class(event);
            self.kinds.push(class.min(FIRST_NOTE));
            for (rhythm, unit) in self.rhythm.iter_mut().zip(units) {
                rhythm.step(&self.kinds, unit, REACH, RHYTHM_CAP);
            }
            if class >= FIRST_NOTE {
                self.take_note(class, classes - 2);
            }
        }
        for (block, out) in out.chunks_exact_mut(classes).enumerate() {
            out[..2].copy_from_slice(&self.rhythm_votes(block, units[block]));
            if let Some(votes) = out[2..].get_mut(..self.pitches[block].len()) {
                votes.copy_from_slice(&self.pitches[block]);
            }
        }
    }

    fn rhythm_votes(&self, block: usize, unit: usize) -> [f32; 2] {
        let mut weights = [0u32; 3];
        for (index, weight) in self.rhythm[block].weights().enumerate() {
            let after = self.kinds[self.kinds.len() - (index + 1) * unit];
            weights[usize::from(after.unsigned_abs())] += weight;
        }
        let [none, off, note] = weights.map(|weight| f64::from(weight) + 0.5);
        [small(libm::log(none / note)), small(libm::log(off / note))]
    }

    fn take_note(&mut self, class: i16, pitches: usize) {
        self.intervals.push(self.notes.last().map_or(NO_INTERVAL, |before| class - before));
        self.notes.push(class);
        self.tune[0].step(&self.intervals, 1, NOTES, NOTE_CAP);
        self.tune[1].step(&self.notes, 1, NOTES, NOTE_CAP);
        self.pitches = [self.pitch_votes(0, pitches), self.pitch_votes(1, pitches)];
    }

    fn pitch_votes(&self, block: usize, pitches: usize) -> Vec<f32> {
        let mut weights = vec![0u32; pitches];
        let last = self.notes.len() - 1;
        for (index, weight) in self.tune[block].weights().enumerate() {
            let then = last - 1 - index;
            let moved = if block == 0 { self.notes[last] - self.notes[then] } else { 0 };
            let follows = usize::try_from(self.notes[then + 1] + moved - FIRST_NOTE);
            if let Some(vote) = follows.ok().and_then(|pitch| weights.get_mut(pitch)) {
                // No agreement weighs nothing.
                *vote += weight - 1;
            }
        }
        let count = f64::from(u32::try_from(pitches).unwrap_or(u32::MAX));
        let total = f64::from(weights.iter().sum::<u32>()) + 0.1 * count;
        weights.iter().map(|&weight| small(libm::log(count * (f64::from(weight) + 0.1) / total))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARS: BarGrid = BarGrid { steps_per_bar: 16, compound: false };

    #[test]
    fn a_beat_that_came_back_votes_for_itself() {
        // A kick on each of nine beats and one to come; then that one too.
        let mut events = [1, 0, 0, 0].repeat(9);
        for (add, odds) in [(0, 8.5f64 / 0.5), (1, 0.5 / 9.5)] {
            events.resize(events.len() + add, 1);
            let mut out = [0.0; BLOCKS * CLASSES];
            Drums::default().write(&events, events.len() - 1, BARS, &mut out);
            assert_eq!(out[0], small(odds.ln()), "by all beats before");
            assert!(out[CLASSES].abs() > 2.0 * out[0].abs(), "those that agree weigh more: {out:?}");
            assert_eq!(out[CLASSES].signum(), out[0].signum());
            assert!(out[1] < 0.0 && out[CLASSES + 1] < 0.0, "never a snare: {out:?}");
        }
    }

    #[test]
    fn a_melody_votes_by_rhythm_by_interval_and_by_pitch() {
        // Classes: a phrase, then its start a tone higher; what comes next is held, and then the phrase's third note.
        let phrase = [20i16, 0, 22, 0, 27, 0, 0, 0];
        let events: Vec<i16> = phrase.iter().copied().chain([22, 0, 24]).collect();
        let mut out = [0.0; BLOCKS * 38];
        let bars = BarGrid { steps_per_bar: 8, compound: false };
        Melody::default().write(&events, events.len() - 1, bars, |event| event, &mut out);
        let (by_interval, by_pitch) = out.split_at(38);
        let best = |block: &[f32]| (2..38).max_by(|&a, &b| block[a].total_cmp(&block[b]));
        assert_eq!(best(by_interval), Some(29), "27 a tone higher");
        assert!(by_pitch[2..].iter().all(|&vote| vote == 0.0), "24 is new: {by_pitch:?}");
        assert!(by_interval[0] > 0.0 && by_pitch[0] > 0.0, "held, as a bar and a beat before: {out:?}");
    }

    #[test]
    fn a_position_again_or_before_is_worked_out_anew() {
        let events: Vec<i16> = (0..70).map(|step: i16| step * step % 11).collect();
        let (mut drums, mut melody) = (Drums::default(), Melody::default());
        for position in [60, 60, 12, 69, 200] {
            let (mut fresh, mut again) = ([0.0; BLOCKS * CLASSES], [0.0; BLOCKS * CLASSES]);
            Drums::default().write(&events, position, BARS, &mut fresh);
            drums.write(&events, position, BARS, &mut again);
            assert_eq!(fresh, again, "{position}");
            let (mut fresh, mut again) = ([0.0; BLOCKS * 13], [0.0; BLOCKS * 13]);
            Melody::default().write(&events, position, BARS, |event| event, &mut fresh);
            melody.write(&events, position, BARS, |event| event, &mut again);
            assert_eq!(fresh, again, "{position}");
        }
    }
}
