//! The window's parts. Each draws a part of a [`View`] and says what was asked for.

use super::heading::heading;
use super::{field, icons, roll, settings, takes, theme};
use crate::factory;
use crate::notices::Tone;
use crate::params::SolferinoParams;
use crate::view::{Action, Card, View};
use egui::{Align, Align2, Button, CentralPanel, CornerRadius, CursorIcon, FontId, Frame, Layout, Margin, Panel, Pos2};
use egui::{Rect, RichText, Sense, Stroke, StrokeKind, TextStyle, Ui, Vec2};
use nice_plug::prelude::ParamSetter;
use solferino_session::Seeded;

/// The window's default size in points.
pub const SIZE: [f32; 2] = [960.0, 640.0];
/// The smallest size that still shows everything.
pub const LEAST_SIZE: [f32; 2] = [720.0, 500.0];

/// Draws the whole window.
pub fn window(ui: &mut Ui, view: &View, params: &SolferinoParams, setter: &ParamSetter<'_>) -> Vec<Action> {
    let mut actions = Vec::new();
    let panel = |fill| Frame::new().fill(fill).inner_margin(Margin::same(10));
    let bar = Frame::new().fill(theme::PANEL).inner_margin(Margin::symmetric(12, 8));
    Panel::top("top").frame(bar).show(ui, |ui| top(ui, view, &mut actions));
    let line = Frame::new().fill(theme::PANEL).inner_margin(Margin::symmetric(12, 5));
    Panel::bottom("status").frame(line).exact_size(28.0).show(ui, |ui| status(ui, view, &mut actions));
    let side = panel(theme::PANEL);
    Panel::left("sources").frame(side).exact_size(196.0).resizable(false).show(ui, |ui| {
        source(ui, view, &mut actions);
        ui.add_space(8.0);
        output(ui, view, params, setter);
    });
    Panel::right("tool").frame(side).exact_size(216.0).resizable(false).show(ui, |ui| {
        tool(ui, view, params, setter, &mut actions);
    });
    let strip = panel(theme::GROUND);
    Panel::bottom("takes").frame(strip).exact_size(142.0).resizable(false).show_separator_line(false).show(ui, |ui| {
        takes::strip(ui, view, &mut actions);
    });
    let centre = Frame::new().fill(theme::GROUND).inner_margin(Margin { left: 10, right: 10, top: 10, bottom: 0 });
    CentralPanel::default().frame(centre).show(ui, |ui| shown(ui, view, &mut actions));
    settings::card(ui, view, &mut actions);
    actions
}

fn top(ui: &mut Ui, view: &View, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("Solferino").heading().color(theme::SOLFERINO).strong());
        ui.add_space(14.0);
        tab(ui, "Continue");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            settings::button(ui, actions);
            let redo = ui.add_enabled(view.can_redo, Button::new("Redo"));
            if redo.on_hover_text("Do again what was undone").clicked() {
                actions.push(Action::Redo);
            }
            let undo = ui.add_enabled(view.can_undo, Button::new("Undo"));
            if undo.on_hover_text("Take back what was last made, removed or put into a source").clicked() {
                actions.push(Action::Undo);
            }
            ui.add_space(10.0);
            transport(ui, view);
        });
    });
}

fn tab(ui: &mut Ui, name: &str) {
    let response = ui.label(RichText::new(name).strong());
    let rect = response.rect;
    let under = Rect::from_min_max(Pos2::new(rect.left(), rect.bottom() + 4.0), rect.max + Vec2::new(0.0, 6.0));
    ui.painter().rect_filled(under, 1.0, theme::SOLFERINO);
}

/// What the host says: tempo, and whether it plays.
fn transport(ui: &mut Ui, view: &View) {
    let tempo = view.tempo.map_or_else(|| "no tempo yet".to_owned(), |tempo| format!("{tempo:.1} bpm"));
    ui.label(RichText::new(tempo).color(theme::WEAK));
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(12.0), Sense::hover());
    if view.playing {
        icons::play(ui.painter(), rect, theme::GOOD);
    } else {
        ui.painter().rect_filled(rect.shrink(1.5), 1.0, theme::WEAK);
    }
    response.on_hover_text(if view.playing { "The host plays" } else { "The host is stopped" });
}

fn source(ui: &mut Ui, view: &View, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        heading(ui, "Source A");
        if view.source.is_some() {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.small_button("Clear").on_hover_text("Empty this source; takes stay").clicked() {
                    actions.push(Action::ClearSource);
                }
            });
        }
    });
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 104.0), Sense::click());
    slot(ui, rect, view.source.as_ref(), response.hovered() || view.dropping);
    if view.dropping {
        ui.painter().rect_stroke(rect, theme::ROUND, Stroke::new(2.0, theme::SOLFERINO), StrokeKind::Inside);
    }
    theme::focus(ui.painter(), rect, &response);
    if response.clicked() {
        actions.push(Action::Open);
    }
    response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text("Open a MIDI file, or drop one here");
    ui.horizontal(|ui| {
        let half = (ui.available_width() - ui.spacing().item_spacing.x) / 2.0;
        let size = Vec2::new(half, theme::FIELD);
        if ui.add_sized(size, Button::new("Open…")).on_hover_text("Open a MIDI file").clicked() {
            actions.push(Action::Open);
        }
        let clips = ui.add_sized(size, Button::new("Clips    ")).on_hover_text("Clips that come with Solferino");
        icons::down(ui.painter(), clips.rect.right_center() - Vec2::new(14.0, 0.0), theme::WEAK);
        egui::Popup::menu(&clips).show(|ui| {
            for (index, clip) in factory::CLIPS.iter().enumerate() {
                if ui.button(clip.title).clicked() {
                    actions.push(Action::LoadFactory(index));
                    ui.close();
                }
            }
        });
    });
}

fn slot(ui: &Ui, rect: Rect, card: Option<&Card>, hot: bool) {
    let painter = ui.painter();
    painter.rect_filled(rect, theme::ROUND, if hot { theme::CARD_HOVERED } else { theme::CARD });
    let Some(card) = card else {
        painter.rect_stroke(rect.shrink(3.0), theme::ROUND, Stroke::new(1.0, theme::LINE), StrokeKind::Inside);
        let font = FontId::proportional(12.0);
        painter.text(rect.center(), Align2::CENTER_BOTTOM, "Drop a MIDI clip", font.clone(), theme::TEXT);
        painter.text(rect.center(), Align2::CENTER_TOP, "or click to open one", font, theme::WEAK);
        return;
    };
    let roll_rect = Rect::from_min_max(rect.min + Vec2::new(7.0, 7.0), rect.max - Vec2::new(7.0, 42.0));
    roll::thumbnail(painter, roll_rect, &card.roll);
    let clipped = painter.with_clip_rect(rect.shrink(6.0));
    let title = Pos2::new(rect.left() + 8.0, rect.bottom() - 37.0);
    clipped.text(title, Align2::LEFT_TOP, &card.title, FontId::proportional(12.5), theme::TEXT);
    let subtitle = Pos2::new(rect.left() + 8.0, rect.bottom() - 7.0);
    clipped.text(subtitle, Align2::LEFT_BOTTOM, &card.subtitle, FontId::proportional(11.0), theme::WEAK);
}

fn output(ui: &mut Ui, view: &View, params: &SolferinoParams, setter: &ParamSetter<'_>) {
    heading(ui, "Output");
    if view.sounds {
        let tip = "Hear takes and played notes with the built-in keys and drum kit";
        field::switch(ui, setter, &params.output.sound, "Sound", tip);
        field::number(ui, setter, &params.output.gain, "Gain", "The built-in sound's level");
    }
    field::switch(ui, setter, &params.output.midi_out, "MIDI out", "Send takes and played notes on as MIDI");
}

fn tool(ui: &mut Ui, view: &View, params: &SolferinoParams, setter: &ParamSetter<'_>, actions: &mut Vec<Action>) {
    heading(ui, "Continue");
    let mut moved = field::number(ui, setter, &params.continuing.bars, "Add", "How many bars to add, 1 to 32");
    field::number(ui, setter, &params.common.takes, "Make", "How many takes to make at once, 1 to 16");
    let tip = "0 takes the likeliest notes, 1 follows the model, 2 is wild";
    moved |= field::number(ui, setter, &params.common.temperature, "Temperature", tip);
    let tip = "0 % keeps the groove, 100 % goes somewhere";
    moved |= field::number(ui, setter, &params.continuing.variation, "Variation", tip);
    seed(ui, params, setter);
    ui.add_space(6.0);
    heading(ui, "Part");
    let whole = ui.available_width();
    moved |= field::choice(ui, setter, &params.continuing.part, whole, "Which lane of the source is continued");
    heading(ui, "Scale");
    ui.horizontal(|ui| {
        moved |= field::choice(ui, setter, &params.common.scale_root, 52.0, "The scale's root");
        let rest = ui.available_width();
        moved |= field::choice(ui, setter, &params.common.scale, rest, "New notes keep to this scale; drums ignore it");
    });
    if moved {
        actions.push(Action::Follow);
    }
    ui.with_layout(Layout::bottom_up(Align::Min), |ui| go(ui, view, actions));
}

fn seed(ui: &mut Ui, params: &SolferinoParams, setter: &ParamSetter<'_>) {
    let locked = params.common.seed_lock.value();
    ui.horizontal(|ui| {
        let buttons = 2.0 * (30.0 + ui.spacing().item_spacing.x);
        ui.scope(|ui| {
            ui.set_width(ui.available_width() - buttons);
            field::number(ui, setter, &params.common.seed, "Seed", "The same seed and clip give the same takes");
        });
        let square = Vec2::new(30.0, theme::FIELD);
        let lock = ui.add_sized(square, Button::new("").selected(locked));
        icons::lock(ui.painter(), lock.rect.center(), if locked { theme::TEXT } else { theme::WEAK }, locked);
        if lock.on_hover_text("Keep this seed; otherwise each Continue rolls a new one").clicked() {
            field::set(setter, &params.common.seed_lock, !locked);
        }
        let die = ui.add_sized(square, Button::new(""));
        icons::die(ui.painter(), die.rect.center(), if die.hovered() { theme::TEXT } else { theme::WEAK });
        if die.on_hover_text("Roll a new seed").clicked() {
            let next = Seeded::roll(params.common.shown_seed());
            field::set(setter, &params.common.seed, next.cast_signed());
        }
    });
}

/// The button that does it, and in its place what stops it.
fn go(ui: &mut Ui, view: &View, actions: &mut Vec<Action>) {
    let size = Vec2::new(ui.available_width(), 40.0);
    if let Some(progress) = view.status.progress {
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        let mut done = rect;
        done.set_width(rect.width() * progress.clamp(0.0, 1.0));
        ui.painter().rect_filled(rect, theme::ROUND, theme::CARD);
        ui.painter().rect_filled(done, theme::ROUND, theme::SOLFERINO_DEEP);
        let font = TextStyle::Body.resolve(ui.style());
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, "Cancel", font, theme::TEXT);
        theme::focus(ui.painter(), rect, &response);
        let response = response.on_hover_text("Stop; everything stays as it was");
        if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
            actions.push(Action::Cancel);
        }
        return;
    }
    let label = RichText::new("Continue").size(15.0).strong();
    let fill = if view.source.is_some() { theme::SOLFERINO_DEEP } else { theme::CARD };
    let button = Button::new(label).fill(fill).corner_radius(CornerRadius::same(6));
    let response = ui.add_enabled_ui(view.source.is_some(), |ui| ui.add_sized(size, button)).inner;
    if response.on_disabled_hover_text("Give source A a clip first").clicked() {
        actions.push(Action::Continue);
    }
}

fn shown(ui: &mut Ui, view: &View, actions: &mut Vec<Action>) {
    let rect = ui.available_rect_before_wrap();
    let title = Rect::from_min_size(rect.min, Vec2::new(rect.width(), 24.0));
    let field = Rect::from_min_max(Pos2::new(rect.left(), title.bottom()), rect.max);
    let painter = ui.painter();
    let Some(card) = &view.shown else {
        painter.rect_filled(field, theme::ROUND, theme::PANEL);
        let font = FontId::proportional(14.0);
        painter.text(field.center(), Align2::CENTER_BOTTOM, "Nothing to show yet", font, theme::TEXT);
        let hint = "Give source A a clip and press Continue";
        painter.text(field.center(), Align2::CENTER_TOP, hint, FontId::proportional(12.0), theme::WEAK);
        return;
    };
    roll::large(painter, field, &card.roll, view.playhead);
    let mut right = title.right_center() - Vec2::new(0.0, 3.0);
    if view.preview {
        let button = Rect::from_min_max(Pos2::new(right.x - 56.0, title.top() - 2.0), title.max - Vec2::new(0.0, 4.0));
        let keep = ui.put(button, Button::new("Keep").fill(theme::SOLFERINO_DEEP));
        if keep.on_hover_text("Add the preview to the takes; Undo goes back to the selected take").clicked() {
            actions.push(Action::Keep);
        }
        right.x = button.left() - 12.0;
    }
    if card.roll.boundary.is_some() {
        right = legend(ui, right);
    }
    // A long name ends where the legend begins.
    let room = Rect::from_min_max(title.min, Pos2::new(right.x, title.bottom()));
    let painter = ui.painter().with_clip_rect(room);
    let at = Pos2::new(title.left(), right.y);
    let name = painter.text(at, Align2::LEFT_CENTER, &card.title, FontId::proportional(13.5), theme::TEXT);
    let next = Pos2::new(name.right() + 10.0, at.y);
    painter.text(next, Align2::LEFT_CENTER, &card.subtitle, FontId::proportional(11.5), theme::WEAK);
}

/// Which colour is what; where it begins.
fn legend(ui: &Ui, right: Pos2) -> Pos2 {
    let mut right = right;
    for (name, color) in [("new", theme::SOLFERINO), ("given", theme::GIVEN)] {
        let font = FontId::proportional(11.0);
        let text = ui.painter().text(right, Align2::RIGHT_CENTER, name, font, theme::WEAK);
        let square = Rect::from_center_size(Pos2::new(text.left() - 9.0, right.y), Vec2::splat(8.0));
        ui.painter().rect_filled(square, 2.0, color);
        right.x = square.left() - 12.0;
    }
    right
}

fn status(ui: &mut Ui, view: &View, actions: &mut Vec<Action>) {
    ui.horizontal_centered(|ui| {
        let color = match view.status.tone {
            Tone::Quiet => theme::WEAK,
            Tone::Good => theme::GOOD,
            Tone::Bad => theme::BAD,
        };
        if let Some(progress) = view.status.progress {
            let (rect, _) = ui.allocate_exact_size(Vec2::new(120.0, 6.0), Sense::hover());
            let mut done = rect;
            done.set_width(rect.width() * progress.clamp(0.0, 1.0));
            ui.painter().rect_filled(rect, 3.0, theme::CARD);
            ui.painter().rect_filled(done, 3.0, theme::SOLFERINO);
            if ui.small_button("Cancel").on_hover_text("Stop; everything stays as it was").clicked() {
                actions.push(Action::Cancel);
            }
        }
        let text = RichText::new(&view.status.text).size(11.5).color(color);
        // All of it, however long, is in the tooltip.
        let line = egui::Label::new(text).truncate().show_tooltip_when_elided(false);
        ui.add(line).on_hover_text(&view.status.text);
    });
}
