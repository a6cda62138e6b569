//! Ramps in and out, so that nothing clicks.

use super::CHUNK;

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

    /// Writes the gains of the next samples.
    fn write(&mut self, gains: &mut [f32]) {
        if self.factor < 1.0 {
            for gain in gains.iter_mut() {
                *gain = self.fall;
                self.fall *= self.factor;
            }
            for gain in gains.iter_mut() {
                *gain = faded(*gain, OVER);
            }
        } else {
            gains.fill(self.fall);
        }
        if self.rise < 1.0 {
            for gain in gains {
                *gain *= self.rise;
                self.rise = (self.rise + self.step).min(1.0);
            }
        }
    }

    /// Adds the next samples of a voice, at most a chunk, to the middle and the side of the whole; `pan` is how much
    /// louder its middle is on the right than on the left, -1 to 1.
    pub fn mix(&mut self, voice: [&[f32]; 2], pan: f32, mid: &mut [f32], side: &mut [f32]) {
        let mut gains = [0.0; CHUNK];
        let frames = mid.len().min(CHUNK);
        self.write(&mut gains[..frames]);
        let [voice_mid, voice_side] = voice;
        let voice = voice_mid.iter().zip(voice_side).zip(&gains[..frames]);
        for ((mid, side), ((voice_mid, voice_side), gain)) in mid.iter_mut().zip(side).zip(voice) {
            let middle = voice_mid * gain;
            *mid += middle;
            *side += voice_side * gain + pan * middle;
        }
    }
}

/// Nothing below `over`, lest it become denormal.
#[inline]
pub(super) fn faded(level: f32, over: f32) -> f32 {
    if level < over { 0.0 } else { level }
}

/// What a sample must be multiplied by to fall by 60 dB in some seconds.
#[expect(clippy::cast_possible_truncation, reason = "a factor between 0 and 1")]
pub(super) fn factor(seconds: f64, sample_rate: f64) -> f32 {
    libm::pow(0.001, 1.0 / (seconds * sample_rate).max(1.0)) as f32
}

/// What a sample must gain to rise from 0 to 1 in some seconds.
#[expect(clippy::cast_possible_truncation, reason = "between 0 and 1")]
pub(super) fn step(seconds: f64, sample_rate: f64) -> f32 {
    (1.0 / (seconds * sample_rate).max(1.0)) as f32
}
