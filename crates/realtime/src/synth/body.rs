//! A sine that falls in pitch: the body of kicks, toms and snares.

use super::envelope;

/// What a body does, for a sample rate.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Course {
    /// Turns a sample where it ends up.
    pub rest: f32,
    /// Turns a sample above that at the start, twice: a slow and a quick fall.
    pub above: [f32; 2],
    /// What those are multiplied by with each sample.
    pub factors: [f32; 2],
}

/// A sine on its course.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Body {
    turn: f32,
    above: [f32; 2],
}

impl Course {
    /// From `rest` and the two frequencies above it, in hertz, that fall by 60 dB in `falls` seconds.
    #[expect(clippy::cast_possible_truncation, reason = "turns a sample are single precision")]
    pub fn new(rest: f64, above: [f64; 2], falls: [f64; 2], sample_rate: f64) -> Self {
        Self {
            rest: (rest / sample_rate) as f32,
            above: above.map(|hertz| (hertz / sample_rate) as f32),
            factors: falls.map(|seconds| envelope::factor(seconds, sample_rate)),
        }
    }
}

impl Body {
    /// Starts, with this much of the way down.
    pub fn strike(course: &Course, depth: f32) -> Self {
        Self { turn: 0.0, above: course.above.map(|above| above * depth) }
    }

    /// The next sample, -1 to 1.
    #[inline]
    pub fn next(&mut self, course: &Course) -> f32 {
        let now = sine(self.turn);
        // Held under Nyquist at low sample rates.
        self.turn += (course.rest + self.above[0] + self.above[1]).min(0.45);
        self.turn -= self.turn.floor();
        for (above, factor) in self.above.iter_mut().zip(course.factors) {
            *above *= factor;
            if *above < 1e-12 {
                *above = 0.0;
            }
        }
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
