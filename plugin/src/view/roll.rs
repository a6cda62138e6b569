//! The geometry of a piano roll or drum grid, apart from how it is drawn.

use solferino_score::{Bar, Clip, LaneKind, Ticks, drums, pitch_name};

/// The fewest pitches that a roll spans, so that two notes do not fill it.
const LEAST_PITCHES: u8 = 12;

/// The most bar and beat lines that are laid out; a longer clip gets its bars only, then every second, fourth, …
const MOST_LINES: usize = 256;

/// A note of the roll.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block {
    /// Quarters from the clip's start.
    pub start: f32,
    /// Quarters from the clip's start; later than `start`.
    pub end: f32,
    /// Counted from the top, 0 the first.
    pub row: usize,
    /// From 0 to 1.
    pub loudness: f32,
    /// Whether a tool made it.
    pub new: bool,
}

/// What a row stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// A pitch.
    Pitch(u8),
    /// A drum class.
    Drum(usize),
}

impl Row {
    /// What is written beside it: the Cs and every drum; nothing else.
    #[must_use]
    pub fn label(self) -> Option<String> {
        match self {
            Self::Pitch(pitch) if pitch.is_multiple_of(12) => Some(pitch_name(pitch)),
            Self::Pitch(_) => None,
            Self::Drum(class) => drums::CLASS_NAMES.get(class).map(|name| (*name).to_owned()),
        }
    }

    /// Whether it is drawn darker, as a black key is.
    #[must_use]
    pub fn dark(self) -> bool {
        match self {
            Self::Pitch(pitch) => matches!(pitch % 12, 1 | 3 | 6 | 8 | 10),
            Self::Drum(class) => class % 2 == 1,
        }
    }
}

/// A clip laid out: time goes right in quarters, rows go down.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Roll {
    /// The clip's length in quarters, more than 0.
    pub length: f32,
    /// From the top.
    pub rows: Vec<Row>,
    /// In order of start.
    pub blocks: Vec<Block>,
    /// Bar lines after the first, in quarters.
    pub bars: Vec<f32>,
    /// Beat lines between the bar lines, in quarters.
    pub beats: Vec<f32>,
    /// Where the new notes begin, in quarters.
    pub boundary: Option<f32>,
}

impl Roll {
    /// Lays a clip out; notes from `boundary` on are new.
    #[must_use]
    pub fn new(clip: &Clip, boundary: Option<Ticks>) -> Self {
        let rows = rows(clip);
        let mut blocks: Vec<Block> = clip
            .notes()
            .filter_map(|(lane, note)| {
                let row = if lane.kind == LaneKind::Drums {
                    Row::Drum(drums::class_of(note.pitch))
                } else {
                    Row::Pitch(note.pitch)
                };
                Some(Block {
                    start: quarters(note.start),
                    end: quarters(note.end().max(note.start + Ticks(1))),
                    row: rows.iter().position(|other| *other == row)?,
                    loudness: f32::from(note.velocity) / 127.0,
                    new: boundary.is_some_and(|boundary| note.start >= boundary),
                })
            })
            .collect();
        blocks.sort_by(|a, b| a.start.total_cmp(&b.start).then(a.row.cmp(&b.row)));
        let (bars, beats) = lines(clip);
        Self {
            length: quarters(clip.length.max(Ticks(1))),
            rows,
            blocks,
            bars,
            beats,
            boundary: boundary.map(quarters),
        }
    }

    /// Where a time lies between the left edge, 0, and the right, 1.
    #[must_use]
    pub fn x(&self, quarters: f32) -> f32 {
        (quarters / self.length).clamp(0.0, 1.0)
    }

    /// The upper and lower edge of a row between the top, 0, and the bottom, 1.
    #[must_use]
    pub fn y(&self, row: usize) -> (f32, f32) {
        let rows = count(self.rows.len().max(1));
        (count(row) / rows, count(row + 1) / rows)
    }

    /// Whether every row is a drum.
    #[must_use]
    pub fn is_grid(&self) -> bool {
        self.rows.iter().all(|row| matches!(row, Row::Drum(_)))
    }
}

#[expect(clippy::cast_precision_loss, reason = "rows are few")]
fn count(rows: usize) -> f32 {
    rows as f32
}

#[expect(clippy::cast_possible_truncation, reason = "what is drawn needs no more precision")]
fn quarters(ticks: Ticks) -> f32 {
    ticks.quarters() as f32
}

/// Pitches from high to low, then the drum classes with the kick at the bottom.
fn rows(clip: &Clip) -> Vec<Row> {
    let pitched = || clip.notes().filter(|(lane, _)| lane.kind != LaneKind::Drums).map(|(_, note)| note.pitch);
    let mut rows = Vec::new();
    if let (Some(low), Some(high)) = (pitched().min(), pitched().max()) {
        let missing = LEAST_PITCHES.saturating_sub(high - low + 1).max(2);
        let low = low.saturating_sub(missing / 2);
        let high = high.saturating_add(missing.div_ceil(2)).min(127);
        rows.extend((low..=high).rev().map(Row::Pitch));
    }
    if rows.is_empty() || clip.notes().any(|(lane, _)| lane.kind == LaneKind::Drums) {
        rows.extend((0..drums::CLASSES).rev().map(Row::Drum));
    }
    rows
}

/// Bar lines and beat lines, thinned out where a clip is long.
fn lines(clip: &Clip) -> (Vec<f32>, Vec<f32>) {
    let all: Vec<Bar> = clip.meters.bars(clip.length).take(MOST_LINES * MOST_LINES).collect();
    let every = all.len().div_ceil(MOST_LINES).max(1);
    let bars = all.iter().step_by(every).skip(1).map(|bar| quarters(bar.start)).collect();
    let mut beats = Vec::new();
    if every == 1 {
        for bar in &all {
            let beat = bar.meter.bar().0 / i64::from(bar.meter.numerator().max(1));
            let beat = if bar.meter.is_compound() { beat * 3 } else { beat }.max(1);
            let mut line = bar.start + Ticks(beat);
            while line < bar.end.min(clip.length) && beats.len() < MOST_LINES {
                beats.push(quarters(line));
                line += Ticks(beat);
            }
        }
    }
    (bars, beats)
}

#[cfg(test)]
mod tests {
    use super::*;
    use solferino_score::{Lane, Meter, MeterMap, Note};

    fn clip(kind: LaneKind, bars: i64, notes: &[(i64, u8)]) -> Clip {
        let notes = notes
            .iter()
            .map(|&(start, pitch)| Note { start: Ticks(start), pitch, length: Ticks(240), velocity: 127 })
            .collect();
        let lane = Lane::new("", kind, 0, notes);
        Clip { length: Ticks(bars * 3_840), lanes: vec![lane], ..Clip::default() }
    }

    #[test]
    fn blocks_stand_where_their_notes_do() {
        let roll = Roll::new(&clip(LaneKind::Melody, 2, &[(0, 60), (960, 72), (3_840, 61)]), Some(Ticks(3_840)));
        assert_eq!(roll.length, 8.0);
        assert_eq!(roll.boundary, Some(4.0));
        assert_eq!(roll.blocks.len(), 3);
        let rows: Vec<Row> = roll.blocks.iter().map(|block| roll.rows[block.row]).collect();
        assert_eq!(rows, [Row::Pitch(60), Row::Pitch(72), Row::Pitch(61)]);
        assert_eq!(roll.blocks.iter().map(|block| block.new).collect::<Vec<_>>(), [false, false, true]);
        assert!(roll.blocks[1].row < roll.blocks[0].row, "higher is nearer the top");
        assert_eq!((roll.x(0.0), roll.x(4.0), roll.x(99.0)), (0.0, 0.5, 1.0));
    }

    #[test]
    fn drums_are_a_grid_with_the_kick_at_the_bottom() {
        let roll = Roll::new(&clip(LaneKind::Drums, 1, &[(0, 36), (480, 42)]), None);
        assert!(roll.is_grid());
        assert_eq!(roll.rows.len(), drums::CLASSES);
        assert_eq!(roll.blocks[0].row, drums::CLASSES - 1);
        assert_eq!(roll.rows[roll.blocks[1].row].label().as_deref(), Some("closed hat"));
        assert_eq!(roll.y(drums::CLASSES - 1).1, 1.0);
    }

    #[test]
    fn lines_follow_the_meter() {
        let cases = [
            ("4/4", Meter::new(4, 4), vec![4.0], vec![1.0, 2.0, 3.0, 5.0, 6.0, 7.0]),
            ("3/4", Meter::new(3, 4), vec![3.0, 6.0], vec![1.0, 2.0, 4.0, 5.0, 7.0]),
            ("6/8", Meter::new(6, 8), vec![3.0, 6.0], vec![1.5, 4.5, 7.5]),
        ];
        for (name, meter, bars, beats) in cases {
            let mut clip = clip(LaneKind::Melody, 2, &[]);
            clip.meters = MeterMap::constant(meter.unwrap());
            let roll = Roll::new(&clip, None);
            assert_eq!((roll.bars, roll.beats), (bars, beats), "{name}");
        }
    }

    #[test]
    fn odd_clips_have_a_roll() {
        let cases = [
            ("nothing at all", Clip::default()),
            ("no length", clip(LaneKind::Melody, 0, &[(0, 60)])),
            ("the lowest note", clip(LaneKind::Melody, 1, &[(0, 0)])),
            ("the highest note", clip(LaneKind::Melody, 1, &[(0, 127)])),
            ("a very long clip", clip(LaneKind::Chords, 100_000, &[(0, 60)])),
        ];
        for (name, clip) in cases {
            let roll = Roll::new(&clip, None);
            assert!(roll.length > 0.0, "{name}");
            assert!(!roll.rows.is_empty(), "{name}");
            assert!(roll.bars.len() <= MOST_LINES && roll.beats.len() <= MOST_LINES, "{name}");
            assert_eq!(roll.blocks.len(), clip.notes().count(), "{name}");
        }
    }
}
