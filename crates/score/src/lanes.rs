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

    /// The notes of all drum lanes, in order.
    #[must_use]
    pub fn drum_notes(&self) -> Vec<Note> {
        let drums = self.lanes.iter().filter(|lane| lane.kind == LaneKind::Drums);
        let mut notes: Vec<Note> = drums.flat_map(|lane| &lane.notes).copied().collect();
        notes.sort_unstable();
        notes
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
