//! What the player says.

/// Which part of the built-in sound a note is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Voice {
    /// A key with a pitch.
    Keys,
    /// A drum of the kit; its pitch says which.
    Kit,
}

impl Voice {
    /// The MIDI channel that General MIDI keeps for drums, counted from 0.
    const DRUMS: u8 = 9;

    /// What a note on a MIDI channel is for when nothing else is known about it.
    #[must_use]
    pub fn of_channel(channel: u8) -> Self {
        if channel == Self::DRUMS { Self::Kit } else { Self::Keys }
    }
}

/// The start or the end of a note at a sample of the current block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoteEvent {
    /// A note begins.
    On {
        /// Samples from the block's start.
        offset: u32,
        /// What it sounds on, whatever its channel.
        voice: Voice,
        /// MIDI channel, 0 to 15.
        channel: u8,
        /// MIDI pitch, 0 to 127.
        pitch: u8,
        /// MIDI velocity, 1 to 127.
        velocity: u8,
    },
    /// A note ends. Drums ring out, so that only keys need to know.
    Off {
        /// Samples from the block's start.
        offset: u32,
        /// MIDI channel, 0 to 15.
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
