//! The layout of a MIDI file: header, tracks, and the events of a track past damage.

use super::event::{END_OF_TRACK, Event, Sense, delta, system_data};
use super::{MidiError, Warning};
use crate::limits::{MIDI_EVENTS, MIDI_TRACKS};

const TRACK: &[u8] = b"MTrk";
/// Four letters and a length.
const CHUNK_HEADER: usize = 8;
/// The header's chunk with its letters and length.
const HEADER: usize = CHUNK_HEADER + 6;

/// How many events are looked at to find where tracks end: many times those of a file that is not refused, while tracks
/// that each seem to go on to the file's end would cost as much as their number squared.
const LOOKING: usize = 4 * MIDI_EVENTS;

/// What the header says, and the tracks.
pub(super) struct Chunks<'a> {
    /// 0, 1 or 2.
    pub format: u16,
    /// As it stands in the header.
    pub division: u16,
    /// As far as the file goes.
    pub tracks: Vec<Track<'a>>,
    /// What is no track.
    pub warnings: Vec<Warning>,
}

/// A track of the file.
#[derive(Clone, Copy)]
pub(super) struct Track<'a> {
    /// Its events, and whatever follows them in its chunk.
    pub content: &'a [u8],
    /// The file ends before the chunk does.
    pub is_cut: bool,
}

/// Splits a file into its tracks. A chunk is as long as it says where the file or another chunk follows; else a track ends
/// with its end of track, or where the next begins.
pub(super) fn split(bytes: &[u8]) -> Result<Chunks<'_>, MidiError> {
    let file = unwrap_riff(bytes);
    if !file.starts_with(b"MThd") {
        return Err(MidiError::NotMidi);
    }
    let &[_, _, _, _, _, _, _, _, _, format, high, low, ref division @ ..] =
        file.first_chunk::<HEADER>().ok_or(MidiError::Header)?;
    let promised = usize::from(u16::from_be_bytes([high, low]));
    let declared = end_of_chunk(file, 0).unwrap_or(usize::MAX);
    if declared < HEADER && file[declared..].starts_with(TRACK) {
        return Err(MidiError::Header);
    }
    let is_longer = declared > HEADER && is_chunk_or_end(file, declared) && !file[HEADER..].starts_with(TRACK);
    let mut chunks = Chunks {
        format: format.into(),
        division: u16::from_be_bytes(*division),
        tracks: Vec::new(),
        warnings: Vec::new(),
    };
    let mut place = if is_longer { declared } else { HEADER };
    let mut stray = 0;
    let mut budget = LOOKING;
    while place < file.len() {
        if !is_chunk(file, place) {
            let next = find_track(file, place).unwrap_or(file.len());
            // Padding says nothing.
            stray += file[place..next].iter().filter(|byte| **byte != 0).count();
            place = next;
        } else if file[place..].starts_with(TRACK) {
            if chunks.tracks.len() == MIDI_TRACKS {
                return Err(MidiError::TooManyTracks);
            }
            let start = place + CHUNK_HEADER;
            let declared = end_of_chunk(file, place).unwrap_or(usize::MAX);
            place = end_of_track(file, start, declared, &mut budget);
            chunks
                .tracks
                .push(Track { content: &file[start..place], is_cut: declared > file.len() && place == file.len() });
        } else {
            let end = end_of_chunk(file, place).filter(|end| is_chunk_or_end(file, *end));
            let end = end.or_else(|| find_track(file, place)).unwrap_or(file.len());
            let name = file[place..place + 4].iter().copied().map(char::from).collect();
            chunks.warnings.push(Warning::Foreign { name, bytes: end - place });
            place = end;
        }
    }
    if chunks.tracks.is_empty() {
        return Err(MidiError::NoTrack);
    }
    if stray > 0 {
        chunks.warnings.push(Warning::Stray { bytes: stray });
    }
    if promised > chunks.tracks.len() {
        chunks.warnings.push(Warning::MissingTracks { promised, found: chunks.tracks.len() });
    }
    Ok(chunks)
}

/// Where the events of a track that begins at `start` end, or its chunk where that can be believed. The `budget` is of
/// events that may be looked at.
fn end_of_track(file: &[u8], start: usize, declared: usize, budget: &mut usize) -> usize {
    let is_sound = |chunk: usize| end_of_chunk(file, chunk).is_some_and(|end| is_chunk_or_end(file, end));
    if declared >= start && is_chunk_or_end(file, declared) {
        match end_of_events(file, start, declared, budget) {
            // The chunk says that it holds the next one too.
            Some(end) => return find_track(&file[..declared], end).unwrap_or(declared),
            None if declared == file.len() || is_sound(declared) => return declared,
            // What looks like a chunk is within an event.
            None => {}
        }
    }
    let end = end_of_events(file, start, file.len(), budget);
    let end = end.or_else(|| find_track(file, start)).unwrap_or(file.len());
    // An event that was cut off may have swallowed the next track.
    let tracks = std::iter::successors(find_track(&file[..end], start), |track| find_track(&file[..end], track + 1));
    tracks.into_iter().find(|track| is_sound(*track)).unwrap_or(end)
}

/// Where an end of track, or the limit, ends the events that begin at `start`; nothing where one makes no sense or the
/// budget does not reach.
fn end_of_events(file: &[u8], start: usize, limit: usize, budget: &mut usize) -> Option<usize> {
    let (mut rest, mut running) = (file.get(start..limit)?, None);
    loop {
        if rest.is_empty() {
            return Some(limit);
        }
        *budget = budget.checked_sub(1)?;
        let (_, after) = delta(rest)?;
        let (event, status, after) = Event::parse(after, running)?;
        if matches!(event, Event::Meta { kind: END_OF_TRACK, .. }) {
            return Some(limit - after.len());
        }
        (rest, running) = (after, status);
    }
}

/// The end of the chunk at a place, as it says.
fn end_of_chunk(file: &[u8], place: usize) -> Option<usize> {
    let length = file.get(place + 4..)?.first_chunk()?;
    (place + CHUNK_HEADER).checked_add(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

/// Whether four letters and a length stand at a place: a track, or a chunk that ends within the file.
fn is_chunk(file: &[u8], place: usize) -> bool {
    let Some(end) = end_of_chunk(file, place) else { return false };
    let letters = &file[place..place + 4];
    letters == TRACK || letters.iter().all(u8::is_ascii_graphic) && end <= file.len()
}

fn is_chunk_or_end(file: &[u8], place: usize) -> bool {
    place == file.len() || place < file.len() && is_chunk(file, place)
}

/// Where the next track's chunk begins.
fn find_track(file: &[u8], from: usize) -> Option<usize> {
    let rest = file.get(from..)?;
    rest.windows(CHUNK_HEADER).position(|window| window.starts_with(TRACK)).map(|place| from + place)
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

/// The events of a track with their positions in the file's own ticks, up to its end. Status runs on over meta events and
/// system exclusive, as most programs have it. Realtime and system common bytes are skipped; where anything else makes no
/// sense, reading goes on at the next place from which events with a status of their own do.
pub(super) struct Events<'a> {
    rest: &'a [u8],
    running: Option<u8>,
    /// A delta time stands before the next event.
    is_timed: bool,
    position: i64,
    /// Bytes skipped, and where the first of them stand.
    pub skipped: Option<(i64, usize)>,
    /// Where nothing more makes sense.
    pub broken_at: Option<i64>,
    /// The position of its end and how many bytes other than 0 follow it.
    pub end: Option<(i64, usize)>,
    /// A delta time was negative.
    pub runs_backwards: bool,
}

impl<'a> Events<'a> {
    pub(super) fn new(track: &'a [u8]) -> Self {
        Self {
            rest: track,
            running: None,
            is_timed: true,
            position: 0,
            skipped: None,
            broken_at: None,
            end: None,
            runs_backwards: false,
        }
    }

    /// Where the last event stood.
    pub(super) fn position(&self) -> i64 {
        self.position
    }

    /// Goes on after a system byte: its data may be missing, and it may stand between a delta time and its event.
    fn skip_system(&mut self, status: u8, after: &'a [u8]) {
        let data = after.iter().take(system_data(status)).take_while(|byte| **byte < 0x80).count();
        let channel = |status: u8| status & 0x0f;
        let is_near =
            |byte: &u8| *byte >= 0x80 && self.running.is_none_or(|running| channel(running) == channel(*byte));
        let direct = after.first().is_some_and(is_near).then_some((0, false));
        // Of what makes as much sense the last is taken.
        let ways = direct.into_iter().chain((0..=data).map(|count| (count, true)));
        let best = ways.max_by_key(|&(count, timed)| Sense::of(&after[count..], self.running, timed));
        let (count, timed) = best.unwrap_or((0, true));
        (self.rest, self.is_timed) = (&after[count..], timed);
    }

    /// Skips to the next place that makes sense; false where there is none.
    fn recover(&mut self) -> bool {
        let place = (1..self.rest.len()).find(|&place| Sense::of(&self.rest[place..], None, true).is_sure());
        let Some(place) = place else {
            self.broken_at = Some(self.position);
            return false;
        };
        let bytes = self.skipped.map_or(0, |skipped| skipped.1) + place;
        self.skipped = Some((self.skipped.map_or(self.position, |skipped| skipped.0), bytes));
        (self.rest, self.running, self.is_timed) = (&self.rest[place..], None, true);
        true
    }
}

impl<'a> Iterator for Events<'a> {
    type Item = (i64, Event<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let timed = if self.is_timed { delta(self.rest) } else { Some((0, self.rest)) };
            let event = timed.and_then(|(time, after)| Some((time, Event::parse(after, self.running)?)));
            let Some((time, (event, running, after))) = event else {
                if self.recover() {
                    continue;
                }
                break;
            };
            (self.rest, self.running, self.is_timed) = (after, running, true);
            // An end is never before what stands before it.
            let time = if matches!(event, Event::Meta { kind: END_OF_TRACK, .. }) { time.max(0) } else { time };
            self.position += time;
            self.runs_backwards |= time < 0;
            match event {
                Event::System { status } => self.skip_system(status, after),
                Event::Meta { kind: END_OF_TRACK, .. } => {
                    self.end = Some((self.position, after.iter().filter(|byte| **byte != 0).count()));
                    break;
                }
                event => return Some((self.position, event)),
            }
        }
        self.rest = &[];
        None
    }
}
