//! Notes and messages as bytes: small, and one value to a reader however many there are.
//!
//! A note is: the distance of its start from the last note's (zigzag varint), pitch (byte), length (varint), velocity
//! (byte). A message is: the distance from the last one (zigzag varint), how many bytes it has (varint), its bytes. A
//! varint has seven bits a byte, the lowest first, the eighth bit set on all but the last.

use solferino_score::{Message, Note, Ticks};

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

/// The notes, unless the bytes are no whole number of notes.
pub(super) fn unpack_notes(mut bytes: &[u8]) -> Option<Vec<Note>> {
    let mut notes = Vec::with_capacity(bytes.len() / 6);
    let mut last = 0i64;
    while !bytes.is_empty() {
        let start = read_distance(&mut last, &mut bytes)?;
        let pitch = read_byte(&mut bytes)?;
        let length = Ticks(read_number(&mut bytes)?.cast_signed());
        let velocity = read_byte(&mut bytes)?;
        notes.push(Note { start, pitch, length, velocity });
    }
    Some(notes)
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

/// The messages, unless the bytes are no whole number of messages.
pub(super) fn unpack_messages(mut bytes: &[u8]) -> Option<Vec<Message>> {
    let mut messages = Vec::new();
    let mut last = 0i64;
    while !bytes.is_empty() {
        let at = read_distance(&mut last, &mut bytes)?;
        let length = usize::try_from(read_number(&mut bytes)?).ok()?;
        let (own, rest) = bytes.split_at_checked(length)?;
        bytes = rest;
        messages.push(Message { at, bytes: own.into() });
    }
    Some(messages)
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
