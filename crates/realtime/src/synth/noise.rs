//! Filtered noise: the breath of snares, hats and cymbals, and the stick of all drums.

/// White noise from -1 to 1; the same seed gives the same noise (xorshift32, Marsaglia 2003).
#[derive(Clone, Copy, Debug)]
pub(super) struct White(u32);

impl White {
    /// Noise of its own for each seed.
    pub fn new(seed: u32) -> Self {
        // Neighbouring seeds must not begin alike, and zero is the one state that stays.
        Self(seed.wrapping_mul(0x9E37_79B9).wrapping_add(0x7F4A_7C15) | 1)
    }

    #[inline]
    #[expect(clippy::cast_possible_wrap, reason = "the sign bit is noise too")]
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as i32 as f32 * (1.0 / 2_147_483_648.0)
    }
}

/// Where a band of noise lies.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Band {
    low: Filter,
    high: Filter,
    /// Makes the loudness independent of the sample rate.
    level: f32,
}

/// Coefficients of a two-pole state-variable filter (Simper, "Solving the continuous SVF equations", 2013).
#[derive(Clone, Copy, Debug, Default)]
struct Filter {
    k: f32,
    a1: f32,
    a2: f32,
    a3: f32,
}

/// Noise that runs through a band, for the middle and the side at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noise {
    white: White,
    states: [[f32; 2]; 4],
}

impl Band {
    /// Between two frequencies in hertz; `peak` above 0.7 lifts the lower edge. Nothing if the sample rate has no room.
    #[expect(clippy::cast_possible_truncation, reason = "a level is single precision")]
    pub fn new(low: f64, high: f64, peak: f64, sample_rate: f64) -> Self {
        let highest = super::partials::HIGHEST * sample_rate;
        if low >= highest {
            return Self::default();
        }
        Self {
            low: Filter::new(low, peak, sample_rate),
            high: Filter::new(high.min(highest), 0.7, sample_rate),
            level: (sample_rate / 48_000.0).sqrt() as f32,
        }
    }
}

impl Filter {
    #[expect(clippy::cast_possible_truncation, reason = "coefficients are single precision")]
    fn new(frequency: f64, peak: f64, sample_rate: f64) -> Self {
        let g = (std::f64::consts::PI * frequency / sample_rate).tan();
        let k = 1.0 / peak;
        let a1 = 1.0 / (1.0 + g * (g + k));
        Self { k: k as f32, a1: a1 as f32, a2: (g * a1) as f32, a3: (g * g * a1) as f32 }
    }

    /// Filters a sample of two channels; gives the part above and the part below.
    #[inline]
    fn next(&self, first: &mut [f32; 2], second: &mut [f32; 2], input: [f32; 2]) -> ([f32; 2], [f32; 2]) {
        let (mut above, mut below) = ([0.0; 2], [0.0; 2]);
        for side in 0..2 {
            let rest = input[side] - second[side];
            let band = self.a1 * first[side] + self.a2 * rest;
            below[side] = second[side] + self.a2 * first[side] + self.a3 * rest;
            first[side] = 2.0 * band - first[side];
            second[side] = 2.0 * below[side] - second[side];
            above[side] = input[side] - self.k * band - below[side];
        }
        (above, below)
    }
}

impl Noise {
    /// Noise of its own for each seed.
    pub fn new(seed: u32) -> Self {
        Self { white: White::new(seed), states: [[0.0; 2]; 4] }
    }

    /// The next sample: middle and side.
    #[inline]
    pub fn next(&mut self, band: &Band) -> [f32; 2] {
        let input = [self.white.next() * band.level, self.white.next() * band.level];
        let [a, b, c, d] = &mut self.states;
        let (above, _) = band.low.next(a, b, input);
        let (_, below) = band.high.next(c, d, above);
        below
    }
}
