//! The way to the audio thread, and the loops that were made for it.

use crate::{Take, TakeId};
use solferino_realtime::{Bank, Desk, Loop, Payload, Playhead};
use solferino_tools::{Made, Scope};
use std::sync::Arc;

/// The control end of the audio thread's handoff, and what went there last.
#[derive(Debug)]
pub(crate) struct Deck {
    desk: Desk,
    loops: Vec<Looped>,
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
    fn is_of(&self, take: &Take, scope: Scope) -> bool {
        self.ready.tag() == u64::from(take.id.0) && Arc::ptr_eq(&self.made, &take.made) && self.scope == scope
    }
}

impl Deck {
    pub fn new(desk: Desk) -> Self {
        Self { desk, loops: Vec::new(), choices: None }
    }

    /// Sends takes, if they are not those that went last or if there were choices since. `chosen` is the take that plays
    /// after so many choices of the session. A take that was sent before keeps its loop.
    pub fn send(&mut self, takes: &[Arc<Take>], scope: Scope, chosen: Option<TakeId>, choices: u64) {
        let same = takes.len() == self.loops.len()
            && takes.iter().zip(&self.loops).all(|(take, looped)| looped.is_of(take, scope));
        if same && self.choices == Some(choices) {
            return;
        }
        let ready = |take: &Arc<Take>| match self.loops.iter().find(|looped| looped.is_of(take, scope)) {
            Some(looped) => looped.clone(),
            None => {
                let ready = Arc::new(Loop::new(u64::from(take.id.0), &take.made.scoped(scope)));
                Looped { made: Arc::clone(&take.made), scope, ready }
            }
        };
        self.loops = takes.iter().map(ready).collect();
        self.choices = Some(choices);
        let loops = self.loops.iter().map(|looped| Arc::clone(&looped.ready)).collect();
        let chosen = takes.iter().position(|take| Some(take.id) == chosen);
        self.desk.send(Payload::Bank(Arc::new(Bank::new(loops, chosen, choices))));
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
