//! The drum kit: nine drums made of a body, partials and noise; see `kit` for what each is made of.

use super::CHUNK;
use super::body::{Body, Course};
use super::envelope::{self, Gain};
use super::kit::{self, RECIPES, Recipe};
use super::noise::{Bands, Noise};
use super::partials::{Partials, Tuning};
use solferino_score::drums::{CLASSES, class_of};

const PARTIALS: usize = 32;

/// Hits of one drum that may sound at once: the last one, and those before it as they fade.
const HITS: usize = 4;

/// What a drum needs to know, for a sample rate.
#[derive(Debug)]
struct Drum {
    tuning: Tuning<PARTIALS>,
    levels: [f32; PARTIALS],
    /// Exponents of velocity for the partials.
    bites: [f32; PARTIALS],
    course: Course,
    bands: Bands,
    rise: f32,
    damp: f32,
}

/// A sounding hit.
#[derive(Clone, Debug)]
struct Hit {
    sounds: bool,
    gain: Gain,
    partials: Partials<PARTIALS>,
    body: Body,
    noise: Noise,
}

/// The kit.
#[derive(Debug)]
pub(super) struct Drums {
    kit: Box<[Drum]>,
    hits: Box<[[Hit; HITS]]>,
    /// Hits since the last reset: the seed of their noise, so that no two are the same and a reset repeats them.
    count: u32,
    choke: f32,
}

impl Drums {
    /// A silent kit. Allocates.
    pub fn new(sample_rate: f64) -> Self {
        let drum = || Drum {
            tuning: Tuning::still(),
            levels: [0.0; PARTIALS],
            bites: [0.0; PARTIALS],
            course: Course::default(),
            bands: Bands::default(),
            rise: 1.0,
            damp: 0.0,
        };
        let hit = Hit {
            sounds: false,
            gain: Gain::rising(1.0),
            partials: Partials::silent(),
            body: Body::default(),
            noise: Noise::silent(),
        };
        let hits: [Hit; HITS] = std::array::from_fn(|_| hit.clone());
        let mut drums = Self {
            kit: (0..CLASSES).map(|_| drum()).collect(),
            hits: vec![hits; CLASSES].into_boxed_slice(),
            count: 0,
            choke: 0.0,
        };
        drums.set_sample_rate(sample_rate);
        drums
    }

    /// Changes the sample rate and silences all. Allocates nothing.
    pub fn set_sample_rate(&mut self, sample_rate: f64) {
        for (drum, recipe) in self.kit.iter_mut().zip(&RECIPES) {
            drum.prepare(recipe, sample_rate);
        }
        self.choke = envelope::factor(0.05, sample_rate);
        self.reset();
    }

    /// Silences all at once.
    pub fn reset(&mut self) {
        self.count = 0;
        for hit in self.hits.iter_mut().flatten() {
            hit.sounds = false;
        }
    }

    /// Hits the drum that a General MIDI note stands for. Drums ring out by themselves: there is no end to a hit.
    pub fn note_on(&mut self, pitch: u8, velocity: u8) {
        let class = class_of(pitch.min(127));
        if class == kit::CLOSED
            && let Some(open) = self.hits.get_mut(kit::OPEN)
        {
            damp(open, self.choke);
        }
        let (Some(hits), Some(drum), Some(recipe)) =
            (self.hits.get_mut(class), self.kit.get(class), RECIPES.get(class))
        else {
            return;
        };
        damp(hits, drum.damp);
        self.count = self.count.wrapping_add(1);
        // With no place left, the hits of the last few milliseconds are enough.
        if let Some(hit) = hits.iter_mut().find(|hit| !hit.sounds) {
            hit.strike(drum, recipe, velocity, self.count);
        }
    }

    /// Whether nothing sounds.
    pub fn is_silent(&self) -> bool {
        self.hits.iter().flatten().all(|hit| !hit.sounds)
    }

    /// Adds the next samples, at most a chunk, to the middle and the side.
    pub fn render(&mut self, mid: &mut [f32], side: &mut [f32]) {
        let frames = mid.len().min(CHUNK);
        for ((hits, drum), recipe) in self.hits.iter_mut().zip(&self.kit).zip(&RECIPES) {
            for hit in hits.iter_mut().filter(|hit| hit.sounds) {
                let (mut middle, mut sides) = ([0.0; CHUNK], [0.0; CHUNK]);
                let (middle, sides) = (&mut middle[..frames], &mut sides[..frames]);
                hit.partials.render(&drum.tuning, middle, sides);
                hit.body.add(&drum.course, middle);
                hit.noise.add(&drum.bands, middle, sides);
                hit.gain.mix([middle, sides], recipe.pan, mid, side);
                hit.sounds = !hit.is_over();
            }
        }
    }
}

fn damp(hits: &mut [Hit], factor: f32) {
    for hit in hits {
        hit.gain.fall(factor);
    }
}

impl Drum {
    #[expect(clippy::cast_possible_truncation, reason = "levels are single precision")]
    fn prepare(&mut self, recipe: &Recipe, sample_rate: f64) {
        let modes = recipe.modes;
        let (lowest, _) = modes.places.place(0, PARTIALS);
        let mut energy = 0.0;
        let mut levels = [0.0; PARTIALS];
        for (index, out) in levels.iter_mut().enumerate() {
            let (frequency, level) = modes.places.place(index, PARTIALS);
            let octaves = libm::log2((frequency / lowest).max(1.0));
            let fall = modes.fall * libm::exp2(-octaves * modes.haste);
            let fits = self.tuning.tune(index, frequency, fall, sample_rate);
            let level = level * libm::pow(10.0, octaves * modes.tilt / 20.0);
            energy += level * level;
            *out = if fits { level } else { 0.0 };
            self.bites[index] = (modes.bite * octaves.min(4.0)) as f32;
        }
        let level = modes.level * recipe.level / energy.sqrt().max(1e-9);
        for (index, (out, partial)) in self.levels.iter_mut().zip(levels).enumerate() {
            // Half of them begin downwards, so that they do not add up to a spike.
            let sign = if (index * 5) % 8 < 4 { 1.0 } else { -1.0 };
            *out = (sign * partial * level) as f32;
        }
        self.course = Course::new(&recipe.body, sample_rate);
        self.bands = Bands::new(&recipe.noises, recipe.level, sample_rate);
        self.rise = envelope::step(recipe.rise, sample_rate);
        self.damp = envelope::factor(recipe.damp, sample_rate);
    }
}

impl Hit {
    #[expect(clippy::cast_possible_truncation, reason = "levels are single precision")]
    fn strike(&mut self, drum: &Drum, recipe: &Recipe, velocity: u8, seed: u32) {
        let velocity = f32::from(velocity.clamp(1, 127)) / 127.0;
        let loudness = 0.04 + 0.96 * libm::powf(velocity, 1.6);
        self.sounds = true;
        self.gain = Gain::rising(drum.rise);
        if recipe.modes.level > 0.0 {
            self.partials.strike(|index| loudness * libm::powf(velocity, drum.bites[index]) * drum.levels[index]);
        } else {
            self.partials.silence();
        }
        let level = (recipe.body.level * recipe.level) as f32 * loudness;
        self.body = Body::strike(&drum.course, 0.5 + 0.5 * velocity, level);
        let breaths = recipe.noises.map(|breath| loudness * libm::powf(velocity, breath.bite as f32));
        self.noise = Noise::strike(&drum.bands, breaths, seed);
    }

    fn is_over(&self) -> bool {
        let quiet = self.body.is_silent() && self.noise.is_silent() && self.partials.is_silent();
        quiet || self.gain.is_over()
    }
}
