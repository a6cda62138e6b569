//! The settings: the user's models, the model that Continue takes, and the engine.

use super::heading::heading;
use super::{icons, theme};
use crate::setup::Found;
use crate::view::{Action, View};
use egui::{Button, ComboBox, Frame, Id, Label, Modal, RichText, ScrollArea, Ui, Vec2};
use solferino_models::{ModelEntry, Origin};

/// The card's width.
const WIDTH: f32 = 460.0;
/// The most that the list of models takes of its height.
const LIST: f32 = 150.0;

/// Opens the card.
pub fn button(ui: &mut Ui, actions: &mut Vec<Action>) {
    let gear = ui.add_sized(Vec2::new(30.0, theme::FIELD), Button::new(""));
    icons::gear(ui.painter(), gear.rect.center(), if gear.hovered() { theme::TEXT } else { theme::WEAK });
    if gear.on_hover_text("Settings: models and engine").clicked() {
        actions.push(Action::Settings(true));
    }
}

/// Draws the card over the window while it is open.
pub fn card(ui: &Ui, view: &View, actions: &mut Vec<Action>) {
    if !view.settings {
        return;
    }
    let frame = Frame::popup(ui.style()).fill(theme::PANEL).inner_margin(14);
    let shown = Modal::new(Id::unique("settings")).frame(frame).show(ui.ctx(), |ui| {
        ui.set_width(WIDTH);
        ui.label(RichText::new("Settings").heading());
        ui.add_space(4.0);
        match &view.found {
            Some(found) => contents(ui, view, found, actions),
            None => _ = ui.label(RichText::new("Looking at the models…").color(theme::WEAK)),
        }
        ui.add_space(6.0);
        ui.button("Close").clicked()
    });
    if shown.inner || shown.should_close() {
        actions.push(Action::Settings(false));
    }
}

fn contents(ui: &mut Ui, view: &View, found: &Found, actions: &mut Vec<Action>) {
    heading(ui, "Continue with");
    model(ui, view, found, actions);
    ui.add_space(6.0);
    heading(ui, "Models");
    ScrollArea::vertical().max_height(LIST).auto_shrink([false, true]).show(ui, |ui| {
        for entry in &found.models {
            row(ui, entry);
        }
    });
    folder(ui, found, actions);
    ui.add_space(6.0);
    heading(ui, "Engine");
    engine(ui, found, actions);
}

/// Which model Continue takes.
fn model(ui: &mut Ui, view: &View, found: &Found, actions: &mut Vec<Action>) {
    let usable = || found.models.iter().filter(|entry| entry.problem.is_none());
    let selected = match &view.model {
        None => "Automatic".to_owned(),
        Some(name) if usable().any(|entry| entry.name == *name) => name.clone(),
        Some(name) => format!("{name} (not here)"),
    };
    let names = usable().map(|entry| Some(entry.name.clone()));
    ComboBox::from_id_salt("model")
        .width(ui.available_width())
        .selected_text(selected)
        .show_ui(ui, |ui| {
            for name in std::iter::once(None).chain(names) {
                let label = name.as_deref().unwrap_or("Automatic");
                if ui.selectable_label(view.model == name, label).clicked() {
                    actions.push(Action::Model(name));
                }
            }
        })
        .response
        .on_hover_text("Automatic takes the model that suits the part; the choice is saved with the project");
}

/// A model of the list, or why it cannot be used.
fn row(ui: &mut Ui, entry: &ModelEntry) {
    let from = match &entry.origin {
        Origin::Factory => "comes with Solferino".to_owned(),
        Origin::User(folder) => folder.display().to_string(),
    };
    let (text, color) = match &entry.problem {
        None => (format!("{} · {}", entry.name, entry.title), theme::TEXT),
        Some(problem) => (format!("{}: {problem}", entry.name), theme::BAD),
    };
    let label = Label::new(RichText::new(&text).color(color)).truncate().show_tooltip_when_elided(false);
    let licence = if entry.licence.is_empty() { String::new() } else { format!("\nLicence: {}", entry.licence) };
    ui.add(label).on_hover_text(format!("{text}\n{from}{licence}"));
}

/// Where the user's models are.
fn folder(ui: &mut Ui, found: &Found, actions: &mut Vec<Action>) {
    let Some(folder) = &found.folder else {
        let none = "This system names no folder for models; set the environment variable SOLFERINO_HOME to one.";
        ui.label(RichText::new(none).color(theme::BAD));
        return;
    };
    let path = folder.display().to_string();
    let text = RichText::new(format!("Your own lie in {path}, each in a folder")).color(theme::WEAK);
    ui.add(Label::new(text).truncate().show_tooltip_when_elided(false)).on_hover_text(&path);
    ui.horizontal(|ui| {
        if ui.button("Open folder").on_hover_text("Show the folder of your models; it is made if need be").clicked() {
            actions.push(Action::ShowModels);
        }
        if ui.button("Copy path").on_hover_text("Copy the folder's path to the clipboard").clicked() {
            ui.ctx().copy_text(path);
        }
        if ui.button("Look again").on_hover_text("List the models that are there now").clicked() {
            actions.push(Action::Look);
        }
    });
}

/// What runs the models.
fn engine(ui: &mut Ui, found: &Found, actions: &mut Vec<Action>) {
    ui.label(format!("In use: {}", found.engine));
    if let Some(runtime) = &found.runtime {
        let path = runtime.display().to_string();
        let text = RichText::new(format!("ONNX Runtime: {path}")).color(theme::WEAK);
        ui.add(Label::new(text).truncate().show_tooltip_when_elided(false)).on_hover_text(&path);
    }
    if let Some(problem) = &found.problem {
        ui.label(RichText::new(problem).color(theme::BAD));
    }
    ui.horizontal(|ui| {
        let built_in = ui.add_enabled(found.runtime.is_some(), Button::new("Built-in"));
        if built_in.on_hover_text("Run the models with the engine that comes with Solferino").clicked() {
            actions.push(Action::BuiltInEngine);
        }
        let tip = "Run the models with ONNX Runtime, from a library file that you have";
        if ui.button("ONNX Runtime…").on_hover_text(tip).clicked() {
            actions.push(Action::ChooseEngine);
        }
    });
}
