//! The strip of takes.

use super::heading::heading;
use super::{icons, roll, theme};
use crate::view::{Action, Card, View};
use egui::{Align, Align2, CursorIcon, FontId, Id, Layout, Pos2, Rect, Response};
use egui::{RichText, ScrollArea, Sense, Stroke, StrokeKind, Ui, Vec2};

/// A card's size.
const CARD: Vec2 = Vec2::new(124.0, 96.0);
/// The height of the row below a card's notes.
const FOOT: f32 = 22.0;

/// Draws every take; the strip scrolls sideways.
pub fn strip(ui: &mut Ui, view: &View, actions: &mut Vec<Action>) {
    let takes = &view.takes;
    ui.horizontal(|ui| {
        heading(ui, "Takes");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let label = RichText::new("Only the new bars").size(11.5).color(theme::WEAK);
            let mut only_new = view.only_new;
            let tip = "Play, drag and save what was added, without the clip it continues";
            if ui.checkbox(&mut only_new, label).on_hover_text(tip).changed() {
                actions.push(Action::OnlyNew(only_new));
            }
            if let Some(take) = takes.iter().find(|take| take.selected) {
                let save = ui.small_button("Save as…").on_hover_text("Save the selected take as a MIDI file");
                if save.clicked() {
                    actions.push(Action::SaveAs(take.id));
                }
            }
        });
    });
    if takes.is_empty() {
        let rect = ui.available_rect_before_wrap();
        ui.painter().rect_stroke(rect, theme::ROUND, Stroke::new(1.0, theme::CARD), StrokeKind::Inside);
        let font = FontId::proportional(12.0);
        let hint = "Takes appear here: select one to hear it, drag it into your arrangement";
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, hint, font, theme::WEAK);
        return;
    }
    ScrollArea::horizontal().auto_shrink(false).show(ui, |ui| {
        ui.horizontal(|ui| {
            for (place, take) in takes.iter().enumerate() {
                card(ui, place, take, actions);
            }
        });
    });
}

fn card(ui: &mut Ui, place: usize, take: &Card, actions: &mut Vec<Action>) {
    let (rect, response) = ui.allocate_exact_size(CARD, Sense::click());
    if take.selected {
        come_into_view(&response, take.id);
    }
    let foot = Rect::from_min_max(Pos2::new(rect.left(), rect.bottom() - FOOT), rect.max);
    let star = Rect::from_min_size(foot.right_top() - Vec2::new(FOOT, 0.0), Vec2::splat(FOOT));
    let grip = Rect::from_min_size(foot.right_top() - Vec2::new(2.0 * FOOT, 0.0), Vec2::splat(FOOT));
    let id = Id::unique(("take", take.id));
    let star_response = ui.interact(star, id.with("star"), Sense::click());
    // With clicks too, so that a press alone starts no drag: let go at once, it would drop the take on this window.
    let grip_response = ui.interact(grip, id.with("grip"), Sense::click_and_drag());
    let painter = ui.painter();
    let hot = response.hovered() || star_response.hovered() || grip_response.hovered();
    painter.rect_filled(rect, theme::ROUND, if hot { theme::CARD_HOVERED } else { theme::CARD });
    if take.selected {
        painter.rect_stroke(rect, theme::ROUND, Stroke::new(1.5, theme::SOLFERINO), StrokeKind::Inside);
    }
    theme::focus(painter, rect, &response);
    let field = Rect::from_min_max(rect.min + Vec2::splat(6.0), Pos2::new(rect.right() - 6.0, foot.top() - 2.0));
    roll::thumbnail(painter, field, &take.roll);
    let label = Pos2::new(foot.left() + 8.0, foot.center().y - 1.0);
    painter.text(label, Align2::LEFT_CENTER, &take.title, FontId::proportional(11.5), theme::TEXT);
    let color = if take.starred { theme::STAR } else { theme::WEAK };
    icons::star(painter, star.center(), 6.5, color, take.starred);
    let color = if grip_response.hovered() { theme::TEXT } else { theme::WEAK };
    icons::grip(painter, grip.center(), color);

    if grip_response.drag_started() {
        actions.push(Action::DragOut(take.id));
    }
    if star_response.clicked() {
        actions.push(Action::Star(take.id, !take.starred));
    }
    star_response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text("Star this take");
    grip_response.on_hover_cursor(CursorIcon::Grab).on_hover_text("Drag this take into an arrangement or a folder");
    if response.clicked() {
        actions.push(Action::Select(place));
    }
    menu(&response, take, actions);
    response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(&take.history);
}

/// Scrolls to a card when its take has just been selected.
fn come_into_view(response: &Response, take: u32) {
    let last = Id::unique("the take that was scrolled to");
    let context = &response.ctx;
    if context.data(|data| data.get_temp::<u32>(last)) != Some(take) {
        context.data_mut(|data| data.insert_temp(last, take));
        response.scroll_to_me(None);
    }
}

fn menu(response: &Response, take: &Card, actions: &mut Vec<Action>) {
    response.context_menu(|ui| {
        let entries = [
            ("Save as…", Action::SaveAs(take.id)),
            ("Use as source A", Action::UseAsSource(take.id)),
            (if take.starred { "Remove the star" } else { "Star" }, Action::Star(take.id, !take.starred)),
            ("Remove", Action::Remove(take.id)),
        ];
        for (label, action) in entries {
            if ui.button(label).clicked() {
                actions.push(action);
                ui.close();
            }
        }
    });
}
