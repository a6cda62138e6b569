//! Recurrent networks as ONNX step graphs: manifests, limits, backends, encodings, samplers and the generation loop.
//!
//! The only crate that knows ONNX. It speaks in events, one a step (a sixteenth note for every model so far):
//!
//! - melody: −2 no event, −1 note off, 0 to 127 note on;
//! - drums: a bit mask of nine classes, bit 0 the kick to bit 8 the ride, 0 for silence.
//!
//! Clips, notes, folding into a model's range and velocities live above, in `tools`. No threads are started here and
//! no clock is read: [`RecurrentModel::generate`] is a function of the model and the [`Generation`].
#![forbid(unsafe_code)]

mod backend;
mod encoding;
mod error;
mod graph;
mod library;
pub mod limits;
mod manifest;
mod onnx_runtime;
mod recurrent;
mod sampler;
mod seed;
mod tract;

pub use backend::{Backend, Plan, Run, Signature, StateSpec, TensorSpec};
pub use encoding::{BarGrid, Encoding, Memory, NO_EVENT, NOTE_OFF};
pub use error::ModelError;
pub use library::{Library, ModelEntry, Origin, Verified};
pub use manifest::{EncodingSpec, Lookback, Manifest, PitchRange};
pub use onnx_runtime::OnnxRuntime;
pub use recurrent::{Cancel, Generation, RecurrentModel};
pub use sampler::Constraint;
pub use seed::{Seed, SeedStream};
pub use tract::Tract;
