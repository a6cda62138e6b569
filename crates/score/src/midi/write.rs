//! Clips to MIDI files.

use super::MidiError;
use crate::limits::{CLIP_LENGTH, LANES, MIDI_EVENTS};
use crate::{Clip, Lane, Note, PPQ, Ticks};
use midly::num::{u4, u7, u15, u24, u28};
use midly::{Format, Header, MetaMessage, MidiMessage, Timing, TrackEvent, TrackEventKind};

/// MIDI clocks a metronome click and 32nd notes a quarter, as every file has them.
const CLICK: (u8, u8) = (24, 8);

/// The bytes of a MIDI file with a clip in its [normal form](Clip::normalize).
///
/// # Errors
/// When the clip exceeds what is read back: lanes, events, length or bytes.
pub fn write(clip: &Clip) -> Result<Vec<u8>, MidiError> {
    // Before the normal form cuts off what is too long.
    check(clip)?;
    let mut clip = clip.clone();
    clip.normalize();
    check(&clip)?;
    let mut tracks = vec![conductor(&clip)];
    tracks.extend(clip.lanes.iter().map(|lane| lane_track(lane, clip.length)));
    let ticks = u15::new(u16::try_from(PPQ).unwrap_or(u16::MAX));
    let header = Header::new(Format::Parallel, Timing::Metrical(ticks));
    let mut bytes = Vec::new();
    // Writing to memory fails only beyond midly's own limits, which are above ours.
    midly::write(&header, &tracks, &mut bytes).map_err(|_| MidiError::TooManyEvents)?;
    Ok(bytes)
}

/// Whether a clip is one that can be written and read back. What passes needs less than
/// [`MIDI_BYTES`](crate::limits::MIDI_BYTES): an event has eleven bytes at most.
pub(super) fn check(clip: &Clip) -> Result<(), MidiError> {
    if clip.lanes.len() > LANES {
        return Err(MidiError::TooManyLanes(clip.lanes.len()));
    }
    let notes: usize = clip.lanes.iter().map(|lane| lane.notes.len()).sum();
    let changes = clip.tempo.changes().len() + clip.meters.changes().len();
    // Name, program and end of each lane's track; name and end of the first.
    if 2 * notes + changes + 3 * clip.lanes.len() + 2 > MIDI_EVENTS {
        return Err(MidiError::TooManyEvents);
    }
    let length = clip.length.max(clip.end());
    if length > CLIP_LENGTH { Err(MidiError::TooLong(length.0 / PPQ)) } else { Ok(()) }
}

/// Name, tempo and meters.
fn conductor(clip: &Clip) -> Vec<TrackEvent<'_>> {
    let tempo = clip.tempo.changes().iter().map(|&(at, micros)| (at, MetaMessage::Tempo(u24::new(micros))));
    let meters = clip.meters.changes().iter().map(|&(at, meter)| {
        let power = u8::try_from(meter.denominator().ilog2()).unwrap_or(u8::MAX);
        (at, MetaMessage::TimeSignature(meter.numerator(), power, CLICK.0, CLICK.1))
    });
    let mut events: Vec<_> = meters.chain(tempo).map(|(at, meta)| (at, TrackEventKind::Meta(meta))).collect();
    events.sort_by_key(|event| event.0);
    track(&clip.name, events, clip.length)
}

/// A lane's name, program and notes.
fn lane_track(lane: &Lane, end: Ticks) -> Vec<TrackEvent<'_>> {
    let midi = |message| TrackEventKind::Midi { channel: u4::new(lane.channel), message };
    let program = MidiMessage::ProgramChange { program: u7::new(lane.program) };
    let mut events = vec![(Ticks::ZERO, midi(program))];
    // Ends before starts, so that a note struck as another of its pitch ends is not ended with it.
    let mut ends: Vec<&Note> = lane.notes.iter().collect();
    ends.sort_by_key(|note| note.end());
    let mut ends = ends.into_iter().peekable();
    let off = |note: &Note| (note.end(), midi(MidiMessage::NoteOff { key: u7::new(note.pitch), vel: u7::new(0) }));
    for note in &lane.notes {
        while let Some(ended) = ends.next_if(|ended| ended.end() <= note.start) {
            events.push(off(ended));
        }
        let on = MidiMessage::NoteOn { key: u7::new(note.pitch), vel: u7::new(note.velocity) };
        events.push((note.start, midi(on)));
    }
    events.extend(ends.map(off));
    track(&lane.name, events, end)
}

/// A track of events in order, with its name at the start and its end.
fn track<'a>(name: &'a str, events: Vec<(Ticks, TrackEventKind<'a>)>, end: Ticks) -> Vec<TrackEvent<'a>> {
    let name = (!name.is_empty()).then_some((Ticks::ZERO, MetaMessage::TrackName(name.as_bytes())));
    let name = name.into_iter().map(|(at, meta)| (at, TrackEventKind::Meta(meta)));
    let end = (end, TrackEventKind::Meta(MetaMessage::EndOfTrack));
    let mut before = Ticks::ZERO;
    name.chain(events)
        .chain([end])
        .map(|(at, kind)| {
            let delta = u32::try_from((at - before).0).unwrap_or(0);
            before = at;
            TrackEvent { delta: u28::new(delta), kind }
        })
        .collect()
}
