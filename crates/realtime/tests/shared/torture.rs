//! Everything that the audio thread may meet, in a row.

use solferino_realtime::{Desk, Loop, NoteEvent, Stage, Synth, Transport};
use solferino_score::{Clip, Lane, LaneKind, Note, Ticks};
use std::sync::Arc;

/// A dense clip of keys and drums.
pub fn clip(length: i64) -> Clip {
    let lane = |channel, kind| Lane {
        name: String::new(),
        kind,
        program: 0,
        channel,
        notes: (0..64)
            .map(|n| Note {
                start: Ticks(n * 60 % length),
                pitch: u8::try_from(30 + n * 7 % 60).unwrap(),
                length: Ticks(1 + n * 97 % 2000),
                velocity: u8::try_from(1 + n * 2 % 127).unwrap(),
            })
            .collect(),
    };
    Clip { length: Ticks(length), lanes: vec![lane(0, LaneKind::Chords), lane(9, LaneKind::Drums)], ..Clip::default() }
}

/// Runs blocks of every kind; `audio` wraps what the audio thread does.
pub fn run(desk: &mut Desk, stage: &mut Stage, audio: &mut dyn FnMut(&mut dyn FnMut())) {
    let mut synth = Synth::new(48_000.0);
    let clips = [3840_i64, 1000, 60, 7777].map(|length| Arc::new(Loop::new(length.unsigned_abs(), &clip(length))));
    let (mut left, mut right) = (vec![0.0; 16_384], vec![0.0; 16_384]);
    let mut events = 0;
    for (block, frames) in [64_u32, 1, 17, 512, 4096, 0, 16_384, 333].into_iter().cycle().take(160).enumerate() {
        match block % 13 {
            0..4 => desk.play(Arc::clone(&clips[block % 4])),
            9 => desk.stop(),
            _ => (),
        }
        let transport = Transport {
            playing: block % 11 != 10,
            tempo: [120.0, 0.0, 333.3, f64::NAN, 60.0][block % 5],
            position: [Some(block as f64 / 3.0), None, Some(1.0), Some(f64::INFINITY)][block / 10 % 4],
            looping: [None, Some((0.0, 1.0)), Some((2.0, 2.1)), Some((1.0, 0.0))][block / 20 % 4],
            sample_rate: [48_000.0, 1000.0, 768_000.0, f64::NAN][block / 40],
        };
        audio(&mut || {
            if block % 40 == 0 {
                synth.set_sample_rate(transport.sample_rate);
            }
            let (left, right) = (&mut left[..frames as usize], &mut right[..frames as usize]);
            let mut done = 0;
            stage.process(&transport, frames, &mut |event: NoteEvent| {
                let at = event.offset() as usize;
                synth.render(&mut left[done..at], &mut right[done..at]);
                synth.play(event);
                done = at;
                events += 1;
            });
            synth.render(&mut left[done..], &mut right[done..]);
            stage.publish([1.0, 0.5]);
            match block % 37 {
                35 => synth.all_notes_off(),
                36 => {
                    stage.reset();
                    synth.reset();
                }
                _ => (),
            }
        });
        desk.collect();
        desk.playhead();
    }
    assert!(events > 10_000, "only {events} events: this tortures nobody");
}
