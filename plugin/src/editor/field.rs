//! Widgets for parameters: a field that is dragged, typed into or reset, a switch, a choice.

use super::theme;
use egui::text::CCursorRange;
use egui::text_edit::TextEditState;
use egui::{Align2, ComboBox, CursorIcon, EventFilter, Id, Key, Rect, Response, Sense, TextEdit, TextStyle, Ui, Vec2};
use nice_plug::prelude::*;

/// How much slower a drag with Shift is.
const FINE: f32 = 0.1;

/// A number: drag it (Shift: finely), click its value to type, double-click to reset, arrow keys when focused. Whether it
/// was changed.
pub fn number<P: Param>(ui: &mut Ui, setter: &ParamSetter<'_>, param: &P, label: &str, tip: &str) -> bool {
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), theme::FIELD), Sense::click_and_drag());
    let id = response.id;
    let value_rect = Rect::from_min_max(rect.center_top(), rect.max);
    let typed = ui.data(|data| data.get_temp::<String>(id.with("typed")));
    let (shown, mut changed) = drag(ui, setter, param, &response);
    if typed.is_none() {
        changed |= step_with_keys(ui, setter, param, &response);
        if response.double_clicked() {
            set(setter, param, param.default_plain_value());
            changed = true;
        } else if response.clicked() && response.interact_pointer_pos().is_some_and(|at| value_rect.contains(at)) {
            let text = param.normalized_value_to_string(param.unmodulated_normalized_value(), true);
            // All of it selected, so that what is typed takes its place.
            let mut state = TextEditState::default();
            state.cursor.set_char_range(Some(CCursorRange::select_all_str(&text)));
            state.store(ui.ctx(), id.with("edit"));
            ui.data_mut(|data| data.insert_temp(id.with("typed"), text));
            ui.memory_mut(|memory| memory.request_focus(id.with("edit")));
        }
    }
    if ui.is_rect_visible(rect) {
        let hot = response.hovered() || response.dragged();
        let painter = ui.painter();
        painter.rect_filled(rect, theme::ROUND, if hot { theme::CARD_HOVERED } else { theme::CARD });
        let mut bar = rect;
        bar.set_width(rect.width() * shown);
        bar.set_top(rect.bottom() - 3.0);
        painter.rect_filled(bar, 1.0, theme::SOLFERINO);
        theme::focus(painter, rect, &response);
        let font = TextStyle::Body.resolve(ui.style());
        let middle = rect.center().y - 1.0;
        painter.text([rect.left() + 8.0, middle].into(), Align2::LEFT_CENTER, label, font.clone(), theme::WEAK);
        if typed.is_none() {
            let text = param.normalized_value_to_string(shown, true);
            painter.text([rect.right() - 8.0, middle].into(), Align2::RIGHT_CENTER, text, font, theme::TEXT);
        }
    }
    if let Some(text) = typed {
        changed |= type_in(ui, setter, param, id, value_rect, text);
    }
    response.on_hover_cursor(CursorIcon::ResizeHorizontal).on_hover_text(tip);
    changed
}

/// Follows a drag; the normalised value to show, and whether it moved.
fn drag<P: Param>(ui: &Ui, setter: &ParamSetter<'_>, param: &P, response: &Response) -> (f32, bool) {
    let now = param.unmodulated_normalized_value();
    let at = response.id.with("drag");
    if response.drag_started() {
        setter.begin_set_parameter(param);
        ui.data_mut(|data| data.insert_temp(at, now));
    }
    let Some(held) = ui.data(|data| data.get_temp::<f32>(at)) else { return (now, false) };
    let slow = if ui.input(|input| input.modifiers.shift) { FINE } else { 1.0 };
    let wanted = (held + response.drag_delta().x / response.rect.width().max(1.0) * slow).clamp(0.0, 1.0);
    let moved = response.dragged() && wanted.to_bits() != held.to_bits();
    if moved {
        ui.data_mut(|data| data.insert_temp(at, wanted));
        setter.set_parameter(param, param.preview_plain(wanted));
    }
    if response.drag_stopped() || !response.is_pointer_button_down_on() {
        setter.end_set_parameter(param);
        ui.data_mut(|data| data.remove::<f32>(at));
    }
    (param.preview_normalized(param.preview_plain(wanted)), moved)
}

fn step_with_keys<P: Param>(ui: &Ui, setter: &ParamSetter<'_>, param: &P, response: &Response) -> bool {
    if !response.has_focus() {
        return false;
    }
    // Else the arrows would move the focus to a neighbour as well.
    let arrows = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    let (up, down, fine) = ui.input(|input| {
        let up = input.key_pressed(Key::ArrowUp) || input.key_pressed(Key::ArrowRight);
        let down = input.key_pressed(Key::ArrowDown) || input.key_pressed(Key::ArrowLeft);
        (up, down, input.modifiers.shift)
    });
    let now = param.unmodulated_plain_value();
    if up {
        set(setter, param, param.next_step(now, fine));
    } else if down {
        set(setter, param, param.previous_step(now, fine));
    }
    up || down
}

/// Whether a value was typed.
fn type_in<P: Param>(ui: &mut Ui, setter: &ParamSetter<'_>, param: &P, id: Id, rect: Rect, mut text: String) -> bool {
    let edit = TextEdit::singleline(&mut text).id(id.with("edit")).align(egui::Align2::RIGHT_CENTER);
    let response = ui.put(rect.shrink(2.0), edit);
    let (enter, escape) = ui.input(|input| (input.key_pressed(Key::Enter), input.key_pressed(Key::Escape)));
    if !(enter || escape || response.lost_focus()) {
        ui.data_mut(|data| data.insert_temp(id.with("typed"), text));
        return false;
    }
    ui.data_mut(|data| data.remove::<String>(id.with("typed")));
    let value = param.string_to_normalized_value(&text).filter(|_| !escape);
    if let Some(value) = value {
        set(setter, param, param.preview_plain(value.clamp(0.0, 1.0)));
    }
    value.is_some()
}

/// Sets a parameter as one gesture.
pub fn set<P: Param>(setter: &ParamSetter<'_>, param: &P, value: P::Plain) {
    setter.begin_set_parameter(param);
    setter.set_parameter(param, value);
    setter.end_set_parameter(param);
}

/// On or off.
pub fn switch(ui: &mut Ui, setter: &ParamSetter<'_>, param: &BoolParam, label: &str, tip: &str) {
    let size = Vec2::new(ui.available_width(), theme::FIELD);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let on = param.unmodulated_plain_value();
    if response.clicked() {
        set(setter, param, !on);
    }
    let painter = ui.painter();
    painter.rect_filled(rect, theme::ROUND, if response.hovered() { theme::CARD_HOVERED } else { theme::CARD });
    theme::focus(painter, rect, &response);
    let font = TextStyle::Body.resolve(ui.style());
    painter.text([rect.left() + 8.0, rect.center().y].into(), Align2::LEFT_CENTER, label, font, theme::WEAK);
    let track = Rect::from_center_size([rect.right() - 22.0, rect.center().y].into(), Vec2::new(28.0, 14.0));
    painter.rect_filled(track, 7.0, if on { theme::SOLFERINO_DEEP } else { theme::GROUND });
    let knob = if on { track.right() - 7.0 } else { track.left() + 7.0 };
    painter.circle_filled([knob, track.center().y].into(), 5.5, if on { theme::SOLFERINO } else { theme::WEAK });
    response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(tip);
}

/// One of several. Whether it was changed.
pub fn choice<T: Enum + PartialEq + Copy + 'static>(
    ui: &mut Ui,
    setter: &ParamSetter<'_>,
    param: &EnumParam<T>,
    width: f32,
    tip: &str,
) -> bool {
    let now = param.unmodulated_plain_value().to_index();
    let names = T::variants();
    let mut changed = false;
    ComboBox::from_id_salt(param.name())
        .width(width)
        .selected_text(names.get(now).copied().unwrap_or_default())
        .show_ui(ui, |ui| {
            for (index, name) in names.iter().enumerate() {
                if ui.selectable_label(index == now, *name).clicked() {
                    set(setter, param, T::from_index(index));
                    changed = true;
                }
            }
        })
        .response
        .on_hover_text(tip);
    changed
}
