//! Which notes sound.

use crate::NoteEvent;

const CHANNELS: usize = 16;
const PITCHES: usize = 128;

/// The notes that have begun and not ended: at most one a channel and pitch, as MIDI has it.
#[derive(Debug)]
pub(crate) struct Held {
    /// A bit a pitch, for each channel.
    sounding: [u128; CHANNELS],
    /// Which of the loop's notes holds a sounding pitch.
    by: [[u32; PITCHES]; CHANNELS],
}

impl Held {
    pub fn new() -> Self {
        Self { sounding: [0; CHANNELS], by: [[0; PITCHES]; CHANNELS] }
    }

    /// Whether nothing sounds.
    pub fn is_empty(&self) -> bool {
        self.sounding.iter().all(|&pitches| pitches == 0)
    }

    /// Begins a note; true if the pitch sounded already and must be ended first.
    pub fn begin(&mut self, channel: u8, pitch: u8, note: u32) -> bool {
        let (channel, pitch) = (usize::from(channel) % CHANNELS, usize::from(pitch) % PITCHES);
        let bit = 1_u128 << pitch;
        let sounded = self.sounding[channel] & bit != 0;
        self.sounding[channel] |= bit;
        self.by[channel][pitch] = note;
        sounded
    }

    /// Ends a note; false if it is not the one that sounds.
    pub fn end(&mut self, channel: u8, pitch: u8, note: u32) -> bool {
        let (channel, pitch) = (usize::from(channel) % CHANNELS, usize::from(pitch) % PITCHES);
        let bit = 1_u128 << pitch;
        let holds = self.sounding[channel] & bit != 0 && self.by[channel][pitch] == note;
        if holds {
            self.sounding[channel] &= !bit;
        }
        holds
    }

    /// Ends every note at a sample of the block, by channel and pitch; how many there were.
    pub fn close(&mut self, offset: u32, out: &mut impl FnMut(NoteEvent)) -> usize {
        let mut closed = 0;
        for (channel, pitches) in (0..16).zip(&mut self.sounding) {
            for pitch in 0..128 {
                if *pitches == 0 {
                    break;
                }
                if *pitches & (1_u128 << pitch) != 0 {
                    *pitches &= !(1_u128 << pitch);
                    out(NoteEvent::Off { offset, channel, pitch });
                    closed += 1;
                }
            }
        }
        closed
    }
}
