//! Counts the values of MessagePack bytes before anything is set aside for them.

use super::{damaged, too_many_values};
use crate::SessionError;
use crate::limits::STATE_VALUES;

/// Whether the bytes are one whole value with at most [`STATE_VALUES`] values in it.
pub(super) fn check(bytes: &[u8]) -> Result<(), SessionError> {
    let mut reader = Reader(bytes);
    // Values still to come; maps and arrays add what they hold.
    let mut pending = 1usize;
    let mut seen = 0usize;
    while pending > 0 {
        pending -= 1;
        seen += 1;
        let (inside, skip) = reader.head().ok_or_else(|| damaged("it breaks off"))?;
        reader.skip(skip).ok_or_else(|| damaged("it breaks off"))?;
        pending = pending.saturating_add(inside);
        if seen.saturating_add(pending) > STATE_VALUES {
            return Err(too_many_values());
        }
    }
    if reader.0.is_empty() { Ok(()) } else { Err(damaged("something follows its end")) }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    /// Reads a value's head: how many values are inside, and how many bytes of its own follow (the MessagePack
    /// specification's table of formats).
    fn head(&mut self) -> Option<(usize, usize)> {
        let marker = self.number(1)?;
        Some(match marker {
            0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => (0, 0),
            0x80..=0x8f => (2 * (marker & 0x0f), 0),
            0x90..=0x9f => (marker & 0x0f, 0),
            0xa0..=0xbf => (0, marker & 0x1f),
            0xc4 | 0xd9 => (0, self.number(1)?),
            0xc5 | 0xda => (0, self.number(2)?),
            0xc6 | 0xdb => (0, self.number(4)?),
            0xc7 => (0, self.number(1)?.saturating_add(1)),
            0xc8 => (0, self.number(2)?.saturating_add(1)),
            0xc9 => (0, self.number(4)?.saturating_add(1)),
            0xcc | 0xd0 => (0, 1),
            0xcd | 0xd1 => (0, 2),
            0xca | 0xce | 0xd2 => (0, 4),
            0xcb | 0xcf | 0xd3 => (0, 8),
            0xd4 => (0, 2),
            0xd5 => (0, 3),
            0xd6 => (0, 5),
            0xd7 => (0, 9),
            0xd8 => (0, 17),
            0xdc => (self.number(2)?, 0),
            0xdd => (self.number(4)?, 0),
            0xde => (self.number(2)?.saturating_mul(2), 0),
            0xdf => (self.number(4)?.saturating_mul(2), 0),
            _ => return None,
        })
    }

    /// A big-endian number of 1, 2 or 4 bytes.
    fn number(&mut self, bytes: usize) -> Option<usize> {
        let (head, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(head.iter().fold(0, |number, &byte| number << 8 | usize::from(byte)))
    }

    fn skip(&mut self, bytes: usize) -> Option<()> {
        self.0 = self.0.get(bytes..)?;
        Some(())
    }
}
