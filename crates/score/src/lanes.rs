//! What a lane plays, and which lanes a tool takes.

use crate::normal::DRUM_CHANNEL;
use crate::{Clip, Lane, LaneKind, Note, PPQ, Ticks};

/// Two notes sound together when they overlap by this much, a 32nd note; less is legato.
const LEGATO: Ticks = Ticks(PPQ / 8);

/// A lane is polyphonic when more than one note in this many sounds together with an earlier one.
const POLYPHONY: usize = 10;

/// General MIDI's basses.
const BASS_PROGRAMS: std::ops::RangeInclusive<u8> = 32..=39;

/// Words in the names of lanes that carry the tune.
const TUNE_NAMES: [&str; 6] = ["melody", "lead", "vocal", "voice", "tune", "solo"];

impl Lane {
    /// What the lane plays, going by its channel, notes and program.
    #[must_use]
    pub fn detect_kind(&self) -> LaneKind {
        if self.channel == DRUM_CHANNEL {
            LaneKind::Drums
        } else if is_polyphonic(&self.notes) {
            LaneKind::Chords
        } else if BASS_PROGRAMS.contains(&self.program) {
            LaneKind::Bass
        } else {
            LaneKind::Melody
        }
    }
}

impl Clip {
    /// The number of the lane that carries the melody: of the lanes with notes that are not drums one with a name such
    /// as "melody" or "lead" before others, a single voice before chords before basses, then the one with notes in the
    /// most bars, then the higher one.
    #[must_use]
    pub fn melody_lane(&self) -> Option<usize> {
        let rank = |lane: &Lane| {
            let name = lane.name.to_lowercase();
            let voice = match lane.kind {
                LaneKind::Melody => 2,
                LaneKind::Chords => 1,
                LaneKind::Bass | LaneKind::Drums => 0,
            };
            let pitches: usize = lane.notes.iter().map(|note| usize::from(note.pitch)).sum();
            let tune = TUNE_NAMES.iter().any(|word| name.contains(word));
            (tune, voice, self.bars_with_notes(lane), pitches / lane.notes.len().max(1))
        };
        let pitched = |lane: &Lane| lane.kind != LaneKind::Drums && !lane.notes.is_empty();
        // max_by_key takes the last of equals; the first lane should win.
        self.lanes
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, lane)| pitched(lane))
            .max_by_key(|(_, lane)| rank(lane))
            .map(|l| l.0)
    }

    /// The number of the drum lane with the most notes.
    #[must_use]
    pub fn drum_lane(&self) -> Option<usize> {
        let drums = |lane: &Lane| lane.kind == LaneKind::Drums && !lane.notes.is_empty();
        let lanes = self.lanes.iter().enumerate().rev().filter(|(_, lane)| drums(lane));
        lanes.max_by_key(|(_, lane)| lane.notes.len()).map(|l| l.0)
    }

    fn bars_with_notes(&self, lane: &Lane) -> usize {
        let mut bars: Vec<Ticks> = lane.notes.iter().map(|note| self.meters.bar_start(note.start)).collect();
        bars.dedup();
        bars.len()
    }
}

/// Whether notes, in order, are more than one voice.
fn is_polyphonic(notes: &[Note]) -> bool {
    let mut latest_end = Ticks(i64::MIN);
    let mut together = 0;
    for note in notes {
        if latest_end.min(note.end()) - note.start >= LEGATO.min(note.length) {
            together += 1;
        }
        latest_end = latest_end.max(note.end());
    }
    together * POLYPHONY > notes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes of start, pitch and length in sixteenths.
    fn lane(name: &str, channel: u8, program: u8, notes: &[(i64, u8, i64)]) -> Lane {
        let note = |&(start, pitch, length): &(i64, u8, i64)| Note {
            start: Ticks(start * 240),
            pitch,
            length: Ticks(length * 240),
            velocity: 100,
        };
        let notes = notes.iter().map(note).collect();
        let mut lane = Lane { program, ..Lane::new(name, LaneKind::Melody, channel, notes) };
        lane.kind = lane.detect_kind();
        lane
    }

    #[test]
    fn kinds() {
        let line: Vec<_> = (0..20).map(|i| (4 * i, 60, 4)).collect();
        let mut one_chord = line.clone();
        one_chord.insert(2, (4, 64, 4));
        let mut chords = line.clone();
        chords.extend([(76, 64, 4), (76, 67, 4), (76, 70, 4)]);
        let drone: Vec<_> = [(0, 40, 80)].into_iter().chain(line.iter().copied()).collect();
        let cases = [
            ("a line", lane("", 0, 0, &line), LaneKind::Melody),
            ("a line on a bass program", lane("", 0, 38, &line), LaneKind::Bass),
            ("strings are no bass", lane("", 0, 40, &line), LaneKind::Melody),
            ("channel 10", lane("", 9, 38, &chords), LaneKind::Drums),
            ("one chord in a line", lane("", 0, 0, &one_chord), LaneKind::Melody),
            ("several", lane("", 0, 32, &chords), LaneKind::Chords),
            ("over a drone", lane("", 0, 0, &drone), LaneKind::Chords),
            ("nothing", lane("", 0, 0, &[]), LaneKind::Melody),
        ];
        for (name, lane, kind) in cases {
            assert_eq!(lane.kind, kind, "{name}");
        }
    }

    #[test]
    fn legato_is_one_voice() {
        let mut legato = lane("", 0, 0, &[(0, 60, 4), (4, 62, 4), (8, 64, 4)]);
        for (overlap, kind) in [(119, LaneKind::Melody), (120, LaneKind::Chords)] {
            for note in &mut legato.notes {
                note.length = Ticks(960 + overlap);
            }
            assert_eq!(legato.detect_kind(), kind, "{overlap}");
        }
    }

    #[test]
    fn the_melody_and_the_drums_of_a_clip() {
        let tune: &[(i64, u8, i64)] = &[(0, 60, 4), (16, 62, 4), (32, 64, 4)];
        let chord: &[(i64, u8, i64)] = &[(0, 60, 4), (0, 64, 4), (16, 62, 4), (16, 65, 4), (32, 60, 4), (48, 60, 4)];
        let bass = || lane("Bass", 2, 33, &[(0, 36, 16), (16, 36, 16), (32, 36, 16), (48, 36, 16)]);
        let drums = |notes| lane("Kit", 9, 0, notes);
        let cases = [
            ("nothing", vec![], None, None),
            ("drums alone", vec![drums(tune)], None, Some(0)),
            ("a line before chords", vec![lane("", 0, 0, chord), lane("", 1, 0, tune)], Some(1), None),
            ("chords before a bass", vec![bass(), lane("", 0, 0, chord)], Some(1), None),
            ("a bass if need be", vec![drums(tune), bass()], Some(1), Some(0)),
            ("the name decides", vec![lane("", 0, 0, tune), lane("LEAD synth", 1, 0, chord)], Some(1), None),
            ("more bars", vec![lane("", 0, 0, &tune[..2]), lane("", 1, 0, tune)], Some(1), None),
            ("the higher of equals", vec![lane("", 0, 0, &[(0, 50, 4)]), lane("", 1, 0, &[(0, 70, 4)])], Some(1), None),
            ("the first of equals", vec![lane("", 0, 0, tune), lane("", 1, 0, tune)], Some(0), None),
            ("no notes", vec![lane("melody", 0, 0, &[]), lane("", 1, 0, tune)], Some(1), None),
            ("more hits", vec![drums(&tune[..1]), drums(tune), drums(tune)], None, Some(1)),
        ];
        for (name, lanes, melody, drum) in cases {
            let clip = Clip { lanes, ..Clip::default() };
            assert_eq!((clip.melody_lane(), clip.drum_lane()), (melody, drum), "{name}");
        }
    }
}
