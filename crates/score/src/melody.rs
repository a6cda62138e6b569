//! One voice on a grid, as the melody models see it (note-seq's `Melody`).

use crate::{Grid, Note, Ticks};
use std::ops::RangeInclusive;

/// The event of a step: [`HOLD`], [`OFF`] or a pitch from 0 to 127.
pub type Event = i16;

/// Nothing happens: what sounds goes on, silence too.
pub const HOLD: Event = -2;

/// The sounding note ends.
pub const OFF: Event = -1;

const OCTAVE: i32 = 12;
const PITCHES: RangeInclusive<Event> = 0..=127;

/// One event a step. A pitch ends the note before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Melody {
    /// The events, [`HOLD`], [`OFF`] or a pitch each.
    pub events: Vec<Event>,
}

impl Melody {
    /// A melody of events; whatever comes before the first pitch becomes [`HOLD`].
    #[must_use]
    pub fn from_events(mut events: Vec<Event>) -> Self {
        let first = events.iter().position(is_pitch).unwrap_or(events.len());
        events[..first].fill(HOLD);
        Self { events }
    }

    /// The upper voice of notes in any order. Step 0 stands at `origin`; notes that round to a step before it are left
    /// out. Of notes that start on one step the highest stays, and a new note ends the one before it. The melody ends
    /// with its last note, its last [`OFF`] left out.
    #[must_use]
    pub fn from_notes(notes: &[Note], origin: Ticks, grid: Grid) -> Self {
        let mut spans: Vec<_> = notes
            .iter()
            .map(|note| (grid.span(note, origin), note.pitch.min(127)))
            .filter_map(|(span, pitch)| {
                Some((usize::try_from(span.start).ok()?, pitch, usize::try_from(span.end).ok()?))
            })
            .collect();
        spans.sort_by_key(|&(start, pitch, end)| (start, std::cmp::Reverse(pitch), std::cmp::Reverse(end)));
        spans.dedup_by_key(|span| span.0);
        let mut melody = Self::default();
        for (start, pitch, end) in spans {
            melody.set_length(end + 1);
            melody.events[start + 1..end].fill(HOLD);
            melody.events[start] = Event::from(pitch);
            melody.events[end] = OFF;
        }
        melody.events.pop();
        melody
    }

    /// Makes the melody this many steps long. A longer one is filled with [`HOLD`] after an [`OFF`] for a note that
    /// still sounds.
    pub fn set_length(&mut self, steps: usize) {
        let old = self.events.len();
        let sounding = self.sounding().is_some();
        self.events.resize(steps, HOLD);
        if steps > old && sounding {
            self.events[old] = OFF;
        }
    }

    /// The pitch that sounds at the end.
    #[must_use]
    pub fn sounding(&self) -> Option<u8> {
        let last = self.events.iter().rev().find(|&&event| event != HOLD)?;
        u8::try_from(*last).ok().filter(|pitch| *pitch < 128)
    }

    /// Moves every note by some semitones, then folds what falls outside `min` to `max` (exclusive) by octaves. The
    /// range should span an octave.
    pub fn transpose(&mut self, amount: i32, min: u8, max: u8) {
        let (min, max) = (i32::from(min), i32::from(max));
        for event in self.events.iter_mut().filter(|event| is_pitch(event)) {
            let pitch = i32::from(*event).saturating_add(amount);
            let folded = if pitch < min {
                min + (pitch - min).rem_euclid(OCTAVE)
            } else if pitch >= max {
                max - OCTAVE + (pitch - max).rem_euclid(OCTAVE)
            } else {
                pitch
            };
            *event = Event::try_from(folded.clamp(0, 127)).unwrap_or(0);
        }
    }

    /// Moves the melody to a key (a pitch class; none: it keeps its own) and by octaves to the middle of `min` to `max`
    /// (exclusive), and folds the rest into that range. Returns the semitones it moved before folding; transposing by
    /// their negative undoes it.
    pub fn squash(&mut self, min: u8, max: u8, key: Option<u8>) -> i32 {
        let amount = match (key, self.range()) {
            (Some(_), None) => return 0,
            (None, _) => 0,
            (Some(key), Some((lowest, highest))) => {
                let to_key = i32::from(key) - i32::from(self.major_key());
                // Twice the distance of the centres, to stay with whole numbers.
                let centre = i32::from(min) + i32::from(max) - 1 - (lowest + highest + 2 * to_key);
                to_key + OCTAVE * divide_half_even(centre, 2 * OCTAVE)
            }
        };
        self.transpose(amount, min, max);
        amount
    }

    /// How many notes fit each of the twelve major keys.
    #[must_use]
    pub fn major_key_histogram(&self) -> [u32; 12] {
        // The keys whose scale has the tonic of C major in it.
        const KEYS_OF_C: [usize; 7] = [0, 1, 3, 5, 7, 8, 10];
        let mut keys = [0; 12];
        for pitch in self.pitches() {
            for key in KEYS_OF_C {
                keys[(key + usize::from(pitch)) % 12] += 1;
            }
        }
        keys
    }

    /// The pitch class of the major key that fits the notes best, the lowest of equals; 0 without notes.
    #[must_use]
    pub fn major_key(&self) -> u8 {
        let keys = self.major_key_histogram();
        (0..12u8).rev().max_by_key(|&key| keys[usize::from(key)]).unwrap_or(0)
    }

    /// The notes' pitches in order.
    pub fn pitches(&self) -> impl Iterator<Item = u8> {
        self.events.iter().filter(|event| is_pitch(event)).filter_map(|event| u8::try_from(*event).ok())
    }

    /// The notes, all of one velocity, with step 0 at `origin`. A note that still sounds ends with the last step.
    #[must_use]
    pub fn notes(&self, origin: Ticks, grid: Grid, velocity: u8) -> Vec<Note> {
        let at = |step: usize| origin + grid.ticks(i64::try_from(step).unwrap_or(i64::MAX));
        let mut notes = Vec::new();
        let mut sounding: Option<(usize, u8)> = None;
        for (step, event) in self.events.iter().chain(std::iter::once(&OFF)).enumerate() {
            if *event == HOLD {
                continue;
            }
            if let Some((from, pitch)) = sounding.take() {
                let start = at(from);
                notes.push(Note { start, pitch, length: at(step) - start, velocity });
            }
            sounding = u8::try_from(*event).ok().map(|pitch| (step, pitch.min(127)));
        }
        notes
    }

    fn range(&self) -> Option<(i32, i32)> {
        Some((i32::from(self.pitches().min()?), i32::from(self.pitches().max()?)))
    }
}

fn is_pitch(event: &Event) -> bool {
    PITCHES.contains(event)
}

/// The nearest whole number to a quotient; halfway goes to the even one, as in Python 3.
fn divide_half_even(dividend: i32, divisor: i32) -> i32 {
    let floor = dividend.div_euclid(divisor);
    let twice = 2 * dividend.rem_euclid(divisor);
    floor + i32::from(twice > divisor || (twice == divisor && floor % 2 != 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GRID: Grid = Grid::SIXTEENTHS;

    /// A note of start and length in steps.
    fn note(start: i64, pitch: u8, length: i64) -> Note {
        Note { start: GRID.ticks(start), pitch, length: GRID.ticks(length), velocity: 90 }
    }

    #[test]
    fn notes_become_events() {
        let cases: [(&str, Vec<Note>, Vec<Event>); 10] = [
            ("nothing", vec![], vec![]),
            ("one note", vec![note(0, 60, 2)], vec![60, HOLD]),
            ("a rest before", vec![note(2, 60, 1)], vec![HOLD, HOLD, 60]),
            ("a rest between", vec![note(0, 60, 1), note(3, 62, 1)], vec![60, OFF, HOLD, 62]),
            ("legato", vec![note(0, 60, 1), note(1, 62, 2)], vec![60, 62, HOLD]),
            ("highest of a chord", vec![note(0, 60, 4), note(0, 67, 2), note(0, 64, 1)], vec![67, HOLD]),
            ("a later note ends the one before", vec![note(0, 60, 8), note(2, 62, 1)], vec![60, HOLD, 62]),
            (
                "a shorter one cuts the list",
                vec![note(0, 60, 8), note(1, 62, 1), note(5, 64, 1)],
                vec![60, 62, OFF, HOLD, HOLD, 64],
            ),
            ("any order", vec![note(1, 62, 1), note(0, 60, 1)], vec![60, 62]),
            ("before the origin", vec![note(-3, 60, 8), note(1, 62, 1)], vec![HOLD, 62]),
        ];
        for (name, notes, events) in cases {
            assert_eq!(Melody::from_notes(&notes, Ticks::ZERO, GRID).events, events, "{name}");
        }
    }

    #[test]
    fn lengthening_ends_a_sounding_note() {
        let cases = [
            ("sounding", vec![60, HOLD], 4, vec![60, HOLD, OFF, HOLD]),
            ("ended", vec![60, OFF], 4, vec![60, OFF, HOLD, HOLD]),
            ("silent", vec![HOLD], 2, vec![HOLD, HOLD]),
            ("shorter", vec![60, 62, OFF], 2, vec![60, 62]),
            ("same", vec![60], 1, vec![60]),
            ("empty", vec![], 1, vec![HOLD]),
        ];
        for (name, events, steps, longer) in cases {
            let mut melody = Melody { events };
            melody.set_length(steps);
            assert_eq!(melody.events, longer, "{name}");
        }
    }

    #[test]
    fn what_comes_before_the_first_pitch_holds() {
        assert_eq!(Melody::from_events(vec![OFF, HOLD, OFF, 60, OFF]).events, [HOLD, HOLD, HOLD, 60, OFF]);
        assert_eq!(Melody::from_events(vec![OFF, OFF]).events, [HOLD, HOLD]);
    }

    #[test]
    fn halves_round_to_even() {
        for (dividend, quotient) in
            [(12, 0), (13, 1), (36, 2), (35, 1), (60, 2), (-12, 0), (-13, -1), (-36, -2), (-60, -2)]
        {
            assert_eq!(divide_half_even(dividend, 24), quotient, "{dividend} / 24");
        }
    }

    #[test]
    fn squash_without_notes_does_nothing() {
        let mut melody = Melody { events: vec![HOLD, OFF] };
        assert_eq!(melody.squash(48, 84, Some(0)), 0);
        assert_eq!(melody.events, [HOLD, OFF]);
    }

    prop_compose! {
        fn melodies()(events in prop::collection::vec(-2i16..128, 0..64)) -> Melody {
            Melody::from_events(events)
        }
    }

    proptest! {
        #[test]
        fn events_to_notes_to_events(melody in melodies()) {
            let notes = melody.notes(Ticks(960), GRID, 100);
            let mut again = Melody::from_notes(&notes, Ticks(960), GRID);
            again.set_length(melody.events.len());
            // An OFF in silence says nothing, and a note to the very end needs none.
            let mut plain = melody.clone();
            let mut silent = true;
            for event in &mut plain.events {
                match *event {
                    OFF if silent => *event = HOLD,
                    OFF => silent = true,
                    HOLD => {}
                    _ => silent = false,
                }
            }
            prop_assert_eq!(again, plain);
        }

        #[test]
        fn squash_folds_into_the_range_and_transposes_back(melody in melodies(), key in prop::option::of(0u8..12)) {
            let mut squashed = melody.clone();
            let amount = squashed.squash(48, 84, key);
            prop_assert!(squashed.pitches().all(|pitch| (48..84).contains(&pitch)));
            squashed.transpose(-amount, 0, 128);
            for (before, after) in melody.events.iter().zip(&squashed.events) {
                prop_assert_eq!((before - after) % 12, 0);
                prop_assert_eq!(is_pitch(before), is_pitch(after));
            }
        }

        #[test]
        fn transposing_within_the_range_can_be_undone(melody in melodies(), amount in -200i32..200) {
            let fits = melody.pitches().all(|pitch| (0..128).contains(&(i32::from(pitch) + amount)));
            let mut moved = melody.clone();
            moved.transpose(amount, 0, 128);
            moved.transpose(-amount, 0, 128);
            prop_assert!(!fits || moved == melody);
        }
    }
}
