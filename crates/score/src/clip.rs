//! The clip: what tools take and give.

use crate::{MeterMap, TempoMap, Ticks};
use serde::{Deserialize, Serialize};

/// A note of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Note {
    /// When it starts, from the clip's start.
    pub start: Ticks,
    /// MIDI pitch, 0 to 127.
    pub pitch: u8,
    /// How long it lasts, at least one tick.
    pub length: Ticks,
    /// MIDI velocity, 1 to 127.
    pub velocity: u8,
}

impl Note {
    /// When it ends.
    #[must_use]
    pub fn end(&self) -> Ticks {
        self.start + self.length
    }
}

/// What a lane plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LaneKind {
    /// One voice, pitched.
    Melody,
    /// One voice, General MIDI programs 32 to 39.
    Bass,
    /// Several voices, pitched.
    Chords,
    /// Percussion; pitches are General MIDI drum notes.
    Drums,
}

/// The notes of one instrument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    /// The track's name; may be empty.
    pub name: String,
    /// What it plays.
    pub kind: LaneKind,
    /// General MIDI program, 0 to 127.
    pub program: u8,
    /// MIDI channel, 0 to 15; 9 for drums.
    pub channel: u8,
    /// In order of start, then pitch.
    pub notes: Vec<Note>,
}

/// Notes with a length, a meter and a tempo.
///
/// A clip that is deserialised has its values brought into range ([`Clip::repair`]).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "ClipParts")]
pub struct Clip {
    /// Shown to people and written as the MIDI file's name.
    pub name: String,
    /// The length, whole bars where the clip came from a file.
    pub length: Ticks,
    /// Tempo over time.
    pub tempo: TempoMap,
    /// Meters over time.
    pub meters: MeterMap,
    /// One a track and channel.
    pub lanes: Vec<Lane>,
}

/// A clip as it is stored, its values not yet in range.
#[derive(Deserialize)]
struct ClipParts {
    name: String,
    length: Ticks,
    tempo: TempoMap,
    meters: MeterMap,
    lanes: Vec<Lane>,
}

impl From<ClipParts> for Clip {
    fn from(ClipParts { name, length, tempo, meters, lanes }: ClipParts) -> Self {
        let mut clip = Self { name, length, tempo, meters, lanes };
        clip.repair();
        clip
    }
}

impl Clip {
    /// Every note with its lane, in order of lane.
    pub fn notes(&self) -> impl Iterator<Item = (&Lane, &Note)> {
        self.lanes.iter().flat_map(|lane| lane.notes.iter().map(move |note| (lane, note)))
    }

    /// Whether no lane has a note.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lanes.iter().all(|lane| lane.notes.is_empty())
    }
}
