//! A sine that falls in pitch: the body of kicks, toms and snares.

use super::envelope;
use super::kit::Tone;
use super::{CHUNK, OVER};

/// What a body does, for a sample rate.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Course {
    /// Turns a sample where it ends up.
    rest: f32,
    /// Turns a sample above that at the start, twice: a slow and a quick fall.
    above: [f32; 2],
    /// What those are multiplied by with each sample.
    factors: [f32; 2],
    /// What the level is multiplied by with each sample.
    fall: f32,
    drive: f32,
}

/// A sine on its course.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Body {
    turn: f32,
    above: [f32; 2],
    level: f32,
}

impl Course {
    /// The course that a recipe asks for.
    #[expect(clippy::cast_possible_truncation, reason = "turns a sample are single precision")]
    pub fn new(tone: &Tone, sample_rate: f64) -> Self {
        Self {
            rest: (tone.rest / sample_rate) as f32,
            above: tone.above.map(|hertz| (hertz / sample_rate) as f32),
            factors: tone.falls.map(|seconds| envelope::factor(seconds, sample_rate)),
            fall: envelope::factor(tone.fall, sample_rate),
            drive: tone.drive,
        }
    }
}

impl Body {
    /// Starts, with this much of the way down.
    pub fn strike(course: &Course, depth: f32, level: f32) -> Self {
        Self { turn: 0.0, above: course.above.map(|above| above * depth), level }
    }

    /// Whether it has fallen silent.
    pub fn is_silent(&self) -> bool {
        self.level == 0.0
    }

    /// Adds the next samples, at most a chunk.
    pub fn add(&mut self, course: &Course, out: &mut [f32]) {
        if self.is_silent() {
            return;
        }
        // What must go sample by sample first, so that the rest can go side by side.
        let (mut turns, mut levels) = ([0.0; CHUNK], [0.0; CHUNK]);
        for (turn, level) in turns.iter_mut().zip(&mut levels).take(out.len()) {
            (*turn, *level) = self.next(course);
        }
        for (out, (turn, level)) in out.iter_mut().zip(turns.iter().zip(&levels)) {
            let tone = sine(*turn);
            // Warmth by the third harmonic alone, which cannot fold back; the peak stays where it is.
            *out += (tone + course.drive * (tone - tone * tone * tone)) * level;
        }
    }

    /// Turn and level of the next sample.
    #[inline]
    fn next(&mut self, course: &Course) -> (f32, f32) {
        let now = (self.turn, self.level);
        // Held under Nyquist at low sample rates.
        self.turn += (course.rest + self.above[0] + self.above[1]).min(0.45);
        self.turn -= if self.turn >= 1.0 { 1.0 } else { 0.0 };
        for (above, factor) in self.above.iter_mut().zip(course.factors) {
            *above = envelope::faded(*above * factor, 1e-12);
        }
        self.level = envelope::faded(self.level * course.fall, OVER);
        now
    }
}

/// The sine of 0 to 1 turns, within 4e-6: the Taylor series to the ninth power, folded to a quarter turn.
#[inline]
fn sine(turns: f32) -> f32 {
    let turns = 0.5 - turns;
    let folded = if turns.abs() > 0.25 { 0.5_f32.copysign(turns) - turns } else { turns };
    let x = folded * std::f32::consts::TAU;
    let y = x * x;
    x * (1.0 + y * (-1.0 / 6.0 + y * (1.0 / 120.0 + y * (-1.0 / 5040.0 + y / 362_880.0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sine_is_a_sine() {
        for n in 0..1000_u16 {
            let turns = f32::from(n) / 1000.0;
            assert!((sine(turns) - (turns * std::f32::consts::TAU).sin()).abs() < 5e-6, "at {turns} turns");
        }
    }
}
