//! Quantisation: ticks to steps and back, without floating point.
//!
//! note-seq computes `floor(x + 1 - cutoff)` of a time `x` in steps. The cutoffs in use there have names here:
//! 0.5 is [`Grid::nearest`], 1 is [`Grid::floor`], 0 is [`Grid::after`]. A section that starts on an exact step stays on
//! it in this project, which is [`Grid::ceil`].

use crate::{Meter, Note, PPQ, Ticks};
use std::ops::Range;

/// A start this near to a step belongs to it: a quarter of a sixteenth triplet.
const CLOSE: u64 = 40;

/// Fewer starts on steps that only sixteenth triplets have may be chance.
const FEW: usize = 4;

/// An even grid of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Grid {
    /// Steps in a quarter note; 0 counts as 1.
    pub steps_per_quarter: u32,
}

impl Grid {
    /// Four steps a quarter, the grid of the melody and drum models.
    pub const SIXTEENTHS: Self = Self { steps_per_quarter: 4 };

    /// Six steps a quarter: eighth and sixteenth triplets.
    pub const SEXTUPLETS: Self = Self { steps_per_quarter: 6 };

    /// The grid that notes were made on: [`Self::SEXTUPLETS`] where nearly all starts lie close to its steps, among them
    /// ones that only sixteenth triplets have, and clearly closer than to sixteenths; else [`Self::SIXTEENTHS`]. Eighth
    /// triplets and swung eighths alone stay on sixteenths, where swing is a shift of steps.
    #[must_use]
    pub fn of<'a>(notes: impl IntoIterator<Item = &'a Note>) -> Self {
        let starts: Vec<Ticks> = notes.into_iter().map(|note| note.start).collect();
        let distance = |grid: Self, at: Ticks| (grid.ticks(grid.nearest(at)) - at).0.unsigned_abs();
        let total = |grid: Self| starts.iter().map(|&at| distance(grid, at)).sum::<u64>();
        let sextuplet = Self::SEXTUPLETS;
        let close = starts.iter().filter(|&&at| distance(sextuplet, at) <= CLOSE).count();
        // Of the six steps of a quarter the second and the last are neither an eighth's, its triplets' nor a swung eighth's.
        let own = |at: &&Ticks| matches!(sextuplet.nearest(**at).rem_euclid(6), 1 | 5);
        let count = starts.iter().filter(own).filter(|&&at| distance(sextuplet, at) <= CLOSE).count();
        let early = starts.iter().filter(|&&at| sextuplet.nearest(at).rem_euclid(6) == 1).count();
        let is_clear = 2 * total(sextuplet) < total(Self::SIXTEENTHS);
        let is_sextuplet = 10 * close >= 9 * starts.len() && 8 * count.min(2 * early) >= starts.len() && is_clear;
        if is_sextuplet && count >= FEW { sextuplet } else { Self::SIXTEENTHS }
    }

    /// The length of a step, rounded down where steps do not divide a quarter's 960 ticks.
    #[must_use]
    pub fn step(self) -> Ticks {
        Ticks(PPQ / self.per_quarter())
    }

    /// The nearest step; halfway goes to the later one.
    #[must_use]
    pub fn nearest(self, at: Ticks) -> i64 {
        self.divide(at, PPQ, 2)
    }

    /// The last step at or before a position.
    #[must_use]
    pub fn floor(self, at: Ticks) -> i64 {
        self.divide(at, 0, 1)
    }

    /// The first step at or after a position.
    #[must_use]
    pub fn ceil(self, at: Ticks) -> i64 {
        self.divide(at, PPQ - 1, 1)
    }

    /// The first step after a position, even where the position is a step itself.
    #[must_use]
    pub fn after(self, at: Ticks) -> i64 {
        self.floor(at).saturating_add(1)
    }

    /// Where a step stands, to the nearest tick.
    #[must_use]
    pub fn ticks(self, step: i64) -> Ticks {
        let per_quarter = self.per_quarter();
        let doubled = step.saturating_mul(2 * PPQ).saturating_add(per_quarter);
        Ticks(doubled.div_euclid(2 * per_quarter))
    }

    /// The steps a note covers when it stands at a position `origin` later: both ends rounded to the nearest step, at
    /// least one step.
    #[must_use]
    pub fn span(self, note: &Note, origin: Ticks) -> Range<i64> {
        let start = self.nearest(note.start - origin);
        start..self.nearest(note.end() - origin).max(start.saturating_add(1))
    }

    /// Steps in a bar, if a whole number of steps fills it.
    #[must_use]
    pub fn steps_per_bar(self, meter: Meter) -> Option<u32> {
        let quarters_by_ticks = meter.bar().0 * self.per_quarter();
        (quarters_by_ticks % PPQ == 0).then(|| u32::try_from(quarters_by_ticks / PPQ).ok()).flatten()
    }

    fn per_quarter(self) -> i64 {
        i64::from(self.steps_per_quarter.max(1))
    }

    /// `floor((at * steps * scale + add) / (960 * scale))`.
    fn divide(self, at: Ticks, add: i64, scale: i64) -> i64 {
        let scaled = at.0.saturating_mul(self.per_quarter() * scale).saturating_add(add);
        scaled.div_euclid(PPQ * scale)
    }
}

impl Default for Grid {
    fn default() -> Self {
        Self::SIXTEENTHS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn note(start: i64, length: i64) -> Note {
        Note { start: Ticks(start), pitch: 60, length: Ticks(length), velocity: 100 }
    }

    #[test]
    fn cutoffs_round_as_note_seq_does() {
        // Position in ticks; nearest (cutoff 0.5), floor (1), after (0), ceil. A sixteenth has 240 ticks.
        let cases = [
            (0, 0, 0, 1, 0),
            (1, 0, 0, 1, 1),
            (119, 0, 0, 1, 1),
            (120, 1, 0, 1, 1),
            (239, 1, 0, 1, 1),
            (240, 1, 1, 2, 1),
            (359, 1, 1, 2, 2),
            (360, 2, 1, 2, 2),
            (-1, 0, -1, 0, 0),
            (-120, 0, -1, 0, 0),
            (-121, -1, -1, 0, 0),
            (-240, -1, -1, 0, -1),
        ];
        for (at, nearest, floor, after, ceil) in cases {
            let (grid, at) = (Grid::SIXTEENTHS, Ticks(at));
            let rounded = (grid.nearest(at), grid.floor(at), grid.after(at), grid.ceil(at));
            assert_eq!(rounded, (nearest, floor, after, ceil), "{at:?}");
        }
    }

    #[test]
    fn steps_that_do_not_divide_a_quarter_stand_on_the_nearest_tick() {
        let septuplets = Grid { steps_per_quarter: 7 };
        let ticks: Vec<i64> = (0..8).map(|step| septuplets.ticks(step).0).collect();
        assert_eq!(ticks, [0, 137, 274, 411, 549, 686, 823, 960]);
        assert_eq!(septuplets.step(), Ticks(137));
    }

    #[test]
    fn spans_last_a_step_at_least() {
        let cases = [
            ("exact", note(240, 480), 0, 1..3),
            ("short", note(240, 10), 0, 1..2),
            ("both ends on one step", note(130, 100), 0, 1..2),
            ("late start, late end", note(250, 470), 0, 1..3),
            ("origin", note(1000, 480), 960, 0..2),
            ("before the origin", note(0, 480), 960, -4..-2),
        ];
        for (name, note, origin, span) in cases {
            assert_eq!(Grid::SIXTEENTHS.span(&note, Ticks(origin)), span, "{name}");
        }
    }

    #[test]
    fn bars_have_whole_numbers_of_steps_or_none() {
        let cases = [
            (4, 4, 4, Some(16)),
            (3, 4, 4, Some(12)),
            (6, 8, 4, Some(12)),
            (7, 8, 4, Some(14)),
            (5, 16, 4, Some(5)),
            (5, 32, 4, None),
            (1, 8, 1, None),
            (4, 4, 24, Some(96)),
        ];
        for (numerator, denominator, steps_per_quarter, steps) in cases {
            let meter = Meter::new(numerator, denominator).unwrap();
            assert_eq!(Grid { steps_per_quarter }.steps_per_bar(meter), steps, "{numerator}/{denominator}");
        }
    }

    #[test]
    fn sixteenth_triplets_are_told_from_swing() {
        let hand = [3, -9, 14, -20, 7, 0, -13, 22, 18, -5, 11];
        let at = |places: &[i64], loose: i64| -> Vec<Note> {
            let starts = (0..8).flat_map(|quarter| places.iter().map(move |place| quarter * PPQ + place));
            starts.enumerate().map(|(i, start)| note(start + loose * hand[i % hand.len()], 60)).collect()
        };
        let (straight, sextuplets) = (Grid::SIXTEENTHS, Grid::SEXTUPLETS);
        let cases: [(&str, &[i64], Grid); 12] = [
            ("sixteenths", &[0, 240, 480, 720], straight),
            ("eighths", &[0, 480], straight),
            ("quarters", &[0], straight),
            ("eighth triplets", &[0, 320, 640], straight),
            ("swung eighths", &[0, 640], straight),
            ("swung sixteenths", &[0, 320, 480, 800], straight),
            ("lightly swung sixteenths", &[0, 280, 480, 760], straight),
            ("dotted", &[0, 720], straight),
            ("thirty-seconds", &[0, 120, 240, 360, 480], straight),
            ("sextuplets", &[0, 160, 320, 480, 640, 800], sextuplets),
            ("half of a beat in triplets", &[0, 160, 320, 480], sextuplets),
            ("triplets to the beat", &[0, 480, 640, 800, 160], sextuplets),
        ];
        for (name, places, expected) in cases {
            for loose in [0, 1] {
                assert_eq!(Grid::of(&at(places, loose)), expected, "{name}, {loose}");
            }
        }
        assert_eq!(Grid::of(&[]), straight);
        let file = crate::midi::read(include_bytes!("../tests/inputs/l_sextuplets.mid")).unwrap();
        assert_eq!(Grid::of(&file.clip.lanes[0].notes), sextuplets);
    }

    proptest! {
        #[test]
        fn steps_return_to_themselves(step in -1_000_000i64..1_000_000, steps_per_quarter in 0u32..=480) {
            let grid = Grid { steps_per_quarter };
            prop_assert_eq!(grid.nearest(grid.ticks(step)), step);
        }

        #[test]
        fn floor_nearest_and_ceil_are_in_order(at in any::<i64>(), steps_per_quarter in any::<u32>()) {
            let (grid, at) = (Grid { steps_per_quarter }, Ticks(at));
            let (floor, nearest, ceil) = (grid.floor(at), grid.nearest(at), grid.ceil(at));
            // Positions near the ends of the number range saturate, in order too.
            prop_assert!(floor <= nearest && nearest <= ceil || at.0.checked_mul(i64::from(steps_per_quarter.max(1)) * 2).is_none());
            prop_assert!(ceil.abs_diff(floor) <= 1 || at.0.checked_mul(i64::from(steps_per_quarter.max(1)) * 2).is_none());
        }
    }
}
