//! A bank of damped partials: what keys, hats and cymbals are made of.
//!
//! Each partial is a complex number that turns and shrinks a little with each sample; its imaginary part is the sound.
//! The turning runs in single precision, eight partials at a time. Every [`SEGMENT`] samples it starts anew from a copy
//! kept in double precision, so that neither pitch nor decay drifts at any sample rate, and partials that have become
//! inaudible are set to zero before they become denormal.

/// Partials that turn side by side.
pub(super) const LANES: usize = 8;

/// Samples between two looks at the copy in double precision.
const SEGMENT: usize = 64;

/// The amplitude below which a partial is over: -120 dB.
const INAUDIBLE: f64 = 1e-6;

/// The highest frequency that sounds, as a part of the sample rate.
pub(super) const HIGHEST: f64 = 0.45;

/// The sums of a sample: every fourth partial in each. The first three are the middle, the last the side.
pub(super) type Quad = [f32; 4];

/// How a bank of `8 * G` partials turns and shrinks.
#[derive(Clone, Debug)]
pub(super) struct Tuning<const G: usize> {
    /// Real and imaginary part of a sample's turn.
    turn: [[[f32; LANES]; 2]; G],
    /// The same of a segment's.
    leap: [[[f64; LANES]; 2]; G],
}

/// The state of a bank of `8 * G` partials.
#[derive(Clone, Debug)]
pub(super) struct Partials<const G: usize> {
    /// Real and imaginary part.
    now: [[[f32; LANES]; 2]; G],
    /// What `now` was at the segment's start.
    anchor: [[[f64; LANES]; 2]; G],
    /// Samples left of the segment.
    left: usize,
    /// Groups that may sound; those behind are zero.
    live: usize,
}

impl<const G: usize> Tuning<G> {
    /// Nothing turns.
    pub fn still() -> Self {
        Self { turn: [[[0.0; LANES]; 2]; G], leap: [[[0.0; LANES]; 2]; G] }
    }

    /// Tunes a partial: its frequency in hertz and the seconds in which it falls by 60 dB. False if the sample rate is
    /// too low for it: it must get no amplitude.
    #[expect(clippy::cast_possible_truncation, reason = "single precision is meant")]
    pub fn tune(&mut self, partial: usize, frequency: f64, fall: f64, sample_rate: f64) -> bool {
        let (group, lane) = (partial / LANES, partial % LANES);
        let angle = std::f64::consts::TAU * frequency / sample_rate;
        let shrink = 0.001_f64.powf(1.0 / (fall * sample_rate));
        self.turn[group][0][lane] = (shrink * angle.cos()) as f32;
        self.turn[group][1][lane] = (shrink * angle.sin()) as f32;
        let samples = SEGMENT as f64;
        let shrink = shrink.powf(samples);
        self.leap[group][0][lane] = shrink * (samples * angle).cos();
        self.leap[group][1][lane] = shrink * (samples * angle).sin();
        frequency <= HIGHEST * sample_rate
    }
}

impl<const G: usize> Partials<G> {
    /// A silent bank.
    pub fn silent() -> Self {
        Self { now: [[[0.0; LANES]; 2]; G], anchor: [[[0.0; LANES]; 2]; G], left: SEGMENT, live: 0 }
    }

    /// Strikes: partial `i` begins with amplitude `amplitude(i)`, rising from zero if it is positive, falling if not.
    pub fn strike(&mut self, amplitude: impl Fn(usize) -> f32) {
        for (group, (now, anchor)) in self.now.iter_mut().zip(&mut self.anchor).enumerate() {
            for lane in 0..LANES {
                let amplitude = amplitude(group * LANES + lane);
                now[0][lane] = amplitude;
                anchor[0][lane] = f64::from(amplitude);
            }
            now[1] = [0.0; LANES];
            anchor[1] = [0.0; LANES];
        }
        self.left = SEGMENT;
        self.live = G;
    }

    /// Whether every partial is over.
    pub fn is_silent(&self) -> bool {
        self.live == 0
    }

    /// The sum of the amplitudes at the segment's start.
    pub fn level(&self) -> f64 {
        let groups = self.anchor[..self.live].iter();
        groups.flat_map(|[re, im]| re.iter().zip(im)).map(|(re, im)| re.hypot(*im)).sum()
    }

    /// Adds the next samples.
    pub fn render(&mut self, tuning: &Tuning<G>, mut out: &mut [Quad]) {
        while !out.is_empty() && self.live > 0 {
            let (part, rest) = out.split_at_mut(self.left.min(out.len()));
            for (now, turn) in self.now[..self.live].iter_mut().zip(&tuning.turn) {
                turn_group(now, turn, part);
            }
            self.left -= part.len();
            out = rest;
            if self.left == 0 {
                self.leap(tuning);
            }
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "single precision is meant")]
    fn leap(&mut self, tuning: &Tuning<G>) {
        self.left = SEGMENT;
        let mut live = 0;
        for (group, ((anchor, now), leap)) in
            self.anchor[..self.live].iter_mut().zip(&mut self.now).zip(&tuning.leap).enumerate()
        {
            for lane in 0..LANES {
                let (re, im) = (anchor[0][lane], anchor[1][lane]);
                let (mut next_re, mut next_im) =
                    (re * leap[0][lane] - im * leap[1][lane], re * leap[1][lane] + im * leap[0][lane]);
                if next_re * next_re + next_im * next_im < INAUDIBLE * INAUDIBLE {
                    (next_re, next_im) = (0.0, 0.0);
                } else {
                    live = group + 1;
                }
                (anchor[0][lane], anchor[1][lane]) = (next_re, next_im);
                (now[0][lane], now[1][lane]) = (next_re as f32, next_im as f32);
            }
        }
        self.live = live;
    }
}

/// Turns eight partials through some samples. On its own so that its state stays in registers.
#[inline]
fn turn_group(now: &mut [[f32; LANES]; 2], turn: &[[f32; LANES]; 2], out: &mut [Quad]) {
    let [mut re, mut im] = *now;
    let [cos, sin] = *turn;
    for sums in out {
        for lane in 0..4 {
            sums[lane] += im[lane] + im[lane + 4];
        }
        for lane in 0..LANES {
            let turned = re[lane] * cos[lane] - im[lane] * sin[lane];
            im[lane] = re[lane] * sin[lane] + im[lane] * cos[lane];
            re[lane] = turned;
        }
    }
    *now = [re, im];
}
