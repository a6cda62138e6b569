//! Which encoding a model has, and with which parameters.

/// The pitches a melody model knows: `min` up to, without, `max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PitchRange {
    /// The lowest MIDI pitch.
    pub min: u8,
    /// One above the highest; at most 128.
    pub max: u8,
    /// The major key melodies are moved to before the model sees them (0 is C); none for models of all keys.
    pub key: Option<u8>,
}

impl PitchRange {
    /// How many pitches.
    #[must_use]
    pub fn len(self) -> usize {
        usize::from(self.max - self.min)
    }

    /// Never: a range holds at least one pitch.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

/// How events become input vectors and logits become events.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodingSpec {
    /// Ours, melody: repeats at lags of whole bars.
    MelodyLags {
        /// The pitches.
        range: PitchRange,
        /// What it sees of the past.
        lookback: Lookback,
    },
    /// Ours, drums: repeats at lags of whole bars, nine bits decided one after the other.
    DrumsLags {
        /// What it sees of the past.
        lookback: Lookback,
        /// Periods in bars over which the habits of the clip are counted.
        habits: Vec<usize>,
    },
    /// Magenta's one-hot melody (basic and mono).
    MelodyOneHot {
        /// The pitches.
        range: PitchRange,
    },
    /// Magenta's lookback melody.
    MelodyLookback {
        /// The pitches.
        range: PitchRange,
    },
    /// Magenta's key melody (attention).
    MelodyKey {
        /// The pitches.
        range: PitchRange,
    },
    /// Magenta's drum kit: one of 512 sets of classes and a binary counter.
    DrumsOneHot {
        /// Bits of the counter.
        counter_bits: usize,
    },
}

/// What our own encodings see of a clip's past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookback {
    /// Lags in bars.
    pub lags: Vec<usize>,
    /// The longest run of repeats counted, steps.
    pub run_cap: usize,
    /// Whether the longest earlier passage that ended as the clip does now is one more lag.
    pub matching: bool,
    /// Whether all earlier places vote, by how far they agree with the present.
    pub precedents: bool,
}

impl EncodingSpec {
    /// The pitches of a melody model; none for drums.
    #[must_use]
    pub fn pitches(&self) -> Option<PitchRange> {
        match self {
            Self::MelodyLags { range, .. }
            | Self::MelodyOneHot { range }
            | Self::MelodyLookback { range }
            | Self::MelodyKey { range } => Some(*range),
            Self::DrumsLags { .. } | Self::DrumsOneHot { .. } => None,
        }
    }
}
