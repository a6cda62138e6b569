//! What the session sends to the audio thread.

use crate::TakeId;
use crate::contents::Contents;
use solferino_realtime::{Bank, Desk, Loop, Payload};
use solferino_tools::{Continued, continuation_clip};
use std::sync::Arc;

/// What of a session can be played, and what it chose.
pub(crate) struct Strip {
    takes: Vec<(TakeId, Arc<Continued>)>,
    only_new: bool,
    /// The place of the take that plays.
    chosen: Option<usize>,
}

impl Strip {
    pub fn new(contents: &Contents) -> Self {
        let music = &contents.music;
        Self {
            takes: music.takes.iter().map(|take| (take.id, Arc::clone(&take.clip))).collect(),
            only_new: contents.settings.only_new,
            chosen: music.takes.iter().position(|take| Some(take.id) == music.selected),
        }
    }

    /// Whether another take was chosen, or the chosen one stands elsewhere.
    pub fn chose_otherwise(&self, before: &Self) -> bool {
        let chosen = |strip: &Self| strip.chosen.map(|place| (place, strip.takes[place].0));
        chosen(self) != chosen(before)
    }

    /// Whether there are the same things to play.
    pub fn holds_the_same(&self, before: &Self) -> bool {
        let same =
            |(a, b): (&(TakeId, Arc<Continued>), &(TakeId, Arc<Continued>))| a.0 == b.0 && Arc::ptr_eq(&a.1, &b.1);
        self.only_new == before.only_new
            && self.takes.len() == before.takes.len()
            && self.takes.iter().zip(&before.takes).all(same)
    }
}

/// The way to the audio thread, and the loops that were made for it.
pub(crate) struct Deck {
    pub desk: Desk,
    only_new: bool,
    loops: Vec<(Arc<Continued>, Arc<Loop>)>,
}

impl Deck {
    pub fn new(desk: Desk) -> Self {
        Self { desk, only_new: false, loops: Vec::new() }
    }

    /// Sends a strip after so many choices of the session. A take that was sent before keeps its loop.
    pub fn send(&mut self, strip: &Strip, choices: u64) {
        let last = std::mem::take(&mut self.loops);
        let kept = |id: TakeId, clip: &Arc<Continued>| {
            let same = |(made_of, made): &&(Arc<Continued>, Arc<Loop>)| {
                Arc::ptr_eq(made_of, clip) && made.tag() == u64::from(id.0) && self.only_new == strip.only_new
            };
            last.iter().find(same).map(|(_, made)| Arc::clone(made))
        };
        let made = |id: TakeId, clip: &Arc<Continued>| {
            let tag = u64::from(id.0);
            Arc::new(if strip.only_new { Loop::new(tag, &continuation_clip(clip)) } else { Loop::new(tag, &clip.clip) })
        };
        let ready = |(id, clip): &(TakeId, Arc<Continued>)| {
            (Arc::clone(clip), kept(*id, clip).unwrap_or_else(|| made(*id, clip)))
        };
        let loops: Vec<_> = strip.takes.iter().map(ready).collect();
        let bank = Bank::new(loops.iter().map(|(_, made)| Arc::clone(made)).collect(), strip.chosen, choices);
        (self.loops, self.only_new) = (loops, strip.only_new);
        self.desk.send(Payload::Bank(Arc::new(bank)));
    }
}
