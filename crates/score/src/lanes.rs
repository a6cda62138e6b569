//! What a lane plays, and which lanes a tool takes.

use crate::percussion::{is_drums_channel, plays_drums};
use crate::words::has_word;
use crate::{Clip, Lane, LaneKind, Note, PPQ, Ticks};

/// Two notes sound together when they overlap by this much, a 32nd note; less is legato.
const LEGATO: Ticks = Ticks(PPQ / 8);

/// A lane is polyphonic when more than one note in this many sounds together with an earlier one.
const POLYPHONY: usize = 10;

/// General MIDI's basses.
const BASS_PROGRAMS: std::ops::RangeInclusive<u8> = 32..=39;

/// Words in the names of lanes that carry the tune.
const TUNE_NAMES: [&str; 12] =
    ["melod", "lead", "vocal", "vox", "voice", "tune", "solo", "gesang", "stimme", "chant", "voz", "canto"];

/// Words in the names of basses.
const BASS_NAMES: [&str; 6] = ["bass", "basso", "bajo", "baixo", "ベース", "бас"];

/// A lane that starts no note in the last four bars, sixteen quarters at least, or the clip's second half rests.
const RECENT_BARS: i64 = 4;
const RECENT: Ticks = Ticks(16 * PPQ);

/// Below C2 on average nothing is a tune, whatever its name says: General MIDI's leads often double a bass.
const LOWEST_TUNE: usize = 48;

/// A lane whose name says that it leads may rest this many times as long before another leads: songs end without voice.
const PATIENCE: i64 = 4;

/// A lane lies under another that sounds this many semitones above it on average.
const UNDER: usize = 12;

impl Clip {
    /// Says what each lane plays, going by its channel, program, name and notes: drums on channel 10, and where that has
    /// no notes also on others, when bank, name or keys say so; a lane with several voices is chords, and a single voice is
    /// a bass by its program or name.
    pub fn detect_kinds(&mut self) {
        let has_drum_channel = self.lanes.iter().any(|lane| is_drums_channel(lane) && !lane.notes.is_empty());
        let is_only = self.lanes.iter().filter(|lane| !lane.notes.is_empty()).count() == 1;
        for lane in &mut self.lanes {
            let name = if lane.name.is_empty() && is_only { &self.name } else { &lane.name };
            lane.kind = if is_drums_channel(lane) || !has_drum_channel && plays_drums(lane, name) {
                LaneKind::Drums
            } else if is_polyphonic(&lane.notes) {
                LaneKind::Chords
            } else if BASS_PROGRAMS.contains(&lane.program) || is_named_bass(&lane.name) {
                LaneKind::Bass
            } else {
                LaneKind::Melody
            };
        }
    }

    /// The number of the lane that carries the melody, of the lanes with notes that are not drums. What comes first decides:
    /// one that plays in the last bars, or whose name says that it leads and that rests for a few bars more; one with a name
    /// such as "melody" or "lead"; none that is a bass, by its kind or name
    /// or because it lies an octave or more under another that plays as steadily; a single voice before chords; the one with
    /// notes in the most bars; the higher one.
    #[must_use]
    pub fn melody_lane(&self) -> Option<usize> {
        let end = self.bars_end();
        let window = RECENT.max(Ticks(RECENT_BARS * self.meters.mostly(end).bar().0));
        let since = |windows: i64| end - Ticks(windows * window.0).min(Ticks(end.0 / 2));
        let pitched: Vec<Part<'_>> = (0..self.lanes.len())
            .filter(|&number| self.lanes[number].kind != LaneKind::Drums && !self.lanes[number].notes.is_empty())
            .map(|number| Part::of(self, number, since))
            .collect();
        let rank = |part: &Part<'_>| {
            let voice = part.lane.kind == LaneKind::Melody;
            let is_bass = part.lane.kind == LaneKind::Bass || is_named_bass(&part.lane.name);
            let is_low = is_bass || pitched.iter().any(|other| part.is_under(other));
            let tune = !is_bass && part.pitch >= LOWEST_TUNE && part.is_named;
            (part.is_playing, tune, !is_low, voice, part.bars, part.pitch)
        };
        // max_by_key takes the last of equals; the first lane should win.
        pitched.iter().rev().max_by_key(|part| rank(part)).map(|part| part.number)
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

/// A pitched lane among those that could carry the melody.
struct Part<'a> {
    number: usize,
    lane: &'a Lane,
    /// Its name says that it leads.
    is_named: bool,
    /// It starts notes in the last bars.
    is_playing: bool,
    /// How many bars it starts notes in.
    bars: usize,
    /// The mean of its pitches.
    pitch: usize,
}

impl<'a> Part<'a> {
    /// `since` says from where on so many times the last bars count.
    fn of(clip: &'a Clip, number: usize, since: impl Fn(i64) -> Ticks) -> Self {
        let lane = &clip.lanes[number];
        let is_named = has_word(&lane.name, &TUNE_NAMES);
        let recent = since(if is_named { PATIENCE } else { 1 });
        let pitches: usize = lane.notes.iter().map(|note| usize::from(note.pitch)).sum();
        let is_playing = lane.notes.last().is_some_and(|note| note.start >= recent);
        Self {
            number,
            lane,
            is_named,
            is_playing,
            bars: clip.bars_with_notes(lane),
            pitch: pitches / lane.notes.len().max(1),
        }
    }

    /// Whether another part lies above this one and plays in at least half as many bars.
    fn is_under(&self, other: &Self) -> bool {
        other.is_playing && other.pitch >= self.pitch + UNDER && 2 * other.bars >= self.bars
    }
}

/// Whether a name says bass, and neither bassoon nor basset horn.
fn is_named_bass(name: &str) -> bool {
    has_word(name, &BASS_NAMES) && !has_word(name, &["bassoon", "basset"])
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
        let lane = Lane { program, ..Lane::new(name, LaneKind::Melody, channel, notes) };
        let mut clip = Clip { lanes: vec![lane], ..Clip::default() };
        clip.detect_kinds();
        clip.lanes.remove(0)
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
        let lanes = vec![lane("", 0, 0, &[(0, 60, 4), (4, 62, 4), (8, 64, 4)])];
        let mut legato = Clip { lanes, ..Clip::default() };
        for (overlap, kind) in [(119, LaneKind::Melody), (120, LaneKind::Chords)] {
            for note in &mut legato.lanes[0].notes {
                note.length = Ticks(960 + overlap);
            }
            legato.detect_kinds();
            assert_eq!(legato.lanes[0].kind, kind, "{overlap}");
        }
    }

    #[test]
    fn the_melody_and_the_drums_of_a_clip() {
        let tune: &[(i64, u8, i64)] = &[(0, 60, 4), (16, 62, 4), (32, 64, 4)];
        let chord: &[(i64, u8, i64)] = &[(0, 60, 4), (0, 64, 4), (16, 62, 4), (16, 65, 4), (32, 60, 4), (48, 60, 4)];
        let low: &[(i64, u8, i64)] = &[(0, 36, 8), (16, 38, 8), (32, 40, 8), (48, 36, 8)];
        let voice: &[(i64, u8, i64)] = &[(0, 55, 8), (16, 57, 8), (32, 59, 8), (48, 55, 8)];
        let high: &[(i64, u8, i64)] = &[(0, 72, 8), (16, 74, 8), (32, 76, 8), (48, 72, 8)];
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
            ("no bass by its name", vec![lane("Electric Bass", 0, 0, low), lane("", 1, 0, chord)], Some(1), None),
            ("no line under chords", vec![lane("", 0, 0, low), lane("", 1, 0, chord)], Some(1), None),
            ("a low line over rare notes", vec![lane("", 0, 0, low), lane("", 1, 0, &[(48, 84, 4)])], Some(0), None),
            ("a named low tune", vec![lane("Vocals", 0, 0, voice), lane("", 1, 0, high)], Some(0), None),
            ("a lead that doubles a bass", vec![lane("Lead", 0, 0, low), lane("", 1, 0, chord)], Some(1), None),
            ("a bass that is called a lead", vec![lane("Bass lead", 0, 0, voice), lane("", 1, 0, high)], Some(1), None),
            ("a lead that rests", vec![lane("Lead", 0, 0, &tune[..1]), lane("", 1, 0, chord)], Some(1), None),
        ];
        for (name, lanes, melody, drum) in cases {
            let clip = Clip { lanes, ..Clip::default() };
            assert_eq!((clip.melody_lane(), clip.drum_lane()), (melody, drum), "{name}");
        }
    }
}
