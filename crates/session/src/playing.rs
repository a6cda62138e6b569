//! The session's end of the audio thread: the bank of takes that goes there, and what is heard from it.

use crate::{Session, Take, TakeId};
use solferino_realtime::{Bank, Desk, Loop, Payload, Playhead};
use solferino_tools::{Made, Scope};
use std::sync::Arc;

/// What the audio thread was given.
#[derive(Debug, Default)]
pub(crate) struct Playing {
    desk: Option<Desk>,
    /// The loops of the strip in its order, and of the preview behind them.
    loops: Vec<Looped>,
    /// The [`crate::session::State::choices`] that were sent with them.
    choices: Option<u64>,
}

/// A take made ready to be played, and what it was made of.
#[derive(Clone, Debug)]
struct Looped {
    made: Arc<Made>,
    scope: Scope,
    ready: Arc<Loop>,
}

impl Looped {
    fn is_of(&self, id: TakeId, made: &Arc<Made>, scope: Scope) -> bool {
        self.ready.tag() == u64::from(id.0) && Arc::ptr_eq(&self.made, made) && self.scope == scope
    }
}

impl Session {
    /// Gives the session the control end of the audio thread's handoff: from now on the takes are sent there.
    pub fn attach_desk(&self, desk: Desk) {
        *self.playing.lock() = Playing { desk: Some(desk), ..Playing::default() };
        self.play();
    }

    /// Frees what came back from the audio thread and takes the take that automation chose there for selected. The courier
    /// does it for active sessions.
    pub fn attend(&self) {
        let said = self.playing.lock().desk.as_mut().map(|desk| {
            desk.collect();
            desk.playhead()
        });
        if said.is_some_and(|said| self.follow(said)) {
            self.notify();
        }
    }

    /// Selects what plays, if the audio thread knows the last choice that was made here; whether that changed anything.
    fn follow(&self, said: Playhead) -> bool {
        let mut state = self.state.lock();
        let music = &state.contents.music;
        let playing = music.takes.iter().map(|take| take.id).find(|id| Some(u64::from(id.0)) == said.tag);
        if said.choices != state.choices || playing.is_none() || playing == music.selected {
            return false;
        }
        state.preview = None;
        state.contents.music.selected = playing;
        self.count_change();
        true
    }

    /// How many payloads are with the audio thread.
    #[cfg(test)]
    pub(crate) fn desk_lent(&self) -> usize {
        self.playing.lock().desk.as_ref().map_or(0, Desk::lent)
    }

    /// What the audio thread last said; `None` before a desk is attached.
    #[must_use]
    pub fn playhead(&self) -> Option<Playhead> {
        self.playing.lock().desk.as_mut().map(Desk::playhead)
    }

    /// Sends the takes to the audio thread, if they or the choice among them changed. The desk is locked first and the
    /// state read then, so that of two threads the later reading is sent last.
    pub(crate) fn play(&self) {
        let mut playing = self.playing.lock();
        if playing.desk.is_none() {
            return;
        }
        let (takes, chosen, choices, scope) = {
            let state = self.state.lock();
            let takes: Vec<Arc<Take>> = state.contents.music.takes.iter().chain(&state.preview).map(Arc::clone).collect();
            let chosen = state.preview.as_ref().map(|take| take.id).or(state.contents.music.selected);
            (takes, chosen, state.choices, state.contents.settings.scope)
        };
        let same = |looped: &Looped, take: &Take| looped.is_of(take.id, &take.made, scope);
        let held = takes.len() == playing.loops.len();
        if held && takes.iter().zip(&playing.loops).all(|(take, looped)| same(looped, take)) && playing.choices == Some(choices) {
            return;
        }
        let ready = |take: &Arc<Take>| match playing.loops.iter().find(|looped| same(looped, take)) {
            Some(looped) => looped.clone(),
            None => {
                let ready = Arc::new(Loop::new(u64::from(take.id.0), &take.made.scoped(scope)));
                Looped { made: Arc::clone(&take.made), scope, ready }
            }
        };
        playing.loops = takes.iter().map(ready).collect();
        playing.choices = Some(choices);
        let loops = playing.loops.iter().map(|looped| Arc::clone(&looped.ready)).collect();
        let chosen = takes.iter().position(|take| Some(take.id) == chosen);
        let bank = Bank::new(loops, chosen, choices);
        if let Some(desk) = playing.desk.as_mut() {
            desk.send(Payload::Bank(Arc::new(bank)));
        }
    }
}
