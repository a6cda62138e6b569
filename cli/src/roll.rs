//! Piano-roll pictures: pitched lanes as a roll, drum lanes as a grid, bars numbered, and the line from which on a clip
//! was continued.

mod canvas;

pub use canvas::{Canvas, Color, Rect};

use solferino_score::{Clip, LaneKind, Note, Ticks, drums, pitch_name};
use std::collections::BTreeSet;

/// One clip of a picture.
#[derive(Clone, Copy, Debug)]
pub struct Panel<'a> {
    /// Written above the roll.
    pub title: &'a str,
    /// What is drawn.
    pub clip: &'a Clip,
    /// Where new notes begin: they stand out, and a line marks the place.
    pub from: Option<Ticks>,
}

/// The widest picture, in pixels; longer clips are squeezed into it.
pub const WIDEST: usize = 8_000;

const NARROWEST: f32 = 960.0;
const GUTTER: f32 = 96.0;
const MARGIN: f32 = 16.0;
const TITLE: f32 = 34.0;
const RULER: f32 = 20.0;
const GAP: f32 = 10.0;
const BAR: f32 = 150.0;
const DRUM_ROW: f32 = 20.0;
const ROLL_HEIGHT: f32 = 210.0;
const MOST_BAR_LINES: usize = 20_000;

const BACKGROUND: Color = Color([0x14, 0x12, 0x18]);
const GROUND: Color = Color([0x22, 0x1f, 0x29]);
const BLACK_KEY: Color = Color([0x1a, 0x18, 0x20]);
const LINE: Color = Color([0xff, 0xff, 0xff]);
const INK: Color = Color([0xe8, 0xe4, 0xee]);
const FAINT: Color = Color([0x9a, 0x93, 0xa6]);
const GIVEN: Color = Color([0x6f, 0xb3, 0xff]);
const NEW: Color = Color([0xff, 0x4f, 0x9e]);

/// Draws the panels below one another on one time scale, all bars of one width.
#[must_use]
pub fn draw(panels: &[Panel<'_>]) -> Canvas {
    let longest = panels.iter().map(|panel| panel.clip.length.quarters()).fold(1.0, f64::max);
    let wanted = scale_down(longest / 4.0) * BAR;
    let width = (wanted + GUTTER + 2.0 * MARGIN).clamp(NARROWEST, WIDEST as f32);
    let pixels_per_tick = f64::from(width - GUTTER - 2.0 * MARGIN) / Ticks::from_quarters(longest).0 as f64;
    let rows: Vec<Rows> = panels.iter().map(|panel| Rows::of(panel.clip)).collect();
    let height: f32 = rows.iter().map(|rows| TITLE + RULER + rows.height() + GAP).sum::<f32>() + MARGIN;
    let mut canvas = Canvas::new(whole(width), whole(height.max(64.0)), BACKGROUND);
    let mut top = MARGIN / 2.0;
    for (panel, rows) in panels.iter().zip(&rows) {
        let time = TimeAxis { left: MARGIN + GUTTER, pixels_per_tick };
        draw_panel(&mut canvas, panel, rows, &time, top);
        top += TITLE + RULER + rows.height() + GAP;
    }
    canvas
}

struct TimeAxis {
    left: f32,
    pixels_per_tick: f64,
}

impl TimeAxis {
    fn x(&self, at: Ticks) -> f32 {
        self.left + scale_down(at.0 as f64 * self.pixels_per_tick)
    }
}

/// What a clip's pitched and drum notes need in height.
struct Rows {
    /// Lowest and highest pitch shown.
    pitches: Option<(u8, u8)>,
    /// The drum classes in use, highest first: cymbals above, kick below.
    drums: Vec<usize>,
}

impl Rows {
    fn of(clip: &Clip) -> Self {
        let pitched = || clip.notes().filter(|(lane, _)| lane.kind != LaneKind::Drums).map(|(_, note)| note.pitch);
        let pitches = pitched().min().zip(pitched().max()).map(|(low, high)| {
            // At least an octave and a half, so that a few notes do not look like a keyboard's whole range.
            let spare = 18u8.saturating_sub(high - low).div_ceil(2).max(2);
            (low.saturating_sub(spare), high.saturating_add(spare).min(127))
        });
        let classes: BTreeSet<usize> = clip
            .notes()
            .filter(|(lane, _)| lane.kind == LaneKind::Drums)
            .map(|(_, note)| drums::class_of(note.pitch))
            .collect();
        Self { pitches, drums: classes.into_iter().rev().collect() }
    }

    fn row_height(&self) -> f32 {
        self.pitches.map_or(0.0, |(low, high)| (ROLL_HEIGHT / (f32::from(high - low) + 1.0)).clamp(3.0, 10.0).floor())
    }

    fn roll_height(&self) -> f32 {
        self.pitches.map_or(0.0, |(low, high)| self.row_height() * (f32::from(high - low) + 1.0))
    }

    fn height(&self) -> f32 {
        let gap = if self.pitches.is_some() && !self.drums.is_empty() { GAP } else { 0.0 };
        (self.roll_height() + gap + DRUM_ROW * self.drums.len() as f32).max(DRUM_ROW)
    }

    fn drums_top(&self) -> f32 {
        if self.pitches.is_some() { self.roll_height() + GAP } else { 0.0 }
    }
}

fn draw_panel(canvas: &mut Canvas, panel: &Panel<'_>, rows: &Rows, time: &TimeAxis, top: f32) {
    let end = time.x(panel.clip.length);
    let after_title = canvas.text(MARGIN, top + TITLE / 2.0, 19.0, INK, panel.title);
    let facts = format!(
        "{} · {:.0} bpm · {} notes",
        meter_text(panel.clip),
        panel.clip.tempo.at(Ticks::ZERO).0,
        panel.clip.notes().count()
    );
    canvas.text(after_title + 16.0, top + TITLE / 2.0 + 1.0, 15.0, FAINT, &facts);
    let top = top + TITLE + RULER;
    if panel.clip.is_empty() {
        canvas.text(time.left, top + DRUM_ROW / 2.0, 15.0, FAINT, "no notes");
    }
    let areas = [(top, rows.roll_height()), (top + rows.drums_top(), DRUM_ROW * rows.drums.len() as f32)];
    for (y, height) in areas {
        canvas.fill(Rect { x: time.left, y, width: end - time.left, height }, GROUND, 1.0);
    }
    draw_keys(canvas, rows, time.left, end, top);
    draw_drum_names(canvas, rows, time.left, end, top + rows.drums_top());
    draw_bars(canvas, panel.clip, time, top, &areas);
    if let Some(from) = panel.from {
        for (y, height) in areas {
            canvas.fill(Rect { x: time.x(from), y, width: end - time.x(from), height }, NEW, 0.07);
        }
    }
    draw_notes(canvas, panel, rows, time, top);
    if let Some(from) = panel.from {
        let x = time.x(from);
        canvas.fill(Rect { x: x - 1.0, y: top - RULER, width: 2.0, height: rows.height() + RULER }, NEW, 1.0);
        let label = format!("{}  continued", bar_number(panel.clip, from));
        canvas.fill(Rect { x: x + 1.0, y: top - RULER, width: 110.0, height: RULER - 2.0 }, BACKGROUND, 1.0);
        canvas.text(x + 6.0, top - RULER / 2.0, 15.0, NEW, &label);
    }
}

fn draw_keys(canvas: &mut Canvas, rows: &Rows, left: f32, right: f32, top: f32) {
    let Some((low, high)) = rows.pitches else { return };
    let row = rows.row_height();
    for pitch in low..=high {
        let y = top + f32::from(high - pitch) * row;
        if matches!(pitch % 12, 1 | 3 | 6 | 8 | 10) {
            canvas.fill(Rect { x: left, y, width: right - left, height: row }, BLACK_KEY, 1.0);
        }
        if pitch % 12 == 0 {
            canvas.fill(Rect { x: left - 8.0, y: y + row - 1.0, width: right - left + 8.0, height: 1.0 }, LINE, 0.16);
            canvas.text(left - 40.0, y + row / 2.0, 15.0, FAINT, &pitch_name(pitch));
        }
    }
}

fn draw_drum_names(canvas: &mut Canvas, rows: &Rows, left: f32, right: f32, top: f32) {
    for (index, &class) in rows.drums.iter().enumerate() {
        let y = top + index as f32 * DRUM_ROW;
        if index % 2 == 1 {
            canvas.fill(Rect { x: left, y, width: right - left, height: DRUM_ROW }, BLACK_KEY, 1.0);
        }
        canvas.text(MARGIN, y + DRUM_ROW / 2.0, 15.0, FAINT, drums::CLASS_NAMES[class]);
    }
}

fn draw_bars(canvas: &mut Canvas, clip: &Clip, time: &TimeAxis, top: f32, areas: &[(f32, f32); 2]) {
    let mut number_ends = f32::MIN;
    let line = |canvas: &mut Canvas, x: f32, opacity: f32| {
        for &(y, height) in areas {
            canvas.fill(Rect { x: x - 0.5, y, width: 1.0, height }, LINE, opacity);
        }
    };
    for bar in clip.meters.bars(clip.length).take(MOST_BAR_LINES) {
        let x = time.x(bar.start);
        line(canvas, x, 0.34);
        if x >= number_ends {
            number_ends = canvas.text(x + 3.0, top - RULER / 2.0, 15.0, FAINT, &(bar.number + 1).to_string()) + 6.0;
        }
        let beat = bar.meter.bar().0 / i64::from(bar.meter.numerator());
        let bar_width = time.x(bar.start + bar.meter.bar()) - x;
        if bar_width / f32::from(bar.meter.numerator()) >= 8.0 {
            let beats = (1..i64::from(bar.meter.numerator())).map(|n| bar.start + Ticks(n * beat));
            for beat in beats.take_while(|&beat| beat < bar.end.min(clip.length)) {
                line(canvas, time.x(beat), 0.1);
            }
        }
    }
    line(canvas, time.x(clip.length), 0.34);
}

fn draw_notes(canvas: &mut Canvas, panel: &Panel<'_>, rows: &Rows, time: &TimeAxis, top: f32) {
    for (lane, note) in panel.clip.notes() {
        let color = if panel.from.is_some_and(|from| note.start >= from) { NEW } else { GIVEN };
        let opacity = 0.4 + 0.6 * f32::from(note.velocity.min(127)) / 127.0;
        if let Some(rect) = note_rect(lane.kind, note, rows, time, top) {
            canvas.fill(rect, color, opacity);
            // The onset, so that repeated notes do not run into one bar.
            canvas.fill(Rect { width: 2.0f32.min(rect.width), ..rect }, LINE, 0.55 * opacity);
        }
    }
}

fn note_rect(kind: LaneKind, note: &Note, rows: &Rows, time: &TimeAxis, top: f32) -> Option<Rect> {
    let x = time.x(note.start);
    if kind == LaneKind::Drums {
        let row = rows.drums.iter().position(|&class| class == drums::class_of(note.pitch))?;
        // Louder hits are taller; every hit is as wide as a thirty-second note, whatever its length says.
        let height = (DRUM_ROW - 4.0) * (0.35 + 0.65 * f32::from(note.velocity.min(127)) / 127.0);
        let y = top + rows.drums_top() + (row as f32 + 0.5) * DRUM_ROW - height / 2.0;
        let width = (time.x(note.start + Ticks::SIXTEENTH) - x) * 0.6;
        return Some(Rect { x, y, width: width.max(2.0), height });
    }
    let (_, high) = rows.pitches?;
    let row = rows.row_height();
    let y = top + f32::from(high.saturating_sub(note.pitch)) * row;
    let width = (time.x(note.end()) - x - 1.0).max(2.0);
    Some(Rect { x, y: y + 0.5, width, height: row - 1.0 })
}

fn bar_number(clip: &Clip, at: Ticks) -> usize {
    clip.meters.bars(at + Ticks(1)).count()
}

fn meter_text(clip: &Clip) -> String {
    let meter = clip.meters.at(Ticks::ZERO);
    format!("{}/{}", meter.numerator(), meter.denominator())
}

#[expect(clippy::cast_possible_truncation, reason = "a place in a picture needs no more")]
fn scale_down(value: f64) -> f32 {
    value as f32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and bounded by the layout")]
fn whole(value: f32) -> usize {
    value.ceil() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use solferino_score::{Lane, Meter, MeterMap};

    fn lane(kind: LaneKind, notes: &[(i64, u8, i64)]) -> Lane {
        let note = |&(start, pitch, length): &(i64, u8, i64)| Note {
            start: Ticks(start),
            pitch,
            length: Ticks(length),
            velocity: 100,
        };
        Lane::new("", kind, 0, notes.iter().map(note).collect())
    }

    fn clip(bars: i64, lanes: Vec<Lane>) -> Clip {
        Clip { length: Ticks(bars * 3840), lanes, ..Clip::default() }
    }

    fn count(canvas: &Canvas, color: Color) -> usize {
        let near = |pixel: Color| pixel.0.iter().zip(color.0).all(|(&a, b)| a.abs_diff(b) < 40);
        (0..canvas.height())
            .flat_map(|y| (0..canvas.width()).map(move |x| (x, y)))
            .filter(|&(x, y)| canvas.pixel(x, y).is_some_and(near))
            .count()
    }

    #[test]
    fn given_and_new_notes_have_their_own_colours() {
        let melody = clip(2, vec![lane(LaneKind::Melody, &[(0, 60, 960), (3840, 64, 1920)])]);
        let plain = draw(&[Panel { title: "t", clip: &melody, from: None }]);
        assert!(count(&plain, GIVEN) > 500);
        assert_eq!(count(&plain, NEW), 0);
        let continued = draw(&[Panel { title: "t", clip: &melody, from: Some(Ticks(3840)) }]);
        assert!(count(&continued, GIVEN) > 200);
        assert!(count(&continued, NEW) > 500);
    }

    #[test]
    fn every_clip_gets_a_picture() {
        let seven_eight = Meter::new(7, 8).unwrap();
        let all_pitches: Vec<(i64, u8, i64)> = (0..=127).map(|p| (i64::from(p) * 10, p, 9)).collect();
        let cases = [
            ("empty", Clip::default()),
            ("no notes", clip(4, vec![lane(LaneKind::Melody, &[])])),
            ("one tick", Clip { length: Ticks(1), ..clip(1, vec![lane(LaneKind::Melody, &[(0, 0, 1)])]) }),
            ("all pitches", clip(1, vec![lane(LaneKind::Chords, &all_pitches)])),
            ("all drums", clip(1, vec![lane(LaneKind::Drums, &all_pitches)])),
            ("beyond its length", clip(1, vec![lane(LaneKind::Melody, &[(38_400, 60, 99_999)])])),
            ("long", clip(10_000, vec![lane(LaneKind::Melody, &[(38_400, 60, 99_999)])])),
            ("odd meter", Clip { meters: MeterMap::constant(seven_eight), ..clip(7, vec![]) }),
        ];
        for (name, clip) in cases {
            let canvas = draw(&[Panel { title: name, clip: &clip, from: Some(Ticks(960)) }]);
            assert!(canvas.width() <= WIDEST && canvas.height() >= 64, "{name}");
            assert!(count(&canvas, INK) > 10, "{name}: no title");
        }
    }

    #[test]
    fn bars_count_from_one() {
        let clip = clip(3, vec![]);
        assert_eq!((0..4).map(|bar| bar_number(&clip, Ticks(bar * 3840))).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(bar_number(&clip, Ticks(7680)), 3);
    }
}
