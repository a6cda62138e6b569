//! Solferino Notes: the same without sound, for chains that place note effects before an instrument.

use crate::instance::Kind;
use crate::shell::{Flavour, Shell};
use nice_plug::prelude::*;

/// The note effect.
pub type SolferinoNotes = Shell<Notes>;

/// What makes it the note effect.
pub struct Notes;

impl Flavour for Notes {
    const KIND: Kind = Kind::Notes;
    const NAME: &'static str = "Solferino Notes";
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = &[];
    const MIDI: MidiConfig = MidiConfig::MidiCCs;
    const CLAP_ID: &'static str = "org.solferino.notes";
    const CLAP_DESCRIPTION: &'static str = "Continues your clips and plays them to what follows";
    const CLAP_FEATURES: &'static [ClapFeature] = &[ClapFeature::NoteEffect];
}
