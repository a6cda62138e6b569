//! What Continue is asked.

use super::counted;
use nice_plug::prelude::*;
use solferino_tools::{Continue, Part, Tool};

/// The most bars that Continue adds.
pub const MAX_BARS: i32 = 32;

/// Which lane of the source is continued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum PartChoice {
    /// The clip decides.
    #[id = "auto"]
    Auto,
    /// The melody.
    #[id = "melody"]
    Melody,
    /// The drums.
    #[id = "drums"]
    Drums,
}

/// What Continue is asked.
#[derive(Params)]
pub struct ContinueParams {
    /// Bars that Continue adds, 1 to 32.
    #[id = "continue-bars"]
    pub bars: IntParam,
    /// How far a take may go from what the clip plays, 0 to 100 %.
    #[id = "continue-variation"]
    pub variation: FloatParam,
    /// Which lane of the source is continued.
    #[id = "continue-part"]
    pub part: EnumParam<PartChoice>,
    /// Starts Continue when it goes from off to on.
    #[id = "continue"]
    pub trigger: BoolParam,
}

impl Default for ContinueParams {
    fn default() -> Self {
        Self {
            bars: counted("Bars", 4, MAX_BARS, ["bar", "bars"]),
            variation: FloatParam::new("Variation", 0.5, FloatRange::Linear { min: 0.0, max: 1.0 })
                .with_step_size(0.01)
                .with_unit(" %")
                .with_value_to_string(formatters::v2s_f32_percentage(0))
                .with_string_to_value(formatters::s2v_f32_percentage()),
            part: EnumParam::new("Part", PartChoice::Auto),
            trigger: BoolParam::new("Continue", false),
        }
    }
}

impl ContinueParams {
    /// The tool with what it is asked.
    #[must_use]
    pub fn tool(&self) -> Tool {
        Tool::Continue(Continue {
            part: match self.part.value() {
                PartChoice::Auto => None,
                PartChoice::Melody => Some(Part::Melody),
                PartChoice::Drums => Some(Part::Drums),
            },
            bars: self.bars.value().clamp(1, MAX_BARS).unsigned_abs(),
            variation: self.variation.value().clamp(0.0, 1.0),
        })
    }
}
