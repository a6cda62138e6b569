//! The layout of a MIDI file: header, tracks, and the events of a track past damage.
//!
//! midly's own header reader is not used: it negates a byte that may be -128, which panics where overflow is checked.

use super::MidiError;
use crate::limits::MIDI_TRACKS;
use midly::num::u28;
use midly::{EventIter, MetaMessage, TrackEvent, TrackEventKind};

/// What the header says, and the bytes of each track.
pub(super) struct Chunks<'a> {
    /// 0, 1 or 2.
    pub format: u16,
    /// As it stands in the header.
    pub division: u16,
    /// The contents of the track chunks, as far as the file goes.
    pub tracks: Vec<&'a [u8]>,
}

/// Splits a file into its tracks. Other chunks are skipped.
pub(super) fn split(bytes: &[u8]) -> Result<Chunks<'_>, MidiError> {
    let mut rest = unwrap_riff(bytes);
    if !rest.starts_with(b"MThd") {
        return Err(MidiError::NotMidi);
    }
    let (_, header) = next_chunk(&mut rest).ok_or(MidiError::Header)?;
    let &[_, format, _, _, high, low, ..] = header else {
        return Err(MidiError::Header);
    };
    let mut tracks = Vec::new();
    while let Some((id, content)) = next_chunk(&mut rest) {
        if id == b"MTrk" {
            if tracks.len() == MIDI_TRACKS {
                return Err(MidiError::TooManyTracks);
            }
            tracks.push(content);
        }
    }
    if tracks.is_empty() {
        return Err(MidiError::NoTrack);
    }
    Ok(Chunks { format: format.into(), division: u16::from_be_bytes([high, low]), tracks })
}

fn next_chunk<'a>(rest: &mut &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let (id, after) = rest.split_at_checked(4)?;
    let (length, after) = after.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (content, after) = after.split_at_checked(length).unwrap_or((after, &[]));
    *rest = after;
    Some((id, content))
}

/// The MIDI file in a RIFF file of type RMID; anything else as it is.
fn unwrap_riff(bytes: &[u8]) -> &[u8] {
    if !bytes.starts_with(b"RIFF") || bytes.get(8..12) != Some(b"RMID") {
        return bytes;
    }
    let mut rest = &bytes[12..];
    while let Some((id, after)) = rest.split_at_checked(4)
        && let Some((length, after)) = after.split_first_chunk()
    {
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        if id == b"data" {
            return &after[..length.min(after.len())];
        }
        // RIFF pads chunks to even lengths.
        rest = after.get(length.saturating_add(length % 2)..).unwrap_or_default();
    }
    bytes
}

/// The events of a track with their positions in the file's own ticks, up to the end of the track, of the readable part
/// of it, or of the file.
pub(super) struct Events<'a> {
    events: EventIter<'a>,
    position: u64,
}

impl<'a> Events<'a> {
    pub(super) fn new(track: &'a [u8]) -> Self {
        Self { events: EventIter::new(track), position: 0 }
    }
}

impl<'a> Iterator for Events<'a> {
    type Item = (u64, TrackEventKind<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let here = self.events.unread();
            match self.events.next() {
                Some(Ok(TrackEvent { delta, kind })) => {
                    self.position += u64::from(delta.as_int());
                    if kind == TrackEventKind::Meta(MetaMessage::EndOfTrack) {
                        self.events = EventIter::new(&[]);
                    }
                    return Some((self.position, kind));
                }
                Some(Err(_)) | None => {
                    let (delta, after) = skip_meta(here)?;
                    self.position += u64::from(delta.as_int());
                    self.events = EventIter::new(after);
                }
            }
        }
    }
}

/// What follows a meta event that cannot be read (an SMPTE offset of hour 31, say), and its delta time.
fn skip_meta(bytes: &[u8]) -> Option<(u28, &[u8])> {
    let (delta, bytes) = variable_length(bytes)?;
    let [0xff, _, bytes @ ..] = bytes else {
        return None;
    };
    let (length, bytes) = variable_length(bytes)?;
    Some((delta, bytes.get(usize::try_from(length.as_int()).ok()?..)?))
}

fn variable_length(bytes: &[u8]) -> Option<(u28, &[u8])> {
    let length = bytes.iter().take(4).position(|byte| byte & 0x80 == 0)? + 1;
    let (number, rest) = bytes.split_at(length);
    let value = number.iter().fold(0, |value, byte| value << 7 | u32::from(byte & 0x7f));
    Some((u28::new(value), rest))
}
