//! What the player says.

/// The start or the end of a note at a sample of the current block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoteEvent {
    /// A note begins.
    On {
        /// Samples from the block's start.
        offset: u32,
        /// MIDI channel, 0 to 15; 9 for drums.
        channel: u8,
        /// MIDI pitch, 0 to 127.
        pitch: u8,
        /// MIDI velocity, 1 to 127.
        velocity: u8,
    },
    /// A note ends.
    Off {
        /// Samples from the block's start.
        offset: u32,
        /// MIDI channel, 0 to 15; 9 for drums.
        channel: u8,
        /// MIDI pitch, 0 to 127.
        pitch: u8,
    },
}

impl NoteEvent {
    /// Samples from the block's start.
    #[must_use]
    pub fn offset(self) -> u32 {
        match self {
            Self::On { offset, .. } | Self::Off { offset, .. } => offset,
        }
    }
}
