//! Small pictures, drawn: no font need have them.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2};
use std::f32::consts::{PI, TAU};

/// A star with five points, filled or in outline.
pub fn star(painter: &Painter, centre: Pos2, radius: f32, color: Color32, filled: bool) {
    let point = |index: u8| {
        let angle = f32::from(index) * TAU / 10.0 - PI / 2.0;
        let reach = if index.is_multiple_of(2) { radius } else { radius * 0.45 };
        centre + Vec2::angled(angle) * reach
    };
    if filled {
        // The tessellator fills convex shapes only: five kites from the centre.
        for tip in [0_u8, 2, 4, 6, 8] {
            let kite = vec![centre, point((tip + 9) % 10), point(tip), point(tip + 1)];
            painter.add(Shape::convex_polygon(kite, color, Stroke::new(0.5, color)));
        }
    } else {
        painter.add(Shape::closed_line((0..10).map(point).collect(), Stroke::new(1.2, color)));
    }
}

/// A padlock, shut or open.
pub fn lock(painter: &Painter, centre: Pos2, color: Color32, shut: bool) {
    let body = Rect::from_center_size(centre + Vec2::new(0.0, 3.0), Vec2::new(11.0, 8.0));
    painter.rect_filled(body, 1.5, color);
    let lift = if shut { 0.0 } else { -2.5 };
    let arc = |step: u8| {
        let angle = PI + f32::from(step) / 8.0 * PI;
        centre + Vec2::new(0.0, -1.5 + lift) + Vec2::angled(angle) * 3.5
    };
    let mut shackle: Vec<Pos2> = (0..=8).map(arc).collect();
    shackle.insert(0, Pos2::new(centre.x - 3.5, body.top()));
    if shut {
        shackle.push(Pos2::new(centre.x + 3.5, body.top()));
    }
    painter.add(Shape::line(shackle, Stroke::new(1.6, color)));
}

/// A die showing five.
pub fn die(painter: &Painter, centre: Pos2, color: Color32) {
    let face = Rect::from_center_size(centre, Vec2::splat(14.0));
    painter.rect_stroke(face, 3.0, Stroke::new(1.3, color), StrokeKind::Inside);
    for (x, y) in [(-3.2, -3.2), (3.2, -3.2), (0.0, 0.0), (-3.2, 3.2), (3.2, 3.2)] {
        painter.circle_filled(centre + Vec2::new(x, y), 1.2, color);
    }
}

/// Dots that say: take hold here.
pub fn grip(painter: &Painter, centre: Pos2, color: Color32) {
    for row in [-4.0, 0.0, 4.0] {
        for column in [-2.0, 2.0] {
            painter.circle_filled(centre + Vec2::new(column, row), 1.2, color);
        }
    }
}

/// A triangle that points right: it plays.
pub fn play(painter: &Painter, rect: Rect, color: Color32) {
    let points = vec![rect.left_top(), rect.right_center(), rect.left_bottom()];
    painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
}

/// A triangle that points down: there is a menu.
pub fn down(painter: &Painter, centre: Pos2, color: Color32) {
    let points = [(-4.0, -2.0), (4.0, -2.0), (0.0, 3.0)].map(|(x, y)| centre + Vec2::new(x, y)).to_vec();
    painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
}

/// A gear.
pub fn gear(painter: &Painter, centre: Pos2, color: Color32) {
    painter.circle_stroke(centre, 4.2, Stroke::new(1.6, color));
    for tooth in 0..8_u8 {
        let out = Vec2::angled(f32::from(tooth) * TAU / 8.0);
        painter.line_segment([centre + out * 4.8, centre + out * 7.0], Stroke::new(2.0, color));
    }
}
