//! Undo and redo.

use crate::contents::{Contents, Music};
use crate::limits::{self, UNDO, UNDO_SIZE};
use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::sync::Arc;

/// What the music was before each change. Takes are shared, so a step costs little. Not saved.
#[derive(Debug, Default)]
pub(crate) struct History {
    past: VecDeque<Music>,
    future: Vec<Music>,
}

impl History {
    /// Remembers the music before a change; forgets what was undone, and the oldest steps beyond [`UNDO`] and
    /// [`UNDO_SIZE`].
    pub fn remember(&mut self, before: &Music) {
        self.future.clear();
        self.past.push_back(before.clone());
        while self.past.len() > UNDO || (self.past.len() > 1 && self.size() > UNDO_SIZE) {
            self.past.pop_front();
        }
    }

    /// How much room what is remembered takes, clips that several steps share counted once.
    fn size(&self) -> usize {
        let mut seen = BTreeSet::new();
        let sources = self.past.iter().flat_map(|music| music.sources.iter().flatten()).map(|source| &*source.clip);
        let takes = self.past.iter().flat_map(|music| &music.takes).map(|take| &take.made.clip);
        sources.chain(takes).filter(|clip| seen.insert(std::ptr::from_ref(*clip))).map(limits::size).sum()
    }

    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }

    pub fn undo(&mut self, contents: &mut Contents) -> bool {
        let Some(music) = self.past.pop_back() else { return false };
        self.future.push(swap(contents, music));
        true
    }

    pub fn redo(&mut self, contents: &mut Contents) -> bool {
        let Some(music) = self.future.pop() else { return false };
        self.past.push_back(swap(contents, music));
        true
    }
}

/// Puts music in place and gives what was there. Takes in both keep their present names and stars: those are not undone.
fn swap(contents: &mut Contents, mut music: Music) -> Music {
    for take in &mut music.takes {
        if let Ok(present) = contents.take(take.id) {
            *take = Arc::clone(present);
        }
    }
    std::mem::replace(&mut contents.music, music)
}
