//! The notes of one channel of a track, from its events.

use crate::{Note, Ticks};
use std::collections::VecDeque;

const SUSTAIN_PEDAL: u8 = 64;
const ALL_SOUND_OFF: u8 = 120;
const RESET_CONTROLLERS: u8 = 121;
const ALL_NOTES_OFF: u8 = 123;

const PITCHES: std::ops::Range<u8> = 0..128;

/// The notes of one pitch that have not ended: start and velocity, oldest first.
#[derive(Clone, Default)]
struct Key {
    /// The key is down.
    down: VecDeque<(Ticks, u8)>,
    /// The key is up and the pedal holds the note.
    held: Vec<(Ticks, u8)>,
}

/// Follows the keys and the pedal of a channel. The work for an event does not grow with the number of notes.
pub(super) struct Voices {
    keys: Vec<Key>,
    pedal: bool,
    /// What has ended, in order of the ends.
    notes: Vec<Note>,
}

impl Voices {
    pub(super) fn new() -> Self {
        Self { keys: vec![Key::default(); 128], pedal: false, notes: Vec::new() }
    }

    /// A key goes down. A note of the same pitch that the pedal holds ends.
    pub(super) fn press(&mut self, at: Ticks, pitch: u8, velocity: u8) {
        self.end_held(at, pitch);
        self.keys[usize::from(pitch & 127)].down.push_back((at, velocity));
    }

    /// A key goes up: the oldest note of its pitch ends, or is held by the pedal.
    pub(super) fn release(&mut self, at: Ticks, pitch: u8) {
        let key = &mut self.keys[usize::from(pitch & 127)];
        let Some(oldest) = key.down.pop_front() else {
            return;
        };
        key.held.push(oldest);
        if !self.pedal {
            self.end_held(at, pitch);
        }
    }

    /// A controller moves.
    pub(super) fn control(&mut self, at: Ticks, controller: u8, value: u8) {
        match (controller, value) {
            (SUSTAIN_PEDAL, 64..) => self.pedal = true,
            (SUSTAIN_PEDAL, _) | (RESET_CONTROLLERS, _) => {
                self.pedal = false;
                PITCHES.for_each(|pitch| self.end_held(at, pitch));
            }
            (ALL_NOTES_OFF, _) => self.release_all(at),
            (ALL_SOUND_OFF, _) => {
                self.release_all(at);
                PITCHES.for_each(|pitch| self.end_held(at, pitch));
            }
            _ => {}
        }
    }

    /// The notes, all ended, in no particular order.
    pub(super) fn finish(mut self, at: Ticks) -> Vec<Note> {
        self.control(at, ALL_SOUND_OFF, 0);
        self.notes
    }

    fn release_all(&mut self, at: Ticks) {
        for pitch in PITCHES {
            while !self.keys[usize::from(pitch)].down.is_empty() {
                self.release(at, pitch);
            }
        }
    }

    fn end_held(&mut self, at: Ticks, pitch: u8) {
        let held = self.keys[usize::from(pitch & 127)].held.drain(..);
        self.notes.extend(held.map(|(start, velocity)| {
            let length = (at - start).max(Ticks(1));
            Note { start, pitch, length, velocity }
        }));
    }
}
