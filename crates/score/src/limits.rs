//! How large a score may get. Parsers check these before they allocate.

use crate::{PPQ, Ticks};

/// The largest MIDI file that is read, in bytes: 16 MiB.
pub const MIDI_BYTES: usize = 16 << 20;

/// The most tracks a MIDI file may have.
pub const MIDI_TRACKS: usize = 1_024;

/// The most events a MIDI file may have, all tracks together.
pub const MIDI_EVENTS: usize = 1_000_000;

/// The most lanes a clip may have: a MIDI file with all of them still has a track left for tempo and meter.
pub const LANES: usize = MIDI_TRACKS - 1;

/// The longest clip in quarter notes: 10,000 bars of 4/4, more than five hours at 120 bpm.
pub const CLIP_QUARTERS: i64 = 40_000;

/// [`CLIP_QUARTERS`] in ticks.
pub const CLIP_LENGTH: Ticks = Ticks(CLIP_QUARTERS * PPQ);

/// The longest name of a clip or lane, in characters.
pub const NAME_CHARS: usize = 200;

/// The most bytes of messages (controllers, texts, system exclusive and the like) a clip keeps: 1 MiB.
pub const MESSAGE_BYTES: usize = 1 << 20;
