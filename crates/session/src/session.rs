//! The session itself.

use crate::contents::{Contents, Music};
use crate::deck::Deck;
use crate::history::History;
use crate::job::{Purpose, Running};
use crate::pool::Pool;
use crate::{SessionError, Settings, Slot, Snapshot, Status, Take, TakeId, chunk};
use parking_lot::{Mutex, RwLock};
use solferino_models::Library;
use solferino_score::Clip;
use solferino_tools::{Made, Scope};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

type Listener = Arc<dyn Fn() + Send + Sync>;

/// The music of one plug-in instance. Shared by its editor, its wrapper, the courier and its jobs.
///
/// Every call returns at once; jobs run on the pool and are never waited for. Changes bump [`Session::revision`] and call
/// the listener.
pub struct Session {
    pub(crate) models: &'static Library,
    pub(crate) pool: Arc<Pool>,
    pub(crate) state: Mutex<State>,
    revision: AtomicU64,
    listener: RwLock<Option<Listener>>,
    pub(crate) deck: Mutex<Option<Deck>>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub contents: Contents,
    pub history: History,
    pub status: Status,
    /// What plays in place of the selected take.
    pub preview: Option<Arc<Take>>,
    /// The job of each [`Purpose`].
    pub running: [Option<Running>; Purpose::ALL.len()],
    /// How many jobs there were.
    pub jobs: u64,
    /// How many choices of what plays were made here, not by automation; see [`solferino_realtime::Bank`].
    pub choices: u64,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("revision", &self.revision()).finish_non_exhaustive()
    }
}

impl Session {
    /// An empty session that uses these models. Starts no thread, loads no model.
    #[must_use]
    pub fn new(models: &'static Library) -> Arc<Self> {
        Arc::new(Self {
            models,
            pool: Pool::shared(),
            state: Mutex::default(),
            revision: AtomicU64::new(0),
            listener: RwLock::new(None),
            deck: Mutex::new(None),
        })
    }

    /// Counts up with each change of what [`Session::snapshot`] shows. Not with a job's progress: see
    /// [`Session::status`].
    #[must_use]
    pub fn revision(&self) -> u64 {
        // Acquire pairs with the Release in `count_change`: who sees the number finds the change in a snapshot.
        self.revision.load(Ordering::Acquire)
    }

    /// What the session holds now.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        let state = self.state.lock();
        let music = state.contents.music.clone();
        Arc::new(Snapshot {
            revision: self.revision(),
            sources: music.sources,
            takes: music.takes,
            selected: music.selected,
            preview: state.preview.clone(),
            choices: state.choices,
            settings: state.contents.settings.clone(),
            can_undo: state.preview.is_some() || state.history.can_undo(),
            can_redo: state.history.can_redo(),
        })
    }

    /// What the last job for takes came to, or how far it is. Of previews only their failures are told.
    #[must_use]
    pub fn status(&self) -> Status {
        let state = self.state.lock();
        let running = state.running[Purpose::Takes.index()].as_ref();
        running.map_or_else(|| state.status.clone(), Running::status)
    }

    /// Calls `listener` after each change, on the thread that made it, with no lock of the session held: it may call the
    /// session, but should only ask for a repaint and mark the project as changed.
    pub fn set_listener(&self, listener: Box<dyn Fn() + Send + Sync>) {
        *self.listener.write() = Some(Arc::from(listener));
    }

    /// Takes the listener away. A call of it may still be under way.
    pub fn clear_listener(&self) {
        *self.listener.write() = None;
    }

    /// Puts a clip into a slot. Can be undone.
    ///
    /// # Errors
    /// [`SessionError::ClipTooLarge`]; the slot keeps what it had.
    pub fn set_source(&self, slot: Slot, clip: Clip) -> Result<(), SessionError> {
        self.change_music(|contents| contents.set_source(slot, clip, None))
    }

    /// Puts a take into a slot. Can be undone.
    ///
    /// # Errors
    /// [`SessionError::NoSuchTake`], [`SessionError::ClipTooLarge`].
    pub fn set_source_from_take(&self, slot: Slot, id: TakeId) -> Result<(), SessionError> {
        self.change_music(|contents| {
            let take = contents.take(id)?;
            let clip = take.clip(Scope::All);
            contents.set_source(slot, clip, Some(id))
        })
    }

    /// Empties a slot. Can be undone.
    pub fn clear_source(&self, slot: Slot) {
        self.change(|state| {
            if state.contents.source(slot).is_none() {
                return false;
            }
            state.history.remember(&state.contents.music);
            state.contents.music.sources[slot.index()] = None;
            true
        });
    }

    /// Plays a take, and no preview any more.
    ///
    /// # Errors
    /// [`SessionError::NoSuchTake`].
    pub fn select(&self, id: TakeId) -> Result<(), SessionError> {
        self.try_change(|state| {
            state.contents.take(id)?;
            // Also when it is selected already: automation may have chosen another one a moment ago.
            state.choices += 1;
            let preview = state.end_preview();
            let before = state.contents.music.selected.replace(id);
            Ok(preview || before != Some(id))
        })
    }

    /// Plays nothing.
    pub fn select_none(&self) {
        self.change(|state| {
            // As in `select`.
            state.choices += 1;
            state.end_preview() | state.contents.music.selected.take().is_some()
        });
    }

    /// Marks a take, or takes the mark away.
    ///
    /// # Errors
    /// [`SessionError::NoSuchTake`].
    pub fn star(&self, id: TakeId, starred: bool) -> Result<(), SessionError> {
        self.try_change(|state| state.contents.edit(id, |take| take.starred = starred))
    }

    /// Gives a take another name.
    ///
    /// # Errors
    /// [`SessionError::NoSuchTake`].
    pub fn rename(&self, id: TakeId, name: &str) -> Result<(), SessionError> {
        self.try_change(|state| state.contents.edit(id, |take| name.clone_into(&mut take.name)))
    }

    /// Takes a take away; its neighbour plays instead. Ends a preview, since takes change their places, of which hosts are
    /// told. Can be undone.
    ///
    /// # Errors
    /// [`SessionError::NoSuchTake`].
    pub fn remove(&self, id: TakeId) -> Result<(), SessionError> {
        self.try_change(|state| {
            let before = state.contents.music.clone();
            state.contents.remove(id)?;
            state.end_preview();
            state.history.remember(&before);
            Ok(true)
        })
    }

    /// Changes the settings.
    pub fn set_settings(&self, edit: impl FnOnce(&mut Settings)) {
        self.change(|state| {
            let before = state.contents.settings.clone();
            edit(&mut state.contents.settings);
            before != state.contents.settings
        });
    }

    /// Takes back the preview if there is one or one is being made, else the last generation, removal or change of a source.
    /// Names, stars and settings stay. Whether there was something.
    pub fn undo(&self) -> bool {
        self.change(|state| {
            let in_the_making = state.running[Purpose::Preview.index()].is_some();
            state.end_preview() || in_the_making || state.history.undo(&mut state.contents)
        })
    }

    /// Does again what was undone. Whether there was something.
    pub fn redo(&self) -> bool {
        self.change(|state| {
            let preview = state.end_preview();
            state.history.redo(&mut state.contents) || preview
        })
    }

    /// A take by its number.
    #[must_use]
    pub fn take(&self, id: TakeId) -> Option<Arc<Take>> {
        self.state.lock().contents.take(id).ok().cloned()
    }

    /// The state chunk: everything but undo, preview and jobs. Equal sessions give equal bytes.
    ///
    /// # Errors
    /// [`SessionError::NotPacked`].
    pub fn save(&self) -> Result<Vec<u8>, SessionError> {
        let contents = self.state.lock().contents.clone();
        chunk::save(&contents)
    }

    /// Replaces everything by a state chunk; cancels what runs and forgets what could be undone.
    ///
    /// # Errors
    /// [`SessionError::NotAState`], [`SessionError::NewerState`], [`SessionError::DamagedState`] or
    /// [`SessionError::StateTooLarge`]; the session is as before then.
    pub fn load(&self, bytes: &[u8]) -> Result<(), SessionError> {
        let contents = chunk::load(bytes)?;
        self.change(|state| {
            for purpose in Purpose::ALL {
                state.cancel(purpose);
            }
            *state = State { contents, jobs: state.jobs, choices: state.choices + 1, ..State::default() };
            true
        });
        Ok(())
    }

    /// The models the session uses.
    #[must_use]
    pub fn models(&self) -> &'static Library {
        self.models
    }

    /// A change of the music that can be undone.
    fn change_music(&self, change: impl FnOnce(&mut Contents) -> Result<(), SessionError>) -> Result<(), SessionError> {
        self.try_change(|state| {
            let before: Music = state.contents.music.clone();
            change(&mut state.contents)?;
            state.history.remember(&before);
            Ok(true)
        })
    }

    pub(crate) fn try_change(
        &self,
        change: impl FnOnce(&mut State) -> Result<bool, SessionError>,
    ) -> Result<(), SessionError> {
        let mut outcome = Ok(false);
        self.change(|state| {
            outcome = change(state);
            matches!(outcome, Ok(true))
        });
        outcome.map(drop)
    }

    /// Changes the state; if that made a difference, says so to everyone concerned.
    pub(crate) fn change(&self, change: impl FnOnce(&mut State) -> bool) -> bool {
        let (different, chosen) = {
            let mut state = self.state.lock();
            let (before, choices) = (state.choice(), state.choices);
            let different = change(&mut state);
            state.choices += u64::from(state.choice() != before);
            if different {
                self.count_change();
            }
            (different, choices != state.choices)
        };
        if different || chosen {
            self.play();
        }
        if different {
            self.notify();
        }
        different
    }

    pub(crate) fn count_change(&self) {
        // Release pairs with the Acquire in `revision`.
        self.revision.fetch_add(1, Ordering::Release);
    }

    pub(crate) fn notify(&self) {
        let listener = self.listener.read().clone();
        if let Some(listener) = listener {
            listener();
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        for purpose in Purpose::ALL {
            self.state.get_mut().cancel(purpose);
        }
    }
}

impl State {
    /// What plays by the session's own choice, and where the selected take stands in the strip.
    pub(crate) fn chosen(&self) -> Option<(Option<usize>, &Arc<Take>)> {
        let takes = &self.contents.music.takes;
        let place = takes.iter().position(|take| Some(take.id) == self.contents.music.selected);
        let take = self.preview.as_ref().or_else(|| takes.get(place?))?;
        Some((place, take))
    }

    /// Tells one choice from another.
    fn choice(&self) -> Option<(Option<usize>, TakeId, *const Made)> {
        self.chosen().map(|(place, take)| (place, take.id, Arc::as_ptr(&take.made)))
    }

    /// Ends the preview and the job for it; whether there was one to hear.
    pub(crate) fn end_preview(&mut self) -> bool {
        self.cancel(Purpose::Preview);
        self.preview.take().is_some()
    }
}
