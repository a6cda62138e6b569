//! From a file's own ticks to ours.

use super::MidiError;
use crate::{PPQ, TempoMap, Ticks};

/// What a tick of the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Division {
    /// So many a quarter note.
    Quarter(u32),
    /// So many in so many seconds.
    Seconds { ticks: u32, seconds: u32 },
}

impl Division {
    /// Reads the header's field.
    pub(super) fn new(field: u16) -> Result<Self, MidiError> {
        let [frames, subframes] = field.to_be_bytes();
        if frames & 0x80 == 0 {
            return if field == 0 { Err(MidiError::Division(field)) } else { Ok(Self::Quarter(field.into())) };
        }
        // Frames a second are stored negated; 29 stands for the 30 / 1.001 of NTSC.
        let (frames, seconds) = match frames.wrapping_neg() {
            29 => (30_000, 1_001),
            frames @ (24 | 25 | 30) => (u32::from(frames), 1),
            _ => return Err(MidiError::Division(field)),
        };
        if subframes == 0 {
            return Err(MidiError::Division(field));
        }
        Ok(Self::Seconds { ticks: frames * u32::from(subframes), seconds })
    }
}

/// Turns positions in a file's ticks into ours.
pub(super) struct Clock {
    /// In order: from this position in the file, which is that position of ours, a file tick lasts `numerator /
    /// denominator` of our ticks.
    segments: Vec<Segment>,
}

#[derive(Clone, Copy)]
struct Segment {
    from: i64,
    at: Ticks,
    numerator: i128,
    denominator: i128,
}

impl Segment {
    fn ticks(&self, position: i64) -> Ticks {
        let ticks = i128::from(position - self.from) * self.numerator;
        let rounded = (2 * ticks + self.denominator).div_euclid(2 * self.denominator);
        self.at + Ticks(i64::try_from(rounded).unwrap_or(i64::MAX))
    }
}

impl Clock {
    /// A clock that starts at `origin`. `tempo` are the changes, in any order: position in the file, microseconds a
    /// quarter note. They matter only for files that count in seconds.
    pub(super) fn new(division: Division, tempo: &[(i64, u32)], origin: Ticks) -> Self {
        let (ticks, seconds) = match division {
            Division::Quarter(ticks) => {
                let denominator = ticks.into();
                let segment = Segment { from: 0, at: origin, numerator: PPQ.into(), denominator };
                return Self { segments: vec![segment] };
            }
            Division::Seconds { ticks, seconds } => (ticks, seconds),
        };
        let segment = |from, at, micros: u32| Segment {
            from,
            at,
            numerator: i128::from(seconds) * 1_000_000 * i128::from(PPQ),
            denominator: i128::from(ticks) * i128::from(micros.max(1)),
        };
        let mut changes: Vec<_> = tempo.iter().map(|&(at, micros)| (at.max(0), micros)).collect();
        changes.sort_by_key(|change| change.0);
        let mut last = segment(0, origin, TempoMap::DEFAULT_MICROS);
        let mut segments = Vec::with_capacity(changes.len() + 1);
        for (position, micros) in changes {
            segments.push(last);
            last = segment(position, last.ticks(position), micros);
        }
        segments.push(last);
        Self { segments }
    }

    /// The nearest tick to a position, which may lie before the start.
    pub(super) fn ticks(&self, position: i64) -> Ticks {
        let after = self.segments.partition_point(|segment| segment.from <= position);
        self.segments[after.saturating_sub(1)].ticks(position)
    }
}
