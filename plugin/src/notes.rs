//! Solferino Notes: the same without sound, for chains that place note effects before an instrument.

use crate::editor::SolferinoEditor;
use crate::engine::Engine;
use crate::instance::{Instance, Kind};
use crate::params::heal;
use nice_plug::prelude::*;
use solferino_session::Active;
use std::sync::Arc;

/// The note effect.
pub struct SolferinoNotes {
    instance: Arc<Instance>,
    engine: Engine,
    active: Option<Active>,
}

impl Default for SolferinoNotes {
    fn default() -> Self {
        let (instance, stage) = Instance::new(Kind::Notes);
        let engine = Engine::new(Arc::clone(&instance.params), Arc::clone(&instance.link), stage);
        Self { instance, engine, active: None }
    }
}

impl Plugin for SolferinoNotes {
    const NAME: &'static str = "Solferino Notes";
    const VENDOR: &'static str = "Solferino";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = &[];
    const MIDI_INPUT: MidiConfig = MidiConfig::MidiCCs;
    const MIDI_OUTPUT: MidiConfig = MidiConfig::MidiCCs;

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

impl ClapPlugin for SolferinoNotes {
    const CLAP_ID: &'static str = "org.solferino.notes";
    const CLAP_DESCRIPTION: Option<&'static str> = Some("Continues your clips and plays them to what follows");
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] = &[ClapFeature::NoteEffect];
}
