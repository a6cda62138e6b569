//! What an instance plays: the take and the host's keys, as sound and as notes.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "a test may fail, and its numbers are small")]

use proptest::prelude::*;
use solferino_realtime::{
    Bank, Controls, EVENTS_PER_BLOCK, Host, Incoming, Loop, NoteEvent, Payload, Playback, Received, Transport, handoff,
};
use solferino_score::{Clip, Lane, LaneKind, Note, Ticks};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A thousand samples a second and 60 quarters a minute: a quarter is 1,000 samples.
const RATE: f64 = 1000.0;
const ON: Controls = Controls { sound: true, notes_out: true, bypassed: false, gain: 1.0 };

/// What went out: sample, channel, pitch, and velocity of a start.
type Out = (u64, u8, u8, Option<u8>);

/// A host that keeps a record.
#[derive(Default)]
struct Recorder {
    now: u64,
    incoming: Vec<(u32, Incoming)>,
    out: Vec<Out>,
    others: usize,
    full: bool,
    panics: bool,
}

impl Host for Recorder {
    type Event = (u32, Incoming);

    fn next(&mut self) -> Option<Received<Self::Event>> {
        assert!(!self.panics, "a mistake");
        if self.incoming.is_empty() {
            return None;
        }
        let event = self.incoming.remove(0);
        Some(Received { offset: event.0, incoming: event.1, event })
    }

    fn pass(&mut self, (offset, incoming): Self::Event) -> bool {
        match incoming {
            Incoming::On { channel, pitch, velocity } => {
                self.out.push((self.now + u64::from(offset), channel, pitch, Some(velocity)));
            }
            Incoming::Off { channel, pitch } => {
                self.out.push((self.now + u64::from(offset), channel.unwrap(), pitch.unwrap(), None));
            }
            Incoming::Other => self.others += 1,
        }
        !self.full || self.out.pop().is_none()
    }

    fn send(&mut self, note: NoteEvent) -> bool {
        self.pass(match note {
            NoteEvent::On { offset, channel, pitch, velocity, .. } => {
                (offset, Incoming::On { channel, pitch, velocity })
            }
            NoteEvent::Off { offset, channel, pitch } => {
                (offset, Incoming::Off { channel: Some(channel), pitch: Some(pitch) })
            }
        })
    }
}

/// An instance under test, in a host that plays from the song's start.
struct Bench {
    playback: Playback,
    host: Recorder,
    left: Vec<f32>,
}

impl Bench {
    fn new(loops: &[Arc<Loop>]) -> Self {
        let (mut desk, stage) = handoff();
        desk.send(Payload::Bank(Arc::new(Bank::new(loops.to_vec(), loops.first().cloned(), 1))));
        let mut playback = Playback::new(stage);
        playback.activate(RATE, 1.0);
        let mut bench = Self { playback, host: Recorder::default(), left: Vec::new() };
        bench.out();
        bench
    }

    fn process(&mut self, controls: Controls, playing: bool, frames: u32, incoming: &[(u32, Incoming)]) {
        let position = Some(self.host.now as f64 / RATE);
        let transport = Transport { playing, tempo: 60.0, position, looping: None, sample_rate: RATE };
        let (mut left, mut right) = (vec![f32::NAN; frames as usize], vec![f32::NAN; frames as usize]);
        self.host.incoming = incoming.to_vec();
        self.playback.process(&transport, &controls, frames, [&mut left, &mut right], &mut self.host);
        self.left.extend(left);
        self.host.now += u64::from(frames);
    }

    /// What went out since the last call. Leaves room enough, as the sanitizer may look on.
    fn out(&mut self) -> Vec<Out> {
        std::mem::replace(&mut self.host.out, Vec::with_capacity(EVENTS_PER_BLOCK))
    }
}

fn on(channel: u8, pitch: u8) -> Incoming {
    Incoming::On { channel, pitch, velocity: 100 }
}

fn off(channel: u8, pitch: u8) -> Incoming {
    Incoming::Off { channel: Some(channel), pitch: Some(pitch) }
}

const ALL_OFF: Incoming = Incoming::Off { channel: None, pitch: None };

fn clip(kind: LaneKind, channel: u8, notes: &[(i64, u8, i64)]) -> Arc<Loop> {
    let note = |&(start, pitch, length)| Note { start: Ticks(start), pitch, length: Ticks(length), velocity: 90 };
    let lane = Lane::new("", kind, channel, notes.iter().map(note).collect());
    Arc::new(Loop::new(u64::from(channel), &Clip { length: Ticks(3840), lanes: vec![lane], ..Clip::default() }))
}

fn silent(samples: &[f32]) -> bool {
    samples.iter().all(|&sample| sample == 0.0)
}

#[test]
fn keys_of_the_host_sound_and_go_on() {
    let mut bench = Bench::new(&[]);
    bench.process(ON, false, 200, &[(50, on(3, 60)), (60, Incoming::Other), (150, off(3, 60))]);
    assert_eq!(bench.out(), [(50, 3, 60, Some(100)), (150, 3, 60, None)]);
    assert_eq!(bench.host.others, 1);
    assert!(silent(&bench.left[..50]) && !silent(&bench.left[50..]));
}

#[test]
fn an_end_of_all_ends_what_was_begun() {
    let mut bench = Bench::new(&[]);
    bench.process(ON, false, 10, &[(0, on(0, 60)), (1, on(0, 60)), (2, on(4, 72)), (9, ALL_OFF), (9, off(4, 72))]);
    assert_eq!(bench.out()[3..], [(9, 0, 60, None), (9, 0, 60, None), (9, 4, 72, None)]);
}

#[test]
fn ends_without_room_come_with_the_next_block() {
    let mut bench = Bench::new(&[clip(LaneKind::Melody, 0, &[(0, 60, 480)])]);
    bench.process(ON, true, 400, &[(0, on(1, 61))]);
    assert_eq!(bench.out().len(), 2);
    bench.host.full = true;
    bench.process(ON, true, 400, &[(0, off(1, 61)), (100, on(1, 62)), (200, off(1, 62))]);
    assert_eq!(bench.out(), []);
    bench.host.full = false;
    bench.process(ON, true, 10, &[]);
    assert_eq!(bench.out(), [(800, 0, 60, None), (800, 1, 61, None)], "62 never went out");
    bench.process(ON, true, 10, &[]);
    assert_eq!(bench.out(), []);
}

/// The take's notes and keys that are down, though the host may have forgotten the keys.
#[test]
fn a_reset_ends_every_note_once() {
    let mut bench = Bench::new(&[clip(LaneKind::Melody, 0, &[(0, 60, 3840)])]);
    bench.process(ON, true, 100, &[(0, on(1, 61)), (5, on(1, 61))]);
    assert_eq!(bench.out().len(), 3);
    bench.playback.reset();
    bench.left.clear();
    bench.process(ON, true, 100, &[(50, off(1, 61))]);
    assert_eq!(bench.out(), [(100, 0, 60, None), (100, 1, 61, None), (100, 1, 61, None)]);
    assert!(silent(&bench.left));
    bench.process(ON, false, 100, &[(0, on(1, 61)), (1, off(1, 61))]);
    assert_eq!(bench.out(), [(200, 1, 61, Some(100)), (201, 1, 61, None)]);
}

#[test]
fn controls_do_what_they_say() {
    let take = [clip(LaneKind::Melody, 0, &[(0, 60, 480), (480, 62, 480)])];
    let keys = [(0, on(1, 70)), (300, off(1, 70))];
    let played = |controls| {
        let mut bench = Bench::new(&take);
        bench.process(controls, true, 400, &keys);
        (silent(&bench.left), bench.out())
    };
    let (key, note) = ([(0, 1, 70, Some(100)), (300, 1, 70, None)], (0, 0, 60, Some(90)));
    assert_eq!(played(ON), (false, vec![key[0], note, key[1]]));
    assert_eq!(played(Controls { sound: false, ..ON }), (true, vec![key[0], note, key[1]]));
    assert_eq!(played(Controls { notes_out: false, ..ON }), (false, vec![]));
    assert_eq!(played(Controls { bypassed: true, notes_out: false, ..ON }), (true, key.to_vec()));
    assert!(played(Controls { gain: 0.0, ..ON }).1.len() == 3);
    // Notes that went out are ended although none go out any more.
    let mut bench = Bench::new(&take);
    bench.process(ON, true, 100, &[]);
    bench.process(Controls { notes_out: false, ..ON }, true, 900, &[]);
    assert_eq!(bench.out(), [(0, 0, 60, Some(90)), (500, 0, 60, None)]);
}

/// A lane's kind says what it sounds on, whatever its channel; the notes go out on that channel.
#[test]
fn drums_sound_on_any_channel() {
    let sound = |kind, channel| {
        let mut bench = Bench::new(&[clip(kind, channel, &[(0, 36, 480)])]);
        bench.process(ON, true, 600, &[]);
        assert_eq!(bench.out(), [(0, channel, 36, Some(90)), (500, channel, 36, None)]);
        bench.left
    };
    assert!(sound(LaneKind::Drums, 2) == sound(LaneKind::Drums, 9));
    assert!(sound(LaneKind::Melody, 9) == sound(LaneKind::Melody, 2));
    assert!(sound(LaneKind::Melody, 2) != sound(LaneKind::Drums, 2));
}

/// After a mistake of ours: silence, every note ended once, and all as before once the host starts it again.
#[test]
#[cfg(not(feature = "rtsan"))]
fn a_failure_ends_every_note_and_a_reset_starts_again() {
    let mut bench = Bench::new(&[clip(LaneKind::Melody, 0, &[(0, 60, 3840), (960, 62, 480)])]);
    bench.process(ON, true, 100, &[(0, on(1, 61))]);
    assert_eq!(bench.out().len(), 2);
    bench.host.panics = true;
    let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| bench.process(ON, true, 100, &[])));
    assert!(played.is_err());
    bench.playback.stop();
    bench.host.panics = false;
    bench.left.clear();
    bench.process(ON, true, 100, &[(0, off(1, 61)), (5, on(1, 63))]);
    assert_eq!(bench.out(), [(100, 0, 60, None), (100, 1, 61, None)]);
    bench.process(ON, true, 700, &[]);
    assert!(silent(&bench.left) && bench.out().is_empty() && bench.host.incoming.is_empty());
    bench.playback.reset();
    bench.process(ON, true, 700, &[]);
    assert!(!silent(&bench.left));
    assert_eq!(bench.out(), [(1000, 0, 62, Some(90)), (1500, 0, 62, None)]);
}

/// A change of gain is a line, however short the block in which it comes.
#[test]
fn a_change_of_gain_does_not_click() {
    let levels = |blocks: &[u32]| {
        let mut bench = Bench::new(&[]);
        bench.process(ON, false, 500, &[(0, on(0, 45))]);
        let mut plain = Bench::new(&[]);
        plain.process(ON, false, 1500, &[(0, on(0, 45))]);
        blocks.iter().for_each(|&frames| bench.process(Controls { gain: 0.0, ..ON }, false, frames, &[]));
        let heard = bench.left.iter().zip(&plain.left);
        heard.filter(|(_, plain)| plain.abs() > 1e-2).map(|(heard, plain)| heard / plain).collect::<Vec<f32>>()
    };
    let once = levels(&[1000]);
    assert!(once[0] == 1.0 && once.last() == Some(&0.0) && once.iter().any(|level| (0.4..0.6).contains(level)));
    assert!(once.windows(2).all(|pair| pair[1] <= pair[0] + 1e-4));
    assert!(levels(&[1, 1, 998]) == once);
}

/// What happens at a sample of a script.
#[derive(Clone, Copy, Debug)]
enum Happens {
    Key(Incoming),
    Choose(usize),
    Control(u8, bool),
    Gain(f32),
    Stop,
    Start,
}

fn happens() -> impl Strategy<Value = Happens> {
    let key = prop_oneof![
        4 => (0_u8..2, 60_u8..64).prop_map(|(channel, pitch)| on(channel * 9, pitch)),
        4 => (0_u8..2, 60_u8..64).prop_map(|(channel, pitch)| off(channel * 9, pitch)),
        1 => Just(ALL_OFF),
        1 => Just(Incoming::Other),
    ];
    prop_oneof![
        5 => key.prop_map(Happens::Key),
        3 => (0_usize..4).prop_map(Happens::Choose),
        2 => (0_u8..3, any::<bool>()).prop_map(|(which, value)| Happens::Control(which, value)),
        1 => (0.0..1.5_f32).prop_map(Happens::Gain),
        1 => Just(Happens::Stop),
        2 => Just(Happens::Start),
    ]
}

/// Plays a script in blocks of these sizes, cut where something but a key happens, as the framework does.
fn played(script: &[(u32, Happens)], loops: &[Arc<Loop>], sizes: &[u32]) -> (Vec<Out>, Vec<f32>) {
    let mut bench = Bench::new(loops);
    let (mut controls, mut playing) = (ON, true);
    let mut sizes = sizes.iter().cycle();
    let mut script = script.iter().peekable();
    while bench.host.now < 4000 {
        let now = bench.host.now as u32;
        let mut until = (now + sizes.next().unwrap()).min(4000);
        let mut incoming = Vec::new();
        while let Some(&&(at, happens)) = script.peek() {
            match happens {
                _ if at >= until => break,
                Happens::Key(key) => incoming.push((at - now, key)),
                _ if at > now => {
                    until = at;
                    break;
                }
                Happens::Choose(place) => bench.playback.choose(place),
                Happens::Control(0, value) => controls.sound = value,
                Happens::Control(1, value) => controls.notes_out = value,
                Happens::Control(_, value) => controls.bypassed = value,
                Happens::Gain(gain) => controls.gain = gain,
                Happens::Stop => playing = false,
                Happens::Start => playing = true,
            }
            script.next();
        }
        bench.process(controls, playing, until - now, &incoming);
    }
    bench.process(controls, false, 1, &[(0, ALL_OFF)]);
    (bench.out(), bench.left)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Sound and notes are the same however the host splits its blocks, and every note that went out is ended once.
    #[test]
    fn blocks_do_not_matter(
        notes in prop::collection::vec(prop::collection::vec((0_i64..3840, 60_u8..64, 1_i64..5000), 0..8), 3),
        mut script in prop::collection::vec((0_u32..4000, happens()), 0..40),
        sizes in prop::collection::vec(prop_oneof![1_u32..8, 1_u32..1500], 1..6),
    ) {
        script.sort_by_key(|(at, happens)| (*at, matches!(happens, Happens::Key(_))));
        let kinds = [(LaneKind::Melody, 0), (LaneKind::Drums, 9), (LaneKind::Drums, 2)];
        let loops: Vec<_> = kinds.iter().zip(&notes).map(|((kind, channel), notes)| clip(*kind, *channel, notes)).collect();
        let whole = played(&script, &loops, &[4000]);
        let split = played(&script, &loops, &sizes);
        prop_assert_eq!(&split.0, &whole.0);
        prop_assert!(split.1 == whole.1, "another sound in blocks of {:?}", sizes);
        let mut open: BTreeMap<(u8, u8), u32> = BTreeMap::new();
        for (_, channel, pitch, velocity) in whole.0 {
            let count = open.entry((channel, pitch)).or_default();
            match velocity {
                Some(_) => *count += 1,
                None => *count = count.checked_sub(1).expect("ended twice"),
            }
        }
        prop_assert!(open.values().all(|count| *count == 0), "left sounding: {:?}", open);
        prop_assert!(whole.1.iter().all(|sample| sample.is_finite()));
    }
}
