//! The editor's application: each frame it makes the view, draws it and does what was asked for.

use super::drops::Drops;
use super::geometry::Geometry;
use super::{field, panels, theme};
use crate::actions::perform;
use crate::border::guarded;
use crate::desktop;
use crate::instance::Instance;
use crate::notices::Notice;
use crate::params::{MAX_CHANGES, MAX_PLACES};
use crate::view::Action;
use crate::view::build::{Rolls, Shown, view};
use egui::{CentralPanel, Frame as Margins, RichText, Ui};
use nice_plug::context::gui::{GuiContext, ParamSetter};
use nice_plug_egui::baseview::{HandlerError, WindowSize};
use nice_plug_egui::{Frame, NiceEguiApp};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;

/// How long until the next frame while something moves.
const FRAME: Duration = Duration::from_millis(33);
/// How long until the host is asked again whether it plays.
const IDLE: Duration = Duration::from_millis(200);

/// One open window.
pub struct App {
    instance: Arc<Instance>,
    geometry: Arc<Mutex<Geometry>>,
    host: Option<GuiContext>,
    drops: Drops,
    rolls: Rolls,
    /// How many choices of what plays the session had made in the last frame.
    choices: u64,
    /// The seed that the host was last asked to show.
    seed: Option<u32>,
    /// Why there is nothing to see: the sentence of a panic.
    failed: Option<String>,
    /// Whether its window has been open.
    opened: bool,
}

impl App {
    /// An application for an instance's window.
    pub fn new(instance: Arc<Instance>, geometry: Arc<Mutex<Geometry>>) -> Self {
        let choices = instance.session.snapshot().choices;
        Self {
            instance,
            geometry,
            host: None,
            drops: Drops::default(),
            rolls: Rolls::default(),
            choices,
            seed: None,
            failed: None,
            opened: false,
        }
    }

    fn open(&mut self, context: &egui::Context, host: GuiContext, frame: &mut Frame) {
        theme::apply(context);
        frame.set_clear_color(theme::GROUND.into());
        self.host = Some(host);
        self.drops = Drops::on(frame, self.instance.repaint.clone());
        self.geometry.lock().note(frame.baseview_window().size());
        self.instance.aside("setup", |instance| instance.set_up());
    }

    fn frame(&mut self, ui: &mut Ui) {
        let Some(host) = self.host.clone() else { return };
        let setter = host.param_setter();
        self.instance.follow();
        let session = &self.instance.session;
        let (snapshot, job, notice) = (session.snapshot(), session.status(), self.instance.notices.last());
        let shown = Shown {
            kind: self.instance.kind,
            snapshot: &snapshot,
            job: &job,
            notice: notice.as_ref(),
            playhead: session.playhead(),
            settings: self.instance.settings_open(),
            found: self.instance.found(),
        };
        let mut view = view(shown, &mut self.rolls);
        view.dropping = self.drops.hovering();
        let mut actions = panels::window(ui, &view, &self.instance.params, &setter);
        actions.extend(self.drops.take().into_iter().map(Action::Load));
        for action in actions {
            match perform(&self.instance, &action) {
                Ok(wish) => wish.into_iter().for_each(|wish| desktop::ask(&self.instance, wish)),
                Err(error) => self.instance.notices.tell(Notice::bad(error)),
            }
        }
        self.inform_host(&setter);
        let moving = view.playing || view.status.progress.is_some();
        ui.ctx().request_repaint_after(if moving { FRAME } else { IDLE });
    }

    /// Lets the host see what changed in the session, so that it marks its project as unsaved and records the take.
    fn inform_host(&mut self, setter: &ParamSetter<'_>) {
        let params = &self.instance.params;
        if self.instance.untold_change() {
            let next = (params.changes.value() + 1) % (MAX_CHANGES + 1);
            field::set(setter, &params.changes, next);
        }
        // A host may take a while to set it; it is asked once.
        let seed = self.instance.seed_to_show();
        if let Some(seed) = seed.filter(|_| seed != self.seed) {
            field::set(setter, &params.common.seed, seed.cast_signed());
        }
        self.seed = seed;
        let snapshot = self.instance.session.snapshot();
        // What automation chose must not be told back to it: it may have moved on.
        if snapshot.choices == self.choices {
            return;
        }
        self.choices = snapshot.choices;
        let place = snapshot.takes.iter().position(|take| Some(take.id) == snapshot.selected);
        let place = place.and_then(|place| i32::try_from(place).ok()).filter(|place| *place < MAX_PLACES);
        if let Some(place) = place.filter(|place| *place != params.take.value()) {
            field::set(setter, &params.take, place);
        }
    }

    /// Stays an empty window with a sentence after a panic, until a person wants to see it again.
    fn fail(&mut self, sentence: String) {
        self.instance.notices.tell(Notice::bad(&sentence));
        self.failed = Some(sentence);
    }

    fn apology(&mut self, ui: &mut Ui, sentence: &str) {
        let margins = Margins::new().fill(theme::GROUND).inner_margin(24);
        let again = CentralPanel::default().frame(margins).show(ui, |ui| {
            ui.label(RichText::new(sentence).color(theme::BAD));
            ui.label("What plays goes on, and nothing in the project is lost.");
            ui.button("Show the window again").clicked()
        });
        if again.inner {
            self.failed = None;
        }
    }
}

impl NiceEguiApp for App {
    fn build(&mut self, context: egui::Context, host: GuiContext, frame: &mut Frame) -> Result<(), HandlerError> {
        self.opened = true;
        self.instance.link.set_window_open(true);
        if let Err(sentence) = guarded("opening the window", || self.open(&context, host, frame)) {
            self.fail(sentence);
        }
        Ok(())
    }

    fn ui(&mut self, ui: &mut Ui, _: &mut Frame) {
        let drawn = match self.failed.clone() {
            Some(sentence) => guarded("drawing the window", || self.apology(ui, &sentence)),
            None => guarded("drawing the window", || self.frame(ui)),
        };
        if let Err(sentence) = drawn {
            self.fail(sentence);
            ui.ctx().request_repaint();
        }
    }

    fn resized(&mut self, size: WindowSize) {
        let noted = guarded("resizing the window", || {
            self.geometry.lock().note(size);
            self.instance.note_window_size(size.logical.width, size.logical.height);
        });
        if let Err(sentence) = noted {
            self.fail(sentence);
        }
    }
}

impl Drop for App {
    fn drop(&mut self) {
        if self.opened {
            self.geometry.lock().close();
            self.instance.link.set_window_open(false);
        }
    }
}
