//! Solferino, the instrument: stereo out, MIDI in and out.

use crate::instance::Kind;
use crate::shell::{Flavour, Shell};
use nice_plug::prelude::*;
use std::num::NonZeroU32;

/// The instrument.
pub type Solferino = Shell<Instrument>;

/// What makes it the instrument.
pub struct Instrument;

impl Flavour for Instrument {
    const KIND: Kind = Kind::Instrument;
    const NAME: &'static str = "Solferino";
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] =
        &[AudioIOLayout { main_output_channels: NonZeroU32::new(2), ..AudioIOLayout::const_default() }];
    const MIDI: MidiConfig = MidiConfig::Basic;
    const CLAP_ID: &'static str = "org.solferino.solferino";
    const CLAP_DESCRIPTION: &'static str = "Continues your clips, offline, in time with your song";
    const CLAP_FEATURES: &'static [ClapFeature] =
        &[ClapFeature::Instrument, ClapFeature::NoteEffect, ClapFeature::Synthesizer, ClapFeature::Stereo];
}

impl Vst3Plugin for Solferino {
    const VST3_CLASS_ID: [u8; 16] = *b"SolferinoInstr01";
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] =
        &[Vst3SubCategory::Instrument, Vst3SubCategory::Generator, Vst3SubCategory::Stereo];
}
