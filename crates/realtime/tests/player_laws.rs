//! The player against a slow reference that looks at every sample and every note: the same events on the same samples,
//! however the host splits its blocks.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "a test may fail, and its numbers are small"
)]

use proptest::prelude::*;
use solferino_realtime::{EVENTS_PER_BLOCK, Loop, NoteEvent, Player, Transport};
use solferino_score::{Clip, Lane, LaneKind, Note, Ticks};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The player's tolerances in samples; see its source.
const EARLY: f64 = 0.0137;
const NEAR: f64 = 0.5 - EARLY;

/// An event with its absolute sample: (sample, channel, pitch, velocity or None for an end).
type Said = (usize, u8, u8, Option<u8>);

/// A stretch of a transport script.
#[derive(Clone, Debug)]
struct Section {
    samples: usize,
    tempo: f64,
    act: Act,
    /// Whether the other clip is put in where the section begins.
    swap: bool,
}

#[derive(Clone, Debug)]
enum Act {
    Stop,
    /// From a song position and some samples, with the host's range.
    Play(f64, f64, Option<(f64, f64)>),
    /// On from where the section before was going, perhaps at another tempo.
    Continue,
}

/// A sample of the script, worked out: where the song is.
#[derive(Clone, Copy)]
struct Moment {
    playing: bool,
    /// Whether the song came here by anything but moving on.
    jumped: bool,
    /// Whether it came here by repeating the range.
    repeated: bool,
    position: f64,
    tempo: f64,
    range: Option<(f64, f64)>,
    swap: bool,
    /// Whether the host may not go on with the same block here.
    edge: bool,
}

/// The script by samples; `error` is what the host's positions are off by.
fn moments(script: &[Section], rate: f64, error: f64) -> Vec<Moment> {
    let mut moments: Vec<Moment> = Vec::new();
    for section in script {
        let pace = section.tempo / 60.0 / rate;
        let last = moments.last().copied();
        let (playing, mut position, range, mut jumped) = match section.act {
            Act::Stop => (false, 0.0, None, true),
            Act::Play(position, samples, range) => (true, position + samples * pace, range, true),
            Act::Continue => match last {
                Some(last) if last.playing => (true, last.position + last.tempo / 60.0 / rate, last.range, false),
                _ => (true, 0.0, None, true),
            },
        };
        // A song that starts at the end or behind it, as the host tells it, does not repeat.
        let mut before = range.is_some_and(|(_, end)| {
            if jumped { position + error < end } else { last.is_some_and(|last| last.position < end) }
        });
        for n in 0..section.samples {
            let mut repeated = false;
            if let Some((start, end)) = range
                && position >= end - NEAR * pace
            {
                if before {
                    position -= end - start;
                    repeated = true;
                }
                before = repeated;
            }
            let (swap, edge) = (section.swap && n == 0, n == 0);
            let tempo = section.tempo;
            moments.push(Moment { playing, jumped, repeated, position, tempo, range, swap, edge });
            jumped = false;
            position += pace;
        }
    }
    moments
}

/// Every event, found by looking at each note of each cycle at each sample.
fn reference(clips: &[Clip; 2], moments: &[Moment], rate: f64) -> Vec<Said> {
    let mut said = Vec::new();
    let mut held: BTreeMap<(u8, u8), (usize, i64)> = BTreeMap::new();
    let (mut which, mut upto) = (0, f64::NEG_INFINITY);
    for (n, moment) in moments.iter().enumerate() {
        let pace = moment.tempo / 60.0 / rate;
        which = (which + usize::from(moment.swap)) % 2;
        if !moment.playing || moment.jumped || moment.repeated || moment.swap {
            said.extend(std::mem::take(&mut held).into_keys().map(|(channel, pitch)| (n, channel, pitch, None)));
            upto = match moment.range {
                // A round plays what is in the range.
                Some((start, _)) if moment.repeated => start - EARLY * pace,
                _ => moment.position - (1.0 - EARLY) * pace,
            };
        }
        if !moment.playing {
            continue;
        }
        let (from, to) = (upto, moment.position + EARLY * pace);
        upto = upto.max(to);
        let clip = &clips[which];
        let length = clip.length.0;
        let mut events = Vec::new();
        let first = (from * 960.0 / length as f64).floor() as i64 - 2;
        let last = (to * 960.0 / length as f64).ceil() as i64 + 1;
        for cycle in first..=last {
            for (index, (lane, note)) in clip.notes().enumerate() {
                let start = cycle * length + note.start.0;
                let end = start + note.length.0.min(length);
                events.push((start, 1, lane.channel, note.pitch, (index, cycle), note.velocity));
                events.push((end, 0, lane.channel, note.pitch, (index, cycle), 0));
            }
        }
        events.retain(|event| (from..to).contains(&(event.0 as f64 / 960.0)));
        events.sort_unstable();
        for (_, starts, channel, pitch, id, velocity) in events {
            let key = (channel, pitch);
            if starts == 1 {
                if held.insert(key, id).is_some() {
                    said.push((n, channel, pitch, None));
                }
                said.push((n, channel, pitch, Some(velocity)));
            } else if held.get(&key) == Some(&id) {
                held.remove(&key);
                said.push((n, channel, pitch, None));
            }
        }
    }
    said
}

/// How a host rounds.
#[derive(Clone, Copy, Debug)]
struct Rounding {
    /// Quarters that its positions are off by.
    error: f64,
    /// Whether a block that begins within half a sample of the range's end still tells the end and not the start.
    tells_end: bool,
}

impl Rounding {
    /// The position that the host tells: in CLAP's units, 2^-31 quarters.
    fn told(self, moment: &Moment, rate: f64) -> f64 {
        let half_a_sample = moment.tempo / 120.0 / rate;
        let ahead = match moment.range {
            Some((start, end))
                if (self.tells_end || moment.jumped)
                    && moment.repeated
                    && (moment.position - start).abs() < half_a_sample =>
            {
                end - start
            }
            _ => 0.0,
        };
        ((moment.position + ahead + self.error) * 2_147_483_648.0).round() / 2_147_483_648.0
    }
}

/// What the player says when the host cuts the script into blocks of these sizes (repeated as needed).
fn played(clips: &[Clip; 2], moments: &[Moment], rate: f64, rounding: Rounding, sizes: &[usize]) -> Vec<Said> {
    let loops = clips.each_ref().map(|clip| Arc::new(Loop::new(0, clip)));
    let mut player = Player::new();
    player.swap(Some(Arc::clone(&loops[0])));
    let (mut which, mut at, mut said) = (0, 0, Vec::new());
    // Room enough, as the sanitizer may look on.
    let mut events = Vec::with_capacity(2 * EVENTS_PER_BLOCK);
    let mut sizes = sizes.iter().cycle();
    while at < moments.len() {
        let moment = moments[at];
        if moment.swap {
            which = 1 - which;
            player.swap(Some(Arc::clone(&loops[which])));
        }
        let until = (at + sizes.next().unwrap()).min(moments.len());
        let until = (at + 1..until).find(|&n| moments[n].edge).unwrap_or(until);
        let position = rounding.told(&moment, rate);
        let transport = Transport {
            playing: moment.playing,
            tempo: moment.tempo,
            position: Some(position),
            looping: moment.range,
            sample_rate: rate,
        };
        events.clear();
        player.process(&transport, (until - at) as u32, &mut |event| events.push(event));
        assert!(events.is_sorted_by_key(|event| event.offset()), "out of order: {events:?}");
        assert!(events.iter().all(|event| (event.offset() as usize) < until - at), "out of the block: {events:?}");
        said.extend(events.iter().map(|&event| match event {
            NoteEvent::On { offset, channel, pitch, velocity, .. } => {
                (at + offset as usize, channel, pitch, Some(velocity))
            }
            NoteEvent::Off { offset, channel, pitch } => (at + offset as usize, channel, pitch, None),
        }));
        at = until;
    }
    said
}

fn clip() -> impl Strategy<Value = Clip> {
    let note = (0_i64..4000, 60_u8..64, 1_i64..6000, 1_u8..=127).prop_map(|(start, pitch, length, velocity)| Note {
        start: Ticks(start),
        pitch,
        length: Ticks(length),
        velocity,
    });
    let lane = (prop::collection::vec(note, 0..7), 0_u8..2, any::<bool>());
    (prop::collection::vec(lane, 1..3), 100_i64..4000, any::<bool>()).prop_map(|(lanes, length, round)| {
        let grid = |ticks: i64| if round { (ticks / 240).max(1) * 240 } else { ticks };
        let length = Ticks(grid(length));
        let mut taken = Vec::new();
        let lanes = lanes
            .into_iter()
            .zip(0..)
            .map(|((mut notes, channel, on_grid), _): (_, u8)| {
                for note in &mut notes {
                    note.start = Ticks(if on_grid { note.start.0 / 240 * 240 } else { note.start.0 } % length.0);
                }
                notes.sort_unstable();
                // The reference has no rule for notes that begin as one; `one_of_notes_that_begin_as_one` tests that.
                notes.retain(|note| {
                    let new = !taken.contains(&(channel, note.start, note.pitch));
                    taken.push((channel, note.start, note.pitch));
                    new
                });
                Lane::new("", LaneKind::Melody, channel, notes)
            })
            .collect();
        Clip { length, lanes, ..Clip::default() }
    })
}

fn script() -> impl Strategy<Value = Vec<Section>> {
    let tempo = prop_oneof![Just(60.0), Just(120.0), Just(240.0), 20.0..400.0_f64];
    let range = (-4_i64..8, 1_i64..40).prop_map(|(from, length)| (from as f64 / 2.0, (from * 2 + length) as f64 / 4.0));
    let act = prop_oneof![
        1 => Just(Act::Stop),
        2 => (-40_i64..200).prop_map(|sixteenths| Act::Play(sixteenths as f64 / 4.0, 0.0, None)),
        1 => (-10.0..50.0_f64).prop_map(|position| Act::Play(position, 0.0, None)),
        3 => (range.clone(), -0.5..1.5_f64)
            .prop_map(|(range, at)| Act::Play(range.0 + (range.1 - range.0) * at, 0.0, Some(range))),
        // Up to half a sample, or whole samples, before or behind an edge of the range.
        3 => (range, any::<bool>(), prop_oneof![-0.5..0.5_f64, (-300_i32..9).prop_map(f64::from)])
            .prop_map(|(range, end, samples)| Act::Play(if end { range.1 } else { range.0 }, samples, Some(range))),
        3 => Just(Act::Continue),
    ];
    let section = (1_usize..1500, tempo, act, prop::bool::weighted(0.2))
        .prop_map(|(samples, tempo, act, swap)| Section { samples, tempo, act, swap });
    prop::collection::vec(section, 1..6)
}

/// Jumps that look like moving on, or like going on past the end of the host's range, are that to the player, by
/// design; they are left out here.
fn without_ambiguous_jumps(mut script: Vec<Section>, rate: f64, error: f64) -> Vec<Section> {
    let mut begun = 0_usize;
    for n in 0..script.len() {
        let all = moments(&script[..=n], rate, error);
        if let (Act::Play(.., range), Some(last)) = (script[n].act.clone(), begun.checked_sub(1).map(|last| all[last]))
        {
            let going = last.position + last.tempo / 60.0 / rate;
            let length = |range: Option<(f64, f64)>| range.map_or(f64::INFINITY, |(start, end)| end - start);
            // Where the host begins, and where it would have begun had it not repeated its range at once.
            let off = [0.0, if all[begun].repeated { length(range) } else { 0.0 }].map(|unrepeated| {
                let ahead = all[begun].position + unrepeated - going;
                if last.range.is_some() {
                    ahead - (ahead / length(last.range)).round() * length(last.range)
                } else {
                    ahead
                }
            });
            if last.playing && off.iter().any(|off| off.abs() < 0.6) {
                script[n].act = Act::Stop;
            }
        }
        begun = all.len();
    }
    script
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn says_what_the_reference_says(
        clips in [clip(), clip()],
        script in script(),
        rate in prop_oneof![Just(1000.0), Just(960.0), 800.0..4000.0_f64],
        sizes in prop::collection::vec(prop_oneof![1_usize..8, 1_usize..700], 1..6),
        error in prop_oneof![Just(0.0), Just(1e-9), Just(-1e-9)],
        tells_end: bool,
    ) {
        let rounding = Rounding { error, tells_end };
        let moments = moments(&without_ambiguous_jumps(script, rate, error), rate, error);
        let expected = reference(&clips, &moments, rate);
        prop_assert_eq!(&played(&clips, &moments, rate, rounding, &sizes), &expected, "blocks of {:?}", &sizes);
        prop_assert_eq!(&played(&clips, &moments, rate, rounding, &[1]), &expected, "blocks of one");
        prop_assert_eq!(&played(&clips, &moments, rate, rounding, &[usize::MAX / 2]), &expected, "whole sections");
    }

    /// Whatever the host claims, each start is closed once, and stopping closes what is left.
    #[test]
    fn starts_and_ends_balance(
        clips in [clip(), clip()],
        blocks in prop::collection::vec(
            (any::<bool>(), prop::num::f64::ANY, prop::option::of(prop_oneof![prop::num::f64::ANY, -9.0..9.0_f64]),
             prop::option::of((-9.0..9.0_f64, prop_oneof![prop::num::f64::ANY, -9.0..9.0_f64])), prop::num::f64::ANY,
             0_u32..20_000, prop::bool::weighted(0.1)),
            1..40,
        ),
    ) {
        let loops = clips.each_ref().map(|clip| Arc::new(Loop::new(0, clip)));
        let mut player = Player::new();
        let mut held = std::collections::BTreeSet::new();
        let mut events = Vec::with_capacity(2 * EVENTS_PER_BLOCK);
        let mut which = 0;
        let stop = (false, 120.0, None, None, 48_000.0, 1, false);
        for (playing, tempo, position, looping, sample_rate, frames, swap) in blocks.into_iter().chain([stop]) {
            if swap {
                which = 1 - which;
                player.swap(Some(Arc::clone(&loops[which])));
            }
            let transport = Transport { playing, tempo, position, looping, sample_rate };
            events.clear();
            player.process(&transport, frames, &mut |event| events.push(event));
            for event in &events {
                prop_assert!(event.offset() < frames);
                match *event {
                    NoteEvent::On { channel, pitch, velocity, .. } => {
                        prop_assert!(held.insert((channel, pitch)), "{:?} began twice", event);
                        prop_assert!((1..=127).contains(&velocity));
                    }
                    NoteEvent::Off { channel, pitch, .. } => {
                        prop_assert!(held.remove(&(channel, pitch)), "{:?} ended twice", event);
                    }
                }
            }
        }
        prop_assert!(held.is_empty(), "left sounding: {:?}", held);
        prop_assert!(player.is_silent());
    }
}
