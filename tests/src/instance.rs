//! A plug-in instance: its parameters, its state and its processing.

use crate::host::{Host, MainThread, Shared};
use crate::{HostError, NoteOut, Song};
use clack_extensions::audio_ports::{AudioPortInfoBuffer, PluginAudioPorts};
use clack_extensions::params::{ParamInfoBuffer, ParamInfoFlags, PluginParams};
use clack_extensions::render::{PluginRender, RenderMode};
use clack_extensions::state::PluginState;
use clack_host::events::Match;
use clack_host::events::event_types::{MidiEvent, NoteOffEvent, NoteOnEvent, ParamValueEvent};
use clack_host::events::spaces::CoreEventSpace;
use clack_host::prelude::*;
use std::ffi::{CStr, CString};
use std::io::{Read, Write};
use std::sync::atomic::Ordering;

/// How an instance is activated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setup {
    /// Samples a second.
    pub sample_rate: f64,
    /// The longest block.
    pub max_frames: u32,
}

/// A parameter as the host sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its CLAP id.
    pub id: u32,
    /// What a host shows.
    pub name: String,
    /// Lowest, highest and initial value.
    pub range: (f64, f64, f64),
    /// Whether only whole values exist.
    pub stepped: bool,
    /// Whether a host may automate it.
    pub automatable: bool,
}

/// An event for the plug-in, at an offset into the block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Input {
    /// A key goes down; velocity 0 to 1.
    NoteOn(u32, u8, f64),
    /// A key goes up.
    NoteOff(u32, u8),
    /// A parameter, by its CLAP id, takes on a value.
    Value(u32, u32, f64),
}

/// What came out of a block.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// One buffer a channel.
    pub audio: Vec<Vec<f32>>,
    /// Notes, at frames counted since activation.
    pub notes: Vec<NoteOut>,
    /// Parameters that the plug-in changed: id and value.
    pub values: Vec<(u32, f64)>,
    /// Whether every output channel is marked as constant.
    pub constant: bool,
    /// Whether the plug-in asks to be put to sleep.
    pub sleeps: bool,
}

/// A plug-in instance. Deactivates and destroys itself when dropped.
pub struct Instance {
    plugin: PluginInstance<Host>,
    processor: Option<PluginAudioProcessor<Host>>,
    channels: usize,
    setup: Option<Setup>,
    elapsed: u64,
}

/// The CLAP id that nice-plug gives a parameter with this text id.
#[must_use]
pub fn parameter_id(text: &str) -> u32 {
    text.bytes().fold(0u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte))) & !(1 << 31)
}

impl Instance {
    pub(crate) fn new(entry: &PluginEntry, id: &CStr) -> Result<Self, String> {
        let info = HostInfo::new("Solferino tests", "Solferino", "", env!("CARGO_PKG_VERSION"));
        let info = info.map_err(|e| e.to_string())?;
        let plugin = PluginInstance::new(|_| Shared::default(), |_| MainThread::default(), entry, id, &info);
        let mut plugin = plugin.map_err(|e| e.to_string())?;
        let channels = output_channels(&mut plugin);
        Ok(Self { plugin, processor: None, channels, setup: None, elapsed: 0 })
    }

    /// Audio output channels, all ports together.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Frames processed since activation.
    #[must_use]
    pub fn elapsed(&self) -> u64 {
        self.elapsed
    }

    /// Makes the instance ready to process; deactivates it first if need be.
    ///
    /// # Errors
    /// When the plug-in refuses.
    pub fn activate(&mut self, setup: Setup) -> Result<(), HostError> {
        self.deactivate();
        let configuration = PluginAudioConfiguration {
            sample_rate: setup.sample_rate,
            min_frames_count: 1,
            max_frames_count: setup.max_frames,
        };
        let stopped = self.plugin.activate(|_, _| (), configuration).map_err(|_| HostError::Refused("activate"))?;
        let started = stopped.start_processing().map_err(|_| HostError::Refused("start processing"))?;
        self.processor = Some(started.into());
        self.setup = Some(setup);
        self.elapsed = 0;
        Ok(())
    }

    /// Says that what follows the next activation is rendered offline, or not.
    ///
    /// # Errors
    /// When the plug-in refuses.
    pub fn set_offline(&mut self, offline: bool) -> Result<(), HostError> {
        let handle = self.plugin.plugin_handle();
        let extension: PluginRender = handle.get_extension().ok_or(HostError::NoExtension("render"))?;
        let mode = if offline { RenderMode::Offline } else { RenderMode::Realtime };
        extension.set(&handle, mode).map_err(|_| HostError::Refused("set the render mode"))
    }

    /// Ends processing; nothing happens when the instance is not active.
    pub fn deactivate(&mut self) {
        if let Some(processor) = self.processor.take() {
            self.plugin.deactivate(processor.into_stopped());
        }
    }

    /// Stops and starts processing without deactivating, as hosts do on pause.
    ///
    /// # Errors
    /// When the plug-in does not start again.
    pub fn pause(&mut self) -> Result<(), HostError> {
        let processor = self.processor.as_mut().ok_or(HostError::Refused("pause while inactive"))?;
        processor.ensure_processing_stopped();
        processor.ensure_processing_started().map_err(|_| HostError::Refused("start processing"))?;
        Ok(())
    }

    /// Forgets what sounds, as hosts ask for after a jump.
    pub fn reset(&mut self) {
        if let Some(processor) = &mut self.processor {
            processor.reset();
        }
    }

    /// Processes a block; events must be in order of their offsets. Main-thread callbacks run afterwards.
    ///
    /// # Errors
    /// When the instance is not active or the plug-in reports an error.
    pub fn process(&mut self, song: Option<&Song>, events: &[Input], frames: u32) -> Result<Block, HostError> {
        let processor = self.processor.as_mut().ok_or(HostError::Refused("process while inactive"))?;
        let block = process(processor, self.channels, self.elapsed, song, events, frames)?;
        self.elapsed += u64::from(frames);
        self.pump();
        Ok(block)
    }

    /// Processes blocks on a thread of its own, as DAWs do, while `meanwhile` runs on this one, the main thread; the
    /// notes that came out.
    ///
    /// # Errors
    /// When the instance is not active or the plug-in reports an error.
    ///
    /// # Panics
    /// When the audio thread panics.
    pub fn process_apart(
        &mut self,
        song: &mut Song,
        blocks: u32,
        frames: u32,
        meanwhile: impl FnOnce(&mut Self),
    ) -> Result<Vec<NoteOut>, HostError> {
        let mut processor = self.processor.take().ok_or(HostError::Refused("process while inactive"))?;
        let (channels, base) = (self.channels, self.elapsed);
        let (processor, notes) = std::thread::scope(|scope| {
            let audio = scope.spawn(move || {
                let mut notes = Ok(Vec::new());
                for index in 0..blocks {
                    let elapsed = base + u64::from(index) * u64::from(frames);
                    let block = process(&mut processor, channels, elapsed, Some(song), &[], frames);
                    song.advance(frames);
                    match (block, &mut notes) {
                        (Ok(block), Ok(notes)) => notes.extend(block.notes),
                        (Err(error), _) => notes = Err(error),
                        (Ok(_), Err(_)) => {}
                    }
                }
                (processor, notes)
            });
            meanwhile(self);
            audio.join()
        })
        .expect("the audio thread panicked");
        self.processor = Some(processor);
        self.elapsed += u64::from(blocks) * u64::from(frames);
        self.pump();
        notes
    }

    /// Runs what the plug-in asked to have run on the main thread; whether it had asked.
    pub fn pump(&mut self) -> bool {
        let asked = self.plugin.access_shared_handler(|shared| shared.callback.swap(false, Ordering::Relaxed));
        if asked {
            self.plugin.call_on_main_thread_callback();
        }
        asked
    }

    /// How often the plug-in has said that its parameters' values or texts changed.
    #[must_use]
    pub fn rescans(&self) -> u32 {
        self.plugin.access_handler(|main| main.rescans.get())
    }

    /// The state as the plug-in saves it.
    ///
    /// # Errors
    /// When the plug-in refuses.
    pub fn save(&mut self) -> Result<Vec<u8>, HostError> {
        let mut state = Vec::new();
        self.save_to(&mut state)?;
        Ok(state)
    }

    /// Saves the state to anywhere, a full disk for one.
    ///
    /// # Errors
    /// When the plug-in refuses, as it does when writing fails.
    pub fn save_to(&mut self, to: &mut impl Write) -> Result<(), HostError> {
        let handle = self.plugin.plugin_handle();
        let extension: PluginState = handle.get_extension().ok_or(HostError::NoExtension("state"))?;
        extension.save(&handle, to).map_err(|e| HostError::State(e.to_string()))
    }

    /// Loads a state.
    ///
    /// # Errors
    /// When the plug-in refuses it.
    pub fn load(&mut self, mut state: &[u8]) -> Result<(), HostError> {
        self.load_from(&mut state)
    }

    /// Loads a state from anywhere.
    ///
    /// # Errors
    /// When the plug-in refuses it.
    pub fn load_from(&mut self, from: &mut impl Read) -> Result<(), HostError> {
        let handle = self.plugin.plugin_handle();
        let extension: PluginState = handle.get_extension().ok_or(HostError::NoExtension("state"))?;
        let loaded = extension.load(&handle, from).map_err(|e| HostError::State(e.to_string()));
        self.pump();
        loaded
    }

    /// All parameters, in the plug-in's order.
    pub fn parameters(&mut self) -> Vec<Parameter> {
        let handle = self.plugin.plugin_handle();
        let Some(extension) = handle.get_extension::<PluginParams>() else { return Vec::new() };
        (0..extension.count(&handle))
            .filter_map(|index| {
                let mut buffer = ParamInfoBuffer::new();
                let info = extension.get_info(&handle, index, &mut buffer)?;
                Some(Parameter {
                    id: info.id.get(),
                    name: String::from_utf8_lossy(info.name).into_owned(),
                    range: (info.min_value, info.max_value, info.default_value),
                    stepped: info.flags.contains(ParamInfoFlags::IS_STEPPED),
                    automatable: info.flags.contains(ParamInfoFlags::IS_AUTOMATABLE),
                })
            })
            .collect()
    }

    /// A parameter's value.
    pub fn value(&mut self, id: u32) -> Option<f64> {
        let handle = self.plugin.plugin_handle();
        handle.get_extension::<PluginParams>()?.get_value(&handle, ClapId::from_raw(id)?)
    }

    /// A value as the plug-in shows it.
    pub fn text(&mut self, id: u32, value: f64) -> Option<String> {
        let handle = self.plugin.plugin_handle();
        let extension = handle.get_extension::<PluginParams>()?;
        let mut buffer = [0; 256];
        let text = extension.value_to_text(&handle, ClapId::from_raw(id)?, value, &mut buffer).ok()?;
        String::from_utf8(text.to_vec()).ok()
    }

    /// The value that the plug-in reads in a text.
    pub fn value_of_text(&mut self, id: u32, text: &str) -> Option<f64> {
        let handle = self.plugin.plugin_handle();
        let extension = handle.get_extension::<PluginParams>()?;
        extension.text_to_value(&handle, ClapId::from_raw(id)?, &CString::new(text).ok()?)
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.deactivate();
    }
}

/// Processes a block that begins `elapsed` frames after activation.
fn process(
    processor: &mut PluginAudioProcessor<Host>,
    channels: usize,
    elapsed: u64,
    song: Option<&Song>,
    events: &[Input],
    frames: u32,
) -> Result<Block, HostError> {
    let mut audio = vec![vec![f32::NAN; frames as usize]; channels];
    let mut input = EventBuffer::new();
    events.iter().for_each(|event| event.push(&mut input));
    let mut output = EventBuffer::new();
    let transport = song.map(Song::event);
    let mut ports = AudioPorts::with_capacity(channels, 1);
    // SAFETY: no buffers are described, only how many frames the block has.
    let inputs = unsafe { InputAudioBuffers::from_raw_buffers(&[], frames) };
    let mut outputs = if channels == 0 {
        OutputAudioBuffers::empty()
    } else {
        ports.with_output_buffers([AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_output_only(audio.iter_mut().map(Vec::as_mut_slice)),
        }])
    };
    let started = processor.as_started_mut().map_err(|_| HostError::Refused("process while stopped"))?;
    let status = started.process(
        &inputs,
        &mut outputs,
        &input.as_input(),
        &mut output.as_output(),
        Some(elapsed),
        transport.as_ref(),
    );
    let constant = outputs.port_infos().all(|port| {
        let mask = port.constant_mask();
        (0..u64::from(port.channel_count())).all(|channel| mask.is_channel_constant(channel))
    });
    let sleeps = matches!(status.map_err(|_| HostError::Refused("process"))?, ProcessStatus::Sleep);
    let mut block = Block { audio, constant, sleeps, ..Block::default() };
    output.iter().filter_map(UnknownEvent::as_core_event).for_each(|event| block.receive(&event, elapsed));
    Ok(block)
}

impl Input {
    fn push(&self, buffer: &mut EventBuffer) {
        match *self {
            Self::NoteOn(at, pitch, velocity) => {
                buffer.push(&NoteOnEvent::new(at, Pckn::new(0u16, 0u16, pitch, Match::All), velocity));
            }
            Self::NoteOff(at, pitch) => {
                buffer.push(&NoteOffEvent::new(at, Pckn::new(0u16, 0u16, pitch, Match::All), 0.0));
            }
            Self::Value(at, id, value) => {
                if let Some(id) = ClapId::from_raw(id) {
                    buffer.push(&ParamValueEvent::new(at, id, Pckn::match_all(), value));
                }
            }
        }
    }
}

impl Block {
    fn receive(&mut self, event: &CoreEventSpace<'_>, base: u64) {
        match event {
            CoreEventSpace::NoteOn(on) => {
                self.note(base + u64::from(on.time()), on.channel(), on.key(), Some(midi_velocity(on.velocity())));
            }
            CoreEventSpace::NoteOff(off) => self.note(base + u64::from(off.time()), off.channel(), off.key(), None),
            CoreEventSpace::Midi(midi) => self.midi(base + u64::from(midi.time()), midi),
            CoreEventSpace::ParamValue(value) => {
                self.values.extend(value.param_id().map(|id| (id.get(), value.value())));
            }
            _ => {}
        }
    }

    fn note(&mut self, frame: u64, channel: Match<u16>, key: Match<u16>, velocity: Option<u8>) {
        let byte = |value: Match<u16>| value.into_specific().and_then(|v| u8::try_from(v).ok()).unwrap_or(0);
        self.notes.push(NoteOut { frame, channel: byte(channel), pitch: byte(key), velocity });
    }

    fn midi(&mut self, frame: u64, midi: &MidiEvent) {
        let [status, pitch, velocity] = midi.data();
        let velocity = match (status & 0xf0, velocity) {
            (0x90, 1..) => Some(velocity),
            (0x80 | 0x90, _) => None,
            _ => return,
        };
        self.notes.push(NoteOut { frame, channel: status & 0x0f, pitch, velocity });
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a MIDI velocity")]
fn midi_velocity(velocity: f64) -> u8 {
    (velocity * 127.0).round().clamp(0.0, 127.0) as u8
}

fn output_channels(plugin: &mut PluginInstance<Host>) -> usize {
    let handle = plugin.plugin_handle();
    let Some(extension) = handle.get_extension::<PluginAudioPorts>() else { return 0 };
    (0..extension.count(&handle, false))
        .filter_map(|port| {
            let mut buffer = AudioPortInfoBuffer::new();
            extension.get(&handle, port, false, &mut buffer).map(|info| info.channel_count as usize)
        })
        .sum()
}
