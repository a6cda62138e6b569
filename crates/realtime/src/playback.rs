//! The audio thread's whole part of an instance, whatever framework it runs in.

use crate::notes_out::NotesOut;
use crate::{NoteEvent, Stage, Synth, Transport, Voice};

/// How many samples the gain takes to a new value, so that a change does not click.
const GAIN_RAMP: u16 = 256;

/// What parameters say about a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Controls {
    /// Whether the built-in sound plays.
    pub sound: bool,
    /// Whether notes go out to what follows.
    pub notes_out: bool,
    /// Silence, and the host's notes pass through untouched.
    pub bypassed: bool,
    /// The factor of the built-in sound's level.
    pub gain: f32,
}

/// What an event from the host means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// A note begins.
    On {
        /// MIDI channel, 0 to 15.
        channel: u8,
        /// MIDI pitch, 0 to 127.
        pitch: u8,
        /// MIDI velocity, 1 to 127.
        velocity: u8,
    },
    /// Notes end.
    Off {
        /// Their channel; `None` for all.
        channel: Option<u8>,
        /// Their pitch; `None` for all.
        pitch: Option<u8>,
    },
    /// Something else, which goes on as it is.
    Other,
}

/// An event from the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received<E> {
    /// Samples from the block's start.
    pub offset: u32,
    /// What it means here.
    pub incoming: Incoming,
    /// The event itself.
    pub event: E,
}

/// Where a block's events come from and go to.
pub trait Host {
    /// The host's own kind of event.
    type Event;

    /// The next event of the block, in order of offset.
    fn next(&mut self) -> Option<Received<Self::Event>>;

    /// Sends an event on as it came; false if there is no room for it.
    fn pass(&mut self, event: Self::Event) -> bool;

    /// Sends a note; false if there is no room for it.
    fn send(&mut self, note: NoteEvent) -> bool;
}

/// Plays the chosen take and what the host sends, to the outputs and on as notes.
///
/// Laws, held by `tests/playback.rs`: sound and notes do not depend on how blocks are split; each note that goes out is
/// ended once, also when the host had no room for its end, and after a failure.
///
/// Drop it on any thread but the audio thread.
#[derive(Debug)]
pub struct Playback {
    stage: Stage,
    synth: Synth,
    out: NotesOut,
    gain: Ramp,
    sample_rate: f64,
    /// Whether the built-in sound played in the last block.
    sounding: bool,
    stopped: bool,
}

impl Playback {
    /// Playback at rest. Allocates all it will need.
    #[must_use]
    pub fn new(stage: Stage) -> Self {
        let sample_rate = 48_000.0;
        Self {
            stage,
            synth: Synth::new(sample_rate),
            out: NotesOut::new(),
            gain: Ramp::at(1.0),
            sample_rate,
            sounding: false,
            stopped: false,
        }
    }

    /// Begins anew with a sample rate and a gain: what sounds ends with the next block.
    pub fn activate(&mut self, sample_rate: f64, gain: f32) {
        if self.sample_rate.to_bits() != sample_rate.to_bits() {
            self.sample_rate = sample_rate;
            self.synth.set_sample_rate(sample_rate);
        }
        self.gain = Ramp::at(gain);
        self.reset();
    }

    /// Forgets what sounds and where the song was, and starts again after [`Playback::stop`]. Every note that went out ends
    /// with the next block, the host's own too.
    #[cfg_attr(feature = "rtsan", rtsan_standalone::nonblocking)]
    pub fn reset(&mut self) {
        self.stage.reset();
        self.stop();
        self.stopped = false;
    }

    /// Is silent until the next reset, after a failure: every note that went out ends with the next block, and nothing begins.
    #[cfg_attr(feature = "rtsan", rtsan_standalone::nonblocking)]
    pub fn stop(&mut self) {
        self.synth.reset();
        self.out.owe_all();
        self.stopped = true;
    }

    /// See [`Stage::choose`].
    pub fn choose(&mut self, place: usize) {
        self.stage.choose(place);
    }

    /// Whether nothing sounds, not even a release.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.synth.is_silent()
    }

    /// Plays a block of `frames` samples into the outputs, which it overwrites. Without outputs it plays notes only.
    #[cfg_attr(feature = "rtsan", rtsan_standalone::nonblocking)]
    pub fn process(
        &mut self,
        transport: &Transport,
        controls: &Controls,
        frames: u32,
        [left, right]: [&mut [f32]; 2],
        host: &mut impl Host,
    ) {
        left.fill(0.0);
        right.fill(0.0);
        let sound = controls.sound && !controls.bypassed && !left.is_empty();
        if self.sounding && !sound {
            self.synth.all_notes_off();
        }
        self.sounding = sound;
        let notes_out = controls.notes_out || controls.bypassed;
        let Self { stage, synth, out, .. } = self;
        let mut block = Block { host, synth, out, left, right, rendered: 0, incoming: None, sound, notes_out };
        block.settle();
        if self.stopped {
            while block.host.next().is_some() {}
            return;
        }
        block.incoming = block.host.next();
        let transport = Transport { playing: transport.playing && !controls.bypassed, ..*transport };
        stage.process(&transport, frames, &mut |played| block.play(played));
        block.finish(frames);
        let Block { left, right, .. } = block;
        self.gain.aim(controls.gain);
        let peaks = self.gain.apply(left, right);
        self.stage.publish(peaks);
    }
}

/// A gain that goes to a new value in a straight line.
#[derive(Clone, Copy, Debug)]
struct Ramp {
    level: f32,
    target: f32,
    step: f32,
    /// Samples to go.
    left: u16,
}

impl Ramp {
    fn at(level: f32) -> Self {
        Self { level, target: level, step: 0.0, left: 0 }
    }

    fn aim(&mut self, target: f32) {
        if target.to_bits() != self.target.to_bits() {
            self.target = target;
            self.step = (target - self.level) / f32::from(GAIN_RAMP);
            self.left = GAIN_RAMP;
        }
    }

    /// Multiplies the outputs by the gain; their peaks.
    fn apply(&mut self, left: &mut [f32], right: &mut [f32]) -> [f32; 2] {
        let mut peaks = [0.0_f32; 2];
        for (l, r) in left.iter_mut().zip(right) {
            match self.left {
                0 => self.level = self.target,
                _ => {
                    self.level += self.step;
                    self.left -= 1;
                }
            }
            *l *= self.level;
            *r *= self.level;
            peaks = [peaks[0].max(l.abs()), peaks[1].max(r.abs())];
        }
        peaks
    }
}

/// A block under way: what the host sends and what the take plays, merged in order of time.
struct Block<'a, H: Host> {
    host: &'a mut H,
    synth: &'a mut Synth,
    out: &'a mut NotesOut,
    left: &'a mut [f32],
    right: &'a mut [f32],
    /// How many samples are done.
    rendered: usize,
    /// The next event from the host.
    incoming: Option<Received<H::Event>>,
    sound: bool,
    notes_out: bool,
}

impl<H: Host> Block<'_, H> {
    /// Plays an event of the take. The host's events of the same sample come first, but for an end: what begins where a note
    /// ends must not end with it.
    fn play(&mut self, played: NoteEvent) {
        match played {
            NoteEvent::On { offset, .. } => self.pass_until(offset),
            NoteEvent::Off { offset, .. } => {
                if let Some(before) = offset.checked_sub(1) {
                    self.pass_until(before);
                }
            }
        }
        self.render_until(played.offset());
        match played {
            NoteEvent::On { voice, channel, pitch, velocity, .. } => {
                if self.sound {
                    self.synth.note_on(voice, channel, pitch, velocity);
                }
                self.begin(channel, pitch, |host| host.send(played));
            }
            NoteEvent::Off { channel, pitch, .. } => {
                self.synth.note_off(channel, pitch);
                self.end(channel, pitch, |host| host.send(played));
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
        while let Some(received) = self.incoming.take() {
            if received.offset > offset {
                self.incoming = Some(received);
                return;
            }
            self.render_until(received.offset);
            self.pass(received);
            self.incoming = self.host.next();
        }
    }

    fn pass(&mut self, Received { offset, incoming, event }: Received<H::Event>) {
        match incoming {
            Incoming::On { channel, pitch, velocity } => {
                if self.sound {
                    self.synth.note_on(Voice::of_channel(channel), channel, pitch, velocity);
                }
                self.begin(channel, pitch, |host| host.pass(event));
            }
            Incoming::Off { channel: Some(channel), pitch: Some(pitch) } => {
                self.synth.note_off(channel, pitch);
                self.end(channel, pitch, |host| host.pass(event));
            }
            Incoming::Off { channel, pitch } => self.end_matching(offset, channel, pitch),
            // A full buffer at the host loses it, which ends no note.
            Incoming::Other => _ = self.host.pass(event),
        }
    }

    /// Ends every note of a channel, of a pitch or of all.
    fn end_matching(&mut self, offset: u32, channel: Option<u8>, pitch: Option<u8>) {
        for channel in (0..16).filter(|c| channel.is_none_or(|wanted| wanted == *c)) {
            for pitch in (0..128).filter(|p| pitch.is_none_or(|wanted| wanted == *p)) {
                self.synth.note_off(channel, pitch);
                while self.out.is_open(channel, pitch) {
                    self.end(channel, pitch, |host| host.send(NoteEvent::Off { offset, channel, pitch }));
                }
            }
        }
    }

    fn begin(&mut self, channel: u8, pitch: u8, send: impl FnOnce(&mut H) -> bool) {
        if self.notes_out && self.out.begin(channel, pitch) && !send(self.host) {
            self.out.end(channel, pitch);
        }
    }

    /// Ends a note that was begun. If the host has no room for that, the end is owed.
    fn end(&mut self, channel: u8, pitch: u8, send: impl FnOnce(&mut H) -> bool) {
        if self.out.end(channel, pitch) && !send(self.host) {
            self.out.owe(channel, pitch);
        }
    }

    /// Sends the ends that are owed.
    fn settle(&mut self) {
        while let Some((channel, pitch)) = self.out.owed() {
            if !self.host.send(NoteEvent::Off { offset: 0, channel, pitch }) {
                return;
            }
            self.out.pay(channel, pitch);
        }
    }

    fn render_until(&mut self, offset: u32) {
        let until = usize::try_from(offset).unwrap_or(usize::MAX).min(self.left.len()).min(self.right.len());
        if until > self.rendered {
            self.synth.render(&mut self.left[self.rendered..until], &mut self.right[self.rendered..until]);
            self.rendered = until;
        }
    }
}
