//! Notes and messages as bytes: small, and one value to a reader however many there are.
//!
//! A note is: the distance of its start from the last note's (zigzag varint), pitch (byte), length (varint), velocity
//! (byte). A message is: the distance from the last one (zigzag varint), how many bytes it has (varint), its bytes. A
//! varint has seven bits a byte, the lowest first, the eighth bit set on all but the last.

use super::damaged;
use super::fields::Decoded;
use crate::SessionError;
use crate::limits::TAKES_SIZE;
use solferino_score::{Message, Note, Ticks};

/// How many notes and messages of one clip may still be unpacked: the shortest have four bytes and two, so that what is
/// unpacked could take many times the room of the bytes.
pub(super) struct Room(usize);

impl Room {
    pub fn of_a_clip() -> Self {
        Self(TAKES_SIZE)
    }

    /// Unpacks a list, one item after the other.
    fn unpack<T>(
        &mut self,
        mut bytes: &[u8],
        mut item: impl FnMut(&mut i64, &mut &[u8]) -> Option<T>,
    ) -> Decoded<Vec<T>> {
        let mut items = Vec::new();
        let mut last = 0i64;
        while !bytes.is_empty() {
            let too_many = SessionError::StateTooLarge { limit: TAKES_SIZE, unit: "notes and messages in a clip" };
            self.0 = self.0.checked_sub(1).ok_or(too_many)?;
            items.push(item(&mut last, &mut bytes).ok_or_else(|| damaged("packed bytes break off"))?);
        }
        Ok(items)
    }
}

pub(super) fn notes(notes: &[Note]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(6 * notes.len());
    let mut last = 0i64;
    for note in notes {
        write_distance(note.start.0, &mut last, &mut bytes);
        bytes.push(note.pitch);
        write_number(note.length.0.cast_unsigned(), &mut bytes);
        bytes.push(note.velocity);
    }
    bytes
}

/// The notes, unless the bytes are no whole number of notes or too many.
pub(super) fn unpack_notes(bytes: &[u8], room: &mut Room) -> Decoded<Vec<Note>> {
    room.unpack(bytes, |last, bytes| {
        let start = read_distance(last, bytes)?;
        let pitch = read_byte(bytes)?;
        let length = Ticks(read_number(bytes)?.cast_signed());
        Some(Note { start, pitch, length, velocity: read_byte(bytes)? })
    })
}

pub(super) fn messages(messages: &[Message]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut last = 0i64;
    for message in messages {
        write_distance(message.at.0, &mut last, &mut bytes);
        write_number(message.bytes.len() as u64, &mut bytes);
        bytes.extend_from_slice(&message.bytes);
    }
    bytes
}

/// The messages, unless the bytes are no whole number of messages or too many.
pub(super) fn unpack_messages(bytes: &[u8], room: &mut Room) -> Decoded<Vec<Message>> {
    room.unpack(bytes, |last, bytes| {
        let at = read_distance(last, bytes)?;
        let length = usize::try_from(read_number(bytes)?).ok()?;
        let (own, rest) = bytes.split_at_checked(length)?;
        *bytes = rest;
        Some(Message { at, bytes: own.into() })
    })
}

fn write_distance(at: i64, last: &mut i64, bytes: &mut Vec<u8>) {
    let distance = at.wrapping_sub(*last);
    *last = at;
    write_number((distance << 1 ^ distance >> 63).cast_unsigned(), bytes);
}

fn read_distance(last: &mut i64, bytes: &mut &[u8]) -> Option<Ticks> {
    let distance = read_number(bytes)?;
    *last = last.wrapping_add((distance >> 1).cast_signed() ^ -(distance & 1).cast_signed());
    Some(Ticks(*last))
}

#[expect(clippy::cast_possible_truncation, reason = "seven bits fit a byte")]
fn write_number(mut number: u64, bytes: &mut Vec<u8>) {
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn read_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = read_byte(bytes)?;
        let bits = u64::from(byte & 0x7f);
        if bits << shift >> shift != bits {
            return None;
        }
        number |= bits << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn read_byte(bytes: &mut &[u8]) -> Option<u8> {
    let (&byte, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unpack_notes(bytes: &[u8]) -> Option<Vec<Note>> {
        super::unpack_notes(bytes, &mut Room::of_a_clip()).ok()
    }

    fn unpack_messages(bytes: &[u8]) -> Option<Vec<Message>> {
        super::unpack_messages(bytes, &mut Room::of_a_clip()).ok()
    }

    proptest! {
        #[test]
        fn unpacking_undoes_packing(
            notes in prop::collection::vec((any::<i64>(), any::<u8>(), any::<i64>(), any::<u8>()), 0..50)
        ) {
            let notes: Vec<Note> = notes
                .into_iter()
                .map(|(start, pitch, length, velocity)| Note { start: Ticks(start), pitch, length: Ticks(length), velocity })
                .collect();
            prop_assert_eq!(unpack_notes(&super::notes(&notes)), Some(notes));
        }

        #[test]
        fn unpacking_undoes_packing_of_messages(
            messages in prop::collection::vec((any::<i64>(), prop::collection::vec(any::<u8>(), 0..200)), 0..20)
        ) {
            let messages: Vec<Message> =
                messages.into_iter().map(|(at, bytes)| Message { at: Ticks(at), bytes: bytes.into() }).collect();
            prop_assert_eq!(unpack_messages(&super::messages(&messages)), Some(messages));
        }

        #[test]
        fn any_bytes_are_notes_or_none(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Some(messages) = unpack_messages(&bytes) {
                prop_assert_eq!(unpack_messages(&super::messages(&messages)), Some(messages));
            }
            if let Some(notes) = unpack_notes(&bytes) {
                prop_assert_eq!(unpack_notes(&super::notes(&notes)), Some(notes));
            }
        }
    }
}
