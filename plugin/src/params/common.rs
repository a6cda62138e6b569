//! What every tool is asked.

use super::{counted, first_number};
use nice_plug::prelude::*;
use solferino_models::Seed;
use solferino_score::{Mode, Scale};
use solferino_session::SEEDS;
use solferino_tools::Common;
use std::sync::Arc;

/// The most takes of a request.
pub const MAX_TAKES: i32 = 16;
/// The highest seed.
pub const MAX_SEED: i32 = SEEDS.cast_signed() - 1;

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

/// What every tool is asked.
#[derive(Params)]
pub struct CommonParams {
    /// Takes of a request, 1 to 16.
    #[id = "takes"]
    pub takes: IntParam,
    /// Sampling temperature, 0 (the likeliest) to 2.
    #[id = "temperature"]
    pub temperature: FloatParam,
    /// What makes a result repeatable.
    #[id = "seed"]
    pub seed: IntParam,
    /// Whether the seed stays when a request has been made.
    #[id = "seed-lock"]
    pub seed_lock: BoolParam,
    /// The root of the scale.
    #[id = "scale-root"]
    pub scale_root: EnumParam<Root>,
    /// The scale that new notes keep to.
    #[id = "scale"]
    pub scale: EnumParam<ScaleChoice>,
}

impl Default for CommonParams {
    fn default() -> Self {
        Self {
            takes: counted("Takes", 4, MAX_TAKES, ["take", "takes"]),
            temperature: FloatParam::new("Temperature", 1.0, FloatRange::Linear { min: 0.0, max: 2.0 })
                .with_step_size(0.01),
            seed: IntParam::new("Seed", 1, IntRange::Linear { min: 0, max: MAX_SEED })
                .with_string_to_value(Arc::new(first_number)),
            seed_lock: BoolParam::new("Seed lock", false),
            scale_root: EnumParam::new("Scale root", Root::C),
            scale: EnumParam::new("Scale", ScaleChoice::Off),
        }
    }
}

impl CommonParams {
    /// The seed that is shown.
    #[must_use]
    pub fn shown_seed(&self) -> u32 {
        self.seed.value().clamp(0, MAX_SEED).unsigned_abs()
    }

    /// What a tool is asked, with this seed.
    #[must_use]
    pub fn common(&self, seed: u32, model: Option<String>) -> Common {
        let mode = self.scale.value().mode();
        Common {
            takes: self.takes.value().clamp(1, MAX_TAKES).unsigned_abs(),
            temperature: self.temperature.value().clamp(0.0, 2.0),
            seed: Seed(u64::from(seed)),
            scale: mode.map(|mode| Scale::new(root_pitch(self.scale_root.value()), mode)),
            model,
        }
    }
}

/// The root's pitch class, 0 for C.
#[expect(clippy::cast_possible_truncation, reason = "there are twelve roots")]
fn root_pitch(root: Root) -> u8 {
    root.to_index() as u8
}
