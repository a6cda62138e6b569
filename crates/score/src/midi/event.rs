//! One event of a track, and how far bytes read as events.

use crate::Meter;

/// An event as it stands in a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event<'a> {
    /// A channel message; the second data byte is 0 where there is one only.
    Channel { status: u8, data: [u8; 2] },
    /// A meta event.
    Meta { kind: u8, data: &'a [u8] },
    /// System exclusive (F0) or an escape (F7).
    Exclusive { status: u8, data: &'a [u8] },
    /// A realtime or system common byte, which has no place in a file; what belongs to it is not read.
    System { status: u8 },
}

/// Kinds of meta events.
pub(crate) const TRACK_NAME: u8 = 0x03;
pub(super) const END_OF_TRACK: u8 = 0x2f;
pub(super) const TEMPO: u8 = 0x51;
pub(super) const METER: u8 = 0x58;

/// The most realtime bytes that may stand between the data of a message.
const REALTIME: usize = 16;

/// Delta times of 28 bits from here on are negative: a million ticks at most. As a wait it would be longer than any clip.
const NEARLY: u64 = (1 << 28) - (1 << 20);

/// So many events that read well are no chance.
const RUN: usize = 8;

impl<'a> Event<'a> {
    /// The event at the start of bytes (after its delta time), the status that runs on, and what follows.
    pub(super) fn parse(bytes: &'a [u8], running: Option<u8>) -> Option<(Self, Option<u8>, &'a [u8])> {
        let (&first, after) = bytes.split_first()?;
        match first {
            0x00..=0x7f => channel(running?, bytes),
            0x80..=0xef => channel(first, after),
            0xf0 | 0xf7 => {
                let (data, after) = counted(after)?;
                Some((Self::Exclusive { status: first, data }, running, after))
            }
            0xff => {
                let (&kind, after) = after.split_first().filter(|(kind, _)| **kind < 0x80)?;
                // A chunk a byte too short cuts off the length of the last event.
                let (data, after) =
                    if kind == END_OF_TRACK && after.is_empty() { (after, after) } else { counted(after)? };
                Some((Self::Meta { kind, data }, running, after))
            }
            _ => Some((Self::System { status: first }, running, after)),
        }
    }

    /// The bytes of the event, status first.
    pub(crate) fn bytes(self) -> Vec<u8> {
        match self {
            Self::Channel { status: status @ 0xc0..=0xdf, data } => vec![status, data[0]],
            Self::Channel { status, data } => vec![status, data[0], data[1]],
            Self::Meta { kind, data } => [&[0xff, kind], &*number(data.len()), data].concat(),
            Self::Exclusive { status, data } => [&[status], &*number(data.len()), data].concat(),
            Self::System { status } => vec![status],
        }
    }

    /// Whether a clip keeps the event as a message: it is neither a note nor anything else that a clip has a place for.
    pub(super) fn is_message(self) -> bool {
        match self {
            Self::Channel { status, .. } => status >= 0xa0,
            Self::Meta { kind: END_OF_TRACK, .. } | Self::System { .. } => false,
            Self::Meta { .. } => self.tempo().is_none() && self.meter().is_none(),
            Self::Exclusive { .. } => true,
        }
    }

    /// Microseconds a quarter note. A tempo of 0 has no meaning.
    pub(super) fn tempo(self) -> Option<u32> {
        match self {
            Self::Meta { kind: TEMPO, data: &[high, middle, low] } => {
                Some(u32::from_be_bytes([0, high, middle, low])).filter(|micros| *micros > 0)
            }
            _ => None,
        }
    }

    /// The meter of a time signature that makes sense.
    pub(super) fn meter(self) -> Option<Meter> {
        match self {
            Self::Meta { kind: METER, data: &[beats, power, ..] } => Meter::new(beats, 1u8.checked_shl(power.into())?),
            _ => None,
        }
    }
}

/// Whether bytes are one event that a clip keeps as a message, exactly as it would be read.
pub(crate) fn is_message(bytes: &[u8]) -> bool {
    Event::parse(bytes, None).is_some_and(|(event, _, _)| event.is_message() && event.bytes() == bytes)
}

/// A channel message of a status. Realtime bytes may stand between its data.
fn channel(status: u8, bytes: &[u8]) -> Option<(Event<'_>, Option<u8>, &[u8])> {
    let mut data = [0; 2];
    let mut rest = bytes;
    let wanted = if (0xc0..=0xdf).contains(&status) { 1 } else { 2 };
    for place in &mut data[..wanted] {
        let skipped = rest.iter().take(REALTIME).take_while(|byte| (0xf8..=0xfe).contains(*byte)).count();
        let (&byte, after) = rest[skipped..].split_first()?;
        (*place, rest) = ((byte < 0x80).then_some(byte)?, after);
    }
    Some((Event::Channel { status, data }, Some(status), rest))
}

/// The delta time at the start of bytes, in the file's ticks, and what follows. More than four bytes are a negative number
/// of 32 or 64 bits, as some programs write it; four that are nearly as large as four can be are one of 28 bits.
pub(super) fn delta(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let length = bytes.iter().take(10).position(|byte| byte & 0x80 == 0)? + 1;
    let (number, rest) = bytes.split_at(length);
    let value = number.iter().fold(0u64, |value, byte| value << 7 | u64::from(byte & 0x7f));
    let value = match length {
        4 if value >= NEARLY => value.cast_signed() - (1 << 28),
        ..5 => value.cast_signed(),
        10 => value.cast_signed(),
        _ => u32::try_from(value).ok()?.cast_signed().into(),
    };
    (value.unsigned_abs() < 1 << 32).then_some((value, rest))
}

/// A number as files write it, seven bits a byte.
pub(super) fn number(value: usize) -> Vec<u8> {
    let groups = (1..10).take_while(|group| value >> (7 * group) > 0).count();
    let byte = |group: usize| u8::try_from(value >> (7 * group) & 0x7f).unwrap_or(0) | if group > 0 { 0x80 } else { 0 };
    (0..=groups).rev().map(byte).collect()
}

/// Bytes with their length before them.
fn counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = bytes.iter().take(4).position(|byte| byte & 0x80 == 0)? + 1;
    let (number, rest) = bytes.split_at(length);
    rest.split_at_checked(number.iter().fold(0, |value, byte| value << 7 | usize::from(byte & 0x7f)))
}

/// How well bytes read as events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sense {
    /// How many of the next [`RUN`] events read well; all of them where the track ends before.
    pub events: usize,
    /// The time they take, negated.
    haste: i64,
}

impl Sense {
    /// Of events at the start of bytes, each after its delta time, the first without one unless it is `timed`.
    pub(super) fn of(mut bytes: &[u8], mut running: Option<u8>, timed: bool) -> Self {
        let mut sense = Self { events: 0, haste: 0 };
        while sense.events < RUN {
            let is_timed = timed || sense.events > 0;
            let Some((time, after)) = (if is_timed { delta(bytes) } else { Some((0, bytes)) }) else { break };
            let Some((event, status, rest)) = Event::parse(after, running) else { break };
            (bytes, running) = (rest, status);
            sense.haste -= time.abs();
            sense.events += 1;
            if matches!(event, Event::Meta { kind: END_OF_TRACK, .. }) {
                sense.events = RUN;
            }
        }
        sense
    }

    /// Whether this can be no chance.
    pub(super) fn is_sure(self) -> bool {
        self.events >= RUN / 2
    }
}

/// How many bytes of data belong to a system byte.
pub(super) fn system_data(status: u8) -> usize {
    match status {
        0xf1 | 0xf3 => 1,
        0xf2 => 2,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn delta_times() {
        let cases: [(&[u8], Option<i64>); 13] = [
            (&[0], Some(0)),
            (&[0x81, 0], Some(128)),
            (&[0x80, 0x05], Some(5)),
            (&[0xff, 0x80, 0x80, 0x7f], Some(0xfe0_007f)),
            (&[0xff, 0xff, 0xff, 0], Some(-128)),
            (&[0x8f, 0xff, 0xff, 0xff, 0], Some(-128)),
            (&[0x8f, 0xff, 0xff, 0xff, 0x7f], Some(-1)),
            (&[0x8f, 0xff, 0xff, 0x87, 0x68], Some(-0x3c18)),
            (&[0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0], Some(-128)),
            (&[0x80, 0x80, 0x80, 0x80, 0x05], Some(5)),
            (&[0x9f, 0xff, 0xff, 0xff, 0], None),
            (&[0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0], None),
            (&[0x81], None),
        ];
        for (bytes, time) in cases {
            assert_eq!(delta(bytes).map(|delta| delta.0), time, "{bytes:x?}");
        }
    }

    #[test]
    fn messages_are_whole_and_no_notes() {
        let cases: [(&[u8], bool); 16] = [
            (&[0xb0, 64, 127], true),
            (&[0xc0, 5], true),
            (&[0xe0, 0, 64], true),
            (&[0xff, 1, 2, b'h', b'i'], true),
            (&[0xff, 0x51, 1, 9], true),
            (&[0xf0, 2, 0x7e, 0xf7], true),
            (&[0xf7, 1, 0xf8], true),
            (&[0x90, 60, 100], false),
            (&[0xff, 0x51, 3, 1, 2, 3], false),
            (&[0xff, 0x58, 4, 3, 2, 24, 8], false),
            (&[0xff, 0x2f, 0], false),
            (&[0xff, 1, 0x80, 0], false),
            (&[0xb0, 64], false),
            (&[0xb0, 64, 127, 0], false),
            (&[0xf8], false),
            (&[], false),
        ];
        for (bytes, expected) in cases {
            assert_eq!(is_message(bytes), expected, "{bytes:x?}");
        }
    }

    proptest! {
        #[test]
        fn numbers_read_back(value in 0usize..0xff0_0000) {
            let bytes = number(value);
            prop_assert_eq!(delta(&bytes), Some((i64::try_from(value).unwrap_or(-1), &[][..])));
        }
    }
}
