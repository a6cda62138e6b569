//! The normal form of a clip: what a MIDI file can hold and gives back.

use crate::limits::{CLIP_LENGTH, NAME_CHARS};
use crate::{Clip, Lane, LaneKind, Note, Ticks};

/// The MIDI channel of drums, counted from 0.
pub(crate) const DRUM_CHANNEL: u8 = 9;

impl Clip {
    /// Brings every value into its range: pitches, velocities, programs and channels to what MIDI holds, notes to last a
    /// tick or more, in order. What lies before 0 or after [`CLIP_LENGTH`] is cut off.
    pub fn repair(&mut self) {
        self.length = self.length.clamp(Ticks::ZERO, CLIP_LENGTH);
        for lane in &mut self.lanes {
            lane.repair();
        }
    }

    /// Brings the clip to the form in which writing it to a MIDI file and reading it again gives the same clip:
    /// [repaired](Self::repair), lanes without notes left out, drums on channel 10 and nothing else there, kinds as
    /// [detected](Lane::detect_kind), plain names, whole bars. Where a note lies
    /// within another of the same pitch the two exchange their ends, as MIDI cannot tell which of two equal notes ends.
    pub fn normalize(&mut self) {
        self.repair();
        self.name = plain_name(&self.name);
        self.lanes.retain(|lane| !lane.notes.is_empty());
        for lane in &mut self.lanes {
            lane.name = plain_name(&lane.name);
            lane.channel = match (lane.kind, lane.channel) {
                (LaneKind::Drums, _) => DRUM_CHANNEL,
                (_, DRUM_CHANNEL) => 0,
                (_, channel) => channel,
            };
            pair_ends(&mut lane.notes);
            lane.kind = lane.detect_kind();
        }
        self.length = self.meters.bar_end(self.length.max(self.end()));
    }

    /// When the last note ends; 0 without notes.
    #[must_use]
    pub fn end(&self) -> Ticks {
        self.notes().map(|(_, note)| note.end()).max().unwrap_or_default()
    }
}

impl Lane {
    fn repair(&mut self) {
        self.program = self.program.min(127);
        self.channel = self.channel.min(15);
        self.notes.retain(|note| note.start < CLIP_LENGTH && (note.start >= Ticks::ZERO || note.end() > Ticks::ZERO));
        for note in &mut self.notes {
            let end = note.end().min(CLIP_LENGTH);
            note.start = note.start.max(Ticks::ZERO);
            note.length = (end - note.start).max(Ticks(1));
            note.pitch = note.pitch.min(127);
            note.velocity = note.velocity.clamp(1, 127);
        }
        self.notes.sort_unstable();
    }
}

/// Gives the first of the notes of one pitch the first of their ends, and so on. The notes must be in order.
fn pair_ends(notes: &mut [Note]) {
    notes.sort_by_key(|note| note.pitch);
    for group in notes.chunk_by_mut(|a, b| a.pitch == b.pitch) {
        let mut ends: Vec<Ticks> = group.iter().map(Note::end).collect();
        ends.sort_unstable();
        for (note, end) in group.iter_mut().zip(ends) {
            note.length = end - note.start;
        }
    }
    notes.sort_unstable();
}

/// A name without control characters and outer blanks, cut to [`NAME_CHARS`].
pub(crate) fn plain_name(name: &str) -> String {
    let plain: String = name.chars().filter(|c| !c.is_control()).collect();
    let cut: String = plain.trim().chars().take(NAME_CHARS).collect();
    cut.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(notes: &[(i64, u8, i64, u8)]) -> Clip {
        let note = |&(start, pitch, length, velocity): &(i64, u8, i64, u8)| Note {
            start: Ticks(start),
            pitch,
            length: Ticks(length),
            velocity,
        };
        let notes = notes.iter().map(note).collect();
        let lane = Lane::new("", LaneKind::Melody, 0, notes);
        Clip { lanes: vec![lane], ..Clip::default() }
    }

    #[test]
    fn notes_come_into_range_and_order() {
        let far = CLIP_LENGTH.0;
        let cases: [(&str, (i64, u8, i64, u8), Option<(i64, u8, i64, u8)>); 8] = [
            ("as it was", (10, 60, 20, 100), Some((10, 60, 20, 100))),
            ("starts before 0", (-10, 60, 20, 100), Some((0, 60, 10, 100))),
            ("ends before 0", (-10, 60, 10, 100), None),
            ("no length", (10, 60, 0, 100), Some((10, 60, 1, 100))),
            ("backwards", (10, 60, -20, 100), Some((10, 60, 1, 100))),
            ("pitch and velocity", (0, 200, 1, 255), Some((0, 127, 1, 127))),
            ("no velocity", (0, 0, 1, 0), Some((0, 0, 1, 1))),
            ("endless", (far - 5, 60, i64::MAX, 100), Some((far - 5, 60, 5, 100))),
        ];
        for (name, given, expected) in cases {
            let mut clip_of_one = clip(&[given]);
            clip_of_one.repair();
            assert_eq!(clip_of_one, clip(expected.as_slice()), "{name}");
        }
        let mut far_off = clip(&[(far, 60, 1, 1), (20, 60, 1, 1), (10, 62, 1, 1), (10, 60, 1, 1)]);
        far_off.repair();
        assert_eq!(far_off, clip(&[(10, 60, 1, 1), (10, 62, 1, 1), (20, 60, 1, 1)]));
    }

    #[test]
    fn a_note_within_another_exchanges_ends_with_it() {
        let cases: [(&str, &[(i64, u8, i64, u8)], &[(i64, u8, i64, u8)]); 4] = [
            ("within", &[(0, 60, 100, 1), (10, 60, 20, 2)], &[(0, 60, 30, 1), (10, 60, 90, 2)]),
            ("overlapping", &[(0, 60, 20, 1), (10, 60, 20, 2)], &[(0, 60, 20, 1), (10, 60, 20, 2)]),
            ("another pitch", &[(0, 60, 100, 1), (10, 61, 20, 2)], &[(0, 60, 100, 1), (10, 61, 20, 2)]),
            ("at once", &[(0, 60, 20, 1), (0, 60, 10, 2)], &[(0, 60, 10, 2), (0, 60, 20, 1)]),
        ];
        for (name, given, expected) in cases {
            let mut normal = clip(given);
            normal.normalize();
            assert_eq!(normal.lanes[0].notes, clip(expected).lanes[0].notes, "{name}");
        }
    }

    #[test]
    fn channels_and_kinds_agree() {
        for (kind, channel, normal_kind, normal_channel) in [
            (LaneKind::Drums, 3, LaneKind::Drums, DRUM_CHANNEL),
            (LaneKind::Melody, DRUM_CHANNEL, LaneKind::Melody, 0),
            (LaneKind::Chords, 3, LaneKind::Melody, 3),
            (LaneKind::Bass, 77, LaneKind::Melody, 15),
        ] {
            let mut clip = clip(&[(0, 60, 100, 1)]);
            (clip.lanes[0].kind, clip.lanes[0].channel) = (kind, channel);
            clip.normalize();
            assert_eq!(
                (clip.lanes[0].kind, clip.lanes[0].channel),
                (normal_kind, normal_channel),
                "{kind:?} {channel}"
            );
        }
    }

    #[test]
    fn names_are_plain() {
        let long = "ä".repeat(300);
        for (given, plain) in [(" Lead\0\n", "Lead"), ("a\tb", "ab"), ("", ""), (&long, &long[..2 * NAME_CHARS])] {
            assert_eq!(plain_name(given), plain);
        }
    }

    #[test]
    fn values_come_into_range() {
        let mut clip = clip(&[(9, 255, i64::MIN, 0)]);
        clip.length = Ticks(-5);
        (clip.lanes[0].program, clip.lanes[0].channel) = (255, 16);
        clip.repair();
        assert_eq!((clip.length, clip.lanes[0].program, clip.lanes[0].channel), (Ticks::ZERO, 127, 15));
        assert_eq!(clip.lanes[0].notes, [Note { start: Ticks(9), pitch: 127, length: Ticks(1), velocity: 1 }]);
    }
}
