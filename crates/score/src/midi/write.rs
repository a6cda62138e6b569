//! Clips to MIDI files.

use super::MidiError;
use super::event::{END_OF_TRACK, Event, METER, TEMPO, TRACK_NAME, number};
use crate::limits::{CLIP_LENGTH, LANES, MIDI_EVENTS};
use crate::normal::{is_name, is_name_of};
use crate::{Clip, Lane, Message, PPQ, Ticks};
use std::borrow::Cow;

/// MIDI clocks a metronome click and 32nd notes a quarter, as every file has them.
const CLICK: [u8; 2] = [24, 8];

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
    let tracks = u16::try_from(clip.lanes.len() + 1).map_err(|_| MidiError::TooManyLanes(clip.lanes.len()))?;
    let mut file = b"MThd\0\0\0\x06\0\x01".to_vec();
    file.extend(tracks.to_be_bytes());
    file.extend(u16::try_from(PPQ).unwrap_or(u16::MAX).to_be_bytes());
    conductor(&clip).write(clip.length, &mut file);
    for lane in &clip.lanes {
        lane_track(lane).write(clip.length, &mut file);
    }
    Ok(file)
}

/// Whether a clip is one that can be written and read back. What passes needs less than
/// [`MIDI_BYTES`](crate::limits::MIDI_BYTES): an event has eleven bytes at most, besides those of messages, which have a
/// limit of their own.
pub(super) fn check(clip: &Clip) -> Result<(), MidiError> {
    if clip.lanes.len() > LANES {
        return Err(MidiError::TooManyLanes(clip.lanes.len()));
    }
    let of_lane = |lane: &Lane| 2 * lane.notes.len() + lane.messages.len();
    let lanes: usize = clip.lanes.iter().map(of_lane).sum();
    let changes = clip.tempo.changes().len() + clip.meters.changes().len();
    // Name, program and end of each lane's track; name and end of the first.
    if lanes + clip.messages.len() + changes + 3 * clip.lanes.len() + 2 > MIDI_EVENTS {
        return Err(MidiError::TooManyEvents);
    }
    let length = clip.length.max(clip.end());
    if length > CLIP_LENGTH { Err(MidiError::TooLong(length.0 / PPQ)) } else { Ok(()) }
}

/// What comes first at one tick. Notes end before others start, so that a note struck as another of its pitch ends is not
/// ended with it; what changes the sound comes before the notes that it is meant for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    Name,
    Off,
    Change,
    Message,
    On,
}

/// The events of a track.
#[derive(Default)]
struct Events<'a>(Vec<(Ticks, Order, Cow<'a, [u8]>)>);

/// Name, tempo, meters and messages.
fn conductor(clip: &Clip) -> Events<'_> {
    let mut events = Events::default();
    events.named(&clip.name, &clip.messages);
    let mut change = |at, kind, data: &[u8]| {
        events.0.push((at, Order::Change, Cow::Owned(Event::Meta { kind, data }.bytes())));
    };
    for &(at, meter) in clip.meters.changes() {
        let power = u8::try_from(meter.denominator().ilog2()).unwrap_or(u8::MAX);
        change(at, METER, &[meter.numerator(), power, CLICK[0], CLICK[1]]);
    }
    for &(at, micros) in clip.tempo.changes() {
        change(at, TEMPO, &micros.to_be_bytes()[1..]);
    }
    events
}

/// A lane's name, notes and messages.
fn lane_track(lane: &Lane) -> Events<'_> {
    let mut events = Events::default();
    events.named(&lane.name, &lane.messages);
    for note in &lane.notes {
        let (on, off) = (0x90 | lane.channel, 0x80 | lane.channel);
        events.0.push((note.start, Order::On, vec![on, note.pitch, note.velocity].into()));
        events.0.push((note.end(), Order::Off, vec![off, note.pitch, 0].into()));
    }
    events
}

impl<'a> Events<'a> {
    /// Adds messages, and a name at the start: as it came where a message says how, and empty where the next name event
    /// would be taken for it.
    fn named(&mut self, name: &str, messages: &'a [Message]) {
        let original = messages.iter().position(|message| is_name_of(name, message));
        if original.is_none() && (!name.is_empty() || messages.iter().any(is_name)) {
            let bytes = Event::Meta { kind: TRACK_NAME, data: name.as_bytes() }.bytes();
            self.0.push((Ticks::ZERO, Order::Name, Cow::Owned(bytes)));
        }
        for (place, message) in messages.iter().enumerate() {
            let order = if Some(place) == original { Order::Name } else { Order::Message };
            self.0.push((message.at, order, Cow::Borrowed(&message.bytes)));
        }
    }

    /// Appends the track's chunk, which ends at `end` or with the last event.
    fn write(mut self, end: Ticks, file: &mut Vec<u8>) {
        self.0.sort_by_key(|event| (event.0, event.1));
        let last = self.0.last().map_or(end, |event| event.0.max(end));
        self.0.push((last, Order::On, Cow::Owned(Event::Meta { kind: END_OF_TRACK, data: &[] }.bytes())));
        let mut content = Vec::new();
        let mut before = Ticks::ZERO;
        for (at, _, bytes) in self.0 {
            content.extend(number(usize::try_from((at - before).0).unwrap_or(0)));
            content.extend(&*bytes);
            before = at;
        }
        file.extend(b"MTrk");
        // The limits keep all of a file below this.
        file.extend(u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes());
        file.extend(content);
    }
}
