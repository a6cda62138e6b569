//! The clip: what tools take and give.

use crate::{MeterMap, TempoMap, Ticks};

/// A note of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Note {
    /// When it starts, from the clip's start.
    pub start: Ticks,
    /// MIDI pitch, 0 to 127.
    pub pitch: u8,
    /// How long it lasts, at least one tick: as long as the key is down. What the sustain pedal adds is in
    /// [`Lane::heard`].
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

/// An event that Solferino does not interpret and gives back as it came: a channel message other than notes, a meta event,
/// system exclusive.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Message {
    /// When it happens, from the clip's start.
    pub at: Ticks,
    /// As in a file, without the delta time: status first, always explicit; the length stands before the data of meta
    /// events and system exclusive.
    pub bytes: Box<[u8]>,
}

/// What a lane plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LaneKind {
    /// One voice, pitched.
    #[default]
    Melody,
    /// One voice, low: a bass by its program or its name.
    Bass,
    /// Several voices, pitched.
    Chords,
    /// Percussion; pitches are General MIDI drum notes. On any channel.
    Drums,
}

/// The notes of one instrument.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lane {
    /// The track's name; may be empty.
    pub name: String,
    /// What it plays.
    pub kind: LaneKind,
    /// General MIDI program at the first note, 0 to 127.
    pub program: u8,
    /// MIDI channel, 0 to 15.
    pub channel: u8,
    /// In order of start, then pitch.
    pub notes: Vec<Note>,
    /// In order of time; those at one tick in the order they were sent.
    pub messages: Vec<Message>,
}

impl Lane {
    /// A lane without messages, on program 0.
    pub fn new(name: impl Into<String>, kind: LaneKind, channel: u8, notes: Vec<Note>) -> Self {
        Self { name: name.into(), kind, program: 0, channel, notes, messages: Vec::new() }
    }
}

/// Notes with a length, a meter and a tempo.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clip {
    /// Shown to people and written as the MIDI file's name.
    pub name: String,
    /// The length, whole bars where the clip came from a file. The last notes may reach over it a little
    /// ([`Clip::bars_end`]).
    pub length: Ticks,
    /// Tempo over time.
    pub tempo: TempoMap,
    /// Meters over time.
    pub meters: MeterMap,
    /// One a track and channel.
    pub lanes: Vec<Lane>,
    /// What belongs to no lane: markers, key signatures, texts, and the messages of tracks without notes.
    pub messages: Vec<Message>,
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
