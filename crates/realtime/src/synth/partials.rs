//! A bank of damped partials: what keys, hats and cymbals are made of.
//!
//! Each partial is a complex number that turns and shrinks with time; its imaginary part is the sound. A segment begins
//! with two steps worked out from that number; from then on each sample follows from those one and two steps before it,
//! many side by side. The next segment starts anew from the number, which is kept in double precision, so that neither
//! pitch nor decay drifts at any sample rate, and partials that have become inaudible are set to zero before they become
//! denormal.

/// Samples that are worked out side by side.
const STEP: usize = 8;

/// Two steps: what the next two follow from.
type Pair = [f32; PAIR];
const PAIR: usize = 2 * STEP;

/// Samples between two looks at the numbers in double precision: a whole number of pairs of steps.
const SEGMENT: usize = 64;

/// The amplitude below which a partial is over: -120 dB.
const INAUDIBLE: f64 = 1e-6;

/// The highest frequency that sounds, as a part of the sample rate.
pub(super) const HIGHEST: f64 = 0.45;

/// How a bank of `P` partials turns and shrinks.
#[derive(Clone, Debug)]
pub(super) struct Tuning<const P: usize>([Turn; P]);

/// How a partial turns and shrinks; complex numbers as real and imaginary part.
#[derive(Clone, Copy, Debug, Default)]
struct Turn {
    /// What 0 to 7 samples turn it by.
    powers: [[f32; STEP]; 2],
    /// What a step does.
    step: [f32; 2],
    /// A sample is the one a step before times the first less the one two steps before times the second.
    again: [f32; 2],
    /// What a segment does.
    leap: [f64; 2],
}

/// The state of a bank of `P` partials.
#[derive(Clone, Debug)]
pub(super) struct Partials<const P: usize> {
    /// Each partial's number at the segment's start.
    anchors: [[f64; 2]; P],
    /// Its next two steps.
    next: [Pair; P],
    /// Middle and side of the segment.
    ready: [[f32; SEGMENT]; 2],
    /// How much of `ready` is worked out, and how much of that is given away.
    done: usize,
    given: usize,
    /// Partials that may sound; those behind are zero.
    live: usize,
}

impl<const P: usize> Tuning<P> {
    /// Nothing turns.
    pub fn still() -> Self {
        Self([Turn::default(); P])
    }

    /// Tunes a partial: its frequency in hertz and the seconds in which it falls by 60 dB. False if the sample rate is
    /// too low for it: it must get no amplitude.
    pub fn tune(&mut self, partial: usize, frequency: f64, fall: f64, sample_rate: f64) -> bool {
        self.0[partial] = Turn::new(std::f64::consts::TAU * frequency / sample_rate, fall * sample_rate);
        frequency <= HIGHEST * sample_rate
    }
}

impl Turn {
    /// Turns by an angle a sample and falls by 60 dB in some samples.
    #[expect(clippy::cast_possible_truncation, reason = "single precision is meant")]
    fn new(angle: f64, fall: f64) -> Self {
        let shrink = libm::pow(0.001, 1.0 / fall);
        let single = [shrink * libm::cos(angle), shrink * libm::sin(angle)];
        let mut turn = Self::default();
        let mut power = [1.0, 0.0];
        for n in 0..STEP {
            turn.powers[0][n] = power[0] as f32;
            turn.powers[1][n] = power[1] as f32;
            power = times(power, single);
        }
        turn.step = power.map(|part| part as f32);
        turn.again = [2.0 * power[0], power[0] * power[0] + power[1] * power[1]].map(|part| part as f32);
        let samples = SEGMENT as f64;
        let shrink = libm::pow(shrink, samples);
        turn.leap = [shrink * libm::cos(samples * angle), shrink * libm::sin(samples * angle)];
        turn
    }

    /// The first two steps from a number. On its own, or the compiler puts partials side by side instead of samples.
    #[inline(never)]
    #[expect(clippy::cast_possible_truncation, reason = "single precision is meant")]
    fn begin(&self, anchor: [f64; 2]) -> Pair {
        let first = anchor.map(|part| part as f32);
        let second =
            [first[0] * self.step[0] - first[1] * self.step[1], first[0] * self.step[1] + first[1] * self.step[0]];
        let [cos, sin] = &self.powers;
        let mut pair = [0.0; PAIR];
        for n in 0..STEP {
            pair[n] = first[0] * sin[n] + first[1] * cos[n];
            pair[STEP + n] = second[0] * sin[n] + second[1] * cos[n];
        }
        pair
    }

    /// Adds two steps and goes on to the next two.
    #[inline]
    fn add(&self, next: &mut Pair, out: &mut Pair) {
        let [a, b] = self.again;
        for n in 0..STEP {
            let (one, two) = (next[n], next[STEP + n]);
            out[n] += one;
            out[STEP + n] += two;
            let one = a * two - b * one;
            next[n] = one;
            next[STEP + n] = a * one - b * two;
        }
    }
}

impl<const P: usize> Partials<P> {
    /// A silent bank.
    pub fn silent() -> Self {
        Self { anchors: [[0.0; 2]; P], next: [[0.0; PAIR]; P], ready: [[0.0; SEGMENT]; 2], done: 0, given: 0, live: 0 }
    }

    /// Strikes: partial `i` begins with amplitude `amplitude(i)`, rising from zero if it is positive, falling if not.
    /// The last of every four is heard at the side, the others in the middle.
    pub fn strike(&mut self, amplitude: impl Fn(usize) -> f32) {
        self.anchors = std::array::from_fn(|partial| [f64::from(amplitude(partial)), 0.0]);
        (self.done, self.given) = (0, 0);
        self.live = P;
    }

    /// Stops at once.
    pub fn silence(&mut self) {
        self.live = 0;
    }

    /// Whether every partial is over.
    pub fn is_silent(&self) -> bool {
        self.live == 0
    }

    /// The sum of the squared amplitudes at the segment's start.
    pub fn energy(&self) -> f64 {
        self.anchors[..self.live].iter().flatten().map(|part| part * part).sum()
    }

    /// Writes the next samples of the middle and the side.
    pub fn render(&mut self, tuning: &Tuning<P>, mid: &mut [f32], side: &mut [f32]) {
        let mut written = 0;
        while written < mid.len() {
            if self.given == SEGMENT {
                self.leap(tuning);
            }
            if self.live == 0 {
                mid[written..].fill(0.0);
                side[written..].fill(0.0);
                return;
            }
            let samples = (SEGMENT - self.given).min(mid.len() - written);
            let given = self.given..self.given + samples;
            self.work(tuning, given.end);
            mid[written..written + samples].copy_from_slice(&self.ready[0][given.clone()]);
            side[written..written + samples].copy_from_slice(&self.ready[1][given]);
            self.given += samples;
            written += samples;
        }
    }

    /// Works the segment out up to a sample, or a little farther.
    fn work(&mut self, tuning: &Tuning<P>, until: usize) {
        let fours = self.live.div_ceil(4);
        if self.done == 0 {
            for ((turn, anchor), next) in tuning.0.iter().zip(&self.anchors).zip(&mut self.next).take(4 * fours) {
                *next = turn.begin(*anchor);
            }
        }
        while self.done < until {
            let (mut mid, mut side) = ([0.0; PAIR], [0.0; PAIR]);
            let partials = tuning.0.chunks_exact(4).zip(self.next.chunks_exact_mut(4));
            for (turns, nexts) in partials.take(fours) {
                if let ([a, b, c, d], [next_a, next_b, next_c, next_d]) = (turns, nexts) {
                    a.add(next_a, &mut mid);
                    b.add(next_b, &mut mid);
                    c.add(next_c, &mut mid);
                    d.add(next_d, &mut side);
                }
            }
            let new = self.done..self.done + PAIR;
            self.ready[0][new.clone()].copy_from_slice(&mid);
            self.ready[1][new].copy_from_slice(&side);
            self.done += PAIR;
        }
    }

    /// Goes on to the next segment.
    fn leap(&mut self, tuning: &Tuning<P>) {
        (self.done, self.given) = (0, 0);
        let live = self.live;
        self.live = 0;
        for (partial, (anchor, turn)) in self.anchors.iter_mut().zip(&tuning.0).enumerate().take(live) {
            let next = times(*anchor, turn.leap);
            let audible = next[0] * next[0] + next[1] * next[1] >= INAUDIBLE * INAUDIBLE;
            *anchor = if audible { next } else { [0.0; 2] };
            if audible {
                self.live = partial + 1;
            }
        }
    }
}

/// The product of two complex numbers.
fn times(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]]
}
