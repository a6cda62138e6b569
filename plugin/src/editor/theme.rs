//! Colours and measures.

use egui::{
    Color32, CornerRadius, FontId, Painter, Rect, Response, Stroke, StrokeKind, Style, TextStyle, Vec2, Visuals,
};

/// Behind everything.
pub const GROUND: Color32 = Color32::from_rgb(0x14, 0x12, 0x18);
/// Panels.
pub const PANEL: Color32 = Color32::from_rgb(0x1d, 0x1a, 0x23);
/// Cards and fields on panels.
pub const CARD: Color32 = Color32::from_rgb(0x27, 0x23, 0x2f);
/// The same under the pointer.
pub const CARD_HOVERED: Color32 = Color32::from_rgb(0x31, 0x2c, 0x3b);
/// Lines between things.
pub const LINE: Color32 = Color32::from_rgb(0x38, 0x33, 0x43);
/// Text.
pub const TEXT: Color32 = Color32::from_rgb(0xec, 0xe8, 0xf2);
/// Text that matters less. Its contrast with [`PANEL`] is 6 to 1.
pub const WEAK: Color32 = Color32::from_rgb(0xa3, 0x9b, 0xb2);
/// The dye.
pub const SOLFERINO: Color32 = Color32::from_rgb(0xe2, 0x3a, 0x92);
/// The dye, for fills behind text.
pub const SOLFERINO_DEEP: Color32 = Color32::from_rgb(0x7d, 0x1f, 0x55);
/// Notes that were given.
pub const GIVEN: Color32 = Color32::from_rgb(0x8f, 0xa6, 0xd8);
/// The playhead.
pub const PLAYHEAD: Color32 = Color32::from_rgb(0xff, 0xf4, 0xd6);
/// Done.
pub const GOOD: Color32 = Color32::from_rgb(0x7c, 0xd9, 0xa2);
/// Not done.
pub const BAD: Color32 = Color32::from_rgb(0xff, 0x8a, 0x7a);
/// Stars.
pub const STAR: Color32 = Color32::from_rgb(0xff, 0xc9, 0x4d);

/// Corners of cards and fields.
pub const ROUND: CornerRadius = CornerRadius::same(5);
/// The height of a field.
pub const FIELD: f32 = 26.0;

/// Shows that the keyboard is here.
pub fn focus(painter: &Painter, rect: Rect, response: &Response) {
    if response.has_focus() {
        painter.rect_stroke(rect, ROUND, Stroke::new(1.0, WEAK), StrokeKind::Inside);
    }
}

/// Dresses a window.
pub fn apply(context: &egui::Context) {
    context.set_theme(egui::Theme::Dark);
    context.all_styles_mut(style);
}

fn style(style: &mut Style) {
    style.visuals = visuals();
    style.spacing.item_spacing = Vec2::new(6.0, 6.0);
    style.spacing.button_padding = Vec2::new(9.0, 4.0);
    style.spacing.interact_size.y = FIELD;
    style.spacing.tooltip_width = 260.0;
    style.interaction.tooltip_delay = 0.4;
    style.interaction.selectable_labels = false;
    for (text, size) in [
        (TextStyle::Small, 10.5),
        (TextStyle::Body, 12.5),
        (TextStyle::Button, 12.5),
        (TextStyle::Monospace, 12.0),
        (TextStyle::Heading, 17.0),
    ] {
        let family = text.resolve(style).family;
        style.text_styles.insert(text, FontId::new(size, family));
    }
}

fn visuals() -> Visuals {
    let mut visuals = Visuals::dark();
    visuals.override_text_color = Some(TEXT);
    visuals.panel_fill = GROUND;
    visuals.window_fill = CARD;
    visuals.window_stroke = Stroke::new(1.0, LINE);
    visuals.extreme_bg_color = GROUND;
    visuals.selection.bg_fill = SOLFERINO_DEEP;
    visuals.selection.stroke = Stroke::new(1.0, TEXT);
    for (widget, fill, edge) in [
        (&mut visuals.widgets.noninteractive, PANEL, LINE),
        (&mut visuals.widgets.inactive, CARD, Color32::TRANSPARENT),
        (&mut visuals.widgets.hovered, CARD_HOVERED, LINE),
        (&mut visuals.widgets.active, SOLFERINO_DEEP, SOLFERINO),
        (&mut visuals.widgets.open, CARD_HOVERED, LINE),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::new(1.0, edge);
        widget.fg_stroke.color = TEXT;
        widget.corner_radius = ROUND;
        widget.expansion = 0.0;
    }
    visuals
}
