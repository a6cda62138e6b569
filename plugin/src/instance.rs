//! What belongs to one instance of a plug-in beside its audio thread.

use crate::link::Link;
use crate::notices::{Notice, Notices};
use crate::params::SolferinoParams;
use crate::persist::SessionChunk;
use nice_plug_egui::RepaintNotifier;
use solferino_realtime::{Stage, handoff};
use solferino_score::midi;
use solferino_session::{Active, Purpose, Seeded, Session, Slot, pool};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What the status line says when the audio thread met an error of ours.
const SILENCED: &str = "The audio engine stopped on an internal error and is silent; nothing is lost. Switch the plug-in off \
                        and on in your host to hear it again, and please report this.";

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
        (Arc::new(Self { kind, session, params, link, repaint, notices, known }), stage)
    }

    /// Has the courier pick up what hosts and people asked for through parameters, while the guard lives.
    #[must_use]
    pub fn activate(self: &Arc<Self>) -> Active {
        let instance = Arc::downgrade(self);
        self.session.activate(move |_| {
            let Some(instance) = instance.upgrade() else { return };
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
        let settings = self.session.snapshot().settings.clone();
        let common = &self.params.common;
        let seeded = Seeded::next(settings.seeded, common.shown_seed(), common.seed_lock.value());
        self.session.set_settings(|settings| settings.seeded = Some(seeded));
        self.session.ask(self.params.continue_request(seeded.used, settings.model), &[Slot::A], Purpose::Takes);
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
        let warnings: Vec<String> = read.warnings.iter().map(ToString::to_string).collect();
        self.notices.tell(match self.session.set_source(slot, read.clip) {
            Ok(()) if warnings.is_empty() => Notice::good(format!("{name} is in source {slot}.")),
            Ok(()) => Notice::bad(format!("{name} is in source {slot}. {}", warnings.join(" "))),
            Err(error) => Notice::bad(format!("{name}: {error}")),
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
