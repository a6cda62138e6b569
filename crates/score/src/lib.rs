//! Notes in time: clips, lanes, ticks, meters, tempo, scales, the drum map, quantisation and MIDI files.
//!
//! Pure values and functions. No threads, no clock; the only I/O-like code parses and writes MIDI bytes.
#![forbid(unsafe_code)]

mod clip;
pub mod drums;
pub mod grid;
mod lanes;
mod length;
pub mod limits;
pub mod melody;
pub mod midi;
mod normal;
mod pedal;
mod percussion;
mod pitch;
pub mod scale;
mod time;
mod words;

pub use clip::{Clip, Lane, LaneKind, Message, Note};
pub use grid::Grid;
pub use pitch::pitch_name;
pub use scale::{Mode, Scale, ScaleError};
pub use time::{Bar, Bpm, Meter, MeterMap, PPQ, TempoMap, Ticks};
