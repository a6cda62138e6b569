//! The parameters: what a host may automate, with stable ids.
//!
//! Ids are for ever: projects and automation refer to them. What a project keeps beside them is in [`crate::persist`].

use crate::persist::SessionChunk;
use nice_plug::prelude::*;
use solferino_models::Seed;
use solferino_score::{Mode, Scale};
use solferino_tools::{ContinueRequest, Part};
use std::sync::Arc;

/// The most bars that Continue adds.
pub const MAX_BARS: i32 = 32;
/// The most takes of a request, and how many takes automation can reach.
pub const MAX_TAKES: i32 = 16;
/// The highest seed that a host can hold exactly in a normalised 32-bit value and a person can read.
pub const MAX_SEED: i32 = 999_999;
/// Where the counter behind [`SolferinoParams::changes`] starts again.
pub const MAX_CHANGES: i32 = 65_535;

/// Which lane of the source is continued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum PartChoice {
    /// The lane with the most to say.
    #[id = "auto"]
    Auto,
    /// The melody.
    #[id = "melody"]
    Melody,
    /// The drums.
    #[id = "drums"]
    Drums,
}

/// The root of the scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[expect(missing_docs, reason = "they are the names of the twelve notes")]
pub enum Root {
    #[id = "c"]
    C,
    #[id = "c#"]
    #[name = "C#"]
    CSharp,
    #[id = "d"]
    D,
    #[id = "eb"]
    #[name = "Eb"]
    EFlat,
    #[id = "e"]
    E,
    #[id = "f"]
    F,
    #[id = "f#"]
    #[name = "F#"]
    FSharp,
    #[id = "g"]
    G,
    #[id = "ab"]
    #[name = "Ab"]
    AFlat,
    #[id = "a"]
    A,
    #[id = "bb"]
    #[name = "Bb"]
    BFlat,
    #[id = "b"]
    B,
}

/// The scale that new notes keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[expect(missing_docs, reason = "they are the names of scales; solferino_score::Mode says what they are")]
pub enum ScaleChoice {
    #[id = "off"]
    Off,
    #[id = "major"]
    Major,
    #[id = "minor"]
    Minor,
    #[id = "dorian"]
    Dorian,
    #[id = "phrygian"]
    Phrygian,
    #[id = "lydian"]
    Lydian,
    #[id = "mixolydian"]
    Mixolydian,
    #[id = "locrian"]
    Locrian,
    #[id = "harmonic-minor"]
    #[name = "Harmonic minor"]
    HarmonicMinor,
    #[id = "melodic-minor"]
    #[name = "Melodic minor"]
    MelodicMinor,
    #[id = "major-pentatonic"]
    #[name = "Major pentatonic"]
    MajorPentatonic,
    #[id = "minor-pentatonic"]
    #[name = "Minor pentatonic"]
    MinorPentatonic,
    #[id = "blues"]
    Blues,
    #[id = "whole-tone"]
    #[name = "Whole tone"]
    WholeTone,
    #[id = "chromatic"]
    Chromatic,
}

impl ScaleChoice {
    /// The mode, unless the scale is off.
    #[must_use]
    pub fn mode(self) -> Option<Mode> {
        match self {
            Self::Off => None,
            Self::Major => Some(Mode::Major),
            Self::Minor => Some(Mode::Minor),
            Self::Dorian => Some(Mode::Dorian),
            Self::Phrygian => Some(Mode::Phrygian),
            Self::Lydian => Some(Mode::Lydian),
            Self::Mixolydian => Some(Mode::Mixolydian),
            Self::Locrian => Some(Mode::Locrian),
            Self::HarmonicMinor => Some(Mode::HarmonicMinor),
            Self::MelodicMinor => Some(Mode::MelodicMinor),
            Self::MajorPentatonic => Some(Mode::MajorPentatonic),
            Self::MinorPentatonic => Some(Mode::MinorPentatonic),
            Self::Blues => Some(Mode::Blues),
            Self::WholeTone => Some(Mode::WholeTone),
            Self::Chromatic => Some(Mode::Chromatic),
        }
    }
}

/// Everything that a project keeps of an instance.
#[derive(Params)]
pub struct SolferinoParams {
    /// Bars that Continue adds, 1 to 32.
    #[id = "bars"]
    pub bars: IntParam,
    /// Takes of a request, 1 to 16.
    #[id = "takes"]
    pub takes: IntParam,
    /// Sampling temperature, 0 (the likeliest) to 2.
    #[id = "temp"]
    pub temperature: FloatParam,
    /// What makes a result repeatable.
    #[id = "seed"]
    pub seed: IntParam,
    /// Whether the seed stays when a request has been made.
    #[id = "seed_lock"]
    pub seed_lock: BoolParam,
    /// The root of the scale.
    #[id = "scale_root"]
    pub scale_root: EnumParam<Root>,
    /// The scale that new notes keep to.
    #[id = "scale"]
    pub scale: EnumParam<ScaleChoice>,
    /// Which lane of the source is continued.
    #[id = "part"]
    pub part: EnumParam<PartChoice>,
    /// Which take of the strip plays, from 0.
    #[id = "take"]
    pub take: IntParam,
    /// Starts Continue when it goes from off to on.
    #[id = "continue"]
    pub trigger: BoolParam,
    /// Whether the built-in sound plays.
    #[id = "sound"]
    pub sound: BoolParam,
    /// Whether notes go out as MIDI.
    #[id = "midi_out"]
    pub midi_out: BoolParam,
    /// The built-in sound's level in decibels.
    #[id = "gain"]
    pub gain: FloatParam,
    /// Silence, and notes pass through untouched.
    #[id = "bypass"]
    pub bypass: BoolParam,
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
            bars: counted("Bars", 4, MAX_BARS, ["bar", "bars"]),
            takes: counted("Takes", 4, MAX_TAKES, ["take", "takes"]),
            temperature: FloatParam::new("Temperature", 1.0, FloatRange::Linear { min: 0.0, max: 2.0 })
                .with_step_size(0.01),
            seed: IntParam::new("Seed", 1, IntRange::Linear { min: 0, max: MAX_SEED }),
            seed_lock: BoolParam::new("Seed lock", false),
            scale_root: EnumParam::new("Scale root", Root::C),
            scale: EnumParam::new("Scale", ScaleChoice::Off),
            part: EnumParam::new("Part", PartChoice::Auto),
            take: IntParam::new("Take", 0, IntRange::Linear { min: 0, max: MAX_TAKES - 1 })
                .with_value_to_string(Arc::new(|take| (take + 1).to_string()))
                .with_string_to_value(Arc::new(|text| first_number(text)?.checked_sub(1))),
            trigger: BoolParam::new("Continue", false),
            sound: BoolParam::new("Sound", true),
            midi_out: BoolParam::new("MIDI out", true),
            gain: FloatParam::new("Gain", 0.0, FloatRange::Linear { min: -60.0, max: 12.0 })
                .with_step_size(0.1)
                .with_unit(" dB"),
            bypass: BoolParam::new("Bypass", false)
                .with_value_to_string(formatters::v2s_bool_bypass())
                .with_string_to_value(formatters::s2v_bool_bypass())
                .make_bypass(),
            changes: IntParam::new("Changes", 0, IntRange::Linear { min: 0, max: MAX_CHANGES }).hide(),
            session,
        }
    }

    /// What Continue is asked for, with a seed that lies `rolls` beyond the one shown.
    #[must_use]
    pub fn request(&self, rolls: u64) -> ContinueRequest {
        let mode = self.scale.value().mode();
        ContinueRequest {
            part: match self.part.value() {
                PartChoice::Auto => None,
                PartChoice::Melody => Some(Part::Melody),
                PartChoice::Drums => Some(Part::Drums),
            },
            bars: self.bars.value().clamp(1, MAX_BARS).unsigned_abs(),
            takes: self.takes.value().clamp(1, MAX_TAKES).unsigned_abs(),
            temperature: self.temperature.value().clamp(0.0, 2.0),
            seed: Seed(u64::from(self.seed.value().clamp(0, MAX_SEED).unsigned_abs()) + rolls),
            scale: mode.map(|mode| Scale::new(root_pitch(self.scale_root.value()), mode)),
            model: None,
        }
    }
}

/// The root's pitch class, 0 for C.
#[expect(clippy::cast_possible_truncation, reason = "there are twelve roots")]
fn root_pitch(root: Root) -> u8 {
    root.to_index() as u8
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
        ("bars", 1, MAX_BARS),
        ("takes", 1, MAX_TAKES),
        ("seed", 0, MAX_SEED),
        ("take", 0, MAX_TAKES - 1),
        ("changes", 0, MAX_CHANGES),
    ];
    const REAL: [(&str, f32, f32); 2] = [("temp", 0.0, 2.0), ("gain", -60.0, 12.0)];
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
    for id in ["scale_root", "scale", "part"] {
        if !matches!(state.params.get(id), Some(ParamValue::String(_))) {
            state.params.remove(id);
        }
    }
}
