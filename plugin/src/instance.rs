//! What belongs to one instance of a plug-in beside its audio thread.

use crate::following::Following;
use crate::link::Link;
use crate::notices::{Notice, Notices};
use crate::params::SolferinoParams;
use crate::persist::SessionChunk;
use crate::setup::{self, Found};
use nice_plug_egui::RepaintNotifier;
use parking_lot::Mutex;
use solferino_realtime::{Stage, handoff};
use solferino_score::midi;
use solferino_session::{Active, JobId, Purpose, Seeded, Session, Slot, pool};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

/// What the status line says when the audio thread met an error of ours.
const SILENCED: &str = "The audio engine stopped on an internal error and is silent; nothing is lost. Switch the plug-in off \
                        and on in your host to hear it again, and please report this.";
/// How many warnings about a file are told in full.
const WARNINGS: usize = 5;

/// Which of the plug-ins an instance is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It sounds.
    Instrument,
    /// It only sends notes.
    Notes,
}

/// An instance.
pub struct Instance {
    /// What it is an instance of.
    pub kind: Kind,
    /// Its music.
    pub session: Arc<Session>,
    /// Its parameters.
    pub params: Arc<SolferinoParams>,
    /// What the audio thread says.
    pub link: Arc<Link>,
    /// Redraws its window.
    pub repaint: RepaintNotifier,
    /// What the status line says.
    pub notices: Arc<Notices>,
    /// The session's revision that the host knows of.
    known: Arc<AtomicU64>,
    following: Mutex<Following>,
    settings_open: AtomicBool,
    found: Mutex<Option<Arc<Found>>>,
}

impl Instance {
    /// An instance and its audio side. Starts no thread and loads no model.
    #[must_use]
    pub fn new(kind: Kind) -> (Arc<Self>, Stage) {
        let session = Session::new(solferino_engine::library());
        let (desk, stage) = handoff();
        session.attach_desk(desk);
        let link = Arc::new(Link::new());
        let repaint = RepaintNotifier::new();
        let notices = Arc::new(Notices::new(repaint.clone()));
        let known = Arc::new(AtomicU64::new(session.revision()));
        let chunk =
            SessionChunk::new(Arc::clone(&session), Arc::clone(&link), Arc::clone(&notices), Arc::clone(&known));
        let params = Arc::new(SolferinoParams::new(chunk));
        let redraw = repaint.clone();
        session.set_listener(Box::new(move || redraw.request_repaint()));
        let (following, settings_open, found) = Default::default();
        (
            Arc::new(Self { kind, session, params, link, repaint, notices, known, following, settings_open, found }),
            stage,
        )
    }

    /// Has the courier pick up what hosts and people asked for through parameters, while the guard lives.
    #[must_use]
    pub fn activate(self: &Arc<Self>) -> Active {
        let instance = Arc::downgrade(self);
        let mut visited = false;
        self.session.activate(move |_| {
            let Some(instance) = instance.upgrade() else { return };
            if !mem::replace(&mut visited, true) {
                instance.set_up();
            }
            if instance.link.take_failure() {
                instance.notices.tell(Notice::bad(SILENCED));
            }
            if instance.link.take_continue() {
                instance.continue_source();
            }
        })
    }

    /// Has Continue work on source A.
    pub fn continue_source(&self) {
        self.notices.hush();
        self.end_following();
        let snapshot = self.session.snapshot();
        let common = &self.params.common;
        let seeded = Seeded::next(snapshot.settings.seeded, common.shown_seed(), common.seed_lock.value());
        // A request that is refused at once takes no seed.
        if snapshot.source(Slot::A).is_some() {
            self.session.set_settings(|settings| settings.seeded = Some(seeded));
        }
        let request = self.params.continue_request(seeded.used, snapshot.settings.model.clone());
        self.session.ask(request, &[Slot::A], Purpose::Takes);
    }

    /// The seed of the last request, if the parameter does not show it yet. Once it does, the request is over and done
    /// with: any other seed that is shown from then on is a person's choice.
    #[must_use]
    pub fn seed_to_show(&self) -> Option<u32> {
        let seeded = self.session.snapshot().settings.seeded.filter(|seeded| seeded.used != seeded.shown)?;
        let shown = self.params.common.shown_seed();
        if shown == seeded.used {
            self.session.set_settings(|settings| settings.seeded = Some(Seeded { shown, ..seeded }));
        }
        (shown == seeded.shown).then_some(seeded.used)
    }

    /// Has the selected take follow Continue's controls for a moment, for one of them moves.
    pub fn begin_following(&self) {
        self.following.lock().begin(Instant::now());
    }

    /// Has the selected take stay as it is.
    pub fn end_following(&self) {
        self.following.lock().end();
    }

    /// Asks for a preview, if a control has moved since the last one was asked for.
    pub fn follow(&self) -> Option<JobId> {
        let request = self.following.lock().next(&self.params, &self.session.snapshot(), Instant::now())?;
        Some(self.session.ask(request, &[Slot::A], Purpose::Preview))
    }

    /// Takes a MIDI file's bytes into a source; a name stands in if the file has none.
    pub fn take_in(&self, slot: Slot, name: &str, bytes: &[u8]) {
        match midi::read(bytes) {
            Ok(read) => self.take(slot, name, read),
            Err(error) => self.notices.tell(Notice::bad(format!("{name}: {error}"))),
        }
    }

    /// Reads a MIDI file into a source, on a thread of its own.
    pub fn load(self: &Arc<Self>, slot: Slot, path: PathBuf) {
        self.aside("file", move |instance| match solferino_files::read_clip(&path) {
            Ok(read) => instance.take(slot, &solferino_files::stem(&path), read),
            Err(error) => instance.notices.tell(Notice::bad(error)),
        });
    }

    fn take(&self, slot: Slot, name: &str, mut read: midi::Read) {
        if read.clip.name.is_empty() {
            name.clone_into(&mut read.clip.name);
        }
        let mut warnings: Vec<String> = read.warnings.iter().take(WARNINGS).map(ToString::to_string).collect();
        if let Some(more) = read.warnings.len().checked_sub(WARNINGS).filter(|more| *more > 0) {
            warnings.push(format!("And {more} more."));
        }
        self.notices.tell(match self.session.set_source(slot, read.clip) {
            Ok(()) if warnings.is_empty() => Notice::good(format!("{name} is in source {slot}.")),
            Ok(()) => Notice::bad(format!("{name} is in source {slot}. {}", warnings.join(" "))),
            Err(error) => Notice::bad(format!("{name}: {error}")),
        });
    }

    /// Does what the preferences say, once for the process. Reads the disk.
    pub fn set_up(&self) {
        if let Err(sentence) = setup::once() {
            self.notices.tell(Notice::bad(sentence));
        }
    }

    /// Opens the settings in the window, or closes them.
    pub fn set_settings_open(&self, open: bool) {
        self.settings_open.store(open, Ordering::Relaxed);
    }

    /// Whether the settings are open.
    #[must_use]
    pub fn settings_open(&self) -> bool {
        self.settings_open.load(Ordering::Relaxed)
    }

    /// Looks at the models and the engine, on a thread of its own.
    pub fn look(self: &Arc<Self>) {
        self.aside("models", Self::look_now);
    }

    fn look_now(self: &Arc<Self>) {
        let found = setup::look();
        *self.found.lock() = Some(Arc::new(found));
        self.repaint.request_repaint();
    }

    /// The models and the engine as they were when last looked at.
    #[must_use]
    pub fn found(&self) -> Option<Arc<Found>> {
        self.found.lock().clone()
    }

    /// Runs models with this library of ONNX Runtime, or with the built-in engine. Waits for the disk.
    pub fn choose_engine(self: &Arc<Self>, runtime: Option<&Path>) {
        let outcome = setup::choose(runtime);
        self.look_now();
        self.notices.tell(match outcome {
            Ok(()) => Notice::good(format!("The models run with {}.", self.session.models().backend_name())),
            Err(sentence) => Notice::bad(sentence),
        });
    }

    /// Runs work that may wait, for a person or a disk, on a thread of its own.
    pub fn aside(self: &Arc<Self>, what: &str, work: impl FnOnce(&Arc<Self>) + Send + 'static) {
        let held = Arc::clone(self);
        if let Err(error) = pool::aside(what, move || work(&held)) {
            self.notices
                .tell(Notice::bad(format!("No thread could be started for that: {error}. Close other programs.")));
        }
    }

    /// Whether the session changed since the host last knew; it is then taken as told.
    #[must_use]
    pub fn untold_change(&self) -> bool {
        let revision = self.session.revision();
        self.known.swap(revision, Ordering::Relaxed) != revision
    }

    /// The size of the window that the project remembers, in points.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "windows are far smaller than 2^24 points")]
    pub fn window_size(&self) -> Option<[f32; 2]> {
        self.session.snapshot().settings.window.map(|(width, height)| [width as f32, height as f32])
    }

    /// Remembers the window's size in points.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "float to int casts saturate")]
    pub fn note_window_size(&self, width: f64, height: f64) {
        let size = (width.round() as u32, height.round() as u32);
        self.session.set_settings(|settings| settings.window = Some(size));
    }
}
