//! What is asked of a tool.
//!
//! Tools are an enum and not a trait: requests are saved, compared and drawn, and an exhaustive match lists the places
//! that a new tool touches.

use crate::limits::{MAX_BARS, MAX_TAKES, MAX_TEMPERATURE};
use crate::{Part, ToolError};
use solferino_models::Seed;
use solferino_score::Scale;

/// A tool with everything that is asked of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What every tool is asked.
    pub common: Common,
    /// The tool and what it alone is asked.
    pub tool: Tool,
}

/// What every tool is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Common {
    /// How many takes, 1 to [`MAX_TAKES`].
    pub takes: u32,
    /// 0 takes the likeliest event at every step (all takes are equal then), 1 follows the model, up to
    /// [`MAX_TEMPERATURE`] is wilder.
    pub temperature: f32,
    /// What makes it repeatable. Take k is the same however many takes are asked for.
    pub seed: Seed,
    /// The only pitches that new melody notes may have; drums ignore it.
    pub scale: Option<Scale>,
    /// The model's name; `None` lets the tool choose.
    pub model: Option<String>,
}

/// A tool and what it alone is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Tool {
    /// Adds bars to a clip.
    Continue(Continue),
}

/// What Continue is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Continue {
    /// The part to continue; `None` takes [`crate::part_of`] the clip.
    pub part: Option<Part>,
    /// How many bars to add, 1 to [`MAX_BARS`], in the meter at the clip's end; after a single odd bar in the one that the clip
    /// is mostly in.
    pub bars: u32,
    /// How far a take may go from what the clip plays: 0 keeps the groove, 1 goes somewhere.
    pub variation: f32,
}

impl Default for Common {
    fn default() -> Self {
        Self { takes: 4, temperature: 1.0, seed: Seed(0), scale: None, model: None }
    }
}

impl Default for Continue {
    fn default() -> Self {
        Self { part: None, bars: 4, variation: 0.5 }
    }
}

impl Default for Request {
    fn default() -> Self {
        Self { common: Common::default(), tool: Tool::Continue(Continue::default()) }
    }
}

impl Tool {
    /// What it is called in states and on the command line.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Continue(_) => "continue",
        }
    }

    /// What it is called in the window and in messages.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self {
            Self::Continue(_) => "Continue",
        }
    }

    /// How many clips it takes.
    #[must_use]
    pub fn inputs(&self) -> usize {
        match self {
            Self::Continue(_) => 1,
        }
    }
}

impl Request {
    /// Whether every value is in its range.
    ///
    /// # Errors
    /// [`ToolError::Takes`], [`ToolError::Temperature`], [`ToolError::Bars`] or [`ToolError::Variation`].
    pub fn check(&self) -> Result<(), ToolError> {
        if !(1..=MAX_TAKES).contains(&self.common.takes) {
            return Err(ToolError::Takes(self.common.takes));
        }
        if !(0.0..=MAX_TEMPERATURE).contains(&self.common.temperature) {
            return Err(ToolError::Temperature(self.common.temperature));
        }
        match &self.tool {
            Tool::Continue(wanted) if !(1..=MAX_BARS).contains(&wanted.bars) => Err(ToolError::Bars(wanted.bars)),
            Tool::Continue(wanted) if !(0.0..=1.0).contains(&wanted.variation) => {
                Err(ToolError::Variation(wanted.variation))
            }
            Tool::Continue(_) => Ok(()),
        }
    }
}
