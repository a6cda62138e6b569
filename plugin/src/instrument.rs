//! Solferino, the instrument: stereo out, MIDI in and out.

use crate::editor::SolferinoEditor;
use crate::engine::Engine;
use crate::instance::{Instance, Kind};
use crate::params::heal;
use nice_plug::prelude::*;
use solferino_session::Active;
use std::num::NonZeroU32;
use std::sync::Arc;

/// The instrument.
pub struct Solferino {
    instance: Arc<Instance>,
    engine: Engine,
    active: Option<Active>,
}

impl Default for Solferino {
    fn default() -> Self {
        let (instance, stage) = Instance::new(Kind::Instrument);
        let engine = Engine::new(Arc::clone(&instance.params), Arc::clone(&instance.link), stage);
        Self { instance, engine, active: None }
    }
}

impl Plugin for Solferino {
    const NAME: &'static str = "Solferino";
    const VENDOR: &'static str = "Solferino";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] =
        &[AudioIOLayout { main_output_channels: NonZeroU32::new(2), ..AudioIOLayout::const_default() }];
    const MIDI_INPUT: MidiConfig = MidiConfig::Basic;
    const MIDI_OUTPUT: MidiConfig = MidiConfig::Basic;

    type Editor = SolferinoEditor;
    type SysExMessage = ();
    type BackgroundTask = ();

    fn params(&self) -> Arc<dyn Params> {
        Arc::clone(&self.instance.params) as Arc<dyn Params>
    }

    fn editor(&mut self, _: AsyncExecutor<Self>) -> Option<Self::Editor> {
        Some(SolferinoEditor::new(Arc::clone(&self.instance)))
    }

    fn filter_state(state: &mut PluginState) {
        heal(state);
    }

    fn activate(&mut self, _: &AudioIOLayout, config: &BufferConfig, _: &mut impl ActivateContext<Self>) -> bool {
        self.engine.activate(config);
        if self.active.is_none() {
            self.active = Some(self.instance.activate());
        }
        true
    }

    fn reset(&mut self) {
        self.engine.reset();
    }

    fn process(
        &mut self,
        buffer: &mut Buffer<'_>,
        _: &mut AuxiliaryBuffers<'_>,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        self.engine.process(buffer, context)
    }

    fn deactivate(&mut self) {
        self.active = None;
    }
}

impl ClapPlugin for Solferino {
    const CLAP_ID: &'static str = "org.solferino.solferino";
    const CLAP_DESCRIPTION: Option<&'static str> = Some("Continues your clips, offline, in time with your song");
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] =
        &[ClapFeature::Instrument, ClapFeature::NoteEffect, ClapFeature::Synthesizer, ClapFeature::Stereo];
}

impl Vst3Plugin for Solferino {
    const VST3_CLASS_ID: [u8; 16] = *b"SolferinoInstr01";
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] =
        &[Vst3SubCategory::Instrument, Vst3SubCategory::Generator, Vst3SubCategory::Stereo];
}
