//! The keys: an electric piano of twelve partials in the middle and four, slightly out of tune, at the sides.

use super::CHUNK;
use super::envelope::{self, Gain};
use super::partials::{Partials, Tuning};

const PARTIALS: usize = 16;

/// Keys that sound at once before one is stolen.
pub(super) const VOICES: usize = 32;

/// Places for keys: those that sound and those that were stolen and fade.
const SLOTS: usize = VOICES + 16;

/// Seconds to rise, to fall by 60 dB when let go, when struck again and when stolen.
const RISE: f64 = 0.0015;
const RELEASE: f64 = 0.25;
const RESTRIKE: f64 = 0.05;
const STOLEN: f64 = 0.008;

/// The loudest key's level; sixteen of them come near full scale.
const LEVEL: f32 = 0.16;

/// A partial of the sound.
struct Partial {
    /// Frequency over the key's.
    ratio: f64,
    /// Amplitude at full velocity around A4; negative for one that begins downwards.
    level: f64,
    /// How much it grows with velocity beyond the key's loudness: an exponent.
    bite: f64,
    /// How much it falls faster than the fundamental.
    haste: f64,
}

const fn partial(ratio: f64, level: f64, bite: f64, haste: f64) -> Partial {
    Partial { ratio, level, bite, haste }
}

/// Every fourth is at the side: copies a cent or so off, for width and slow movement that vanish in mono. Those that
/// fall fast stand last, so that their group is soon skipped.
const SOUND: [Partial; PARTIALS] = [
    partial(1.0, 1.0, 0.0, 1.0),
    partial(2.0, 0.42, 0.35, 1.35),
    partial(3.0, -0.17, 0.7, 1.7),
    partial(1.0008, 0.16, 0.0, 1.0),
    partial(4.0, -0.10, 1.0, 2.1),
    partial(5.0, 0.055, 1.3, 2.5),
    partial(6.0, 0.036, 1.6, 2.9),
    partial(2.0 * 0.9991, -0.13, 0.35, 1.35),
    partial(7.0, -0.024, 1.8, 3.4),
    partial(8.0, -0.014, 2.0, 4.0),
    partial(9.0, 0.008, 2.2, 4.6),
    partial(3.0 * 1.0012, 0.06, 0.7, 1.7),
    // The tine's chime.
    partial(14.0, 0.075, 1.0, 14.0),
    partial(15.0, -0.045, 1.2, 18.0),
    partial(20.0, 0.03, 1.4, 40.0),
    partial(14.0 * 1.0009, 0.035, 1.0, 14.0),
];

/// What every key needs to know, for a sample rate.
#[derive(Debug)]
struct Key {
    tuning: Tuning<PARTIALS>,
    /// Amplitudes at full velocity; 0 for partials that the sample rate has no room for.
    levels: [f32; PARTIALS],
    /// How far to the right, -1 to 1.
    pan: f32,
}

#[derive(Clone, Debug)]
struct Voice {
    state: State,
    channel: u8,
    pitch: u8,
    partials: Partials<PARTIALS>,
    gain: Gain,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Off,
    Held,
    Released,
    /// Stolen or struck again: out of the count.
    Fading,
}

/// All keys.
#[derive(Debug)]
pub(super) struct Keys {
    keys: Box<[Key]>,
    /// What each velocity does to each partial.
    touch: Box<[[f32; PARTIALS]]>,
    voices: Box<[Voice]>,
    rise: f32,
    release: f32,
    restrike: f32,
    stolen: f32,
}

impl Keys {
    /// Silent keys. Allocates.
    pub fn new(sample_rate: f64) -> Self {
        let key = || Key { tuning: Tuning::still(), levels: [0.0; PARTIALS], pan: 0.0 };
        let voice =
            Voice { state: State::Off, channel: 0, pitch: 0, partials: Partials::silent(), gain: Gain::rising(1.0) };
        let mut keys = Self {
            keys: (0..128).map(|_| key()).collect(),
            touch: (0_u8..128).map(touch).collect(),
            voices: vec![voice; SLOTS].into_boxed_slice(),
            rise: 1.0,
            release: 0.0,
            restrike: 0.0,
            stolen: 0.0,
        };
        keys.set_sample_rate(sample_rate);
        keys
    }

    /// Changes the sample rate and silences all. Allocates nothing.
    #[expect(clippy::cast_possible_truncation, reason = "levels are single precision")]
    pub fn set_sample_rate(&mut self, sample_rate: f64) {
        for (pitch, key) in (0_u8..).zip(&mut self.keys) {
            let frequency = 440.0 * libm::exp2((f64::from(pitch) - 69.0) / 12.0);
            // Low keys ring long and need their upper partials to be heard; high keys are short and round.
            let height = (f64::from(pitch) - 69.0) / 12.0;
            let fall = 5.5 * libm::exp2(-0.42 * height);
            for (index, partial) in SOUND.iter().enumerate() {
                let fits =
                    key.tuning.tune(index, frequency * partial.ratio, (fall / partial.haste).max(0.02), sample_rate);
                let tilt = libm::exp2(-0.11 * height * (partial.ratio - 1.0).min(8.0)).clamp(0.2, 3.0);
                key.levels[index] = if fits { (partial.level * tilt) as f32 * LEVEL } else { 0.0 };
            }
            key.pan = ((f64::from(pitch) - 60.0) / 180.0).clamp(-0.2, 0.2) as f32;
        }
        self.rise = envelope::step(RISE, sample_rate);
        self.release = envelope::factor(RELEASE, sample_rate);
        self.restrike = envelope::factor(RESTRIKE, sample_rate);
        self.stolen = envelope::factor(STOLEN, sample_rate);
        self.reset();
    }

    /// Silences all at once.
    pub fn reset(&mut self) {
        for voice in &mut self.voices {
            voice.state = State::Off;
        }
    }

    /// Strikes a key. Beyond [`VOICES`] the weakest fades out for it; beyond the places for fading ones it is left out.
    pub fn note_on(&mut self, channel: u8, pitch: u8, velocity: u8) {
        let (pitch, velocity) = (pitch.min(127), velocity.min(127));
        let mut sounding = 0;
        for voice in &mut self.voices {
            if matches!(voice.state, State::Held | State::Released) {
                if voice.channel == channel && voice.pitch == pitch {
                    voice.state = State::Fading;
                    voice.gain.fall(self.restrike);
                } else {
                    sounding += 1;
                }
            }
        }
        let Some(free) = self.voices.iter().position(|voice| voice.state == State::Off) else {
            return;
        };
        if sounding >= VOICES {
            self.steal();
        }
        let (Some(voice), Some(key), Some(touch)) =
            (self.voices.get_mut(free), self.keys.get(usize::from(pitch)), self.touch.get(usize::from(velocity)))
        else {
            return;
        };
        voice.state = State::Held;
        (voice.channel, voice.pitch) = (channel, pitch);
        voice.partials.strike(|index| key.levels[index] * touch[index]);
        voice.gain = Gain::rising(self.rise);
    }

    /// Lets a key go.
    pub fn note_off(&mut self, channel: u8, pitch: u8) {
        for voice in &mut self.voices {
            if voice.state == State::Held && voice.channel == channel && voice.pitch == pitch {
                voice.state = State::Released;
                voice.gain.fall(self.release);
            }
        }
    }

    /// Lets all keys go.
    pub fn all_notes_off(&mut self) {
        for voice in &mut self.voices {
            if voice.state == State::Held {
                voice.state = State::Released;
                voice.gain.fall(self.release);
            }
        }
    }

    /// Whether nothing sounds.
    pub fn is_silent(&self) -> bool {
        self.voices.iter().all(|voice| voice.state == State::Off)
    }

    /// Adds the next samples, at most a chunk, to the middle and the side.
    pub fn render(&mut self, mid: &mut [f32], side: &mut [f32]) {
        let frames = mid.len().min(CHUNK);
        for voice in &mut self.voices {
            if voice.state == State::Off {
                continue;
            }
            let Some(key) = self.keys.get(usize::from(voice.pitch)) else {
                continue;
            };
            let (mut middle, mut sides) = ([0.0; CHUNK], [0.0; CHUNK]);
            let (middle, sides) = (&mut middle[..frames], &mut sides[..frames]);
            voice.partials.render(&key.tuning, middle, sides);
            voice.gain.mix([middle, sides], key.pan, mid, side);
            if voice.gain.is_over() || voice.partials.is_silent() {
                voice.state = State::Off;
            }
        }
    }

    /// Fades the weakest key, released ones first.
    fn steal(&mut self) {
        let strength = |voice: &Voice| {
            let held = if voice.state == State::Held { 1.0 } else { 0.1 };
            voice.partials.energy() * (held * f64::from(voice.gain.fallen())).powi(2)
        };
        let sounding = self.voices.iter_mut().filter(|voice| matches!(voice.state, State::Held | State::Released));
        if let Some(weakest) = sounding.min_by(|a, b| strength(a).total_cmp(&strength(b))) {
            weakest.state = State::Fading;
            weakest.gain.fall(self.stolen);
        }
    }
}

/// The gain that a velocity gives each partial: loudness over a range of 26 dB, and brightness.
#[expect(clippy::cast_possible_truncation, reason = "gains are single precision")]
fn touch(velocity: u8) -> [f32; PARTIALS] {
    let velocity = f64::from(velocity.max(1)) / 127.0;
    let loudness = 0.05 + 0.95 * libm::pow(velocity, 1.6);
    SOUND.each_ref().map(|partial| (loudness * libm::pow(velocity, partial.bite)) as f32)
}
