//! Where the host is in the song.

/// What the host says about the song at the first sample of a block.
///
/// Meters are absent on purpose: positions are quarters, so a meter change moves nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transport {
    /// Whether the song moves. False also stands for bypass: the player closes its notes and waits.
    pub playing: bool,
    /// Quarters a minute. Zero, negative, infinite and NaN mean "unknown": the last known tempo, 120 at first, goes on.
    pub tempo: f64,
    /// Quarters from the song's start at the block's first sample; negative in a count-in. `None`, infinite, NaN and
    /// beyond [`Transport::FARTHEST`] mean "unknown": the player counts on from where it is, and from 0 when it starts.
    pub position: Option<f64>,
    /// The range in quarters that the host repeats, first and last edge, if it is repeating one. A range shorter than
    /// [`Transport::SHORTEST_LOOP`] counts as none. In an offline render pass `None`: hosts keep the range shown there
    /// and do not repeat it.
    pub looping: Option<(f64, f64)>,
    /// Samples a second. Zero, negative, infinite and NaN count as 48,000.
    pub sample_rate: f64,
}

impl Transport {
    /// The farthest position in quarters, either way, that is believed: at 120 quarters a minute some sixteen years.
    pub const FARTHEST: f64 = 1e9;
    /// The shortest range in quarters that is repeated.
    pub const SHORTEST_LOOP: f64 = 1.0 / 64.0;
    /// The tempo before any is known.
    pub const DEFAULT_TEMPO: f64 = 120.0;
    /// The tempo that a higher one counts as, in quarters a minute.
    pub const FASTEST: f64 = 9_999.0;
    /// The tempo that a lower one counts as, in quarters a minute.
    pub const SLOWEST: f64 = 0.1;

    /// A transport that stands still.
    #[must_use]
    pub fn stopped(sample_rate: f64) -> Self {
        Self { playing: false, tempo: Self::DEFAULT_TEMPO, position: None, looping: None, sample_rate }
    }

    pub(crate) fn believed_tempo(&self) -> Option<f64> {
        (self.tempo.is_finite() && self.tempo > 0.0).then(|| self.tempo.clamp(Self::SLOWEST, Self::FASTEST))
    }

    pub(crate) fn believed_position(&self) -> Option<f64> {
        self.position.filter(|position| position.abs() <= Self::FARTHEST)
    }

    pub(crate) fn believed_loop(&self) -> Option<(f64, f64)> {
        self.looping.filter(|&(start, end)| {
            start.abs() <= Self::FARTHEST && end.abs() <= Self::FARTHEST && end - start >= Self::SHORTEST_LOOP
        })
    }

    pub(crate) fn believed_sample_rate(&self) -> f64 {
        if self.sample_rate.is_finite() && self.sample_rate > 0.0 { self.sample_rate.max(1.0) } else { 48_000.0 }
    }
}

impl Default for Transport {
    fn default() -> Self {
        Self::stopped(48_000.0)
    }
}
