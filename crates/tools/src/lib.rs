//! The tools: functions of (models, request, inputs) that give takes.
//!
//! Pure: no threads, no clock, no files. The same model, engine, clip and request give the same takes, in any thread
//! order. What a model cannot see is folded or left out of *its* view; the clip itself is never changed.
//!
//! [`make`] is the one entrance: it runs any [`Request`]. Here lives what is above the models' events: which lane is
//! continued, where bars and steps stand, how a melody is moved into a model's range and back, where the velocities of new
//! notes come from, and which of the drawn candidates become takes. Encodings and sampling live in `solferino-models`,
//! notes and meters in `solferino-score`.
#![forbid(unsafe_code)]

mod continuing;
mod error;
mod limits;
mod made;
mod request;

pub use continuing::part::{Part, part_of};
pub use error::ToolError;
pub use limits::{MAX_BARS, MAX_TAKES, MAX_TEMPERATURE};
pub use made::{Given, Made, ModelUsed, Outcome, Progress, Scope};
pub use request::{Common, Continue, Request, Tool};

use solferino_models::{Cancel, Library};
use solferino_score::Clip;

/// Does what a request asks for. `inputs` are the clips that the tool takes, in order: [`Tool::inputs`] says how many.
///
/// `progress` is told after each of the model's steps; `cancel` is looked at before each.
///
/// # Errors
/// [`ToolError::Inputs`], a value of the request outside its range, what the tool says of its inputs,
/// [`ToolError::Cancelled`], or what the models say.
pub fn make(
    models: &Library,
    request: &Request,
    inputs: &[&Clip],
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, ToolError> {
    request.check()?;
    let wrong = ToolError::Inputs { tool: request.tool.title(), takes: request.tool.inputs(), given: inputs.len() };
    match (&request.tool, inputs) {
        (Tool::Continue(wanted), [source]) => {
            continuing::continue_clip(models, source, &request.common, wanted, cancel, progress)
        }
        _ => Err(wrong),
    }
}
