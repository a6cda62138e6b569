//! Where what plays goes.

use nice_plug::prelude::*;

/// Where what plays goes.
#[derive(Params)]
pub struct OutputParams {
    /// Whether the built-in sound plays.
    #[id = "sound"]
    pub sound: BoolParam,
    /// Whether notes go out as MIDI.
    #[id = "midi-out"]
    pub midi_out: BoolParam,
    /// The built-in sound's level in decibels.
    #[id = "gain"]
    pub gain: FloatParam,
    /// Silence, and notes pass through untouched.
    #[id = "bypass"]
    pub bypass: BoolParam,
}

impl Default for OutputParams {
    fn default() -> Self {
        Self {
            sound: BoolParam::new("Sound", true),
            midi_out: BoolParam::new("MIDI out", true),
            gain: FloatParam::new("Gain", 0.0, FloatRange::Linear { min: -60.0, max: 12.0 })
                .with_step_size(0.1)
                .with_unit(" dB"),
            bypass: BoolParam::new("Bypass", false)
                .with_value_to_string(formatters::v2s_bool_bypass())
                .with_string_to_value(formatters::s2v_bool_bypass())
                .make_bypass(),
        }
    }
}
