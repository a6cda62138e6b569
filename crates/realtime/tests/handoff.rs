//! The way to the audio thread and back.

use solferino_realtime::{Bank, Desk, Loop, Payload, Stage, Transport, handoff};
use solferino_score::{Clip, Lane, LaneKind, Note, Ticks};
use std::sync::Arc;

fn clip(tag: u64) -> Arc<Loop> {
    let note = Note { start: Ticks(0), pitch: 60, length: Ticks(480), velocity: 100 };
    let lane = Lane::new("", LaneKind::Melody, 0, vec![note]);
    Arc::new(Loop::new(tag, &Clip { length: Ticks(3840), lanes: vec![lane], ..Clip::default() }))
}

/// Sends a bank of one loop, by choice.
fn send(desk: &mut Desk, choices: u64, clip: &Arc<Loop>) {
    desk.send(Payload::Bank(Arc::new(Bank::new(vec![Arc::clone(clip)], Some(Arc::clone(clip)), choices))));
}

/// Sends silence, by choice.
fn silence(desk: &mut Desk, choices: u64) {
    desk.send(Payload::Bank(Arc::new(Bank::new(vec![], None, choices))));
}

fn play(stage: &mut Stage, position: f64) {
    let transport = Transport { playing: true, position: Some(position), ..Transport::default() };
    stage.process(&transport, 64, &mut |_| ());
    stage.publish([0.5, 0.25]);
}

fn playing(desk: &mut Desk) -> Option<u64> {
    desk.playhead().tag
}

#[test]
fn the_last_bank_holds() {
    let (mut desk, mut stage) = handoff();
    play(&mut stage, 0.0);
    assert_eq!(playing(&mut desk), None);
    for tag in 1..6 {
        send(&mut desk, tag, &clip(tag));
    }
    play(&mut stage, 0.0);
    assert_eq!((playing(&mut desk), desk.playhead().choices), (Some(5), 5));
    silence(&mut desk, 6);
    play(&mut stage, 0.0);
    assert_eq!((playing(&mut desk), desk.playhead().choices), (None, 6));
}

#[test]
fn the_last_bank_holds_when_the_audio_thread_sleeps() {
    let (mut desk, mut stage) = handoff();
    for tag in 0..1000 {
        send(&mut desk, tag, &clip(tag));
    }
    play(&mut stage, 0.0);
    desk.collect();
    play(&mut stage, 0.1);
    assert_eq!(playing(&mut desk), Some(999));
    for choice in 0..1000 {
        silence(&mut desk, 1000 + 2 * choice);
        send(&mut desk, 1001 + 2 * choice, &clip(1));
    }
    silence(&mut desk, 3000);
    for _ in 0..3 {
        play(&mut stage, 0.0);
        desk.collect();
    }
    assert_eq!(playing(&mut desk), None);
    assert_eq!(desk.lent(), 1);
}

#[test]
fn loops_come_back_to_be_freed() {
    let (mut desk, mut stage) = handoff();
    let first = clip(1);
    send(&mut desk, 1, &first);
    play(&mut stage, 0.0);
    // Twice in the bank and with the player.
    assert_eq!((desk.collect(), desk.lent(), Arc::strong_count(&first)), (0, 1, 4));
    send(&mut desk, 2, &clip(2));
    play(&mut stage, 0.0);
    assert_eq!(Arc::strong_count(&first), 3, "freed on the audio thread");
    assert_eq!((desk.collect(), desk.lent(), Arc::strong_count(&first)), (1, 1, 1));
}

#[test]
fn nothing_is_lost_whichever_end_goes_first() {
    for desk_first in [true, false] {
        let (mut desk, mut stage) = handoff();
        let clips = [clip(1), clip(2), clip(3)];
        for (clip, choice) in clips.iter().zip(1..) {
            send(&mut desk, choice, clip);
        }
        play(&mut stage, 0.0);
        send(&mut desk, 4, &clips[0]);
        if desk_first {
            drop(desk);
            play(&mut stage, 0.1);
            drop(stage);
        } else {
            drop(stage);
            desk.collect();
            drop(desk);
        }
        assert!(clips.iter().all(|clip| Arc::strong_count(clip) == 1), "leaked");
    }
}

#[test]
fn the_playhead_says_where_the_song_is() {
    let (mut desk, mut stage) = handoff();
    send(&mut desk, 1, &clip(9));
    play(&mut stage, 5.0);
    let playhead = desk.playhead();
    let block = 64.0 / 48_000.0 * 2.0;
    assert!((playhead.song - 5.0 - block).abs() < 1e-12);
    assert!((playhead.clip.unwrap() - 1.0 - block).abs() < 1e-12);
    assert_eq!((playhead.playing, playhead.tempo, playhead.peaks), (true, 120.0, [0.5, 0.25]));
    stage.process(&Transport { position: Some(2.0), ..Transport::default() }, 24_000, &mut |_| ());
    stage.publish([0.0; 2]);
    let playhead = desk.playhead();
    assert_eq!((playhead.playing, playhead.song), (false, 2.0));
    // Half a second: a tenth.
    assert!((playhead.peaks[0] - 0.05).abs() < 1e-6);
}

/// Two threads and a thousand banks: everything comes back, and what the audio thread holds is always alive.
#[test]
fn two_threads() {
    let (mut desk, mut stage) = handoff();
    let clips: Vec<Arc<Loop>> = (0..50).map(clip).collect();
    std::thread::scope(|scope| {
        let audio = scope.spawn(move || {
            for block in 0..20_000 {
                if block % 7 == 0 {
                    stage.choose(block % 5);
                }
                play(&mut stage, block as f64 / 100.0);
                if block % 64 == 0 {
                    std::thread::yield_now();
                }
            }
            stage
        });
        for round in 0..1000 {
            let loops = (0..5).map(|n| Arc::clone(&clips[(round + n) % 50])).collect();
            // Every sixth is none of the strip's.
            let chosen = Some(Arc::clone(&clips[(round + round % 6) % 50]));
            desk.send(Payload::Bank(Arc::new(Bank::new(loops, chosen, round as u64 / 2))));
            desk.playhead();
            std::thread::yield_now();
        }
        let mut stage = audio.join().unwrap();
        silence(&mut desk, 1000);
        for _ in 0..3 {
            play(&mut stage, 0.0);
            desk.collect();
        }
        assert_eq!(desk.lent(), 1);
        drop((desk, stage));
    });
    assert!(clips.iter().all(|clip| Arc::strong_count(clip) == 1));
}
