//! The swing of a clip: how far the steps of a beat lie off the grid, where the clip plays them consistently.

use super::dynamics::median;
use super::section::Section;
use solferino_score::{Note, Ticks};
use std::collections::BTreeMap;

/// A place in the beat needs this many notes to have a feel.
const NOTES: usize = 4;
/// A shift below this share of a step is not swing but a hand.
const SHARE: i64 = 10;

/// What is added to new notes by their place in the beat. The beat itself is never moved, so that notes stay within their
/// bars.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Feel(Vec<i64>);

impl Feel {
    /// Reads the feel of notes: for each place in the beat the median distance from its step, less that of the beat,
    /// where it is at least a tenth of a step and three notes of four go at least half as far.
    pub fn of<'a>(notes: impl Iterator<Item = &'a Note>, section: &Section) -> Self {
        let mut places = BTreeMap::<usize, Vec<i64>>::new();
        for note in notes {
            let step = section.nearest(note.start);
            let place = usize::try_from(step.rem_euclid(section.per_bar) % section.per_beat()).unwrap_or(0);
            places.entry(place).or_default().push((note.start - section.at(step)).0);
        }
        let beat = places.get(&0).and_then(|distances| median(distances.clone())).unwrap_or(0);
        let step = section.step().0;
        let mut shifts = Vec::new();
        for (&place, distances) in places.range(1..) {
            let Some(middle) = median(distances.clone()) else { continue };
            let shift = (middle - beat).clamp(-step * 7 / 16, step * 7 / 16);
            let agree =
                distances.iter().filter(|&distance| 2 * (distance - beat) * shift.signum() >= shift.abs()).count();
            if distances.len() >= NOTES && shift.abs() >= (step / SHARE).max(1) && 4 * agree >= 3 * distances.len() {
                shifts.resize(place + 1, 0);
                shifts[place] = shift;
            }
        }
        Self(shifts)
    }

    /// Where a new note on a step stands.
    pub fn at(&self, section: &Section, step: i64) -> Ticks {
        let place = usize::try_from(step.rem_euclid(section.per_bar) % section.per_beat()).unwrap_or(0);
        section.at(step) + Ticks(self.0.get(place).copied().unwrap_or(0))
    }
}
