//! The parameters: what a host may automate, with stable ids. One struct a tool, whose ids begin with the tool's name.
//!
//! Ids, ranges and numbers of steps are for ever: projects and automation refer to them. A choice with one more item would
//! move automation as much as another id. What a project keeps beside them is in [`crate::persist`].

pub mod common;
pub mod continuing;
pub mod output;

use crate::persist::SessionChunk;
use common::{CommonParams, MAX_SEED, MAX_TAKES};
use continuing::{ContinueParams, MAX_BARS};
use nice_plug::prelude::*;
use output::OutputParams;
use solferino_realtime::Bank;
use solferino_tools::Request;
use std::sync::Arc;

/// How many takes of the strip automation can reach.
pub const MAX_PLACES: i32 = places();
/// Where the counter behind [`SolferinoParams::changes`] starts again.
pub const MAX_CHANGES: i32 = 65_535;

#[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "there are 64")]
const fn places() -> i32 {
    Bank::MOST as i32
}

/// Everything that a project keeps of an instance.
#[derive(Params)]
pub struct SolferinoParams {
    /// What every tool is asked.
    #[nested]
    pub common: CommonParams,
    /// What Continue is asked.
    #[nested]
    pub continuing: ContinueParams,
    /// Where what plays goes.
    #[nested]
    pub output: OutputParams,
    /// Which take of the strip plays, from 0.
    #[id = "take"]
    pub take: IntParam,
    /// Counts what changed in the session, so that a host sees a parameter change and marks its project as unsaved:
    /// nothing else would tell it.
    #[id = "changes"]
    pub changes: IntParam,
    /// The session: sources, takes and how they came about.
    #[persist = "session"]
    pub session: SessionChunk,
}

impl SolferinoParams {
    /// The parameters at their defaults, around a session.
    #[must_use]
    pub fn new(session: SessionChunk) -> Self {
        Self {
            common: CommonParams::default(),
            continuing: ContinueParams::default(),
            output: OutputParams::default(),
            take: IntParam::new("Take", 0, IntRange::Linear { min: 0, max: MAX_PLACES - 1 })
                .with_value_to_string(Arc::new(|take| (take + 1).to_string()))
                .with_string_to_value(Arc::new(|text| first_number(text)?.checked_sub(1))),
            changes: IntParam::new("Changes", 0, IntRange::Linear { min: 0, max: MAX_CHANGES }).hide(),
            session,
        }
    }

    /// What Continue is asked for, with this seed.
    #[must_use]
    pub fn continue_request(&self, seed: u32, model: Option<String>) -> Request {
        Request { common: self.common.common(seed, model), tool: self.continuing.tool() }
    }
}

/// A whole number from 1 that says what it counts: "1 bar", "4 bars".
fn counted(name: &str, default: i32, max: i32, [one, many]: [&'static str; 2]) -> IntParam {
    IntParam::new(name, default, IntRange::Linear { min: 1, max })
        .with_value_to_string(Arc::new(move |count| format!("{count} {}", if count == 1 { one } else { many })))
        .with_string_to_value(Arc::new(first_number))
}

/// The whole number that a text starts with, whatever its unit.
fn first_number(text: &str) -> Option<i32> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

/// Puts what a damaged or foreign state holds back into the parameters' ranges, before it is loaded.
pub fn heal(state: &mut PluginState) {
    use nice_plug::plugin::ParamValue;
    const WHOLE: [(&str, i32, i32); 5] = [
        ("continue-bars", 1, MAX_BARS),
        ("takes", 1, MAX_TAKES),
        ("seed", 0, MAX_SEED),
        ("take", 0, MAX_PLACES - 1),
        ("changes", 0, MAX_CHANGES),
    ];
    const REAL: [(&str, f32, f32); 3] =
        [("temperature", 0.0, 2.0), ("continue-variation", 0.0, 1.0), ("gain", -60.0, 12.0)];
    for (id, min, max) in WHOLE {
        if let Some(ParamValue::I32(value)) = state.params.get_mut(id) {
            *value = (*value).clamp(min, max);
        }
    }
    for (id, min, max) in REAL {
        let Some(ParamValue::F32(value)) = state.params.get_mut(id) else { continue };
        if value.is_finite() {
            *value = value.clamp(min, max);
        } else {
            state.params.remove(id);
        }
    }
    // An index stands for no choice of an enumeration with names.
    for id in ["scale-root", "scale", "continue-part"] {
        if !matches!(state.params.get(id), Some(ParamValue::String(_))) {
            state.params.remove(id);
        }
    }
}
