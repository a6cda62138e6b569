//! The player, case by case: which event falls on which sample.

use solferino_realtime::{EVENTS_PER_BLOCK, Loop, NoteEvent, Player, Transport};
use solferino_score::{Clip, Lane, LaneKind, Note, Ticks};
use std::sync::Arc;

/// A thousand samples a second and 60 quarters a minute: a quarter is 1,000 samples, a tick 1 1/24.
const RATE: f64 = 1000.0;

/// Notes of a channel as (start, pitch, length) in quarters.
fn clip(length: f64, notes: &[(f64, u8, f64)]) -> Arc<Loop> {
    let notes = notes
        .iter()
        .map(|&(start, pitch, length)| Note {
            start: Ticks::from_quarters(start),
            pitch,
            length: Ticks::from_quarters(length),
            velocity: 100,
        })
        .collect();
    let lane = Lane::new("", LaneKind::Melody, 0, notes);
    Arc::new(Loop::new(7, &Clip { length: Ticks::from_quarters(length), lanes: vec![lane], ..Clip::default() }))
}

fn at(position: f64) -> Transport {
    Transport { playing: true, tempo: 60.0, position: Some(position), looping: None, sample_rate: RATE }
}

fn stopped() -> Transport {
    Transport { playing: false, ..at(0.0) }
}

/// What is said in a block, as "+60@5 -60@9".
fn block(player: &mut Player, transport: Transport, frames: u32) -> String {
    // Room enough, as the sanitizer may look on.
    let mut events = Vec::with_capacity(2 * EVENTS_PER_BLOCK);
    player.process(&transport, frames, &mut |event| events.push(event));
    let said = events.iter().map(|event| match event {
        NoteEvent::On { offset, pitch, .. } => format!("+{pitch}@{offset}"),
        NoteEvent::Off { offset, pitch, .. } => format!("-{pitch}@{offset}"),
    });
    said.collect::<Vec<_>>().join(" ")
}

/// A player of a clip, and what it says in blocks.
fn check(name: &str, clip: &Arc<Loop>, blocks: &[(Transport, u32, &str)]) {
    let mut player = Player::new();
    player.swap(Some(Arc::clone(clip)));
    for (number, &(transport, frames, expected)) in blocks.iter().enumerate() {
        assert_eq!(block(&mut player, transport, frames), expected, "{name}, block {number}");
    }
}

#[test]
fn events_fall_on_their_samples() {
    let two = clip(2.0, &[(0.0, 60, 0.5), (1.25, 62, 0.25)]);
    let range = |position| Transport { looping: Some((1.0, 2.5)), ..at(position) };
    let tempo = |tempo, position| Transport { tempo, ..at(position) };
    let free = |playing| Transport { position: None, playing, ..at(0.0) };
    check("plain", &two, &[(at(0.0), 2000, "+60@0 -60@500 +62@1250 -62@1500"), (at(2.0), 1, "+60@0")]);
    check(
        "several turns in a block",
        &clip(0.25, &[(0.0, 60, 0.125)]),
        &[(at(0.0), 600, "+60@0 -60@125 +60@250 -60@375 +60@500")],
    );
    check(
        "starts between quarters",
        &two,
        &[(at(1.2), 100, "+62@50"), (at(1.3), 700, "-62@200"), (at(2.0), 1, "+60@0")],
    );
    check("counts in", &two, &[(at(-1.0), 1001, "+62@250 -62@500 +60@1000")]);
    check("stops", &two, &[(at(0.0), 100, "+60@0"), (stopped(), 100, "-60@0"), (stopped(), 100, "")]);
    check(
        "stops and goes on",
        &two,
        &[(at(0.0), 100, "+60@0"), (stopped(), 100, "-60@0"), (at(0.1), 1300, "+62@1150")],
    );
    check("jumps", &two, &[(at(0.0), 100, "+60@0"), (at(1.25), 100, "-60@0 +62@0"), (at(4.0), 10, "-62@0 +60@0")]);
    check("jumps by its length", &two, &[(at(0.0), 100, "+60@0"), (at(2.1), 100, "-60@0")]);
    check(
        "repeats inside a block",
        &two,
        &[(range(1.0), 1400, "+62@250 -62@500 +60@1000"), (range(2.4), 200, "-60@100"), (range(1.1), 200, "+62@150")],
    );
    check("repeats with the block", &two, &[(range(2.0), 500, "+60@0"), (range(1.0), 300, "-60@0 +62@250")]);
    check(
        "repeats by itself without a position",
        &two,
        &[(range(2.0), 500, "+60@0"), (Transport { position: None, ..range(0.0) }, 300, "-60@0 +62@250")],
    );
    check(
        "goes on where it should repeat, and is not misled again",
        &two,
        &[(range(2.4), 450, "+62@350"), (range(2.85), 500, "-62@0 +62@400"), (range(2.4), 1000, "-62@0 +62@850")],
    );
    check(
        "repeats again once the range was switched off and on",
        &two,
        &[
            (range(2.4), 450, "+62@350"),
            (at(2.85), 100, "-62@0"),
            (range(1.2), 100, "+62@50"),
            (range(1.3), 1500, "-62@200 +60@700 -60@1200 +62@1450"),
        ],
    );
    check("beyond the range", &two, &[(range(3.0), 1001, "+62@250 -62@500 +60@1000")]);
    check("a range too short", &two, &[(Transport { looping: Some((0.0, 0.001)), ..at(0.0) }, 501, "+60@0 -60@500")]);
    check(
        "faster and slower",
        &two,
        &[(tempo(60.0, 0.0), 100, "+60@0"), (tempo(120.0, 0.1), 250, "-60@200"), (tempo(30.0, 0.6), 1400, "+62@1300")],
    );
    check("tempo unknown", &two, &[(tempo(120.0, 0.0), 100, "+60@0"), (tempo(0.0, 0.2), 200, "-60@150")]);
    check("tempo not a number", &two, &[(tempo(f64::NAN, 0.0), 251, "+60@0 -60@250")]);
    check("position not a number", &two, &[(at(0.0), 100, "+60@0"), (at(f64::NAN), 401, "-60@400")]);
    check("position beyond belief", &two, &[(at(0.0), 100, "+60@0"), (at(1e300), 401, "-60@400")]);
    check(
        "its own clock",
        &two,
        &[(free(true), 400, "+60@0"), (free(true), 400, "-60@100"), (free(false), 10, ""), (free(true), 400, "+60@0")],
    );
    check("drifts ahead", &two, &[(at(0.0), 495, "+60@0"), (at(0.505), 10, "-60@0")]);
    check("drifts back", &two, &[(at(0.0), 510, "+60@0 -60@500"), (at(0.495), 10, ""), (at(0.505), 746, "+62@745")]);
    check("an empty block", &two, &[(at(0.0), 0, ""), (at(0.0), 1, "+60@0")]);
    check("past the clip's end", &clip(1.0, &[(0.75, 60, 0.5)]), &[(at(0.0), 1300, "+60@750 -60@1250")]);
    check(
        "longer than the clip",
        &clip(1.0, &[(0.5, 60, 9.0)]),
        &[(at(0.0), 2000, "+60@500 -60@1500 +60@1500"), (stopped(), 1, "-60@0")],
    );
    check("as long as the clip", &clip(1.0, &[(0.0, 60, 1.0)]), &[(at(0.0), 1001, "+60@0 -60@1000 +60@1000")]);
    check(
        "one over another",
        &clip(4.0, &[(0.0, 60, 2.0), (1.0, 60, 0.5)]),
        &[(at(0.0), 4000, "+60@0 -60@1000 +60@1000 -60@1500")],
    );
    check("shorter than a sample", &clip(4.0, &[(0.0, 60, 0.001)]), &[(at(0.0), 10, "+60@0 -60@2")]);
    check("no notes", &clip(4.0, &[]), &[(at(0.0), 16_384, "")]);
    check("outside the clip", &clip(1.0, &[(1.0, 60, 0.5), (-0.5, 61, 1.0)]), &[(at(0.0), 3000, "")]);
}

/// Hosts come to the end of their range a rounding error too early or too late; either way its start sounds once.
#[test]
fn a_range_repeats_on_the_sample_nearest_to_its_end() {
    let clip = clip(4.0, &[(0.0, 60, 0.05), (2.9, 62, 1.0), (3.0, 64, 0.5)]);
    let range = |position| Transport { looping: Some((0.0, 3.0)), ..at(position) };
    for (name, error) in [("on it", 0.0), ("just before", -1e-9), ("just after", 1e-9)] {
        let at_end = (range(3.0 + error), 99, "-62@0 +60@0 -60@50");
        check(name, &clip, &[(range(2.85 + error), 150, "+62@50"), at_end, (range(0.099 + error), 10, "")]);
        // The host that says the start instead.
        let at_start = (range(error), 99, "-62@0 +60@0 -60@50");
        check(name, &clip, &[(range(2.85 + error), 150, "+62@50"), at_start, (range(0.099 + error), 10, "")]);
        let inside = (range(2.85 + error), 249, "+62@50 -62@150 +60@150 -60@200");
        check(name, &clip, &[inside, (range(0.099 + error), 10, "")]);
    }
    check("0.4 samples before", &clip, &[(range(2.9996), 99, "+60@1 -60@51"), (range(0.0986), 10, "")]);
    check("0.4 samples after", &clip, &[(range(2.9004), 100, "+62@0"), (range(3.0004), 99, "-62@0 +60@0 -60@50")]);
    check("0.6 samples before", &clip, &[(range(2.9994), 99, "+60@1 -60@51"), (range(0.0984), 10, "")]);
    check("starts at the end", &clip, &[(range(3.0), 99, "+64@0"), (range(3.099), 402, "-64@401")]);
    check("starts there, just before", &clip, &[(range(3.0 - 1e-9), 20, "+60@0"), (range(3.02), 9, "-60@0 +64@0")]);
}

#[test]
fn one_of_notes_that_begin_as_one() {
    check(
        "the longest",
        &clip(4.0, &[(0.0, 60, 0.5), (0.0, 60, 2.0), (0.0, 60, 1.0)]),
        &[(at(0.0), 3000, "+60@0 -60@2000")],
    );
}

#[test]
fn a_swap_ends_the_old_and_begins_the_new_in_time() {
    let mut player = Player::new();
    player.swap(Some(clip(4.0, &[(0.0, 60, 4.0)])));
    assert_eq!(block(&mut player, at(0.0), 900), "+60@0");
    let old = player.swap(Some(clip(4.0, &[(0.5, 62, 1.0), (1.0, 64, 1.0)]))).unwrap();
    assert_eq!(old.tag(), 7);
    // The note at 0.5 is already going: it stays silent. The one at 1 begins where it would have.
    assert_eq!(block(&mut player, at(0.9), 200), "-60@0 +64@100");
    player.swap(None);
    assert_eq!(block(&mut player, at(1.1), 200), "-64@0");
    assert!(player.is_silent());
    player.swap(Some(clip(4.0, &[(1.25, 65, 1.0)])));
    player.swap(Some(clip(4.0, &[(1.25, 66, 1.0)])));
    assert_eq!(block(&mut player, stopped(), 200), "");
    assert_eq!(block(&mut player, at(1.2), 200), "+66@50");
}

#[test]
fn a_reset_ends_what_sounds_with_the_next_block() {
    let mut player = Player::new();
    player.swap(Some(clip(4.0, &[(0.0, 60, 4.0), (1.0, 61, 1.0)])));
    assert_eq!(block(&mut player, at(0.0), 100), "+60@0");
    player.reset();
    assert_eq!(player.position(), None);
    assert_eq!(block(&mut player, at(0.1), 901), "-60@0 +61@900");
}

/// The tiniest clip, the highest tempo, the lowest rate, the largest block: the work is bounded and the notes are closed.
#[test]
fn the_work_of_a_block_is_bounded() {
    let notes: Vec<(f64, u8, f64)> = (0..64).map(|n| (f64::from(n % 60) / 960.0, 30 + n, 0.01)).collect();
    let mut player = Player::new();
    player.swap(Some(clip(0.0625, &notes)));
    let transport = Transport { tempo: 1e9, ..at(0.0) };
    let (mut events, mut held, mut last) = (0, 0, 0);
    player.process(&transport, 16_384, &mut |event| {
        assert!(event.offset() >= last);
        last = event.offset();
        events += 1;
        held += if matches!(event, NoteEvent::On { .. }) { 1 } else { -1 };
    });
    assert!((EVENTS_PER_BLOCK / 2..=EVENTS_PER_BLOCK + 64).contains(&events), "{events} events");
    assert_eq!((held, last), (0, 16_383));
    // The next block begins afresh where the song is.
    let tamed = Transport { tempo: 60.0, ..at(16_384.0 * Transport::FASTEST / 60.0 / RATE) };
    assert!(block(&mut player, tamed, 100).starts_with('+'));
}

/// A tempo that goes up and down, each block at the tempo of its start and the position the host really has: no note is started
/// twice or left out.
#[test]
fn a_ramp_of_tempo_neither_repeats_nor_drops_notes() {
    let mut player = Player::new();
    player.swap(Some(clip(1.0, &[(0.0, 60, 0.1), (0.25, 61, 0.1), (0.5, 62, 0.1), (0.75, 63, 0.1)])));
    for frames in [16_u32, 64, 256, 1024] {
        let (mut position, mut starts, mut sample) = (0.0_f64, 0, 0.0_f64);
        while position < 64.0 {
            let tempo = 120.0 + 60.0 * (sample / 9000.0).sin();
            let transport = Transport { tempo, sample_rate: 48_000.0, ..at(position) };
            player.process(&transport, frames, &mut |event| starts += u32::from(matches!(event, NoteEvent::On { .. })));
            // What the host does: the tempo moves with each sample.
            for n in 0..frames {
                let tempo = 120.0 + 60.0 * ((sample + f64::from(n)) / 9000.0).sin();
                position += tempo / 60.0 / 48_000.0;
            }
            sample += f64::from(frames);
        }
        block(&mut player, stopped(), 1);
        // The last block may reach a little past the end.
        assert!((256..=257).contains(&starts), "{starts} starts in blocks of {frames}");
    }
}

/// The same while the host repeats a range, wherever in a block its end falls: each round plays each note once.
#[test]
fn a_ramp_of_tempo_keeps_every_round_whole() {
    let mut player = Player::new();
    player.swap(Some(clip(4.0, &[(0.0, 60, 0.1), (0.25, 61, 0.1), (0.5, 62, 0.1), (0.75, 63, 0.1)])));
    for frames in [1_u32, 16, 64, 256, 1024] {
        let (mut position, mut rounds, mut starts, mut sample) = (0.0_f64, 0, 0, 0.0_f64);
        let range = (0.0, 1.0);
        while rounds < 64 || !(0.1..0.2).contains(&position) {
            let tempo = |sample: f64| 120.0 + 60.0 * (sample / 9000.0).sin();
            let transport =
                Transport { tempo: tempo(sample), sample_rate: 48_000.0, looping: Some(range), ..at(position) };
            player.process(&transport, frames, &mut |event| starts += u32::from(matches!(event, NoteEvent::On { .. })));
            for _ in 0..frames {
                position += tempo(sample) / 60.0 / 48_000.0;
                sample += 1.0;
                if position >= range.1 {
                    position -= range.1 - range.0;
                    rounds += 1;
                }
            }
        }
        block(&mut player, stopped(), 1);
        assert_eq!(starts, rounds * 4 + 1, "in {rounds} rounds and a bit, in blocks of {frames}");
    }
}
