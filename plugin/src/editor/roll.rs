//! Draws a roll, large or as a thumbnail.

use super::theme;
use crate::view::roll::{Block, Roll};
use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Stroke};

/// The width of the row names at the left of a large roll.
const NAMES: f32 = 62.0;
/// The height of the bar numbers above it.
const RULER: f32 = 15.0;
/// The least distance of two lines.
const CLOSEST_LINES: f32 = 6.0;
/// The tallest that a drum hit is drawn.
const HIT: f32 = 20.0;

/// Draws a roll with its rows' names, lines and playhead (in quarters).
pub fn large(painter: &Painter, rect: Rect, roll: &Roll, playhead: Option<f32>) {
    let painter = painter.with_clip_rect(rect.intersect(painter.clip_rect()));
    let names = Rect::from_min_max(rect.min, Pos2::new(rect.left() + NAMES, rect.bottom()));
    let field = Rect::from_min_max(Pos2::new(names.right(), rect.top() + RULER), rect.max);
    ruler(&painter, field, roll);
    rows(&painter, names, field, roll);
    let room = field.width() / roll.length >= CLOSEST_LINES;
    let beats = if room { &roll.beats[..] } else { &[] };
    for (lines, color) in [(beats, theme::CARD), (&roll.bars[..], theme::LINE)] {
        let mut last = field.left();
        for x in lines.iter().map(|at| lerp(field, roll.x(*at))) {
            if x - last >= CLOSEST_LINES {
                painter.vline(x, field.y_range(), Stroke::new(1.0, color));
                last = x;
            }
        }
    }
    if let Some(boundary) = roll.boundary {
        let x = lerp(field, roll.x(boundary));
        let new = Rect::from_min_max(Pos2::new(x, field.top()), field.max);
        painter.rect_filled(new, 0.0, theme::SOLFERINO.gamma_multiply(0.06));
        painter.vline(x, field.y_range(), Stroke::new(1.5, theme::SOLFERINO));
    }
    blocks(&painter, field, roll, 2.0);
    if let Some(playhead) = playhead {
        painter.vline(lerp(field, roll.x(playhead)), field.y_range(), Stroke::new(1.5, theme::PLAYHEAD));
    }
}

/// Draws only the notes.
pub fn thumbnail(painter: &Painter, rect: Rect, roll: &Roll) {
    let painter = painter.with_clip_rect(rect.intersect(painter.clip_rect()));
    if let Some(boundary) = roll.boundary {
        let x = lerp(rect, roll.x(boundary));
        painter.vline(x, rect.y_range(), Stroke::new(1.0, theme::SOLFERINO.gamma_multiply(0.6)));
    }
    blocks(&painter, rect, roll, 1.0);
}

/// Numbers the bars as far as there is room.
fn ruler(painter: &Painter, field: Rect, roll: &Roll) {
    let mut free = field.left();
    for (number, at) in (1..).zip([0.0].iter().chain(&roll.bars)) {
        let x = lerp(field, roll.x(*at));
        if x >= free {
            let at = Pos2::new(x + 3.0, field.top() - 2.0);
            let number = painter.text(at, Align2::LEFT_BOTTOM, number, FontId::proportional(10.5), theme::WEAK);
            free = number.right() + 12.0;
        }
    }
}

fn rows(painter: &Painter, names: Rect, field: Rect, roll: &Roll) {
    painter.rect_filled(field, 0.0, theme::PANEL);
    for (index, row) in roll.rows.iter().enumerate() {
        let band = band(field, roll, index);
        if row.dark() {
            painter.rect_filled(band, 0.0, theme::GROUND.gamma_multiply(0.55));
        }
        if let Some(label) = row.label() {
            let at = Pos2::new(names.right() - 6.0, band.center().y);
            painter.text(at, Align2::RIGHT_CENTER, label, FontId::proportional(10.5), theme::WEAK);
            if !roll.is_grid() {
                painter.hline(field.x_range(), band.bottom(), Stroke::new(0.5, theme::CARD));
            }
        }
    }
}

fn blocks(painter: &Painter, field: Rect, roll: &Roll, least: f32) {
    let grid = roll.is_grid();
    for block in &roll.blocks {
        let band = band(field, roll, block.row);
        let left = lerp(field, roll.x(block.start));
        // A drum hit has no length to speak of: a sixteenth shows it well.
        let end = if grid { block.start + 0.22 } else { block.end };
        let right = lerp(field, roll.x(end)) - if least > 1.0 { 1.0 } else { 0.0 };
        let least_inset = (band.height() * 0.12).min(2.0);
        let inset = if grid { least_inset.max((band.height() - HIT) / 2.0) } else { least_inset };
        let shape = Rect::from_min_max(
            Pos2::new(left, band.top() + inset),
            Pos2::new(right.max(left + least), (band.bottom() - inset).max(band.top() + inset + 1.0)),
        );
        painter.rect_filled(shape, (band.height() * 0.2).min(2.5), color(block));
    }
}

/// Louder notes are brighter.
fn color(block: &Block) -> Color32 {
    let color = if block.new { theme::SOLFERINO } else { theme::GIVEN };
    color.gamma_multiply(0.45 + 0.55 * block.loudness.clamp(0.0, 1.0))
}

fn band(field: Rect, roll: &Roll, row: usize) -> Rect {
    let (top, bottom) = roll.y(row);
    Rect::from_min_max(
        Pos2::new(field.left(), egui::lerp(field.y_range(), top)),
        Pos2::new(field.right(), egui::lerp(field.y_range(), bottom)),
    )
}

fn lerp(field: Rect, x: f32) -> f32 {
    egui::lerp(field.x_range(), x)
}
