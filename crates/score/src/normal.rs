//! The normal form of a clip: what a MIDI file can hold and gives back.

use crate::limits::{CLIP_LENGTH, MESSAGE_BYTES, NAME_CHARS};
use crate::midi::is_message;
use crate::{Clip, Lane, Message, Note, Ticks};

/// The status of a program change, without its channel.
const PROGRAM: u8 = 0xc0;

/// Controllers that end every note: all sound off, all notes off.
pub(crate) const ALL_OFF: [u8; 2] = [120, 123];

/// A track name, as a message begins.
const NAME: [u8; 2] = [0xff, 0x03];

impl Clip {
    /// Brings every value into its range: pitches, velocities, programs and channels to what MIDI holds, notes to last a
    /// tick or more, in order. What lies before 0 or after [`CLIP_LENGTH`] is cut off, and so are messages that a file
    /// could not hold. Beyond [`MESSAGE_BYTES`] the longest messages are left out; gives how many.
    pub fn repair(&mut self) -> usize {
        self.length = self.length.clamp(Ticks::ZERO, CLIP_LENGTH);
        for lane in &mut self.lanes {
            lane.repair();
        }
        repair_messages(&mut self.messages);
        self.bound_messages()
    }

    /// Brings the clip to the form in which writing it to a MIDI file and reading it again gives the same clip, but for
    /// the kinds, which are [detected](Self::detect_kinds) then, and silence at the end, of which reading keeps less:
    /// [repaired](Self::repair), lanes without notes left out (their messages become the clip's), messages on their lane's
    /// channel, notes cut where all notes are switched off, plain names, whole bars. Where a note lies within another of the same pitch the two exchange their ends,
    /// as MIDI cannot tell which of two equal notes ends. A lane's program is said by a message where a file would give
    /// it another.
    pub fn normalize(&mut self) {
        self.repair();
        for lane in self.lanes.extract_if(.., |lane| lane.notes.is_empty()) {
            self.messages.extend(lane.messages.into_iter().filter(|message| !is_name(message)));
        }
        self.messages.sort_by_key(|message| message.at);
        self.name = plain_name(&self.name);
        settle_name(&self.name, &mut self.messages);
        for lane in &mut self.lanes {
            lane.name = plain_name(&lane.name);
            settle_name(&lane.name, &mut lane.messages);
            lane.end_notes();
            pair_ends(&mut lane.notes);
        }
        self.settle_programs();
        self.length = self.meters.bar_end(self.length.max(self.bars_end()));
    }

    /// When the last note ends; 0 without notes.
    #[must_use]
    pub fn end(&self) -> Ticks {
        self.notes().map(|(_, note)| note.end()).max().unwrap_or_default()
    }

    /// Gives each lane the program that a file with these messages does: the last of its own up to its first note; else the
    /// first that is set on its channel elsewhere before notes.
    pub(crate) fn find_programs(&mut self) {
        let mut first: [Option<u8>; 16] = [None; 16];
        let leading = self.lanes.iter().flat_map(|lane| &lane.messages[..lane.leading()]);
        for (channel, program) in self.messages.iter().chain(leading).filter_map(program_change) {
            first[usize::from(channel)].get_or_insert(program);
        }
        for lane in &mut self.lanes {
            let own = lane.messages[..lane.leading()].iter().rev().find_map(program_change);
            lane.program = own.map(|own| own.1).or(first[usize::from(lane.channel)]).unwrap_or(0);
        }
    }

    /// Gives a program change to each lane that would be read with another program, or that stands on a channel with one.
    fn settle_programs(&mut self) {
        let mut is_set = [false; 16];
        for message in self.messages.iter().chain(self.lanes.iter().flat_map(|lane| &lane.messages[..lane.leading()])) {
            if let Some((channel, _)) = program_change(message) {
                is_set[usize::from(channel)] = true;
            }
        }
        for lane in &self.lanes {
            is_set[usize::from(lane.channel)] |= lane.program > 0;
        }
        for lane in self.lanes.iter_mut().filter(|lane| is_set[usize::from(lane.channel)]) {
            let leading = lane.leading();
            match lane.messages[..leading].iter_mut().rev().find(|message| message.bytes[0] & 0xf0 == PROGRAM) {
                Some(message) => message.bytes[1] = lane.program,
                None => {
                    let bytes = [PROGRAM | lane.channel, lane.program].into();
                    lane.messages.insert(
                        usize::from(lane.messages.first().is_some_and(|first| is_name_of(&lane.name, first))),
                        Message { at: Ticks::ZERO, bytes },
                    );
                }
            }
        }
    }

    /// Leaves out the longest messages, of equals the last, until no more than [`MESSAGE_BYTES`] are left; gives how many.
    fn bound_messages(&mut self) -> usize {
        let mut lengths: Vec<usize> = self.all_messages().flat_map(|list| list.iter().map(|m| m.bytes.len())).collect();
        let mut total: usize = lengths.iter().sum();
        if total <= MESSAGE_BYTES {
            return 0;
        }
        lengths.sort_unstable();
        let longest = lengths.iter().rev().take_while(|length| {
            let is_over = total > MESSAGE_BYTES;
            total -= if is_over { **length } else { 0 };
            is_over
        });
        let count = longest.count();
        let kept = lengths.len() - count;
        let bar = lengths[kept];
        let mut equals = lengths[..kept].iter().filter(|length| **length == bar).count();
        for list in self.all_messages() {
            list.retain(|message| {
                let is_kept = message.bytes.len() < bar || message.bytes.len() == bar && equals > 0;
                equals -= usize::from(is_kept && message.bytes.len() == bar);
                is_kept
            });
        }
        count
    }

    fn all_messages(&mut self) -> impl Iterator<Item = &mut Vec<Message>> {
        [&mut self.messages].into_iter().chain(self.lanes.iter_mut().map(|lane| &mut lane.messages))
    }
}

impl Lane {
    fn repair(&mut self) {
        self.program = self.program.min(127);
        self.channel = self.channel.min(15);
        self.notes.retain(|note| note.start < CLIP_LENGTH && (note.start >= Ticks::ZERO || note.end() > Ticks::ZERO));
        for note in &mut self.notes {
            let end = note.end().min(CLIP_LENGTH);
            note.start = note.start.max(Ticks::ZERO);
            note.length = (end - note.start).max(Ticks(1));
            note.pitch = note.pitch.min(127);
            note.velocity = note.velocity.clamp(1, 127);
        }
        self.notes.sort_unstable();
        repair_messages(&mut self.messages);
        for message in self.messages.iter_mut().filter(|message| message.bytes[0] < 0xf0) {
            message.bytes[0] = message.bytes[0] & 0xf0 | self.channel;
        }
    }

    /// Ends the notes that a controller ends: all sound off, all notes off.
    fn end_notes(&mut self) {
        let is_end = |message: &&Message| matches!(*message.bytes, [0xb0..=0xbf, controller, _] if ALL_OFF.contains(&controller));
        let ends: Vec<Ticks> = self.messages.iter().filter(is_end).map(|message| message.at).collect();
        for note in &mut self.notes {
            if let Some(&end) = ends.get(ends.partition_point(|end| *end <= note.start)) {
                note.length = note.length.min(end - note.start);
            }
        }
    }

    fn first_onset(&self) -> Ticks {
        self.notes.first().map_or(Ticks(i64::MAX), |note| note.start)
    }

    /// How many messages come before the first note.
    fn leading(&self) -> usize {
        self.messages.partition_point(|message| message.at <= self.first_onset())
    }
}

/// The channel and the program of a program change.
fn program_change(message: &Message) -> Option<(u8, u8)> {
    match *message.bytes {
        [status @ 0xc0..=0xcf, program] => Some((status & 0x0f, program)),
        _ => None,
    }
}

/// Leaves out what is no message, brings the others into time and order.
fn repair_messages(messages: &mut Vec<Message>) {
    messages.retain(|message| is_message(&message.bytes));
    for message in &mut *messages {
        message.at = message.at.clamp(Ticks::ZERO, CLIP_LENGTH);
    }
    messages.sort_by_key(|message| message.at);
}

/// Whether a message is a name event.
pub(crate) fn is_name(message: &Message) -> bool {
    message.bytes.starts_with(&NAME)
}

/// Whether a message at the start is how a name stood in a file.
pub(crate) fn is_name_of(name: &str, message: &Message) -> bool {
    message.at == Ticks::ZERO && text_of(message).is_some_and(|text| plain_name(&decode(text)) == name)
}

/// The text of a name event.
fn text_of(message: &Message) -> Option<&[u8]> {
    let length_and_text = message.bytes.strip_prefix(&NAME)?;
    let length = length_and_text.iter().position(|byte| byte & 0x80 == 0)?;
    length_and_text.get(length + 1..)
}

/// Puts how a name stood in a file first, and leaves it out where that is what the name says.
fn settle_name(name: &str, messages: &mut Vec<Message>) {
    messages.retain(|message| !is_name_of(name, message) || text_of(message) != Some(name.as_bytes()));
    if let Some(place) = messages.iter().position(|message| is_name_of(name, message)) {
        messages[..=place].rotate_right(1);
    }
}

/// Text of a file: UTF-8, or Latin-1 where it is not.
pub(crate) fn decode(text: &[u8]) -> String {
    str::from_utf8(text).map_or_else(|_| text.iter().copied().map(char::from).collect(), str::to_owned)
}

/// Gives the first of the notes of one pitch the first of their ends, and so on. The notes must be in order.
fn pair_ends(notes: &mut [Note]) {
    notes.sort_by_key(|note| note.pitch);
    for group in notes.chunk_by_mut(|a, b| a.pitch == b.pitch) {
        let mut ends: Vec<Ticks> = group.iter().map(Note::end).collect();
        ends.sort_unstable();
        for (note, end) in group.iter_mut().zip(ends) {
            note.length = end - note.start;
        }
    }
    notes.sort_unstable();
}

/// A name without control characters and outer blanks, cut to [`NAME_CHARS`].
pub(crate) fn plain_name(name: &str) -> String {
    let plain: String = name.chars().filter(|c| !c.is_control()).collect();
    let cut: String = plain.trim().chars().take(NAME_CHARS).collect();
    cut.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LaneKind;

    fn clip(notes: &[(i64, u8, i64, u8)]) -> Clip {
        let note = |&(start, pitch, length, velocity): &(i64, u8, i64, u8)| Note {
            start: Ticks(start),
            pitch,
            length: Ticks(length),
            velocity,
        };
        let notes = notes.iter().map(note).collect();
        let lane = Lane::new("", LaneKind::Melody, 0, notes);
        Clip { lanes: vec![lane], ..Clip::default() }
    }

    #[test]
    fn notes_come_into_range_and_order() {
        let far = CLIP_LENGTH.0;
        let cases: [(&str, (i64, u8, i64, u8), Option<(i64, u8, i64, u8)>); 8] = [
            ("as it was", (10, 60, 20, 100), Some((10, 60, 20, 100))),
            ("starts before 0", (-10, 60, 20, 100), Some((0, 60, 10, 100))),
            ("ends before 0", (-10, 60, 10, 100), None),
            ("no length", (10, 60, 0, 100), Some((10, 60, 1, 100))),
            ("backwards", (10, 60, -20, 100), Some((10, 60, 1, 100))),
            ("pitch and velocity", (0, 200, 1, 255), Some((0, 127, 1, 127))),
            ("no velocity", (0, 0, 1, 0), Some((0, 0, 1, 1))),
            ("endless", (far - 5, 60, i64::MAX, 100), Some((far - 5, 60, 5, 100))),
        ];
        for (name, given, expected) in cases {
            let mut clip_of_one = clip(&[given]);
            clip_of_one.repair();
            assert_eq!(clip_of_one, clip(expected.as_slice()), "{name}");
        }
        let mut far_off = clip(&[(far, 60, 1, 1), (20, 60, 1, 1), (10, 62, 1, 1), (10, 60, 1, 1)]);
        far_off.repair();
        assert_eq!(far_off, clip(&[(10, 60, 1, 1), (10, 62, 1, 1), (20, 60, 1, 1)]));
    }

    #[test]
    fn a_note_within_another_exchanges_ends_with_it() {
        let cases: [(&str, &[(i64, u8, i64, u8)], &[(i64, u8, i64, u8)]); 4] = [
            ("within", &[(0, 60, 100, 1), (10, 60, 20, 2)], &[(0, 60, 30, 1), (10, 60, 90, 2)]),
            ("overlapping", &[(0, 60, 20, 1), (10, 60, 20, 2)], &[(0, 60, 20, 1), (10, 60, 20, 2)]),
            ("another pitch", &[(0, 60, 100, 1), (10, 61, 20, 2)], &[(0, 60, 100, 1), (10, 61, 20, 2)]),
            ("at once", &[(0, 60, 20, 1), (0, 60, 10, 2)], &[(0, 60, 10, 2), (0, 60, 20, 1)]),
        ];
        for (name, given, expected) in cases {
            let mut normal = clip(given);
            normal.normalize();
            assert_eq!(normal.lanes[0].notes, clip(expected).lanes[0].notes, "{name}");
        }
    }

    #[test]
    fn lanes_keep_their_kinds_and_channels() {
        for (kind, channel, normal_channel) in
            [(LaneKind::Drums, 3, 3), (LaneKind::Melody, 9, 9), (LaneKind::Chords, 3, 3), (LaneKind::Bass, 77, 15)]
        {
            let mut clip = clip(&[(0, 60, 100, 1)]);
            (clip.lanes[0].kind, clip.lanes[0].channel) = (kind, channel);
            clip.normalize();
            assert_eq!((clip.lanes[0].kind, clip.lanes[0].channel), (kind, normal_channel), "{kind:?} {channel}");
        }
    }

    #[test]
    fn names_are_plain() {
        let long = "ä".repeat(300);
        for (given, plain) in [(" Lead\0\n", "Lead"), ("a\tb", "ab"), ("", ""), (&long, &long[..2 * NAME_CHARS])] {
            assert_eq!(plain_name(given), plain);
        }
    }

    #[test]
    fn values_come_into_range() {
        let mut clip = clip(&[(9, 255, i64::MIN, 0)]);
        clip.length = Ticks(-5);
        (clip.lanes[0].program, clip.lanes[0].channel) = (255, 16);
        clip.repair();
        assert_eq!((clip.length, clip.lanes[0].program, clip.lanes[0].channel), (Ticks::ZERO, 127, 15));
        assert_eq!(clip.lanes[0].notes, [Note { start: Ticks(9), pitch: 127, length: Ticks(1), velocity: 1 }]);
    }
}
