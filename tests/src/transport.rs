//! The host's song position, advanced block by block.

use clack_host::events::EventFlags;
use clack_host::events::event_types::{TransportEvent, TransportFlags};
use clack_host::prelude::EventHeader;
use clack_host::utils::{BeatTime, SecondsTime};

/// Where the song is and how it moves on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Song {
    /// Whether it plays.
    pub playing: bool,
    /// Beats a minute at the block's start.
    pub tempo: f64,
    /// How much the tempo changes a second while playing.
    pub ramp: f64,
    /// Quarter notes from the song's start.
    pub position: f64,
    /// Loop start and end in quarter notes.
    pub looping: Option<(f64, f64)>,
    /// How many samples before the loop's end count as the end. With 0 a block may begin a rounding error before it, as
    /// some hosts' do.
    pub early: f64,
    /// Beats in a bar and the value of a beat.
    pub meter: (u16, u16),
    /// Samples a second.
    pub sample_rate: f64,
}

impl Song {
    /// A song that plays from its start at a tempo.
    #[must_use]
    pub fn playing(tempo: f64, sample_rate: f64) -> Self {
        Self { playing: true, tempo, ramp: 0.0, position: 0.0, looping: None, early: 0.5, meter: (4, 4), sample_rate }
    }

    /// Samples that a tick of 960 a quarter lasts at the present tempo.
    #[must_use]
    pub fn samples_per_tick(&self) -> f64 {
        self.sample_rate * 60.0 / self.tempo / 960.0
    }

    /// Moves on by a block. A loop's end inside it wraps around, as hosts that do not split blocks do.
    pub fn advance(&mut self, frames: u32) {
        if !self.playing {
            return;
        }
        let seconds = f64::from(frames) / self.sample_rate;
        self.position += seconds * self.tempo / 60.0;
        self.tempo = (self.tempo + self.ramp * seconds).clamp(20.0, 960.0);
        let early = self.early * self.tempo / 60.0 / self.sample_rate;
        if let Some((start, end)) = self.looping
            && self.position >= end - early
            && end > start
        {
            self.position = start + (self.position - end).max(0.0) % (end - start);
        }
    }

    /// How many frames of a block lie before the loop's end, when a host splits blocks there.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and below a block's length")]
    pub fn frames_to_loop_end(&self, frames: u32) -> u32 {
        let Some((_, end)) = self.looping.filter(|&(_, end)| self.playing && self.position < end) else {
            return frames;
        };
        let left = (end - self.position) * 60.0 / self.tempo * self.sample_rate;
        (left.ceil() as u32).clamp(1, frames)
    }

    /// What a CLAP host tells a plug-in at the block's start.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "songs in tests have few bars")]
    pub fn event(&self) -> TransportEvent {
        let seconds_per_quarter = 60.0 / self.tempo;
        let quarters_per_bar = f64::from(self.meter.0) * 4.0 / f64::from(self.meter.1);
        let bar = (self.position / quarters_per_bar).floor();
        let (loop_start, loop_end) = self.looping.unwrap_or_default();
        let mut flags = TransportFlags::HAS_TEMPO
            | TransportFlags::HAS_BEATS_TIMELINE
            | TransportFlags::HAS_SECONDS_TIMELINE
            | TransportFlags::HAS_TIME_SIGNATURE;
        flags.set(TransportFlags::IS_PLAYING, self.playing);
        flags.set(TransportFlags::IS_LOOP_ACTIVE, self.looping.is_some());
        TransportEvent {
            header: EventHeader::new_core(0, EventFlags::empty()),
            flags,
            song_pos_beats: BeatTime::from_float(self.position),
            song_pos_seconds: SecondsTime::from_float(self.position * seconds_per_quarter),
            tempo: self.tempo,
            tempo_inc: self.ramp / self.sample_rate,
            loop_start_beats: BeatTime::from_float(loop_start),
            loop_end_beats: BeatTime::from_float(loop_end),
            loop_start_seconds: SecondsTime::from_float(loop_start * seconds_per_quarter),
            loop_end_seconds: SecondsTime::from_float(loop_end * seconds_per_quarter),
            bar_start: BeatTime::from_float(bar * quarters_per_bar),
            bar_number: bar as i32,
            time_signature_numerator: self.meter.0,
            time_signature_denominator: self.meter.1,
        }
    }
}
