//! The session inside the plug-in's saved state: base64 of the session's own chunk, under the key "session".

use crate::link::Link;
use crate::notices::{Notice, Notices};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nice_plug::params::persist::PersistentField;
use parking_lot::Mutex;
use solferino_session::{Session, Snapshot};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Saves and loads a session.
pub struct SessionChunk {
    session: Arc<Session>,
    link: Arc<Link>,
    notices: Arc<Notices>,
    /// The revision that the host knows of: the last one that it loaded or was told about.
    known: Arc<AtomicU64>,
    unread: Mutex<Option<Unread>>,
    /// The last chunk that was saved or loaded, in case one cannot be packed.
    last: Mutex<String>,
}

/// A chunk that could not be read, most likely from a newer version.
struct Unread {
    chunk: String,
    /// The session when it came.
    before: Arc<Snapshot>,
}

/// Whether two snapshots of a session hold the same sources and takes. The window's size and other settings do not count.
fn same_music(a: &Snapshot, b: &Snapshot) -> bool {
    let same_source = a.sources.iter().zip(&b.sources).all(|pair| match pair {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (a, b) => a.is_none() && b.is_none(),
    });
    same_source && a.takes.len() == b.takes.len() && a.takes.iter().zip(&b.takes).all(|(a, b)| Arc::ptr_eq(a, b))
}

impl SessionChunk {
    /// The saved form of a session.
    pub fn new(session: Arc<Session>, link: Arc<Link>, notices: Arc<Notices>, known: Arc<AtomicU64>) -> Self {
        Self { session, link, notices, known, unread: Mutex::new(None), last: Mutex::default() }
    }

    fn load(&self, chunk: String) {
        self.link.note_load();
        let read = STANDARD
            .decode(&chunk)
            .map_err(|_| "The saved session is not text in base64; the session was kept as it was.".to_owned())
            .and_then(|bytes| self.session.load(&bytes).map_err(|error| error.to_string()));
        // Automation that ran while the session was being loaded belonged to what was there before.
        self.link.note_load();
        let before = self.session.snapshot();
        self.known.store(before.revision, Ordering::Relaxed);
        *self.unread.lock() = match read {
            Ok(()) => {
                *self.last.lock() = chunk;
                None
            }
            Err(sentence) => {
                self.notices.tell(Notice::bad(sentence));
                Some(Unread { chunk, before })
            }
        };
    }

    /// The chunk to save: one that could not be read goes back as it came, until the session's music has changed.
    fn save(&self) -> String {
        match &*self.unread.lock() {
            Some(unread) if same_music(&unread.before, &self.session.snapshot()) => unread.chunk.clone(),
            _ => match self.session.save() {
                Ok(chunk) => {
                    let chunk = STANDARD.encode(chunk);
                    self.last.lock().clone_from(&chunk);
                    chunk
                }
                Err(error) => {
                    self.notices.tell(Notice::bad(error));
                    self.last.lock().clone()
                }
            },
        }
    }
}

impl PersistentField<'_, String> for SessionChunk {
    fn set(&self, chunk: String) {
        self.load(chunk);
    }

    fn map<F, R>(&self, f: F) -> R
    where
        F: Fn(&String) -> R,
    {
        f(&self.save())
    }
}
