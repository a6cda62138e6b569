//! Ramps in and out, so that nothing clicks.

/// The gain of a voice: up from zero in a short straight line, then 1, then down to nothing once it is let go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gain {
    rise: f32,
    step: f32,
    fall: f32,
    factor: f32,
}

/// The gain below which a falling voice is over: -100 dB.
const OVER: f32 = 1e-5;

impl Gain {
    /// Begins to rise; `step` is what it gains a sample.
    pub fn rising(step: f32) -> Self {
        Self { rise: 0.0, step, fall: 1.0, factor: 1.0 }
    }

    /// Falls from now on, multiplied by `factor` with each sample. A faster fall replaces a slower one.
    pub fn fall(&mut self, factor: f32) {
        self.factor = self.factor.min(factor);
    }

    /// How far it has fallen, from 1 to 0.
    pub fn fallen(&self) -> f32 {
        self.fall
    }

    /// Whether it has fallen to nothing.
    pub fn is_over(&self) -> bool {
        self.fall < OVER
    }

    /// Whether it stays at 1.
    pub fn is_steady(&self) -> bool {
        self.rise >= 1.0 && self.factor >= 1.0
    }

    /// The gain of the next sample.
    #[inline]
    pub fn next(&mut self) -> f32 {
        let gain = if self.is_over() { 0.0 } else { self.rise * self.fall };
        self.rise = (self.rise + self.step).min(1.0);
        self.fall *= self.factor;
        gain
    }
}

/// What a sample must be multiplied by to fall by 60 dB in some seconds.
#[expect(clippy::cast_possible_truncation, reason = "a factor between 0 and 1")]
pub(super) fn factor(seconds: f64, sample_rate: f64) -> f32 {
    0.001_f64.powf(1.0 / (seconds * sample_rate).max(1.0)) as f32
}

/// What a sample must gain to rise from 0 to 1 in some seconds.
#[expect(clippy::cast_possible_truncation, reason = "between 0 and 1")]
pub(super) fn step(seconds: f64, sample_rate: f64) -> f32 {
    (1.0 / (seconds * sample_rate).max(1.0)) as f32
}
