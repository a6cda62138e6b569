//! What belongs to one instance of a plug-in beside its audio thread.

use crate::link::Link;
use crate::params::SolferinoParams;
use crate::persist::SessionChunk;
use crate::view::Tone;
use nice_plug_egui::RepaintNotifier;
use parking_lot::Mutex;
use solferino_realtime::{Stage, handoff};
use solferino_score::midi;
use solferino_session::{Active, Session, Slot};
use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What the status line says when the audio thread met an error of ours.
const SILENCED: &str = "The audio engine stopped on an internal error and is silent; nothing is lost. Switch the plug-in off \
                        and on in your host to hear it again, and please report this.";

/// A sentence for the status line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// How serious it is.
    pub tone: Tone,
}

impl Notice {
    /// Something could not be done.
    pub fn bad(why: impl Display) -> Self {
        Self { text: why.to_string(), tone: Tone::Bad }
    }

    /// Something was done.
    pub fn good(what: impl Display) -> Self {
        Self { text: what.to_string(), tone: Tone::Good }
    }
}

/// The last notice of an instance, from whichever thread it came.
#[derive(Debug, Default)]
pub struct Notices {
    last: Mutex<Option<Notice>>,
    repaint: RepaintNotifier,
}

impl Notices {
    /// Shows a notice in place of the last one.
    pub fn tell(&self, notice: Notice) {
        *self.last.lock() = Some(notice);
        self.repaint.request_repaint();
    }
}

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
    notices: Arc<Notices>,
    known: Arc<AtomicU64>,
    /// How often Continue was triggered with the seed unlocked.
    rolls: AtomicU64,
}

impl Instance {
    /// An instance and its audio side. Starts no thread and loads no model.
    #[must_use]
    pub fn new(kind: Kind) -> (Arc<Self>, Stage) {
        let session = Session::new();
        let (desk, stage) = handoff();
        session.attach_desk(desk);
        let link = Arc::new(Link::new());
        let repaint = RepaintNotifier::new();
        let notices = Arc::new(Notices { last: Mutex::default(), repaint: repaint.clone() });
        let known = Arc::new(AtomicU64::new(session.revision()));
        let chunk =
            SessionChunk::new(Arc::clone(&session), Arc::clone(&link), Arc::clone(&notices), Arc::clone(&known));
        let params = Arc::new(SolferinoParams::new(chunk));
        let redraw = repaint.clone();
        session.set_listener(Box::new(move || redraw.request_repaint()));
        let rolls = AtomicU64::new(0);
        (Arc::new(Self { kind, session, params, link, repaint, notices, known, rolls }), stage)
    }

    /// Has the courier pick up what hosts and people asked for through parameters, while the guard lives.
    #[must_use]
    pub fn activate(self: &Arc<Self>) -> Active {
        let instance = Arc::downgrade(self);
        self.session.activate(move |session, _| {
            if let Some(instance) = instance.upgrade() {
                instance.pick_up(session);
            }
        })
    }

    fn pick_up(&self, session: &Arc<Session>) {
        if self.link.take_failure() {
            self.tell(Notice::bad(SILENCED));
        }
        if self.link.take_continue() {
            self.hush();
            // Without a lock each trigger gives other takes, and the first gives those of the seed that is shown.
            let locked = self.params.seed_lock.value();
            let rolls = if locked { 0 } else { self.rolls.fetch_add(1, Ordering::Relaxed) };
            session.continue_from(Slot::A, self.params.request(rolls));
        }
    }

    /// Takes a MIDI file's bytes into source A; a name stands in if the file has none.
    pub fn take_in(&self, name: &str, bytes: &[u8]) {
        let taken = midi::read(bytes).map_err(|error| error.to_string()).and_then(|mut clip| {
            if clip.name.is_empty() {
                name.clone_into(&mut clip.name);
            }
            self.session.set_source(Slot::A, clip).map_err(|error| error.to_string())
        });
        self.tell(match taken {
            Ok(()) => Notice::good(format!("{name} is in source A.")),
            Err(sentence) => Notice::bad(format!("{name}: {sentence}")),
        });
    }

    /// Shows a notice in the status line.
    pub fn tell(&self, notice: Notice) {
        self.notices.tell(notice);
    }

    /// Takes the notice away.
    pub fn hush(&self) {
        *self.notices.last.lock() = None;
    }

    /// The notice in the status line.
    #[must_use]
    pub fn notice(&self) -> Option<Notice> {
        self.notices.last.lock().clone()
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
