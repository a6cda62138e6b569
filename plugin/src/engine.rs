//! The audio thread's part of an instance: the same for both plug-ins.
//!
//! Nothing here allocates, frees, locks, logs or formats after [`Engine::new`] and [`Engine::activate`], and nothing waits
//! but an offline render for the take that it was told to play.

use crate::link::Link;
use crate::notes_out::NotesOut;
use crate::params::SolferinoParams;
use nice_plug::midi::{Channel, Key, VoiceID};
use nice_plug::prelude::*;
use solferino_realtime::{NoteEvent as Played, Stage, Synth, Transport as Song};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

type Event = NoteEvent<()>;

/// How long an offline render waits for a take.
const PATIENCE: Duration = Duration::from_millis(500);

/// Plays the selected take and what the host sends, to the outputs and on as notes.
pub struct Engine {
    params: Arc<SolferinoParams>,
    link: Arc<Link>,
    stage: Stage,
    synth: Synth,
    out: NotesOut,
    watch: Watch,
    sample_rate: f32,
    offline: bool,
    /// Whether the built-in sound played in the last block.
    sounding: bool,
    /// The gain factor at the last block's end.
    level: f32,
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
        let watch = Watch { loads: link.loads(), trigger: params.continuing.trigger.value(), take: params.take.value() };
        let sample_rate = 48_000.0;
        Self {
            params,
            link,
            stage,
            synth: Synth::new(f64::from(sample_rate)),
            out: NotesOut::new(),
            watch,
            sample_rate,
            offline: false,
            sounding: false,
            level: 1.0,
        }
    }

    /// Takes on the host's sample rate and mode.
    pub fn activate(&mut self, config: &BufferConfig) {
        if self.sample_rate.to_bits() != config.sample_rate.to_bits() {
            self.sample_rate = config.sample_rate;
            self.synth.set_sample_rate(f64::from(config.sample_rate));
        }
        self.offline = config.process_mode == ProcessMode::Offline;
        self.level = util::db_to_gain(self.params.output.gain.value());
    }

    /// Forgets what sounds and where the song was.
    pub fn reset(&mut self) {
        self.stage.reset();
        self.synth.reset();
    }

    /// Plays a block. Without two output channels it plays notes only.
    #[cfg_attr(feature = "rtsan", rtsan_standalone::nonblocking)]
    pub fn process<P: Plugin<SysExMessage = ()>>(
        &mut self,
        buffer: &mut Buffer<'_>,
        context: &mut impl ProcessContext<P>,
    ) -> ProcessStatus {
        self.notice_changes();
        let frames = u32::try_from(buffer.samples()).unwrap_or(u32::MAX);
        let bypassed = self.params.output.bypass.value();
        let song = self.song(context.transport(), bypassed);
        let (left, right) = stereo(buffer);
        left.fill(0.0);
        right.fill(0.0);

        let sound = self.params.output.sound.value() && !bypassed && !left.is_empty();
        if self.sounding && !sound {
            self.synth.all_notes_off();
        }
        self.sounding = sound;

        let mut block = Block {
            context,
            synth: &mut self.synth,
            out: &mut self.out,
            left,
            right,
            rendered: 0,
            incoming: None,
            sound,
            midi_out: self.params.output.midi_out.value(),
            bypassed,
        };
        block.settle();
        block.incoming = block.context.next_event();
        self.stage.process(&song, frames, &mut |played| block.play(played));
        block.finish(frames);
        let peaks = self.level_out(buffer);
        self.stage.publish(peaks);
        self.status(song.playing)
    }

    /// Passes on what a host or a person changed: parameters that act once, when they change.
    fn notice_changes(&mut self) {
        let now =
            Watch { loads: self.link.loads(), trigger: self.params.continuing.trigger.value(), take: self.params.take.value() };
        // A project that is being loaded sets parameters too; that is no wish to generate or to select.
        if now.loads == self.watch.loads {
            if now.trigger && !self.watch.trigger && !self.offline {
                self.link.ask_to_continue();
            }
            if now.take != self.watch.take {
                self.link.ask_to_select(now.take);
                if self.offline {
                    wait_for_selection(&self.link);
                }
            }
        }
        self.watch = now;
    }

    fn song(&self, transport: &Transport, bypassed: bool) -> Song {
        Song {
            playing: transport.playing && !bypassed,
            tempo: transport.tempo.unwrap_or(0.0),
            position: transport.pos_beats(),
            // In an offline render hosts keep showing the range they loop and do not loop it.
            looping: if self.offline { None } else { transport.loop_range_beats() },
            sample_rate: f64::from(self.sample_rate),
        }
    }

    /// Applies the gain, in a straight line over the block so that a change does not click; the peaks.
    #[expect(clippy::cast_precision_loss, reason = "blocks are far shorter than 2^24 samples")]
    fn level_out(&mut self, buffer: &mut Buffer<'_>) -> [f32; 2] {
        let (left, right) = stereo(buffer);
        let target = util::db_to_gain(self.params.output.gain.value());
        let step = (target - self.level) / left.len().max(1) as f32;
        let mut peaks = [0.0_f32; 2];
        for (l, r) in left.iter_mut().zip(right) {
            self.level += step;
            *l *= self.level;
            *r *= self.level;
            peaks = [peaks[0].max(l.abs()), peaks[1].max(r.abs())];
        }
        self.level = target;
        peaks
    }

    /// Whether the host may let the instance sleep. It may when nothing sounds, the song stands still and no window is
    /// open: a note, a parameter or the song's start then wakes it.
    fn status(&self, playing: bool) -> ProcessStatus {
        let idle = !playing && self.synth.is_silent() && !self.link.window_open();
        if idle { ProcessStatus::Normal } else { ProcessStatus::KeepAlive }
    }
}

/// Waits until the courier has been, at most [`PATIENCE`]. In an offline render only: seconds of the song would pass before
/// it comes, and every render would sound different.
fn wait_for_selection(link: &Link) {
    #[cfg(feature = "rtsan")]
    let _waiting_is_meant = rtsan_standalone::ScopedDisabler::default();
    let start = Instant::now();
    while link.is_selecting() && start.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(1));
    }
}

/// A block under way: what the host sends and what the take plays, merged in order of time.
struct Block<'a, P: Plugin<SysExMessage = ()>, C: ProcessContext<P>> {
    context: &'a mut C,
    synth: &'a mut Synth,
    out: &'a mut NotesOut,
    left: &'a mut [f32],
    right: &'a mut [f32],
    /// How many samples are done.
    rendered: usize,
    /// The next event from the host.
    incoming: Option<PluginNoteEvent<P>>,
    sound: bool,
    midi_out: bool,
    bypassed: bool,
}

impl<P: Plugin<SysExMessage = ()>, C: ProcessContext<P>> Block<'_, P, C> {
    /// Plays an event of the take. The host's events of the same sample come first, but for an end: what begins where a note
    /// ends must not end with it.
    fn play(&mut self, played: Played) {
        match played {
            Played::On { offset, .. } => self.pass_until(offset),
            Played::Off { offset, .. } => {
                if let Some(before) = offset.checked_sub(1) {
                    self.pass_until(before);
                }
            }
        }
        self.render_until(played.offset());
        match played {
            Played::On { offset, channel, pitch, velocity } => {
                if self.sound {
                    self.synth.note_on(channel, pitch, velocity);
                }
                let event = NoteEvent::NoteOn {
                    timing: offset,
                    voice_id: VoiceID::Wildcard,
                    channel: Channel::Number(channel),
                    key: Key::Number(pitch),
                    velocity: f32::from(velocity) / 127.0,
                };
                self.begin(channel, pitch, event);
            }
            Played::Off { offset, channel, pitch } => {
                self.synth.note_off(channel, pitch);
                self.end(channel, pitch, off(offset, channel, pitch));
            }
        }
    }

    /// Plays what is left of the host's events and renders to the end.
    fn finish(&mut self, frames: u32) {
        self.pass_until(u32::MAX);
        self.render_until(frames);
    }

    /// Takes the host's events up to a time: the built-in sound plays them and they go on to what follows.
    fn pass_until(&mut self, offset: u32) {
        while let Some(event) = self.incoming.take() {
            if event.timing() > offset {
                self.incoming = Some(event);
                return;
            }
            self.render_until(event.timing());
            self.pass(event);
            self.incoming = self.context.next_event();
        }
    }

    fn pass(&mut self, event: Event) {
        match event {
            NoteEvent::NoteOn { channel, key, velocity, .. } => {
                let (Some(channel), Some(pitch)) = (channel.number(), key.number()) else { return };
                if self.sound {
                    self.synth.note_on(channel, pitch, seven_bits(velocity));
                }
                self.begin(channel, pitch, event);
            }
            NoteEvent::NoteOff { timing, channel, key, .. } | NoteEvent::Choke { timing, channel, key, .. } => {
                match (channel.number(), key.number()) {
                    (Some(channel), Some(pitch)) => {
                        self.synth.note_off(channel, pitch);
                        let is_off = matches!(event, NoteEvent::NoteOff { .. });
                        self.end(channel, pitch, if is_off { event } else { off(timing, channel, pitch) });
                    }
                    _ => self.end_matching(timing, channel.number(), key.number()),
                }
            }
            // What a host sends beside notes goes on as it is; a full buffer at the host loses it, which ends no note.
            other => _ = self.context.try_send_event(other),
        }
    }

    /// Ends every note of a channel, of a pitch or of all.
    fn end_matching(&mut self, timing: u32, channel: Option<u8>, pitch: Option<u8>) {
        for channel in (0..16).filter(|c| channel.is_none_or(|wanted| wanted == *c)) {
            for pitch in (0..128).filter(|p| pitch.is_none_or(|wanted| wanted == *p)) {
                self.synth.note_off(channel, pitch);
                while self.out.is_open(channel, pitch) {
                    if !self.end(channel, pitch, off(timing, channel, pitch)) {
                        break;
                    }
                }
            }
        }
    }

    fn begin(&mut self, channel: u8, pitch: u8, event: Event) {
        let wanted = self.midi_out || self.bypassed;
        if wanted && self.out.begin(channel, pitch) && self.context.try_send_event(event).is_err() {
            self.out.end(channel, pitch);
        }
    }

    /// Ends a note that was begun; false if the host had no room for that, so that it is owed.
    fn end(&mut self, channel: u8, pitch: u8, event: Event) -> bool {
        if !self.out.end(channel, pitch) {
            return true;
        }
        let sent = self.context.try_send_event(event).is_ok();
        if !sent {
            self.out.owe(channel, pitch);
        }
        sent
    }

    /// Ends the notes whose ends the host had no room for.
    fn settle(&mut self) {
        while let Some((channel, pitch)) = self.out.owed() {
            if self.context.try_send_event(off(0, channel, pitch)).is_err() {
                return;
            }
            self.out.pay(channel, pitch);
        }
    }

    fn render_until(&mut self, offset: u32) {
        let until = usize::try_from(offset).unwrap_or(usize::MAX).min(self.left.len()).min(self.right.len());
        if until > self.rendered {
            if !self.synth.is_silent() {
                self.synth.render(&mut self.left[self.rendered..until], &mut self.right[self.rendered..until]);
            }
            self.rendered = until;
        }
    }
}

/// The two outputs; both empty when there are not two.
fn stereo<'a>(buffer: &'a mut Buffer<'_>) -> (&'a mut [f32], &'a mut [f32]) {
    match buffer.as_slice() {
        [left, right, ..] => (left, right),
        _ => (&mut [], &mut []),
    }
}

fn off(timing: u32, channel: u8, pitch: u8) -> Event {
    NoteEvent::NoteOff {
        timing,
        voice_id: VoiceID::Wildcard,
        channel: Channel::Number(channel),
        key: Key::Number(pitch),
        velocity: 0.0,
    }
}

/// A velocity from 0 to 1 as MIDI has it, 1 to 127.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1..=127")]
fn seven_bits(velocity: f32) -> u8 {
    (velocity * 127.0).round().clamp(1.0, 127.0) as u8
}
