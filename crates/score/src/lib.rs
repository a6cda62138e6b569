//! Notes in time: clips, lanes, ticks, meters, tempo, scales, the drum map, quantisation and MIDI files.
//!
//! Pure values and functions. No threads, no clock; the only I/O-like code parses and writes MIDI bytes.
#![forbid(unsafe_code)]

mod clip;
pub mod drums;
pub mod grid;
mod lanes;
pub mod limits;
pub mod melody;
pub mod midi;
mod normal;
pub mod scale;
mod time;

pub use clip::{Clip, Lane, LaneKind, Note};
pub use grid::Grid;
pub use scale::{Mode, Scale, ScaleError};
pub use time::{Bpm, Meter, MeterMap, PPQ, TempoMap, Ticks};
