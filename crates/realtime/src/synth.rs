//! The built-in sound: keys and a drum kit.
//!
//! Powers, sines and the like come from `libm`, not from the system, so that every system renders the same samples.

mod body;
mod drums;
mod envelope;
mod keys;
mod kit;
mod noise;
mod partials;

use crate::{NoteEvent, Voice};
use drums::Drums;
use keys::Keys;

/// Samples worked out at once.
const CHUNK: usize = 64;

/// The loudness below which a part of a drum hit is over: -110 dB.
const OVER: f32 = 3e-6;

/// From here on the output is bent, so that it never reaches full scale.
const KNEE: f32 = 0.7;

/// The sound that takes are heard by: an electric piano of [`Synth::VOICES`] voices and a drum kit.
///
/// Laws, held by `tests/synth.rs`: the sound does not depend on how blocks are split; nothing folds back from above half
/// the sample rate; no note begins, ends or is stolen with a click; the output stays within ±1; after the last release
/// it falls silent and [`Synth::is_silent`] says so.
#[derive(Debug)]
pub struct Synth {
    keys: Keys,
    drums: Drums,
}

impl Synth {
    /// Keys that sound at once; the weakest fades out for one more. Drums are apart.
    pub const VOICES: usize = keys::VOICES;

    /// A silent synth for a sample rate, 1,000 to 768,000 samples a second; others count as the nearest of these, and
    /// NaN as 48,000. Allocates all that it will ever need.
    #[must_use]
    pub fn new(sample_rate: f64) -> Self {
        let sample_rate = playable(sample_rate);
        Self { keys: Keys::new(sample_rate), drums: Drums::new(sample_rate) }
    }

    /// Changes the sample rate, as in [`Synth::new`], and silences everything. Allocates nothing, but takes as long as a
    /// small block.
    #[cfg_attr(feature = "rtsan", rtsan_standalone::nonblocking)]
    pub fn set_sample_rate(&mut self, sample_rate: f64) {
        let sample_rate = playable(sample_rate);
        self.keys.set_sample_rate(sample_rate);
        self.drums.set_sample_rate(sample_rate);
    }

    /// Begins a note at the next rendered sample: MIDI channel 0 to 15, which tells keys of the same pitch apart, pitch and
    /// velocity.
    #[cfg_attr(feature = "rtsan", rtsan_standalone::nonblocking)]
    pub fn note_on(&mut self, voice: Voice, channel: u8, pitch: u8, velocity: u8) {
        match voice {
            Voice::Keys => self.keys.note_on(channel, pitch, velocity),
            Voice::Kit => self.drums.note_on(pitch, velocity),
        }
    }

    /// Releases a key at the next rendered sample. Drums ring out by themselves.
    #[cfg_attr(feature = "rtsan", rtsan_standalone::nonblocking)]
    pub fn note_off(&mut self, channel: u8, pitch: u8) {
        self.keys.note_off(channel, pitch);
    }

    /// Begins or releases a note at the next rendered sample; the event's offset is the caller's affair.
    pub fn play(&mut self, event: NoteEvent) {
        match event {
            NoteEvent::On { voice, channel, pitch, velocity, .. } => self.note_on(voice, channel, pitch, velocity),
            NoteEvent::Off { channel, pitch, .. } => self.note_off(channel, pitch),
        }
    }

    /// Releases every key. Drums ring out.
    #[cfg_attr(feature = "rtsan", rtsan_standalone::nonblocking)]
    pub fn all_notes_off(&mut self) {
        self.keys.all_notes_off();
    }

    /// Silences everything at once.
    #[cfg_attr(feature = "rtsan", rtsan_standalone::nonblocking)]
    pub fn reset(&mut self) {
        self.keys.reset();
        self.drums.reset();
    }

    /// Adds the next samples to both outputs; as many as the shorter has.
    #[cfg_attr(feature = "rtsan", rtsan_standalone::nonblocking)]
    pub fn render(&mut self, left: &mut [f32], right: &mut [f32]) {
        for (left, right) in left.chunks_mut(CHUNK).zip(right.chunks_mut(CHUNK)) {
            if self.is_silent() {
                return;
            }
            let frames = left.len().min(right.len());
            let (mut mid, mut side) = ([0.0; CHUNK], [0.0; CHUNK]);
            let (mid, side) = (&mut mid[..frames], &mut side[..frames]);
            self.keys.render(mid, side);
            self.drums.render(mid, side);
            for ((left, right), (mid, side)) in left.iter_mut().zip(right).zip(mid.iter().zip(side.iter())) {
                *left += bent(mid - side);
                *right += bent(mid + side);
            }
        }
    }

    /// Whether nothing sounds, not even a release: [`Synth::render`] would add nothing.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.keys.is_silent() && self.drums.is_silent()
    }
}

/// Leaves what is under the knee and bends the rest towards ±1, without an edge.
#[inline]
fn bent(sample: f32) -> f32 {
    let over = (sample.abs() - KNEE).max(0.0) / (1.0 - KNEE);
    let bent = KNEE + (1.0 - KNEE) * over / (1.0 + over);
    if over > 0.0 { bent.copysign(sample) } else { sample }
}

fn playable(sample_rate: f64) -> f64 {
    if sample_rate.is_nan() { 48_000.0 } else { sample_rate.clamp(1_000.0, 768_000.0) }
}
