//! What the tests of this package share.

use solferino_score::{Clip, Lane, LaneKind, Meter, MeterMap, Note, Ticks, midi};
use solferino_session::{Session, Take};
use solferino_tests::{Bundle, Instance, SOLFERINO_ID, Setup};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Samples a second, where a test does not vary them.
pub const RATE: f64 = 48_000.0;

/// The library under test.
pub fn bundle() -> Bundle {
    Bundle::load(&Bundle::find().unwrap()).unwrap()
}

/// An active instrument.
pub fn active() -> Instance {
    active_at(RATE, 4096)
}

/// An active instrument with a setup of its own.
pub fn active_at(sample_rate: f64, max_frames: u32) -> Instance {
    let mut instance = bundle().instance(SOLFERINO_ID).unwrap();
    instance.activate(Setup { sample_rate, max_frames }).unwrap();
    instance
}

/// A clip from assets/clips.
pub fn asset(name: &str) -> Clip {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/clips").join(name);
    midi::read(&fs::read(path).unwrap()).unwrap().clip
}

/// An active instrument that holds two takes of a clip, the first of which plays; and the takes.
pub fn with_takes(clip: &Clip) -> (Instance, Vec<Arc<Take>>) {
    let mut instance = active();
    instance.give_source(clip).unwrap();
    instance.set(&[("continue-bars", "1"), ("takes", "2"), ("seed", "7"), ("sound", "Off")]).unwrap();
    let (takes, _) = instance.press_continue(2).unwrap();
    settle(&mut instance);
    (instance, takes)
}

/// Lets the courier hand over what is still on its way to the audio thread.
pub fn settle(instance: &mut Instance) {
    for _ in 0..10 {
        std::thread::sleep(std::time::Duration::from_millis(10));
        instance.process(None, &[], 64).unwrap();
    }
}

/// The session of an instance, with the take that plays.
pub fn selected(session: &Session) -> Arc<Take> {
    Arc::clone(session.snapshot().selected_take().unwrap())
}

/// A clip of one lane, notes as (start, pitch, length) in ticks.
pub fn line(kind: LaneKind, bars: i64, meter: Meter, notes: &[(i64, u8, i64)]) -> Clip {
    let note = |&(start, pitch, length): &(i64, u8, i64)| Note {
        start: Ticks(start),
        pitch,
        length: Ticks(length),
        velocity: 90,
    };
    let channel = if kind == LaneKind::Drums { 9 } else { 0 };
    let lane = Lane::new("", kind, channel, notes.iter().map(note).collect());
    Clip {
        length: Ticks(meter.bar().0 * bars),
        meters: MeterMap::constant(meter),
        lanes: vec![lane],
        ..Clip::default()
    }
}

/// A stream of random numbers that is the same in every run.
pub fn random(seed: u64) -> impl FnMut(u64) -> u64 {
    use rand_chacha::rand_core::{Rng, SeedableRng};
    let mut stream = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    move |below| stream.next_u64() % below
}
