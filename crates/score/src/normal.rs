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
    /// [detected](Lane::detect_kind), plain names, whole bars, no tempo or meter change after the end. Where a note lies
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
        self.tempo = std::mem::take(&mut self.tempo).until(self.length);
        self.meters = std::mem::take(&mut self.meters).until(self.length);
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
