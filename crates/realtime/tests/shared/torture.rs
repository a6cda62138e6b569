//! Everything that the audio thread may meet, in a row.

use solferino_realtime::{
    Bank, Controls, Host, Incoming, Loop, NoteEvent, Payload, Playback, Received, Transport, handoff,
};
use solferino_score::{Clip, Lane, LaneKind, Note, Ticks};
use std::sync::Arc;

/// A dense clip of keys and drums.
pub fn clip(length: i64) -> Clip {
    let note = |n: i64| Note {
        start: Ticks(n * 60 % length),
        pitch: u8::try_from(30 + n * 7 % 60).unwrap(),
        length: Ticks(1 + n * 97 % 2000),
        velocity: u8::try_from(1 + n * 2 % 127).unwrap(),
    };
    let lane = |channel, kind| Lane::new("", kind, channel, (0..64).map(note).collect());
    Clip { length: Ticks(length), lanes: vec![lane(0, LaneKind::Chords), lane(9, LaneKind::Drums)], ..Clip::default() }
}

/// A host with keys of its own, whose buffer is full now and then.
struct Rude {
    frames: u32,
    /// Events it has still to tell.
    left: u32,
    /// Notes for which it has room.
    room: u32,
    sent: usize,
}

impl Host for Rude {
    type Event = u32;

    fn next(&mut self) -> Option<Received<u32>> {
        self.left = self.left.checked_sub(1)?;
        let byte = |modulus: u32| u8::try_from(self.left * 37 % modulus).unwrap_or(0);
        let incoming = match self.left % 7 {
            0..3 => Incoming::On { channel: byte(16), pitch: byte(128), velocity: 100 },
            3..5 => Incoming::Off { channel: Some(byte(16)), pitch: Some(byte(128)) },
            5 => Incoming::Off { channel: None, pitch: None },
            _ => Incoming::Other,
        };
        Some(Received { offset: self.frames.saturating_sub(self.left * 3), incoming, event: self.left })
    }

    fn pass(&mut self, _: u32) -> bool {
        self.room = self.room.saturating_sub(1);
        self.sent += usize::from(self.room > 0);
        self.room > 0
    }

    fn send(&mut self, _: NoteEvent) -> bool {
        self.pass(0)
    }
}

/// Runs blocks of every kind; `audio` wraps what the audio thread does.
pub fn run(audio: &mut dyn FnMut(&mut dyn FnMut())) {
    let (mut desk, stage) = handoff();
    let mut playback = Playback::new(stage);
    let clips = [3840_i64, 1000, 60, 7777].map(|length| Arc::new(Loop::new(length.unsigned_abs(), &clip(length))));
    let (mut left, mut right) = (vec![0.0; 16_384], vec![0.0; 16_384]);
    let mut sent = 0;
    for (block, frames) in [64_u32, 1, 17, 512, 4096, 0, 16_384, 333].into_iter().cycle().take(160).enumerate() {
        let chosen = (block % 13 != 9).then(|| Arc::clone(&clips[block % 4]));
        if block % 3 != 2 {
            // A choice or an echo; now and then of a loop that is none of the strip's.
            let bank = Bank::new(clips[block % 2..].to_vec(), chosen, u64::try_from(block).unwrap() / 4);
            desk.send(Payload::Bank(Arc::new(bank)));
        }
        let transport = Transport {
            playing: block % 11 != 10,
            tempo: [120.0, 0.0, 333.3, f64::NAN, 60.0][block % 5],
            position: [Some(block as f64 / 3.0), None, Some(1.0), Some(f64::INFINITY)][block / 10 % 4],
            looping: [None, Some((0.0, 1.0)), Some((2.0, 2.1)), Some((1.0, 0.0))][block / 20 % 4],
            sample_rate: [48_000.0, 1000.0, 768_000.0, f64::NAN][block / 40],
        };
        let controls = Controls {
            sound: block % 17 != 3,
            notes_out: block % 19 != 4,
            bypassed: block % 23 == 5,
            gain: [1.0, 0.5, 0.0, 2.0][block / 2 % 4],
        };
        let room = if block % 5 == 0 { 3 } else { u32::MAX };
        let mut host = Rude { frames, left: frames.min(20), room, sent: 0 };
        audio(&mut || {
            if block % 40 == 0 {
                playback.activate(transport.sample_rate, controls.gain);
            }
            if block % 3 == 0 {
                playback.choose(block % 5);
            }
            let outputs = [&mut left[..frames as usize], &mut right[..frames as usize]];
            playback.process(&transport, &controls, frames, outputs, &mut host);
            match block % 37 {
                35 => playback.reset(),
                36 => playback.stop(),
                _ => (),
            }
        });
        sent += host.sent;
        if block % 37 == 0 {
            playback.reset();
        }
        desk.collect();
        desk.playhead();
    }
    assert!(sent > 10_000, "only {sent} events: this tortures nobody");
}
