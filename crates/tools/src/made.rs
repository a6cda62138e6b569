//! What tools give.

use solferino_score::{Clip, Lane, MeterMap, Note, TempoMap, Ticks};
use std::borrow::Cow;

/// One result of a tool.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// The music: what was given and what is new.
    pub clip: Clip,
    /// What of it was given.
    pub given: Given,
}

/// What of a result was given to the tool and not made by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// Nothing: all is new.
    None,
    /// Everything before a bar line; every new note starts there or later, every given note before.
    Before(Ticks),
}

/// How much of a result is meant: played, dragged, written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// All of it.
    #[default]
    All,
    /// Only what is new.
    New,
}

impl Made {
    /// Where the new notes begin.
    #[must_use]
    pub fn new_from(&self) -> Ticks {
        match self.given {
            Given::None => Ticks::ZERO,
            Given::Before(bar_line) => bar_line,
        }
    }

    /// The new notes with their lanes.
    pub fn new_notes(&self) -> impl Iterator<Item = (&Lane, &Note)> {
        let from = self.new_from();
        self.clip.notes().filter(move |(_, note)| self.given == Given::None || note.start >= from)
    }

    /// The clip as far as it is meant. What is new alone starts at 0, in the tempo and meter that hold where it begins;
    /// lanes without new notes are left out, and so are the events between notes.
    #[must_use]
    pub fn scoped(&self, scope: Scope) -> Cow<'_, Clip> {
        match (scope, self.given) {
            (Scope::All, _) | (Scope::New, Given::None) => Cow::Borrowed(&self.clip),
            (Scope::New, Given::Before(from)) => Cow::Owned(self.after(from)),
        }
    }

    fn after(&self, from: Ticks) -> Clip {
        let new = |lane: &Lane| {
            let notes = lane.notes.iter().filter(|note| note.start >= from);
            let notes = notes.map(|note| Note { start: note.start - from, ..*note }).collect();
            Lane { notes, messages: Vec::new(), ..lane.clone() }
        };
        let tempo = self.clip.tempo.changes().iter().rev().find(|change| change.0 <= from);
        Clip {
            name: self.clip.name.clone(),
            length: self.clip.length - from,
            tempo: TempoMap::from_changes(tempo.map(|change| (Ticks::ZERO, change.1))),
            meters: MeterMap::constant(self.clip.meters.at(from)),
            lanes: self.clip.lanes.iter().map(new).filter(|lane| !lane.notes.is_empty()).collect(),
            messages: Vec::new(),
        }
    }
}

/// A model that took part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelUsed {
    /// Its name.
    pub name: String,
    /// The SHA-256 of its graph, lower-case hex.
    pub hash: String,
    /// The engine that ran it. Engines differ in the last bits of their sums, so it belongs to how a take came about.
    pub engine: String,
}

/// What a request came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The results, one a take.
    pub made: Vec<Made>,
    /// The models that made them.
    pub models: Vec<ModelUsed>,
}

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Steps done.
    pub done: usize,
    /// Steps in all.
    pub total: usize,
}
