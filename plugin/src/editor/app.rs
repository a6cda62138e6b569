//! The editor's application: each frame it makes the view, draws it and does what was asked for.

use super::drops::Drops;
use super::{panels, theme};
use crate::dialogs;
use crate::factory;
use crate::instance::Instance;
use crate::notices::{Notice, Tone};
use crate::params::{MAX_CHANGES, MAX_PLACES};
use crate::view::Action;
use crate::view::build::{Rolls, view};
use nice_plug::context::gui::{GuiContext, ParamSetter};
use nice_plug_egui::baseview::{HandlerError, WindowSize};
use nice_plug_egui::{Frame, NiceEguiApp};
use solferino_session::{Seeded, SessionError, Slot, Snapshot, TakeId};
use solferino_tools::Scope;
use std::sync::Arc;
use std::time::Duration;

/// How long until the next frame while something moves.
const FRAME: Duration = Duration::from_millis(33);
/// How long until the host is asked again whether it plays.
const IDLE: Duration = Duration::from_millis(200);

/// One open window.
pub struct App {
    instance: Arc<Instance>,
    host: Option<GuiContext>,
    drops: Drops,
    rolls: Rolls,
    /// How many choices of what plays the session had made in the last frame.
    choices: u64,
    /// Whether its window has been open.
    opened: bool,
}

impl App {
    /// An application for an instance's window.
    pub fn new(instance: Arc<Instance>) -> Self {
        let choices = instance.session.snapshot().choices;
        Self { instance, host: None, drops: Drops::default(), rolls: Rolls::default(), choices, opened: false }
    }

    fn frame(&mut self, ui: &mut egui::Ui) {
        let Some(host) = self.host.clone() else { return };
        let setter = host.param_setter();
        let session = &self.instance.session;
        let snapshot = session.snapshot();
        let job = session.status();
        let playhead = session.playhead();
        let notice = self.instance.notices.last();
        let mut view = view(self.instance.kind, &snapshot, &job, notice.as_ref(), playhead, &mut self.rolls);
        view.dropping = self.drops.hovering();
        let mut actions = panels::window(ui, &view, &self.instance.params, &setter);
        actions.extend(self.drops.take().into_iter().map(Action::Load));
        for action in actions {
            if let Err(error) = self.perform(&action) {
                self.instance.notices.tell(Notice::bad(error));
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
            super::field::set(setter, &params.changes, next);
        }
        let snapshot = self.instance.session.snapshot();
        self.show_seed(&snapshot, setter);
        // What automation chose must not be told back to it: it may have moved on.
        if snapshot.choices == self.choices {
            return;
        }
        self.choices = snapshot.choices;
        let place = snapshot.takes.iter().position(|take| Some(take.id) == snapshot.selected);
        let place = place.and_then(|place| i32::try_from(place).ok()).filter(|place| *place < MAX_PLACES);
        if let Some(place) = place.filter(|place| *place != params.take.value()) {
            super::field::set(setter, &params.take, place);
        }
    }

    /// Shows the seed of the last request, once: until then the host still shows the one before.
    fn show_seed(&self, snapshot: &Snapshot, setter: &ParamSetter<'_>) {
        let Some(seeded) = snapshot.settings.seeded.filter(|seeded| seeded.used != seeded.shown) else { return };
        let common = &self.instance.params.common;
        if common.shown_seed() == seeded.shown {
            super::field::set(setter, &common.seed, seeded.used.cast_signed());
        }
        let settled = Seeded { shown: seeded.used, ..seeded };
        self.instance.session.set_settings(|settings| settings.seeded = Some(settled));
    }

    fn perform(&self, action: &Action) -> Result<(), SessionError> {
        let instance = &self.instance;
        let session = &instance.session;
        instance.notices.hush();
        match action {
            Action::Open => dialogs::open(instance, Slot::A),
            Action::Load(path) => instance.load(Slot::A, path.clone()),
            Action::LoadFactory(index) => {
                if let Some(clip) = factory::CLIPS.get(*index) {
                    instance.take_in(Slot::A, clip.title, clip.bytes);
                }
            }
            Action::ClearSource => session.clear_source(Slot::A),
            Action::Continue => instance.continue_source(),
            Action::Cancel => session.cancel(),
            Action::Select(place) => {
                if let Some(take) = session.snapshot().takes.get(*place) {
                    session.select(take.id)?;
                }
            }
            Action::OnlyNew(only_new) => {
                session.set_settings(|settings| settings.scope = if *only_new { Scope::New } else { Scope::All });
            }
            Action::Star(id, starred) => session.star(TakeId(*id), *starred)?,
            Action::Remove(id) => session.remove(TakeId(*id))?,
            Action::UseAsSource(id) => session.set_source_from_take(Slot::A, TakeId(*id))?,
            Action::DragOut(id) => self.drag_out(TakeId(*id))?,
            Action::SaveAs(id) => dialogs::save_as(instance, TakeId(*id)),
            Action::Undo => _ = session.undo(),
            Action::Redo => _ = session.redo(),
        }
        Ok(())
    }

    fn drag_out(&self, id: TakeId) -> Result<(), SessionError> {
        let snapshot = self.instance.session.snapshot();
        let take = snapshot.take(id).ok_or(SessionError::NoSuchTake(id))?;
        let clip = take.clip(snapshot.settings.scope);
        let file = solferino_files::takes_folder().and_then(|folder| solferino_files::write_clip_into(&folder, &clip));
        self.instance.notices.tell(match file {
            Err(error) => Notice::bad(error),
            Ok(file) => match solferino_dragout::start(&[file]) {
                Ok(_) => Notice { text: "Drop the take where you want it.".into(), tone: Tone::Quiet },
                Err(error) => Notice::bad(error),
            },
        });
        Ok(())
    }
}

impl NiceEguiApp for App {
    fn build(&mut self, context: egui::Context, host: GuiContext, frame: &mut Frame) -> Result<(), HandlerError> {
        theme::apply(&context);
        frame.set_clear_color(theme::GROUND.into());
        self.host = Some(host);
        self.opened = true;
        self.drops = Drops::on(frame, self.instance.repaint.clone());
        self.instance.link.set_window_open(true);
        Ok(())
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut Frame) {
        self.frame(ui);
    }

    fn resized(&mut self, size: WindowSize) {
        self.instance.note_window_size(size.logical.width, size.logical.height);
    }
}

impl Drop for App {
    fn drop(&mut self) {
        if self.opened {
            self.instance.link.set_window_open(false);
        }
    }
}
