//! The session itself.

use crate::contents::{Contents, Music};
use crate::deck::{Deck, Strip};
use crate::history::History;
use crate::job::Running;
use crate::pool::Pool;
use crate::{JobId, Parent, SessionError, Settings, Slot, Snapshot, Status, Take, TakeId, Trigger, chunk};
use parking_lot::{Mutex, RwLock};
use solferino_models::{Cancel, Library};
use solferino_realtime::{Desk, Playhead};
use solferino_score::Clip;
use solferino_tools::{ContinueRequest, Continued, ModelUsed, Progress, ToolError, continue_clip};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

type Listener = Arc<dyn Fn() + Send + Sync>;
type Outcome = Result<(Vec<Continued>, ModelUsed), ToolError>;

/// The music of one plug-in instance. Shared by its editor, its wrapper, the courier and its jobs.
///
/// Every call returns at once; jobs run on the pool and are never waited for. Changes bump [`Session::revision`] and call
/// the listener.
pub struct Session {
    models: &'static Library,
    pool: Arc<Pool>,
    state: Mutex<State>,
    revision: AtomicU64,
    listener: RwLock<Option<Listener>>,
    deck: Mutex<Option<Deck>>,
    trigger: Arc<Trigger>,
}

#[derive(Debug, Default)]
struct State {
    contents: Contents,
    history: History,
    status: Status,
    job: Option<Running>,
    jobs: u64,
    /// How many choices of what plays were made here; see [`solferino_realtime::Bank`].
    choices: u64,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("revision", &self.revision()).finish_non_exhaustive()
    }
}

impl Session {
    /// An empty session that uses the models of the process. Starts no thread, loads no model.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Self::with_models(Library::shared())
    }

    /// An empty session that uses these models.
    #[must_use]
    pub fn with_models(models: &'static Library) -> Arc<Self> {
        Arc::new(Self {
            models,
            pool: Pool::shared(),
            state: Mutex::default(),
            revision: AtomicU64::new(0),
            listener: RwLock::new(None),
            deck: Mutex::new(None),
            trigger: Arc::default(),
        })
    }

    /// Counts up with each change of what [`Session::snapshot`] shows. Not with a job's progress: see
    /// [`Session::status`].
    #[must_use]
    pub fn revision(&self) -> u64 {
        // Acquire pairs with the Release in `changed`: who sees the number finds the change in a snapshot.
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
            choices: state.choices,
            settings: state.contents.settings.clone(),
            can_undo: state.history.can_undo(),
            can_redo: state.history.can_redo(),
        })
    }

    /// What the last job came to, or how far it is.
    #[must_use]
    pub fn status(&self) -> Status {
        let state = self.state.lock();
        state.job.as_ref().map_or_else(|| state.status.clone(), Running::status)
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
            let clip = Clip { name: take.name.clone(), ..take.clip.clip.clone() };
            contents.set_source(slot, clip, Some(id))
        })
    }

    /// Empties a slot. Can be undone.
    pub fn clear_source(&self, slot: Slot) {
        self.change(|state| {
            if state.contents.source(slot).is_none() {
                return false;
            }
            state.history.remember(state.contents.music.clone());
            state.contents.music.sources[slot.index()] = None;
            true
        });
    }

    /// Continues the source in a slot, in the background: takes come all at once, the first of them selected. Cancels
    /// what runs. What became of it says [`Session::status`], an empty slot too.
    pub fn continue_from(self: &Arc<Self>, slot: Slot, request: ContinueRequest) -> JobId {
        let source = self.state.lock().contents.source(slot).cloned();
        let Some(source) = source else {
            return self.fail(format!("Source {slot} is empty; drop a MIDI clip on it or open one, then continue it."));
        };
        let parent = Parent { slot, name: source.clip.name.clone(), take: source.origin };
        let models = self.models;
        let asked = request.clone();
        let work = move |cancel: &Cancel, progress: &mut dyn FnMut(Progress)| {
            continue_clip(models, &source.clip, &asked, cancel, progress)
        };
        self.start(request, parent, work)
    }

    /// Cancels what runs; it stops within one step of the model and leaves nothing behind.
    pub fn cancel(&self) {
        let cancelled = {
            let mut state = self.state.lock();
            let running = state.cancel();
            if running {
                state.status = Status::Cancelled;
            }
            running
        };
        if cancelled {
            self.notify();
        }
    }

    /// Plays a take.
    ///
    /// # Errors
    /// [`SessionError::NoSuchTake`].
    pub fn select(&self, id: TakeId) -> Result<(), SessionError> {
        self.try_change(|state| {
            state.contents.take(id)?;
            // Also when it is selected already: automation may have chosen another one a moment ago.
            state.choices += 1;
            Ok(state.contents.music.selected.replace(id) != Some(id))
        })
    }

    /// Plays nothing.
    pub fn select_none(&self) {
        self.change(|state| state.contents.music.selected.take().is_some());
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

    /// Takes a take away; its neighbour plays instead. Can be undone.
    ///
    /// # Errors
    /// [`SessionError::NoSuchTake`].
    pub fn remove(&self, id: TakeId) -> Result<(), SessionError> {
        self.change_music(|contents| contents.remove(id))
    }

    /// Changes the settings.
    pub fn set_settings(&self, edit: impl FnOnce(&mut Settings)) {
        self.change(|state| {
            let before = state.contents.settings.clone();
            edit(&mut state.contents.settings);
            before != state.contents.settings
        });
    }

    /// Takes back the last generation, removal or change of a source. Names, stars and settings stay. Whether there was
    /// one.
    pub fn undo(&self) -> bool {
        self.change(|state| state.history.undo(&mut state.contents))
    }

    /// Does again what was undone. Whether there was something.
    pub fn redo(&self) -> bool {
        self.change(|state| state.history.redo(&mut state.contents))
    }

    /// A take by its number.
    #[must_use]
    pub fn take(&self, id: TakeId) -> Option<Arc<Take>> {
        self.state.lock().contents.take(id).ok().cloned()
    }

    /// The state chunk: everything but undo and jobs. Equal sessions give equal bytes.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
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
            state.cancel();
            state.status = Status::Idle;
            state.history = History::default();
            state.contents = contents;
            state.choices += 1;
            true
        });
        Ok(())
    }

    /// Gives the session the control end of the audio thread's handoff: from now on its takes are sent there.
    pub fn attach_desk(&self, desk: Desk) {
        *self.deck.lock() = Some(Deck::new(desk));
        self.play();
    }

    /// Frees what came back from the audio thread, and takes the take that automation has chosen for selected; the courier
    /// does it for active sessions.
    pub fn collect(&self) {
        let said = self.deck.lock().as_mut().map(|deck| {
            deck.desk.collect();
            deck.desk.playhead()
        });
        if said.is_some_and(|said| self.follow(said)) {
            self.notify();
        }
    }

    /// Selects what plays, if the audio thread knows the last choice made here; whether that changed anything.
    fn follow(&self, said: Playhead) -> bool {
        let mut state = self.state.lock();
        let playing = said.tag.and_then(|tag| u32::try_from(tag).ok()).map(TakeId);
        let Some(playing) = playing.filter(|id| state.contents.take(*id).is_ok()) else { return false };
        if said.choices != state.choices || state.contents.music.selected == Some(playing) {
            return false;
        }
        state.contents.music.selected = Some(playing);
        // Release pairs with the Acquire in `revision`.
        self.revision.fetch_add(1, Ordering::Release);
        true
    }

    /// How many banks are with the audio thread.
    #[cfg(test)]
    pub(crate) fn desk_lent(&self) -> usize {
        self.deck.lock().as_ref().map_or(0, |deck| deck.desk.lent())
    }

    /// What the audio thread last said; `None` before a desk is attached.
    #[must_use]
    pub fn playhead(&self) -> Option<Playhead> {
        self.deck.lock().as_mut().map(|deck| deck.desk.playhead())
    }

    /// The rope that the audio thread pulls to ask for the errand of [`Session::activate`].
    #[must_use]
    pub fn trigger(&self) -> &Arc<Trigger> {
        &self.trigger
    }

    /// The models the session uses.
    #[must_use]
    pub fn models(&self) -> &'static Library {
        self.models
    }

    /// Starts work whose result becomes takes.
    pub(crate) fn start(
        self: &Arc<Self>,
        request: ContinueRequest,
        parent: Parent,
        work: impl FnOnce(&Cancel, &mut dyn FnMut(Progress)) -> Outcome + Send + 'static,
    ) -> JobId {
        let began = Instant::now();
        let running = self.begin();
        let (id, session) = (running.id, Arc::downgrade(self));
        let queued = self.pool.run(move || {
            if running.cancel.is_cancelled() {
                return;
            }
            let outcome = catch_unwind(AssertUnwindSafe(|| work(&running.cancel, &mut |step| running.advance(step))));
            if let Some(session) = session.upgrade() {
                session.finish(running.id, outcome, &request, &parent, began);
            }
        });
        if let Err(error) = queued {
            self.end(id, Status::Failed(format!("No worker thread could be started: {error}. Close other programs.")));
        } else {
            self.notify();
        }
        id
    }

    fn begin(&self) -> Running {
        let mut state = self.state.lock();
        state.cancel();
        state.jobs += 1;
        let running = Running::new(JobId(state.jobs));
        state.job = Some(running.clone());
        running
    }

    fn fail(&self, sentence: String) -> JobId {
        let id = self.begin().id;
        self.end(id, Status::Failed(sentence));
        id
    }

    /// On the worker: the job's takes become the session's, unless another job or a cancellation came between.
    fn finish(
        &self,
        id: JobId,
        outcome: Result<Outcome, Box<dyn Any + Send>>,
        request: &ContinueRequest,
        parent: &Parent,
        began: Instant,
    ) {
        let (takes, model) = match outcome {
            Ok(Ok(takes)) => takes,
            Ok(Err(ToolError::Cancelled)) => return self.end(id, Status::Cancelled),
            Ok(Err(error)) => return self.end(id, Status::Failed(error.to_string())),
            Err(panic) => return self.end(id, Status::Failed(panic_sentence(&*panic))),
        };
        self.change(|state| {
            if state.job.as_ref().is_none_or(|job| job.id != id) {
                return false;
            }
            state.job = None;
            state.history.remember(state.contents.music.clone());
            state.contents.add_takes(takes, &model, request, parent);
            state.status = Status::Done { ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX) };
            true
        });
    }

    fn end(&self, id: JobId, status: Status) {
        {
            let mut state = self.state.lock();
            if state.job.as_ref().is_none_or(|job| job.id != id) {
                return;
            }
            state.job = None;
            state.status = status;
        }
        self.notify();
    }

    /// A change of the music that can be undone.
    fn change_music(&self, change: impl FnOnce(&mut Contents) -> Result<(), SessionError>) -> Result<(), SessionError> {
        self.try_change(|state| {
            let before: Music = state.contents.music.clone();
            change(&mut state.contents)?;
            state.history.remember(before);
            Ok(true)
        })
    }

    fn try_change(&self, change: impl FnOnce(&mut State) -> Result<bool, SessionError>) -> Result<(), SessionError> {
        let mut outcome = Ok(false);
        self.change(|state| {
            outcome = change(state);
            matches!(outcome, Ok(true))
        });
        outcome.map(drop)
    }

    /// Changes the state; if that made a difference, says so to everyone concerned.
    fn change(&self, change: impl FnOnce(&mut State) -> bool) -> bool {
        let (different, replay) = {
            let mut state = self.state.lock();
            let (before, choices) = (Strip::new(&state.contents), state.choices);
            let different = change(&mut state);
            let after = Strip::new(&state.contents);
            state.choices += u64::from(after.chose_otherwise(&before));
            if different {
                // Release pairs with the Acquire in `revision`.
                self.revision.fetch_add(1, Ordering::Release);
            }
            (different, choices != state.choices || !after.holds_the_same(&before))
        };
        if replay {
            self.play();
        }
        if different {
            self.notify();
        }
        different
    }

    /// Sends what can be played to the audio thread. The deck is locked first and the state read then, so that of two
    /// threads the later reading is sent last.
    fn play(&self) {
        let mut deck = self.deck.lock();
        let Some(deck) = deck.as_mut() else { return };
        let (strip, choices) = {
            let state = self.state.lock();
            (Strip::new(&state.contents), state.choices)
        };
        deck.send(&strip, choices);
    }

    fn notify(&self) {
        let listener = self.listener.read().clone();
        if let Some(listener) = listener {
            listener();
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.state.get_mut().cancel();
    }
}

impl State {
    /// Whether something ran.
    fn cancel(&mut self) -> bool {
        let job = self.job.take();
        if let Some(job) = &job {
            job.cancel.cancel();
        }
        job.is_some()
    }
}

fn panic_sentence(panic: &(dyn Any + Send)) -> String {
    let message = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let message = message.unwrap_or("no message");
    format!("Solferino made a mistake and stopped the job; nothing was lost. Please report this: \"{message}\".")
}
