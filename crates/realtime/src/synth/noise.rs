//! Filtered noise: the breath of snares, hats and cymbals, and the stick of all drums.
//!
//! A hit has two bands of noise, each with a middle and a side: four lanes that run side by side.

use super::envelope;
use super::kit::Breath;
use super::{CHUNK, OVER};

/// Middle and side of the first band, then of the second.
type Lanes = [f32; 4];

/// The two bands of a drum, for a sample rate.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bands {
    low: Filter,
    high: Filter,
    /// Levels at the start, for a hit of loudness 1.
    levels: Lanes,
    /// What the levels are multiplied by with each sample.
    falls: Lanes,
}

/// Coefficients of a two-pole state-variable filter (Simper, "Solving the continuous SVF equations", 2013), with the
/// factors of 2 of its updates and of its high-pass output multiplied in.
#[derive(Clone, Copy, Debug, Default)]
struct Filter {
    /// What the first state keeps of itself, 2 a1 - 1.
    keep: Lanes,
    /// 2 a2 and 2 a3.
    pass: Lanes,
    rise: Lanes,
    /// a1 and a1 (k + g): the input's and the first state's part in the high-pass output.
    above: [Lanes; 2],
}

/// A filter's two states.
type State = [Lanes; 2];

/// Noise that runs through the bands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noise {
    /// White noise, each lane its own (xorshift32, Marsaglia 2003).
    white: [u32; 4],
    low: State,
    high: State,
    levels: Lanes,
}

impl Bands {
    /// What two breaths ask for, each between two frequencies; nothing where the sample rate has no room.
    #[expect(clippy::cast_possible_truncation, reason = "levels are single precision")]
    pub fn new(breaths: &[Breath; 2], level: f64, sample_rate: f64) -> Self {
        let highest = super::partials::HIGHEST * sample_rate;
        let mut bands = Self::default();
        for (index, breath) in breaths.iter().enumerate().filter(|(_, breath)| breath.low < highest) {
            // The last factor makes the loudness independent of the sample rate.
            let level = (breath.level * level * (sample_rate / 48_000.0).sqrt()) as f32;
            let fall = envelope::factor(breath.fall, sample_rate);
            for (lane, width) in [(2 * index, 1.0), (2 * index + 1, breath.width)] {
                bands.low.tune(lane, breath.low, breath.peak, sample_rate);
                bands.high.tune(lane, breath.high.min(highest), 0.7, sample_rate);
                bands.levels[lane] = level * width;
                bands.falls[lane] = fall;
            }
        }
        bands
    }
}

impl Filter {
    /// Tunes a lane: a frequency in hertz, and a peak that above 0.7 lifts what is around it.
    #[expect(clippy::cast_possible_truncation, reason = "coefficients are single precision")]
    fn tune(&mut self, lane: usize, frequency: f64, peak: f64, sample_rate: f64) {
        let g = libm::tan(std::f64::consts::PI * frequency / sample_rate);
        let k = 1.0 / peak;
        let a1 = 1.0 / (1.0 + g * (g + k));
        self.keep[lane] = (2.0 * a1 - 1.0) as f32;
        self.pass[lane] = (2.0 * g * a1) as f32;
        self.rise[lane] = (2.0 * g * g * a1) as f32;
        self.above[0][lane] = a1 as f32;
        self.above[1][lane] = (a1 * (k + g)) as f32;
    }

    /// Filters a sample; gives the part above and the part below.
    #[inline]
    fn next(&self, [first, second]: &mut State, input: Lanes) -> (Lanes, Lanes) {
        let (mut above, mut below) = ([0.0; 4], [0.0; 4]);
        for lane in 0..4 {
            let rest = input[lane] - second[lane];
            above[lane] = self.above[0][lane] * rest - self.above[1][lane] * first[lane];
            let next = second[lane] + self.pass[lane] * first[lane] + self.rise[lane] * rest;
            below[lane] = 0.5 * (second[lane] + next);
            first[lane] = self.keep[lane] * first[lane] + self.pass[lane] * rest;
            second[lane] = next;
        }
        (above, below)
    }
}

impl Noise {
    /// No noise.
    pub fn silent() -> Self {
        Self { white: [1; 4], low: [[0.0; 4]; 2], high: [[0.0; 4]; 2], levels: [0.0; 4] }
    }

    /// Begins, each band with a loudness; the same seed gives the same noise.
    pub fn strike(bands: &Bands, loudness: [f32; 2], seed: u32) -> Self {
        let [first, second] = loudness;
        let mut noise = Self::silent();
        for (lane, loudness) in [first, first, second, second].into_iter().enumerate() {
            noise.levels[lane] = bands.levels[lane] * loudness;
        }
        for (lane, white) in (0_u32..).zip(&mut noise.white) {
            // Neighbouring seeds must not begin alike, and zero is the one state that stays.
            let seed = seed.wrapping_mul(4).wrapping_add(lane);
            *white = seed.wrapping_mul(0x9E37_79B9).wrapping_add(0x7F4A_7C15) | 1;
        }
        noise
    }

    /// Whether it has fallen silent.
    pub fn is_silent(&self) -> bool {
        self.levels == [0.0; 4]
    }

    /// Adds the next samples, at most a chunk, to the middle and the side.
    pub fn add(&mut self, bands: &Bands, mid: &mut [f32], side: &mut [f32]) {
        if self.is_silent() {
            return;
        }
        let mut sound = [[0.0; 4]; CHUNK];
        for lanes in sound.iter_mut().take(mid.len()) {
            *lanes = self.next(bands);
        }
        for (lanes, (mid, side)) in sound.iter().zip(mid.iter_mut().zip(side)) {
            *mid += lanes[0] + lanes[2];
            *side += lanes[1] + lanes[3];
        }
    }

    #[inline]
    #[expect(clippy::cast_possible_wrap, reason = "the sign bit is noise too")]
    fn next(&mut self, bands: &Bands) -> Lanes {
        let mut input = [0.0; 4];
        for (white, input) in self.white.iter_mut().zip(&mut input) {
            *white ^= *white << 13;
            *white ^= *white >> 17;
            *white ^= *white << 5;
            *input = *white as i32 as f32 * (1.0 / 2_147_483_648.0);
        }
        let (above, _) = bands.low.next(&mut self.low, input);
        let (_, mut sound) = bands.high.next(&mut self.high, above);
        for ((sound, level), fall) in sound.iter_mut().zip(&mut self.levels).zip(bands.falls) {
            *sound *= *level;
            *level = envelope::faded(*level * fall, OVER);
        }
        sound
    }
}
