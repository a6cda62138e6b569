//! MIDI files to clips and back.
//!
//! **Reading** takes formats 0, 1 and 2, any division (SMPTE too), running status and files in a RIFF wrapper, and is
//! forgiving: a track that breaks off keeps the notes before the break, a chunk that promises more bytes than there are
//! ends with the file, an unreadable meta event is skipped, text that is not UTF-8 counts as Latin-1. It gives an error
//! only for what is no MIDI file at all and for what exceeds a [limit](crate::limits). A file without notes is an empty
//! clip, not an error.
//!
//! - Positions are rounded once, from the start of the track, to 960 ticks a quarter. Files with an SMPTE division say
//!   when notes sound; their tempo changes (120 bpm without) say on which tick that is.
//! - One lane a track and channel. In a file of format 2 the tracks are patterns: they come one after the other, each on
//!   a bar line, with one lane a channel.
//! - A note-on without velocity is a note-off; a note-off ends the oldest sounding note of its pitch. The sustain pedal
//!   (controller 64) holds notes until it goes up or the same note is struck again, except drums. What still sounds when
//!   the track ends, ends there.
//! - A lane's program is the one in effect at its first note, in its own track or else the first that the file sets on
//!   its channel. Later program changes, controllers and pitch bend are left out.
//! - The length is in whole bars: those the notes need, or the full bars up to the end of the longest track where these
//!   are more.
//!
//! **Writing** gives format 1 at 960 ticks a quarter: a track with name, tempo and meters, then one a lane; every track
//! ends with the clip. Reading what was written gives the clip in its [normal form](crate::Clip::normalize).

mod chunks;
mod read;
mod time;
mod voices;
mod warning;
mod write;

pub use read::{Read, read};
pub use warning::Warning;
pub use write::write;

use crate::limits::{CLIP_QUARTERS, LANES, MIDI_BYTES, MIDI_EVENTS, MIDI_TRACKS};

/// Why a MIDI file was not read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MidiError {
    /// Not a MIDI file.
    #[error("This is no MIDI file: it does not start with “MThd”. Use a .mid file.")]
    NotMidi,
    /// The header is cut off or shorter than a header.
    #[error("The MIDI file's header is cut off or damaged. Export the file again.")]
    Header,
    /// The time division makes no sense.
    #[error(
        "The MIDI file's time division {0:#06x} has no meaning. Use 1 to 32767 ticks a quarter note, or SMPTE time with 24, \
         25, 29 or 30 frames a second."
    )]
    Division(u16),
    /// A header without a track.
    #[error("The MIDI file has no track after its header. Export the file again.")]
    NoTrack,
    /// More bytes than [`MIDI_BYTES`].
    #[error(
        "The MIDI file has {0} bytes, the limit is {MIDI_BYTES} (16 MiB). Split it or leave out system exclusive data."
    )]
    TooManyBytes(usize),
    /// More tracks than [`MIDI_TRACKS`].
    #[error("The MIDI file has more than {MIDI_TRACKS} tracks, which is the limit. Export fewer tracks.")]
    TooManyTracks,
    /// More lanes than [`LANES`].
    #[error(
        "The MIDI data has {0} lanes (a track's channel is one), the limit is {LANES}. Use fewer tracks or channels."
    )]
    TooManyLanes(usize),
    /// More events than [`MIDI_EVENTS`].
    #[error(
        "The MIDI data has more than {MIDI_EVENTS} events, which is the limit. Export a shorter part or fewer controllers."
    )]
    TooManyEvents,
    /// Longer than [`CLIP_QUARTERS`].
    #[error(
        "The MIDI data lasts {0} quarter notes, the limit is {CLIP_QUARTERS} (10,000 bars of 4/4). Export a shorter part."
    )]
    TooLong(i64),
}
