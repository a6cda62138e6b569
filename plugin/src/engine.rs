//! The audio thread's part of an instance, between the framework and [`Playback`]: the same for both plug-ins.
//!
//! Nothing here allocates, frees, locks, logs, formats or waits after [`Engine::new`] and [`Engine::activate`].

use crate::border::guarded;
use crate::link::Link;
use crate::params::SolferinoParams;
use nice_plug::midi::{Channel, Key, VoiceID};
use nice_plug::prelude::*;
use solferino_realtime::{Controls, Host, Incoming, NoteEvent as Played, Playback, Received, Stage, Transport as Song};
use std::marker::PhantomData;
use std::sync::Arc;

type Event = NoteEvent<()>;

/// Plays what the parameters, the host and the session ask for.
pub struct Engine {
    params: Arc<SolferinoParams>,
    link: Arc<Link>,
    playback: Playback,
    watch: Watch,
    sample_rate: f32,
    offline: bool,
}

/// The values of parameters that act when they change, as of the last block.
#[derive(Default)]
struct Watch {
    loads: u32,
    trigger: bool,
    take: i32,
}

impl Engine {
    /// An engine at rest. Allocates all it will need.
    pub fn new(params: Arc<SolferinoParams>, link: Arc<Link>, stage: Stage) -> Self {
        let watch =
            Watch { loads: link.loads(), trigger: params.continuing.trigger.value(), take: params.take.value() };
        Self { params, link, playback: Playback::new(stage), watch, sample_rate: 48_000.0, offline: false }
    }

    /// Takes on the host's sample rate and mode, and begins anew.
    pub fn activate(&mut self, config: &BufferConfig) {
        self.sample_rate = config.sample_rate;
        self.offline = config.process_mode == ProcessMode::Offline;
        self.playback.activate(f64::from(config.sample_rate), util::db_to_gain(self.params.output.gain.value()));
    }

    /// Forgets what sounds and where the song was.
    pub fn reset(&mut self) {
        self.playback.reset();
    }

    /// Plays a block. Without two output channels it plays notes only. After a panic it is silent until it is activated or
    /// reset.
    #[cfg_attr(feature = "rtsan", rtsan_standalone::nonblocking)]
    pub fn process<P: Plugin<SysExMessage = ()>>(
        &mut self,
        buffer: &mut Buffer<'_>,
        context: &mut impl ProcessContext<P>,
    ) -> ProcessStatus {
        let status = guarded("playing a block", || self.play(buffer, context));
        status.unwrap_or_else(|_| {
            self.playback.stop();
            self.link.note_failure();
            buffer.as_slice().iter_mut().for_each(|channel| channel.fill(0.0));
            ProcessStatus::KeepAlive
        })
    }

    fn play<P: Plugin<SysExMessage = ()>>(
        &mut self,
        buffer: &mut Buffer<'_>,
        context: &mut impl ProcessContext<P>,
    ) -> ProcessStatus {
        self.notice_changes();
        let frames = u32::try_from(buffer.samples()).unwrap_or(u32::MAX);
        let song = self.song(context.transport());
        let controls = Controls {
            sound: self.params.output.sound.value(),
            notes_out: self.params.output.midi_out.value(),
            bypassed: self.params.output.bypass.value(),
            gain: util::db_to_gain(self.params.output.gain.value()),
        };
        self.playback.process(&song, &controls, frames, stereo(buffer), &mut Wire(context, PhantomData::<P>));
        // The host may let the instance sleep when nothing sounds, the song stands still and no window is open: a note, a
        // parameter or the song's start then wakes it.
        let playing = song.playing && !controls.bypassed;
        let idle = !playing && self.playback.is_silent() && !self.link.window_open();
        if idle { ProcessStatus::Normal } else { ProcessStatus::KeepAlive }
    }

    /// Acts on what a host or a person changed: parameters that act once, when they change. The framework begins a block
    /// where one changes.
    fn notice_changes(&mut self) {
        let now = Watch {
            loads: self.link.loads(),
            trigger: self.params.continuing.trigger.value(),
            take: self.params.take.value(),
        };
        // A project that is being loaded sets parameters too; that is no wish to generate or to select.
        if now.loads == self.watch.loads {
            if now.trigger && !self.watch.trigger && !self.offline {
                self.link.ask_to_continue();
            }
            if now.take != self.watch.take
                && let Ok(place) = usize::try_from(now.take)
            {
                self.playback.choose(place);
            }
        }
        self.watch = now;
    }

    fn song(&self, transport: &Transport) -> Song {
        Song {
            playing: transport.playing,
            tempo: transport.tempo.unwrap_or(0.0),
            position: transport.pos_beats(),
            // In an offline render hosts keep showing the range they loop and do not loop it.
            looping: if self.offline { None } else { transport.loop_range_beats() },
            sample_rate: f64::from(self.sample_rate),
        }
    }
}

/// The framework's events, as [`Playback`] knows them.
struct Wire<'a, P, C>(&'a mut C, PhantomData<P>);

impl<P: Plugin<SysExMessage = ()>, C: ProcessContext<P>> Host for Wire<'_, P, C> {
    type Event = Event;

    fn next(&mut self) -> Option<Received<Event>> {
        loop {
            let event = self.0.next_event()?;
            let offset = event.timing();
            return Some(match event {
                NoteEvent::NoteOn { channel, key, velocity, .. } => {
                    // A note without a pitch or a channel is none.
                    let (Some(channel), Some(pitch)) = (channel.number(), key.number()) else { continue };
                    Received {
                        offset,
                        incoming: Incoming::On { channel, pitch, velocity: seven_bits(velocity) },
                        event,
                    }
                }
                NoteEvent::NoteOff { channel, key, .. } => {
                    let incoming = Incoming::Off { channel: channel.number(), pitch: key.number() };
                    Received { offset, incoming, event }
                }
                NoteEvent::Choke { channel, key, .. } => {
                    let incoming = Incoming::Off { channel: channel.number(), pitch: key.number() };
                    Received { offset, incoming, event: note_off(offset, channel, key) }
                }
                event => Received { offset, incoming: Incoming::Other, event },
            });
        }
    }

    fn pass(&mut self, event: Event) -> bool {
        self.0.try_send_event(event).is_ok()
    }

    fn send(&mut self, note: Played) -> bool {
        self.pass(match note {
            Played::On { offset, channel, pitch, velocity, .. } => NoteEvent::NoteOn {
                timing: offset,
                voice_id: VoiceID::Wildcard,
                channel: Channel::Number(channel),
                key: Key::Number(pitch),
                velocity: f32::from(velocity) / 127.0,
            },
            Played::Off { offset, channel, pitch } => note_off(offset, Channel::Number(channel), Key::Number(pitch)),
        })
    }
}

/// The two outputs; both empty when there are not two.
fn stereo<'a>(buffer: &'a mut Buffer<'_>) -> [&'a mut [f32]; 2] {
    match buffer.as_slice() {
        [left, right, ..] => [left, right],
        _ => [&mut [], &mut []],
    }
}

fn note_off(timing: u32, channel: Channel, key: Key) -> Event {
    NoteEvent::NoteOff { timing, voice_id: VoiceID::Wildcard, channel, key, velocity: 0.0 }
}

/// A velocity from 0 to 1 as MIDI has it, 1 to 127.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1..=127")]
fn seven_bits(velocity: f32) -> u8 {
    (velocity * 127.0).round().clamp(1.0, 127.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Solferino;
    use crate::instance::{Instance, Kind};
    use nice_plug::context::process::SendEventError;

    /// A host whose events may bring a panic with them.
    struct Broken {
        transport: Transport,
        incoming: Option<Event>,
        panics: bool,
        sent: Vec<Event>,
    }

    impl ProcessContext<Solferino> for Broken {
        fn plugin_api(&self) -> PluginApi {
            PluginApi::Clap
        }

        fn execute_background(&self, (): ()) {}

        fn execute_gui(&self, (): ()) {}

        fn transport(&self) -> &Transport {
            &self.transport
        }

        fn next_event(&mut self) -> Option<Event> {
            assert!(!self.panics, "a mistake");
            self.incoming.take()
        }

        fn try_send_event(&mut self, event: Event) -> Result<(), (Event, SendEventError)> {
            self.sent.push(event);
            Ok(())
        }

        fn set_latency_samples(&self, _: u32) {}

        fn request_restart(&self) {}

        fn set_current_voice_capacity(&self, _: u32) {}
    }

    #[test]
    fn a_panic_ends_every_note_and_is_told() {
        let (instance, stage) = Instance::new(Kind::Instrument);
        let mut engine = Engine::new(Arc::clone(&instance.params), Arc::clone(&instance.link), stage);
        let key = NoteEvent::NoteOn {
            timing: 0,
            voice_id: VoiceID::Wildcard,
            channel: Channel::Number(2),
            key: Key::Number(60),
            velocity: 0.5,
        };
        let mut host = Broken { transport: Transport::new(48_000.0), incoming: Some(key), panics: false, sent: vec![] };
        let mut process = |host: &mut Broken| engine.process(&mut Buffer::default(), host);
        process(&mut host);
        assert!(host.sent == [key] && !instance.link.take_failure());
        host.panics = true;
        process(&mut host);
        assert!(instance.link.take_failure());
        host.panics = false;
        host.incoming = Some(key);
        process(&mut host);
        assert_eq!(host.sent[1..], [note_off(0, Channel::Number(2), Key::Number(60))]);
        assert!(!instance.link.take_failure());
    }
}
