//! A clip made ready to be played in a loop.

use crate::Voice;
use solferino_score::{Clip, LaneKind, Note, Ticks};

/// The clip's notes as one cyclic list of events, made off the audio thread and never changed.
///
/// Phase: a clip quarter is the song quarter modulo the clip's length, counted from quarter 0 of the song whatever the
/// meters and wherever playing began.
///
/// Notes that begin outside the clip are left out. A note that reaches past the clip's end sounds on into the next
/// cycle, for one clip length at most. Of several notes with the same channel, pitch and start the last to end stays.
#[derive(Debug)]
pub struct Loop {
    tag: u64,
    length: f64,
    events: Box<[Event]>,
}

/// The start or the end of one of the clip's notes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Event {
    /// Quarters from the clip's start, less than its length.
    pub at: f64,
    /// Which note; the same for its start and its end.
    pub note: u32,
    /// What it sounds on.
    pub voice: Voice,
    /// MIDI channel, 0 to 15.
    pub channel: u8,
    /// MIDI pitch, 0 to 127.
    pub pitch: u8,
    /// MIDI velocity of a start; `None` for an end.
    pub velocity: Option<u8>,
}

impl Loop {
    /// The length that a shorter clip counts as: a 64th note.
    pub const SHORTEST: Ticks = Ticks(60);

    /// Makes a clip ready. Allocates; call it on any thread but the audio thread.
    ///
    /// `tag` is the caller's name for it and comes back in [`crate::Playhead::tag`].
    #[must_use]
    pub fn new(tag: u64, clip: &Clip) -> Self {
        let length = clip.length.max(Self::SHORTEST);
        let mut notes: Vec<(Voice, u8, Note)> = Vec::new();
        for lane in &clip.lanes {
            let voice = if lane.kind == LaneKind::Drums { Voice::Kit } else { Voice::Keys };
            let heard = lane.heard();
            let inside = heard.iter().filter(|note| note.pitch < 128 && (0..length.0).contains(&note.start.0));
            notes.extend(inside.map(|note| (voice, lane.channel.min(15), *note)));
        }
        notes.sort_by_key(|&(_, channel, note)| (note.start, channel, note.pitch, std::cmp::Reverse(note.length)));
        notes.dedup_by_key(|&mut (_, channel, note)| (note.start, channel, note.pitch));
        // At one tick ends come before starts, so that a repeated note ends before it begins again.
        let mut events: Vec<(Ticks, bool, Event)> = Vec::with_capacity(2 * notes.len());
        for ((voice, channel, note), index) in notes.into_iter().zip(0_u32..) {
            let end = Ticks((note.start + note.length.clamp(Ticks(1), length)).0 % length.0);
            let (at, pitch) = (note.start.quarters(), note.pitch);
            let start = Event { at, note: index, voice, channel, pitch, velocity: Some(note.velocity.clamp(1, 127)) };
            events.push((note.start, true, start));
            events.push((end, false, Event { at: end.quarters(), velocity: None, ..start }));
        }
        events.sort_by_key(|&(at, begins, event)| (at, begins, event.channel, event.pitch, event.note));
        Self { tag, length: length.quarters(), events: events.into_iter().map(|(_, _, event)| event).collect() }
    }

    /// The caller's name for it.
    #[must_use]
    pub fn tag(&self) -> u64 {
        self.tag
    }

    /// The length in quarters.
    #[must_use]
    pub fn length(&self) -> f64 {
        self.length
    }

    /// Starts and ends in order of time, ends first.
    pub(crate) fn events(&self) -> &[Event] {
        &self.events
    }
}
