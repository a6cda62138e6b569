//! MIDI files to clips and back.
//!
//! **Reading** takes formats 0, 1 and 2, any division (SMPTE too) and files in a RIFF wrapper, and loses no note in
//! silence: what is not read is a [`Warning`]. It gives an error only for what is no MIDI file at all and for what exceeds a
//! [limit](crate::limits). A file without notes is an empty clip, not an error.
//!
//! - Status runs on over meta events and system exclusive. Realtime and system common bytes are skipped. A chunk whose
//!   length is wrong ends where its end of track stands or the next track begins. Damaged events are skipped as far as
//!   others with a status of their own follow, else the track breaks off there and keeps the notes before. A delta time of
//!   more than four bytes is negative; notes before the clip's start are moved to it.
//! - Positions are rounded once, from the start of the track, to 960 ticks a quarter. Files with an SMPTE division say
//!   when notes sound; their tempo changes (120 bpm without) say on which tick that is.
//! - One lane a track and channel. In a file of format 2 the tracks are patterns: they come one after the other, each on
//!   a bar line, with one lane a channel.
//! - A note-on without velocity is a note-off; a note-off ends the oldest sounding note of its pitch, and controllers 120
//!   and 123 end all. What still sounds when the track ends, ends there. The sustain pedal changes no note; what it lets
//!   sound is in [`Lane::heard`](crate::Lane::heard).
//! - Every other event is kept as a [`Message`](crate::Message), up to [`MESSAGE_BYTES`](crate::limits::MESSAGE_BYTES): a
//!   channel's in the lane of its track and channel, or in the clip where that has no notes; a track's (markers, key
//!   signatures, texts, system exclusive) in its first lane, or in the clip where it has none and in format 0. Names that
//!   are not plain UTF-8 are read as text and kept as they are beside it. Only the names of tracks without notes go.
//! - A lane's program is the one in effect at its first note, in its own track or else the first that is set on its
//!   channel before notes.
//! - The length is in whole bars: up to the [bar line after the music](crate::Clip::bars_end), or to a later end of a track
//!   with notes that is a bar line, up to the next multiple of four bars.
//!
//! **Writing** gives format 1 at 960 ticks a quarter: a track with name, tempo, meters and the clip's messages, then one a
//! lane; every track ends with the clip or its last event. At one tick notes end first, then messages come in their order,
//! then notes start. Reading what was written gives the clip in its [normal form](crate::Clip::normalize), kinds detected,
//! silence at the end as reading keeps it.

mod chunks;
mod event;
mod read;
mod time;
mod voices;
mod warning;
mod write;

pub(crate) use event::is_message;
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
