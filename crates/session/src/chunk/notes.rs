//! Notes as bytes: small, and one value to a reader however many there are.
//!
//! A note is: the distance of its start from the last note's (zigzag varint), pitch (byte), length (varint), velocity
//! (byte). A varint has seven bits a byte, the lowest first, the eighth bit set on all but the last.

use solferino_score::{Note, Ticks};

pub(super) fn pack(notes: &[Note]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(6 * notes.len());
    let mut last = 0i64;
    for note in notes {
        let distance = note.start.0.wrapping_sub(last);
        last = note.start.0;
        write_number((distance << 1 ^ distance >> 63).cast_unsigned(), &mut bytes);
        bytes.push(note.pitch);
        write_number(note.length.0.cast_unsigned(), &mut bytes);
        bytes.push(note.velocity);
    }
    bytes
}

/// The notes, unless the bytes are no whole number of notes.
pub(super) fn unpack(mut bytes: &[u8]) -> Option<Vec<Note>> {
    let mut notes = Vec::with_capacity(bytes.len() / 6);
    let mut last = 0i64;
    while !bytes.is_empty() {
        let distance = read_number(&mut bytes)?;
        last = last.wrapping_add((distance >> 1).cast_signed() ^ -(distance & 1).cast_signed());
        let pitch = read_byte(&mut bytes)?;
        let length = Ticks(read_number(&mut bytes)?.cast_signed());
        let velocity = read_byte(&mut bytes)?;
        notes.push(Note { start: Ticks(last), pitch, length, velocity });
    }
    Some(notes)
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
            prop_assert_eq!(unpack(&pack(&notes)), Some(notes));
        }

        #[test]
        fn any_bytes_are_notes_or_none(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Some(notes) = unpack(&bytes) {
                prop_assert_eq!(unpack(&pack(&notes)), Some(notes));
            }
        }
    }
}
