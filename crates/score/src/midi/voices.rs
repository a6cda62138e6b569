//! The notes of one channel of a track, from its events.

use crate::normal::ALL_OFF;
use crate::{Note, Ticks};
use std::collections::VecDeque;

/// Follows the keys of a channel. The work for an event does not grow with the number of notes.
pub(super) struct Voices {
    /// The notes of each pitch that have not ended: start and velocity, oldest first.
    down: Vec<VecDeque<(Ticks, u8)>>,
    /// What has ended, in order of the ends.
    notes: Vec<Note>,
    /// When the last key went down.
    pub last_press: Option<Ticks>,
}

impl Voices {
    pub(super) fn new() -> Self {
        Self { down: vec![VecDeque::new(); 128], notes: Vec::new(), last_press: None }
    }

    /// A key goes down.
    pub(super) fn press(&mut self, at: Ticks, pitch: u8, velocity: u8) {
        self.down[usize::from(pitch & 127)].push_back((at, velocity));
        self.last_press = Some(at);
    }

    /// A key goes up: the oldest note of its pitch ends.
    pub(super) fn release(&mut self, at: Ticks, pitch: u8) {
        if let Some((start, velocity)) = self.down[usize::from(pitch & 127)].pop_front() {
            self.notes.push(Note { start, pitch, length: (at - start).max(Ticks(1)), velocity });
        }
    }

    /// A controller moves.
    pub(super) fn control(&mut self, at: Ticks, controller: u8) {
        if ALL_OFF.contains(&controller) {
            self.release_all(at);
        }
    }

    /// The notes, all ended, in no particular order. One that starts before the clip does is moved to its start; its end
    /// stays where it is, if that lies within the clip.
    pub(super) fn finish(mut self, at: Ticks) -> Vec<Note> {
        self.release_all(at);
        for note in self.notes.iter_mut().filter(|note| note.start < Ticks::ZERO) {
            if note.end() > Ticks::ZERO {
                note.length = note.end();
            }
            note.start = Ticks::ZERO;
        }
        self.notes
    }

    fn release_all(&mut self, at: Ticks) {
        for pitch in 0..128 {
            while !self.down[usize::from(pitch)].is_empty() {
                self.release(at, pitch);
            }
        }
    }
}
