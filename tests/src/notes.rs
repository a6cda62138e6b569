//! Notes that came out of a plug-in.

use solferino_score::Note;

/// A note-on or note-off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoteOut {
    /// The sample it stands at, counted over all blocks since activation.
    pub frame: u64,
    /// MIDI channel, 0 to 15.
    pub channel: u8,
    /// MIDI pitch.
    pub pitch: u8,
    /// MIDI velocity for a note-on; none for a note-off.
    pub velocity: Option<u8>,
}

/// A note that began and ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Played {
    /// The sample of its note-on.
    pub start: u64,
    /// The sample of its note-off.
    pub end: u64,
    /// MIDI channel.
    pub channel: u8,
    /// MIDI pitch.
    pub pitch: u8,
    /// MIDI velocity.
    pub velocity: u8,
}

/// The note-ons that no note-off of their channel and pitch follows before the next, and the note-offs that no note-on
/// precedes.
#[must_use]
pub fn unclosed(events: &[NoteOut]) -> Vec<NoteOut> {
    let mut open: Vec<NoteOut> = Vec::new();
    let mut wrong = Vec::new();
    for &event in events {
        let place = open.iter().position(|on| (on.channel, on.pitch) == (event.channel, event.pitch));
        match (event.velocity, place) {
            (Some(_), None) => open.push(event),
            (Some(_), Some(place)) => wrong.push(std::mem::replace(&mut open[place], event)),
            (None, Some(place)) => drop(open.swap_remove(place)),
            (None, None) => wrong.push(event),
        }
    }
    wrong.extend(open);
    wrong
}

/// The notes that began and ended, in order of their start.
#[must_use]
pub fn heard(events: &[NoteOut]) -> Vec<Played> {
    let end_of = |index: usize, on: &NoteOut| {
        let later = events[index + 1..].iter();
        later.clone().find(|off| off.velocity.is_none() && (off.channel, off.pitch) == (on.channel, on.pitch))
    };
    let mut notes: Vec<Played> = events
        .iter()
        .enumerate()
        .filter_map(|(index, on)| {
            let end = end_of(index, on)?.frame;
            Some(Played { start: on.frame, end, channel: on.channel, pitch: on.pitch, velocity: on.velocity? })
        })
        .collect();
    notes.sort_unstable();
    notes
}

impl Played {
    /// Whether it is a note of a clip that plays from `origin` at `samples_per_tick`, its start within a sample.
    #[must_use]
    pub fn is(&self, note: &Note, origin: f64, samples_per_tick: f64) -> bool {
        let expected = origin + note.start.0 as f64 * samples_per_tick;
        self.pitch == note.pitch && self.velocity == note.velocity && (self.start as f64 - expected).abs() <= 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(frame: u64, pitch: u8, velocity: Option<u8>) -> NoteOut {
        NoteOut { frame, channel: 0, pitch, velocity }
    }

    #[test]
    fn open_doubled_and_orphaned_notes_are_named() {
        let on = |frame, pitch| event(frame, pitch, Some(90));
        let off = |frame, pitch| event(frame, pitch, None);
        assert_eq!(unclosed(&[on(0, 60), off(5, 60), on(5, 60), off(9, 60)]), []);
        assert_eq!(unclosed(&[on(0, 60), on(1, 61), off(5, 61)]), [on(0, 60)]);
        assert_eq!(unclosed(&[on(0, 60), on(3, 60), off(5, 60)]), [on(0, 60)]);
        assert_eq!(unclosed(&[off(5, 60)]), [off(5, 60)]);
    }

    #[test]
    fn heard_notes_pair_each_on_with_its_off() {
        let events = [event(0, 60, Some(90)), event(4, 60, None), event(4, 60, Some(80)), event(8, 60, None)];
        let played = |start, end, velocity| Played { start, end, channel: 0, pitch: 60, velocity };
        assert_eq!(heard(&events), [played(0, 4, 90), played(4, 8, 80)]);
    }
}
