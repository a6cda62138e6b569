//! What plays: the takes that go to the audio thread, and what is heard from it.

use crate::Session;
use crate::deck::Deck;
use solferino_realtime::{Desk, Playhead};
use std::sync::Arc;

impl Session {
    /// Gives the session the control end of the audio thread's handoff: from now on the takes are sent there.
    pub fn attach_desk(&self, desk: Desk) {
        *self.deck.lock() = Some(Deck::new(desk));
        self.play();
    }

    /// Frees what came back from the audio thread, and takes the take that automation has chosen there for selected, which
    /// ends a preview. The courier does it for active sessions.
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
        let takes = &state.contents.music.takes;
        let playing = takes.iter().map(|take| take.id).find(|id| Some(u64::from(id.0)) == said.tag);
        let chosen = state.chosen().map(|(_, take)| take.id);
        if said.choices != state.choices || playing.is_none() || playing == chosen {
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

    /// Sends the takes to the audio thread. The deck is locked first and the state read then, so that of two threads the
    /// later reading is sent last.
    pub(crate) fn play(&self) {
        let mut deck = self.deck.lock();
        let Some(deck) = deck.as_mut() else { return };
        let (takes, chosen, scope, choices) = {
            let state = self.state.lock();
            let chosen = state.chosen().map(|(_, take)| Arc::clone(take));
            (state.contents.music.takes.clone(), chosen, state.contents.settings.scope, state.choices)
        };
        deck.send(&takes, chosen.as_ref(), scope, choices);
    }
}
