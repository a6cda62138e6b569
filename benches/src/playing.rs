//! The audio thread: a player and a synth, block after block.
//!
//! On a busy machine run the bench with a real-time priority, as hosts run their audio threads (`chrt -f 50`), or its
//! rows show what else runs there. Interrupts remain: a block of 10 µs meets one in a few hundred times, so that p99.9 is
//! as much the machine's as ours. The dearest block, each the median of its repetitions, is ours alone.

use crate::table::{Table, Timing, time_cold};
use solferino_realtime::{Loop, NoteEvent, Player, Synth, Transport};
use solferino_score::{Clip, Lane, LaneKind, Note, Ticks};
use std::sync::Arc;
use std::time::{Duration, Instant};

const RATE: f64 = 48_000.0;
const TEMPO: f64 = 120.0;
const FRAMES: u32 = 64;
/// Blocks of a bar, and of a run of sixteen.
const BAR: usize = 1500;
const BLOCKS: usize = 16 * BAR;
/// Of a thousand blocks, 999 may take this part of the time that they last.
const PART: f64 = 0.05;

/// Blocks of 64: sixteen keys, the same with a full beat of drums, and nothing.
pub fn rows(table: &mut Table) -> Result<(), String> {
    let bar = Duration::from_secs_f64(PART * f64::from(FRAMES) / RATE);
    for (name, lanes) in [("16 keys", vec![keys()]), ("16 keys and a full beat", vec![keys(), drums()])] {
        table.note(format!("player and {name}, block of {FRAMES}: median"), runs(&lanes, |times| sorted(times, 0.5))?);
        table.judge(format!("player and {name}, block of {FRAMES}: dearest"), runs(&lanes, dearest)?, bar);
        table.judge(
            format!("player and {name}, block of {FRAMES}: p99.9"),
            runs(&lanes, |times| sorted(times, 0.999))?,
            bar,
        );
    }
    table.note(format!("player and synth, silent block of {FRAMES}: p99.9"), runs(&[], |times| sorted(times, 0.999))?);
    Ok(())
}

/// What many runs of the lanes come to.
fn runs(lanes: &[Lane], figure: impl Fn(Vec<Duration>) -> Duration) -> Result<Timing, String> {
    let clip = Clip { length: Ticks(3840), lanes: lanes.to_vec(), ..Clip::default() };
    let clip = Arc::new(Loop::new(0, &clip));
    time_cold(20, || Ok(figure(play(&clip))))
}

/// What this part of the blocks stay below.
fn sorted(mut times: Vec<Duration>, part: f64) -> Duration {
    times.sort_unstable();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
    let index = ((times.len() - 1) as f64 * part) as usize;
    times[index]
}

/// The dearest block of a bar, each the median over the bars.
fn dearest(times: Vec<Duration>) -> Duration {
    let block = |first| sorted(times.iter().copied().skip(first).step_by(BAR).collect(), 0.5);
    (0..BAR).map(block).max().unwrap_or_default()
}

/// Plays a run and times each block.
fn play(clip: &Arc<Loop>) -> Vec<Duration> {
    let mut player = Player::new();
    player.swap(Some(Arc::clone(clip)));
    let mut synth = Synth::new(RATE);
    let (mut left, mut right) = ([0.0; FRAMES as usize], [0.0; FRAMES as usize]);
    let block = |block: usize| {
        let position = Some(block as f64 * f64::from(FRAMES) * TEMPO / 60.0 / RATE);
        let transport = Transport { playing: true, tempo: TEMPO, position, looping: None, sample_rate: RATE };
        let start = Instant::now();
        left.fill(0.0);
        right.fill(0.0);
        let mut done = 0;
        player.process(std::hint::black_box(&transport), FRAMES, &mut |event: NoteEvent| {
            let at = event.offset() as usize;
            synth.render(&mut left[done..at], &mut right[done..at]);
            synth.play(event);
            done = at;
        });
        synth.render(&mut left[done..], &mut right[done..]);
        std::hint::black_box((&left, &right));
        start.elapsed()
    };
    (0..BLOCKS).map(block).collect()
}

fn lane(channel: u8, kind: LaneKind, notes: impl Iterator<Item = (i64, u8, i64)>) -> Lane {
    let notes =
        notes.map(|(start, pitch, length)| Note { start: Ticks(start), pitch, length: Ticks(length), velocity: 100 });
    Lane::new("", kind, channel, notes.collect())
}

/// Sixteen keys at once, struck again every half note.
fn keys() -> Lane {
    lane(0, LaneKind::Chords, (0..2).flat_map(|half| (0..16).map(move |key| (half * 1920, 36 + key * 3, 1900))))
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
    lane(9, LaneKind::Drums, hits)
}
