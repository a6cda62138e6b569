//! Times the audio thread: a player and a synth with sixteen keys and a drum kit, block after block, as a table.
//!
//! `cargo run --release -p solferino-realtime --example bench [blocks]`. On a busy machine run the built example with a
//! real-time priority, as hosts run theirs (`chrt -f 50 target/release/examples/bench`), or the table shows the others.

use solferino_realtime::{Loop, NoteEvent, Player, Synth, Transport};
use solferino_score::{Clip, Lane, LaneKind, Note, Ticks};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

const RATE: f64 = 48_000.0;
const TEMPO: f64 = 120.0;

fn lane(channel: u8, notes: impl Iterator<Item = (i64, u8, i64)>) -> Lane {
    let notes =
        notes.map(|(start, pitch, length)| Note { start: Ticks(start), pitch, length: Ticks(length), velocity: 100 });
    Lane { name: String::new(), kind: LaneKind::Chords, program: 0, channel, notes: notes.collect() }
}

/// Sixteen keys at once, struck again every half note.
fn keys() -> Lane {
    lane(0, (0..2).flat_map(|half| (0..16).map(move |key| (half * 1920, 36 + key * 3, 1900))))
}

/// A full beat in sixteenths.
fn drums() -> Lane {
    let hits = (0..16_i64).flat_map(|step| {
        let hat = Some(if step == 14 { 46 } else { 42 });
        let kick = (step % 4 == 0).then_some(36);
        let snare = (step % 8 == 4).then_some(38);
        let ride = (step % 4 == 2).then_some(51);
        let crash = (step == 0).then_some(49);
        [hat, kick, snare, ride, crash].into_iter().flatten().map(move |pitch| (step * 240, pitch, 120))
    });
    lane(9, hits)
}

fn time(name: &str, lanes: Vec<Lane>, frames: u32, blocks: usize) {
    let clip = Clip { length: Ticks(3840), lanes, ..Clip::default() };
    let mut player = Player::new();
    player.swap(Some(Arc::new(Loop::new(0, &clip))));
    let mut synth = Synth::new(RATE);
    let (mut left, mut right) = (vec![0.0; frames as usize], vec![0.0; frames as usize]);
    let mut times = Vec::with_capacity(blocks);
    for block in 0..blocks {
        let position = block as f64 * f64::from(frames) * TEMPO / 60.0 / RATE;
        let transport =
            Transport { playing: true, tempo: TEMPO, position: Some(position), looping: None, sample_rate: RATE };
        let begun = Instant::now();
        left.fill(0.0);
        right.fill(0.0);
        let mut done = 0;
        player.process(black_box(&transport), frames, &mut |event: NoteEvent| {
            let at = event.offset() as usize;
            synth.render(&mut left[done..at], &mut right[done..at]);
            synth.play(event);
            done = at;
        });
        synth.render(&mut left[done..], &mut right[done..]);
        times.push(begun.elapsed());
        black_box((&left, &right));
    }
    times.sort_unstable();
    let micros = |part: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
        let index = ((blocks - 1) as f64 * part) as usize;
        times[index].as_secs_f64() * 1e6
    };
    let budget = f64::from(frames) / RATE * 1e6;
    let columns: Vec<String> = [0.5, 0.99, 0.999, 1.0].map(|part| format!("{:8.2}", micros(part))).into();
    println!("{name:<28} {frames:>5} {} {:>9.2} %", columns.join(" "), micros(0.999) / budget * 100.0);
}

fn main() {
    let blocks = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(200_000_usize).max(1);
    println!("microseconds a block at 48 kHz, {blocks} blocks of 64");
    println!(
        "{:<28} {:>5} {:>8} {:>8} {:>8} {:>8} {:>11}",
        "what", "frames", "p50", "p99", "p99.9", "max", "p99.9/block"
    );
    time("player and 16 keys", vec![keys()], 64, blocks);
    time("the same and a full beat", vec![keys(), drums()], 64, blocks);
    time("the same in blocks of 512", vec![keys(), drums()], 512, blocks / 8);
    time("nothing", vec![], 64, blocks);
}
