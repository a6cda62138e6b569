//! What plays: the takes that go to the audio thread, and what is heard from it.

use crate::deck::Deck;
use crate::{Session, Take};
use solferino_realtime::{Desk, Playhead};
use std::sync::Arc;

impl Session {
    /// Gives the session the control end of the audio thread's handoff: from now on the takes are sent there.
    pub fn attach_desk(&self, desk: Desk) {
        *self.deck.lock() = Some(Deck::new(desk));
        self.play();
    }

    /// Frees what came back from the audio thread, and takes the take that automation has chosen there for selected. The
    /// courier does it for active sessions.
    pub fn attend(&self) {
        let said = self.deck.lock().as_mut().map(|deck| {
            deck.collect();
            deck.playhead()
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
        state.end_preview();
        state.contents.music.selected = playing;
        self.count_change();
        true
    }

    /// How many banks are with the audio thread.
    #[cfg(test)]
    pub(crate) fn desk_lent(&self) -> usize {
        self.deck.lock().as_ref().map_or(0, Deck::lent)
    }

    /// What the audio thread last said; `None` before a desk is attached.
    #[must_use]
    pub fn playhead(&self) -> Option<Playhead> {
        self.deck.lock().as_mut().map(Deck::playhead)
    }

    /// Sends the takes to the audio thread, the preview behind them. The deck is locked first and the state read then, so
    /// that of two threads the later reading is sent last.
    pub(crate) fn play(&self) {
        let mut deck = self.deck.lock();
        let Some(deck) = deck.as_mut() else { return };
        let (takes, scope, chosen, choices) = {
            let state = self.state.lock();
            let takes: Vec<Arc<Take>> =
                state.contents.music.takes.iter().chain(&state.preview).map(Arc::clone).collect();
            let chosen = state.preview.as_ref().map(|take| take.id).or(state.contents.music.selected);
            (takes, state.contents.settings.scope, chosen, state.choices)
        };
        deck.send(&takes, scope, chosen, choices);
    }
}
