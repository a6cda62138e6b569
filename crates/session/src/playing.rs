//! The session's end of the audio thread: the bank of takes that goes there, and what is heard from it.

use crate::{Session, TakeId};
use solferino_realtime::{Bank, Desk, Loop, Payload, Playhead};
use solferino_tools::{Made, Scope};
use std::sync::Arc;

/// What the audio thread was given.
#[derive(Debug, Default)]
pub(crate) struct Playing {
    desk: Option<Desk>,
    /// The loops of the strip in its order, and of the preview behind them.
    loops: Vec<Looped>,
    /// Which of them the session chose.
    chosen: Option<usize>,
    /// How many choices the session has made; see [`Bank`].
    choices: u64,
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
        let chosen = {
            let mut playing = self.playing.lock();
            let Some(desk) = playing.desk.as_mut() else { return };
            desk.collect();
            let playhead = desk.playhead();
            // With an older count the audio thread has not heard of the session's last choice yet.
            let place = playing.loops.iter().position(|looped| Some(looped.ready.tag()) == playhead.tag);
            match place.filter(|_| playhead.choices == playing.choices && place != playing.chosen) {
                Some(place) => self.note_chosen(&mut playing, place),
                None => false,
            }
        };
        if chosen {
            self.notify();
        }
    }

    fn note_chosen(&self, playing: &mut Playing, place: usize) -> bool {
        let mut state = self.state.lock();
        let Some(take) = state.contents.music.takes.get(place) else { return false };
        let id = take.id;
        if u64::from(id.0) != playing.loops[place].ready.tag() {
            return false;
        }
        playing.chosen = Some(place);
        state.preview = None;
        state.contents.music.selected = Some(id);
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
        let (takes, selected, scope) = {
            let state = self.state.lock();
            let preview = state.preview.iter();
            let takes: Vec<_> = state.contents.music.takes.iter().chain(preview).map(Arc::clone).collect();
            let selected = state.preview.as_ref().map(|take| take.id).or(state.contents.music.selected);
            (takes, selected, state.contents.settings.scope)
        };
        let chosen = takes.iter().position(|take| Some(take.id) == selected);
        let same = |looped: &Looped, take: &crate::Take| looped.is_of(take.id, &take.made, scope);
        let same_takes =
            takes.len() == playing.loops.len() && takes.iter().zip(&playing.loops).all(|(take, looped)| same(looped, take));
        let music = |loops: &[Looped], place: Option<usize>| place.map(|place| (loops[place].ready.tag(), Arc::as_ptr(&loops[place].made)));
        let before = music(&playing.loops, playing.chosen);
        if same_takes && chosen == playing.chosen {
            return;
        }
        let ready = |take: &Arc<crate::Take>| match playing.loops.iter().find(|looped| same(looped, take)) {
            Some(looped) => looped.clone(),
            None => {
                let ready = Arc::new(Loop::new(u64::from(take.id.0), &take.made.scoped(scope)));
                Looped { made: Arc::clone(&take.made), scope, ready }
            }
        };
        let loops: Vec<Looped> = takes.iter().map(ready).collect();
        if music(&loops, chosen) != before {
            playing.choices += 1;
        }
        playing.loops = loops;
        playing.chosen = chosen;
        let loops = playing.loops.iter().map(|looped| Arc::clone(&looped.ready)).collect();
        let bank = Bank::new(loops, chosen, playing.choices);
        if let Some(desk) = playing.desk.as_mut() {
            desk.send(Payload::Bank(Arc::new(bank)));
        }
    }
}
