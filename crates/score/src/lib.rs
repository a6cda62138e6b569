//! Notes in time: clips, lanes, ticks, meters, tempo, scales, the drum map, quantisation and MIDI files.
//!
//! Pure values and functions. No threads, no clock; the only I/O-like code parses and writes MIDI bytes.
#![forbid(unsafe_code)]

mod clip;
mod time;

pub use clip::{Clip, Lane, LaneKind, Note};
pub use time::{Bpm, Meter, MeterMap, PPQ, TempoMap, Ticks};
