//! The nine drum classes and drum tracks as bit masks (models.md 0.3 and 0.4, note-seq's table).

use crate::{Grid, Note, Ticks};

/// How many drum classes there are.
pub const CLASSES: usize = 9;

/// What the classes are called, in order of their bits.
pub const CLASS_NAMES: [&str; CLASSES] =
    ["kick", "snare", "closed hat", "open hat", "low tom", "mid tom", "high tom", "crash", "ride"];

/// The General MIDI notes of each class; the first stands for the class.
const PITCHES: [&[u8]; CLASSES] = [
    &[36, 35],
    &[38, 27, 28, 31, 32, 33, 34, 37, 39, 40, 56, 65, 66, 75, 85],
    &[42, 44, 54, 68, 69, 70, 71, 73, 78, 80, 22],
    &[46, 67, 72, 74, 79, 81, 26],
    &[45, 29, 41, 43, 61, 64, 84],
    &[48, 47, 60, 63, 77, 86, 87],
    &[50, 30, 62, 76, 83],
    &[49, 52, 55, 57, 58],
    &[51, 53, 59, 82],
];

/// The class of a drum note, if note-seq's table has it: 22 and 26 to 87.
#[must_use]
pub fn known_class(pitch: u8) -> Option<usize> {
    PITCHES.iter().position(|pitches| pitches.contains(&pitch))
}

/// The class of any drum note. Notes outside the table go by their family: those from 13 to 25 by the sound that XG and
/// GS kits have there, the others by the note an octave or more away that stands in General MIDI's first octave of
/// drums, 36 to 47.
#[must_use]
pub fn class_of(pitch: u8) -> usize {
    let stand_in = match pitch {
        13 | 14 => 36,                // surdo
        15 => 27,                     // high q
        16 => 28,                     // slap
        17 => 29,                     // scratch push
        18 => 30,                     // scratch pull
        19 | 20 | 21 | 23 | 24 => 33, // snap and clicks
        25 => 40,                     // brush, snare roll
        _ => pitch,
    };
    known_class(stand_in).or_else(|| known_class(36 + stand_in % 12)).unwrap_or(0)
}

/// The General MIDI note that stands for a class; the ride's for a number that is no class.
#[must_use]
pub fn pitch_of(class: usize) -> u8 {
    PITCHES[class.min(CLASSES - 1)][0]
}

/// The classes of a bit mask, lowest first.
pub fn classes(mask: i16) -> impl Iterator<Item = usize> {
    (0..CLASSES).filter(move |class| mask >> class & 1 == 1)
}

/// One bit mask of classes a step, bit 0 the kick. Step 0 stands at `origin`; each hit counts at its nearest step, those
/// outside 0 to `steps` are left out.
#[must_use]
pub fn track(notes: &[Note], origin: Ticks, grid: Grid, steps: usize) -> Vec<i16> {
    let mut track = vec![0; steps];
    for note in notes {
        let step = usize::try_from(grid.nearest(note.start - origin)).ok();
        if let Some(mask) = step.and_then(|step| track.get_mut(step)) {
            *mask |= 1 << class_of(note.pitch);
        }
    }
    track
}

/// The hits of a track, each a step long, all of one velocity, with step 0 at `origin`.
#[must_use]
pub fn notes(track: &[i16], origin: Ticks, grid: Grid, velocity: u8) -> Vec<Note> {
    let hits = track.iter().zip(0i64..).flat_map(|(&mask, step)| {
        let start = origin + grid.ticks(step);
        let length = origin + grid.ticks(step + 1) - start;
        classes(mask).map(move |class| Note { start, pitch: pitch_of(class), length, velocity })
    });
    let mut notes: Vec<Note> = hits.collect();
    notes.sort();
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GRID: Grid = Grid::SIXTEENTHS;

    #[test]
    fn the_table_has_each_of_gm2_s_notes_once() {
        let mut all: Vec<u8> = PITCHES.iter().flat_map(|pitches| pitches.iter().copied()).collect();
        all.sort_unstable();
        let expected: Vec<u8> = [22].into_iter().chain(26..=87).collect();
        assert_eq!(all, expected);
    }

    #[test]
    fn every_note_has_a_class() {
        let cases = [
            ("acoustic kick", 35, "kick"),
            ("side stick", 37, "snare"),
            ("pedal hat", 44, "closed hat"),
            ("Roland hat edge", 26, "open hat"),
            ("china", 52, "crash"),
            ("high floor tom", 43, "low tom"),
            ("XG surdo", 14, "kick"),
            ("XG click", 23, "snare"),
            ("GS snare roll", 25, "snare"),
            ("octave below the kick's C", 12, "kick"),
            ("C above the table", 96, "kick"),
            ("D above the table", 98, "snare"),
            ("F# above the table", 102, "closed hat"),
            ("Bb above the table", 106, "open hat"),
        ];
        for (name, pitch, class) in cases {
            assert_eq!(CLASS_NAMES[class_of(pitch)], class, "{name}");
        }
    }

    #[test]
    fn classes_stand_for_themselves() {
        for class in 0..CLASSES {
            assert_eq!(known_class(pitch_of(class)), Some(class));
        }
    }

    #[test]
    fn hits_count_at_their_nearest_step() {
        let hit = |start: i64, pitch| Note { start: Ticks(start), pitch, length: Ticks(60), velocity: 100 };
        let hits = [hit(0, 36), hit(5, 35), hit(119, 42), hit(120, 38), hit(700, 46), hit(-130, 36), hit(840, 36)];
        assert_eq!(track(&hits, Ticks::ZERO, GRID, 4), [0b101, 0b10, 0, 0b1000]);
    }

    proptest! {
        #[test]
        fn tracks_to_notes_to_tracks(masks in prop::collection::vec(0i16..512, 0..64), origin in 0i64..100_000) {
            let origin = Ticks(origin);
            prop_assert_eq!(track(&notes(&masks, origin, GRID, 100), origin, GRID, masks.len()), masks);
        }

        #[test]
        fn known_classes_are_kept(pitch: u8) {
            prop_assert!(class_of(pitch) < CLASSES);
            prop_assert_eq!(known_class(pitch).unwrap_or(class_of(pitch)), class_of(pitch));
        }
    }
}
