//! The way to the audio thread, and the loops that were made for it.

use crate::Take;
use solferino_realtime::{Bank, Desk, Loop, Payload, Playhead};
use solferino_tools::{Made, Scope};
use std::sync::Arc;

/// The control end of the audio thread's handoff, and what went there last.
#[derive(Debug)]
pub(crate) struct Deck {
    desk: Desk,
    strip: Vec<Looped>,
    chosen: Option<Looped>,
    /// How many choices of the session went with them.
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
    fn new(take: &Take, scope: Scope) -> Self {
        let ready = Arc::new(Loop::new(u64::from(take.id.0), &take.made.scoped(scope)));
        Self { made: Arc::clone(&take.made), scope, ready }
    }

    fn is_of(&self, take: &Take, scope: Scope) -> bool {
        self.ready.tag() == u64::from(take.id.0) && Arc::ptr_eq(&self.made, &take.made) && self.scope == scope
    }
}

impl Deck {
    pub fn new(desk: Desk) -> Self {
        Self { desk, strip: Vec::new(), chosen: None, choices: None }
    }

    /// Sends the first takes of the strip, as many as automation can reach, and the chosen one, which plays after so many
    /// choices of the session. Nothing, if the takes are those that went last and there was no choice since. A take that
    /// was sent before keeps its loop.
    pub fn send(&mut self, strip: &[Arc<Take>], chosen: Option<&Arc<Take>>, scope: Scope, choices: u64) {
        let strip = &strip[..strip.len().min(Bank::MOST)];
        let same = strip.len() == self.strip.len()
            && strip.iter().zip(&self.strip).all(|(take, looped)| looped.is_of(take, scope));
        if same && self.choices == Some(choices) {
            return;
        }
        let ready = |take: &Arc<Take>| {
            let known = self.strip.iter().chain(&self.chosen).find(|looped| looped.is_of(take, scope));
            known.map_or_else(|| Looped::new(take, scope), Looped::clone)
        };
        let loops: Vec<Looped> = strip.iter().map(ready).collect();
        let chosen = chosen.map(|take| {
            let placed = loops.iter().find(|looped| looped.is_of(take, scope));
            placed.map_or_else(|| ready(take), Looped::clone)
        });
        (self.strip, self.chosen, self.choices) = (loops, chosen, Some(choices));
        let strip = self.strip.iter().map(|looped| Arc::clone(&looped.ready)).collect();
        let chosen = self.chosen.as_ref().map(|looped| Arc::clone(&looped.ready));
        self.desk.send(Payload::Bank(Arc::new(Bank::new(strip, chosen, choices))));
    }

    /// Frees what came back.
    pub fn collect(&mut self) {
        self.desk.collect();
    }

    /// What the audio thread last said.
    pub fn playhead(&mut self) -> Playhead {
        self.desk.playhead()
    }

    /// How many banks are with the audio thread.
    #[cfg(test)]
    pub fn lent(&self) -> usize {
        self.desk.lent()
    }
}
