//! Recurrent networks as ONNX step graphs: manifests, limits, inspection, encodings, samplers and the generation loop.
//!
//! It knows what an engine is ([`Backend`]) and what an ONNX file may hold ([`inspect`]), but no engine: those are in
//! `solferino-engine`. It speaks in events, one a step (a sixteenth note for every model so far):
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
#[doc(hidden)]
pub mod fake;
mod graph;
mod library;
pub mod limits;
mod manifest;
mod recurrent;
mod sampler;
mod seed;
mod wire;

pub use backend::{Backend, Outputs, Plan, Run, Signature, StateSpec, TensorSpec};
pub use encoding::{BarGrid, Encoding, EncodingSpec, Lookback, NO_EVENT, NOTE_OFF, PitchRange, Reader};
pub use error::ModelError;
pub use graph::inspect;
pub use library::{Library, Model, ModelEntry, Origin, Verified};
pub use manifest::Manifest;
pub use recurrent::{Cancel, Drawn, Generation, RecurrentModel};
pub use sampler::{Choice, Chosen, Constraint};
pub use seed::{Seed, SeedStream};
