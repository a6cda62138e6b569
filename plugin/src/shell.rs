//! What the framework calls, the same for both plug-ins; they differ in the constants of [`crate::instrument`] and
//! [`crate::notes`].

use crate::editor::SolferinoEditor;
use crate::engine::Engine;
use crate::instance::{Instance, Kind};
use crate::params::heal;
use nice_plug::prelude::*;
use solferino_session::Active;
use std::marker::PhantomData;
use std::mem;
use std::sync::Arc;

/// What sets one plug-in apart from the other.
pub trait Flavour: Send + 'static {
    /// Which it is.
    const KIND: Kind;
    /// See [`Plugin::NAME`].
    const NAME: &'static str;
    /// See [`Plugin::AUDIO_IO_LAYOUTS`].
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout];
    /// Which events come in and go out.
    const MIDI: MidiConfig;
    /// See [`ClapPlugin::CLAP_ID`].
    const CLAP_ID: &'static str;
    /// See [`ClapPlugin::CLAP_DESCRIPTION`].
    const CLAP_DESCRIPTION: &'static str;
    /// See [`ClapPlugin::CLAP_FEATURES`].
    const CLAP_FEATURES: &'static [ClapFeature];
}

/// A plug-in.
pub struct Shell<F> {
    instance: Arc<Instance>,
    engine: Engine,
    active: Option<Active>,
    /// Whether the next reset only says that processing starts, as it does after activation and after a stop.
    starting: bool,
    /// Whether every reset says no more than that: VST3 knows no other.
    vst3: bool,
    flavour: PhantomData<F>,
}

impl<F: Flavour> Default for Shell<F> {
    fn default() -> Self {
        let (instance, stage) = Instance::new(F::KIND);
        let engine = Engine::new(Arc::clone(&instance.params), Arc::clone(&instance.link), stage);
        Self { instance, engine, active: None, starting: false, vst3: false, flavour: PhantomData }
    }
}

impl<F: Flavour> Plugin for Shell<F> {
    const NAME: &'static str = F::NAME;
    const VENDOR: &'static str = "Solferino";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = F::AUDIO_IO_LAYOUTS;
    const MIDI_INPUT: MidiConfig = F::MIDI;
    const MIDI_OUTPUT: MidiConfig = F::MIDI;
    const SAMPLE_ACCURATE_AUTOMATION: bool = true;

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

    fn activate(&mut self, _: &AudioIOLayout, config: &BufferConfig, context: &mut impl ActivateContext<Self>) -> bool {
        self.engine.activate(config);
        self.vst3 = context.plugin_api() == PluginApi::Vst3;
        self.starting = true;
        if self.active.is_none() {
            self.active = Some(self.instance.activate());
        }
        true
    }

    /// The framework calls this when the host asks for it and also whenever processing starts. Some hosts stop and start
    /// around every block; what sounds must live through that.
    fn reset(&mut self) {
        if !mem::take(&mut self.starting) && !self.vst3 {
            self.engine.reset();
        }
    }

    fn process(
        &mut self,
        buffer: &mut Buffer<'_>,
        _: &mut AuxiliaryBuffers<'_>,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        self.engine.process(buffer, context)
    }

    fn stop_processing(&mut self) {
        self.starting = true;
    }

    fn deactivate(&mut self) {
        self.active = None;
    }
}

impl<F: Flavour> ClapPlugin for Shell<F> {
    const CLAP_ID: &'static str = F::CLAP_ID;
    const CLAP_DESCRIPTION: Option<&'static str> = Some(F::CLAP_DESCRIPTION);
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] = F::CLAP_FEATURES;
}
