//! What is asked of Continue.

use crate::{Part, ToolError};
use serde::{Deserialize, Serialize};
use solferino_models::Seed;
use solferino_score::Scale;

/// The most bars of a continuation.
pub const MAX_BARS: u32 = 32;
/// The most takes of a request.
pub const MAX_TAKES: u32 = 16;
/// The highest temperature.
pub const MAX_TEMPERATURE: f32 = 2.0;

/// What to continue and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContinueRequest {
    /// The part to continue; `None` takes [`crate::part_of`] the clip.
    pub part: Option<Part>,
    /// How many bars to add, 1 to [`MAX_BARS`], in the meter at the clip's end.
    pub bars: u32,
    /// How many takes, 1 to [`MAX_TAKES`].
    pub takes: u32,
    /// 0 takes the likeliest event at every step (all takes are equal then), 1 follows the model, up to
    /// [`MAX_TEMPERATURE`] is wilder.
    pub temperature: f32,
    /// What makes it repeatable. Take k is the same however many takes are asked for.
    pub seed: Seed,
    /// The only pitches that new melody notes may have; drums ignore it.
    pub scale: Option<Scale>,
    /// The model's name; `None` lets the part choose.
    pub model: Option<String>,
}

impl Default for ContinueRequest {
    fn default() -> Self {
        Self { part: None, bars: 4, takes: 4, temperature: 1.0, seed: Seed(0), scale: None, model: None }
    }
}

impl ContinueRequest {
    /// Whether every value is in its range.
    ///
    /// # Errors
    /// [`ToolError::Bars`], [`ToolError::Takes`] or [`ToolError::Temperature`].
    pub fn check(&self) -> Result<(), ToolError> {
        if !(1..=MAX_BARS).contains(&self.bars) {
            return Err(ToolError::Bars(self.bars));
        }
        if !(1..=MAX_TAKES).contains(&self.takes) {
            return Err(ToolError::Takes(self.takes));
        }
        if !(0.0..=MAX_TEMPERATURE).contains(&self.temperature) {
            return Err(ToolError::Temperature(self.temperature));
        }
        Ok(())
    }
}
