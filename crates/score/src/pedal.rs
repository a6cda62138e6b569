//! The sustain pedal: what a lane sounds like, which is not always what its keys do.

use crate::{Lane, LaneKind, Message, Note, Ticks};
use std::borrow::Cow;

const SUSTAIN_PEDAL: u8 = 64;
const ALL_SOUND_OFF: u8 = 120;
const RESET_CONTROLLERS: u8 = 121;

/// What a controller does to notes that the pedal holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pedal {
    Down,
    Up,
    /// Ends what is held and leaves the pedal where it is.
    Silence,
}

impl Pedal {
    fn of(message: &Message) -> Option<Self> {
        match *message.bytes {
            [0xb0..=0xbf, SUSTAIN_PEDAL, value] => Some(if value < 64 { Self::Up } else { Self::Down }),
            [0xb0..=0xbf, RESET_CONTROLLERS, _] => Some(Self::Up),
            [0xb0..=0xbf, ALL_SOUND_OFF, _] => Some(Self::Silence),
            _ => None,
        }
    }
}

impl Lane {
    /// The notes as the sustain pedal (controller 64) lets them sound: one that ends while it is down lasts until it goes
    /// up or the same pitch is struck again; where neither comes, to the lane's last event. Drums ignore the pedal. At
    /// one tick notes end first, then the pedal moves, then notes start.
    #[must_use]
    pub fn heard(&self) -> Cow<'_, [Note]> {
        let moves: Vec<(Ticks, Pedal)> =
            self.messages.iter().filter_map(|message| Some((message.at, Pedal::of(message)?))).collect();
        if self.kind == LaneKind::Drums || moves.iter().all(|(_, pedal)| *pedal != Pedal::Down) {
            return Cow::Borrowed(&self.notes);
        }
        let last_note = self.notes.iter().map(Note::end).max().unwrap_or_default();
        let last = self.messages.last().map_or(last_note, |message| message.at.max(last_note));
        // Where the pedal stands after each move, and the first move from there on that ends what is held.
        let mut down = vec![false];
        for (_, pedal) in &moves {
            let before = down.last() == Some(&true);
            down.push(*pedal == Pedal::Down || before && *pedal == Pedal::Silence);
        }
        let mut cut = vec![last; moves.len() + 1];
        for (place, (at, pedal)) in moves.iter().enumerate().rev() {
            cut[place] = if *pedal == Pedal::Down { cut[place + 1] } else { *at };
        }
        let mut starts: Vec<(u8, Ticks)> = self.notes.iter().map(|note| (note.pitch, note.start)).collect();
        starts.sort_unstable();
        let sounding = |note: &Note| {
            let end = note.end();
            let place = moves.partition_point(|(at, _)| *at < end);
            if !down[place] {
                return *note;
            }
            let again = starts.get(starts.partition_point(|start| *start < (note.pitch, end)));
            let again = again.filter(|(pitch, _)| *pitch == note.pitch).map_or(last, |start| start.1);
            Note { length: cut[place].min(again).max(end) - note.start, ..*note }
        };
        let mut notes: Vec<Note> = self.notes.iter().map(sounding).collect();
        notes.sort_unstable();
        Cow::Owned(notes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Start, pitch and length of notes, and position, controller and value of messages, to start and length.
    type Case<'a> = (&'a str, &'a [(i64, u8, i64)], &'a [(i64, u8, u8)], &'a [(i64, i64)]);

    fn lane(kind: LaneKind, notes: &[(i64, u8, i64)], moves: &[(i64, u8, u8)]) -> Lane {
        let note = |&(start, pitch, length): &(i64, u8, i64)| Note {
            start: Ticks(start),
            pitch,
            length: Ticks(length),
            velocity: 100,
        };
        let message = |&(at, controller, value): &(i64, u8, u8)| Message {
            at: Ticks(at),
            bytes: [0xb0, controller, value].into(),
        };
        let mut lane = Lane::new("", kind, 0, notes.iter().map(note).collect());
        lane.messages = moves.iter().map(message).collect();
        lane
    }

    #[test]
    fn the_pedal_holds_until_it_goes_up_or_the_note_is_struck_again() {
        let cases: [Case<'_>; 13] = [
            ("no pedal", &[(0, 60, 10)], &[(0, 7, 127)], &[(0, 10)]),
            ("held", &[(0, 60, 10)], &[(0, 64, 127), (50, 64, 0)], &[(0, 50)]),
            ("half a pedal is down from 64", &[(0, 60, 10)], &[(0, 64, 64), (50, 64, 63)], &[(0, 50)]),
            ("up before the key", &[(0, 60, 40)], &[(0, 64, 127), (20, 64, 0)], &[(0, 40)]),
            ("up with the key", &[(0, 60, 40)], &[(0, 64, 127), (40, 64, 0)], &[(0, 40)]),
            ("down with the key's end", &[(0, 60, 40)], &[(40, 64, 127), (80, 64, 0)], &[(0, 40)]),
            ("struck again", &[(0, 60, 10), (30, 60, 10)], &[(0, 64, 127), (50, 64, 0)], &[(0, 30), (30, 20)]),
            ("another pitch", &[(0, 60, 10), (30, 61, 10)], &[(0, 64, 127), (50, 64, 0)], &[(0, 50), (30, 20)]),
            ("struck before its end", &[(0, 60, 40), (30, 60, 40)], &[(0, 64, 127), (90, 64, 0)], &[(0, 90), (30, 60)]),
            (
                "changed",
                &[(0, 60, 10), (30, 60, 10)],
                &[(0, 64, 9), (5, 64, 99), (20, 64, 0), (20, 64, 99)],
                &[(0, 20), (30, 10)],
            ),
            ("reset", &[(0, 60, 10)], &[(0, 64, 127), (20, 121, 0), (50, 64, 0)], &[(0, 20)]),
            (
                "silence, pedal still down",
                &[(0, 60, 10), (30, 62, 10)],
                &[(0, 64, 127), (20, 120, 0), (50, 64, 0)],
                &[(0, 20), (30, 20)],
            ),
            ("never up", &[(0, 60, 10), (30, 62, 10)], &[(0, 64, 127)], &[(0, 40), (30, 10)]),
        ];
        for (name, notes, moves, expected) in cases {
            let heard = lane(LaneKind::Chords, notes, moves);
            let heard: Vec<_> = heard.heard().iter().map(|note| (note.start.0, note.length.0)).collect();
            assert_eq!(heard, expected, "{name}");
            let drums = lane(LaneKind::Drums, notes, moves);
            assert_eq!(*drums.heard(), *drums.notes, "{name}");
        }
    }
}
