//! The session inside the plug-in's saved state: base64 of the session's own chunk, under the key "session".

use crate::border::guarded;
use crate::link::Link;
use crate::notices::{Notice, Notices};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nice_plug::params::persist::PersistentField;
use parking_lot::Mutex;
use solferino_session::{Session, SessionError, Snapshot};
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

    /// Has `read` load a chunk. One that it does not read is told of and kept.
    fn load(&self, chunk: String, read: impl FnOnce(&Session, &str) -> Result<(), String>) {
        self.link.note_load();
        let read = guarded("loading the project", || read(&self.session, &chunk)).flatten();
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

    /// The chunk to save, which `pack` makes: one that could not be read goes back as it came, until the session's music has
    /// changed; the last one that was good, if none can be made.
    fn save(&self, pack: impl FnOnce(&Session) -> Result<Vec<u8>, SessionError>) -> String {
        if let Some(unread) = &*self.unread.lock()
            && same_music(&unread.before, &self.session.snapshot())
        {
            return unread.chunk.clone();
        }
        let packed = guarded("saving the project", || pack(&self.session).map_err(|error| error.to_string())).flatten();
        match packed {
            Ok(chunk) => {
                let chunk = STANDARD.encode(chunk);
                self.last.lock().clone_from(&chunk);
                chunk
            }
            Err(sentence) => {
                self.notices.tell(Notice::bad(sentence));
                self.last.lock().clone()
            }
        }
    }
}

fn read(session: &Session, chunk: &str) -> Result<(), String> {
    let bytes = STANDARD
        .decode(chunk)
        .map_err(|_| "The saved session is not text in base64; the session was kept as it was.".to_owned())?;
    session.load(&bytes).map_err(|error| error.to_string())
}

impl PersistentField<'_, String> for SessionChunk {
    fn set(&self, chunk: String) {
        self.load(chunk, read);
    }

    fn map<F, R>(&self, f: F) -> R
    where
        F: Fn(&String) -> R,
    {
        f(&self.save(Session::save))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notices::Tone;
    use solferino_score::{Clip, Lane, LaneKind, Note, Ticks};
    use solferino_session::Slot;

    fn chunk() -> SessionChunk {
        let session = Session::new(solferino_engine::library());
        let note = Note { start: Ticks::ZERO, pitch: 60, length: Ticks(960), velocity: 90 };
        let lanes = vec![Lane::new("", LaneKind::Melody, 0, vec![note])];
        session.set_source(Slot::A, Clip { length: Ticks(3840), lanes, ..Clip::default() }).unwrap();
        SessionChunk::new(session, Arc::default(), Arc::default(), Arc::default())
    }

    #[test]
    fn a_panic_while_saving_gives_what_was_saved_last() {
        let chunk = chunk();
        let good = chunk.save(Session::save);
        chunk.session.clear_source(Slot::A);
        assert_eq!(chunk.save(|_| panic!("no memory")), good);
        let notice = chunk.notices.last().unwrap();
        assert!(notice.tone == Tone::Bad && notice.text.contains("saving the project"), "{}", notice.text);
        assert_ne!(chunk.save(Session::save), good, "nothing is left locked");
    }

    #[test]
    fn a_panic_while_loading_keeps_what_came() {
        let chunk = chunk();
        chunk.load("from a newer version".to_owned(), |_, _| panic!("a mistake"));
        assert!(chunk.notices.last().unwrap().text.contains("loading the project"));
        assert_eq!(chunk.save(Session::save), "from a newer version");
        chunk.session.clear_source(Slot::A);
        assert_ne!(chunk.save(Session::save), "from a newer version", "until the music has changed");
    }
}
