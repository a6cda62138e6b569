//! Saving and loading; states that are wrong, old or new.

use super::*;
use crate::{Asked, Seeded, SessionError, Snapshot, chunk, limits};
use proptest::prelude::*;
use rmpv::Value;
use solferino_models::Seed;
use solferino_score::{Message, Meter, MeterMap, TempoMap};
use solferino_tools::{Common, Continue, Part, Scope, Tool};
use std::path::PathBuf;

/// A session with something in every field.
pub(super) fn full() -> Arc<Session> {
    let session = super::session();
    let mut source = clip("Air “Ähre”", 60);
    source.tempo = TempoMap::from_changes([(Ticks(0), 500_000), (Ticks(960), 612_345)]);
    source.meters = MeterMap::from_changes([(Ticks(0), Meter::new(7, 8).unwrap()), (Ticks(3360), Meter::COMMON)]);
    let message = |at, bytes: &[u8]| Message { at: Ticks(at), bytes: bytes.into() };
    source.messages = vec![message(0, b"\xff\x06\x05Verse")];
    source.lanes[0].messages = vec![message(0, b"\xb2\x40\x7f"), message(960, b"\xe2\x00\x50")];
    session.set_source(Slot::A, source.clone()).unwrap();
    let kinds = [LaneKind::Bass, LaneKind::Chords, LaneKind::Drums];
    let lanes = kinds.into_iter().map(|kind| Lane { kind, ..source.lanes[0].clone() });
    session.set_source(Slot::C, Clip { lanes: lanes.collect(), ..source.clone() }).unwrap();
    let common = Common {
        takes: 2,
        temperature: 0.7,
        seed: Seed(u64::MAX),
        scale: Some("F# minor pentatonic".parse().unwrap()),
        model: Some("mono".into()),
    };
    let tool = Tool::Continue(Continue { part: Some(Part::Melody), bars: 1, variation: 0.25 });
    let takes = vec![continued(&source, 61), continued(&source, 127)];
    let from = Parent { slot: Slot::A, name: source.name.clone(), take: Some(TakeId(9)) };
    session.start(Request { common, tool }, vec![from], Purpose::Takes, move |_, _| Ok(outcome(takes)));
    settled(&session);
    generate(&session, &[64]);
    session.set_source_from_take(Slot::D, id(2)).unwrap();
    session.remove(id(1)).unwrap();
    session.star(id(2), true).unwrap();
    session.rename(id(3), "Keeper").unwrap();
    session.select(id(2)).unwrap();
    session.set_settings(|settings| {
        settings.model = Some("drums".into());
        settings.scope = Scope::New;
        settings.seeded = Some(Seeded { shown: 3, used: 999_999 });
        settings.window = Some((1280, 853));
    });
    session
}

/// What is saved of a snapshot.
fn saved(session: &Session) -> Snapshot {
    Snapshot { revision: 0, choices: 0, can_undo: false, can_redo: false, ..Snapshot::clone(&session.snapshot()) }
}

fn loaded(bytes: &[u8]) -> Result<Arc<Session>, SessionError> {
    let session = super::session();
    session.load(bytes).map(|()| session)
}

#[test]
fn what_is_saved_is_loaded_and_saved_again_byte_for_byte() {
    for session in [session(), full()] {
        let bytes = session.save().unwrap();
        assert_eq!(bytes, session.save().unwrap());
        let other = loaded(&bytes).unwrap();
        assert_eq!(saved(&other), saved(&session));
        assert_eq!(other.save().unwrap(), bytes);
        assert!(!other.undo());
    }
    assert_eq!(full().save().unwrap(), full().save().unwrap(), "no clock and no machine in it");
}

#[test]
fn a_session_goes_on_where_it_was_saved() {
    let session = loaded(&full().save().unwrap()).unwrap();
    generate(&session, &[70]);
    assert_eq!(ids(&session), [2, 3, 4], "numbers go on");
    let empty = loaded(&super::session().save().unwrap()).unwrap();
    generate(&empty, &[70]);
    assert_eq!(ids(&empty), [1]);
}

#[test]
fn wrong_states_are_refused_with_a_sentence_and_nothing_is_lost() {
    let good = full().save().unwrap();
    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        bytes
    };
    let state = |value: Value| chunk::pack_state(&value);
    let map = |fields: &[(&str, Value)]| {
        Value::Map(fields.iter().map(|(name, value)| (Value::from(*name), value.clone())).collect())
    };
    let mut deep = Value::Nil;
    for _ in 0..limits::STATE_DEPTH + 10 {
        deep = Value::Array(vec![deep]);
    }
    let take = |id: u32| map(&[("id", id.into()), ("clip", map(&[]))]);
    let cases = [
        ("empty", vec![], "not one of Solferino's"),
        ("short", b"SLFN".to_vec(), "not one of Solferino's"),
        ("another's", b"PK\x03\x04 something else".to_vec(), "not one of Solferino's"),
        ("newer", with(4, 2), "newer Solferino (state version 2, this one reads up to 1)"),
        ("much newer", with(5, 255), "newer Solferino"),
        ("no frame", good[..8].to_vec(), "damaged"),
        ("cut", good[..good.len() - 20].to_vec(), "damaged"),
        ("altered", with(good.len() - 30, good[good.len() - 30] ^ 0x10), "damaged"),
        ("no map", state(Value::Nil), "damaged (its state is no map)"),
        ("takes are no list", state(map(&[("takes", 3.into())])), "damaged (takes of a state"),
        (
            "a take without number",
            state(map(&[("takes", Value::Array(vec![map(&[("clip", map(&[]))])]))])),
            "no number",
        ),
        ("twins", state(map(&[("takes", Value::Array(vec![take(1), take(1)]))])), "same number"),
        ("a source without clip", state(map(&[("sources", map(&[("A", map(&[]))]))])), "damaged (clip of a source"),
        ("too deep", state(deep), "damaged"),
        (
            "more takes than fit",
            state(map(&[("takes", Value::Array((0..300).map(take).collect()))])),
            "more than 256 takes",
        ),
    ];
    for (name, bytes, part) in cases {
        let session = full();
        let (revision, before) = (session.revision(), session.save().unwrap());
        let error = session.load(&bytes).unwrap_err().to_string();
        assert!(error.contains(part) && error.ends_with('.'), "{name}: {error}");
        assert_eq!((session.revision(), session.save().unwrap()), (revision, before), "{name}");
        assert!(session.undo(), "{name}: undo is kept too");
    }
}

#[test]
fn a_state_that_unpacks_to_more_than_allowed_is_refused() {
    let zeros = chunk::pack_bytes(&vec![0; limits::STATE_BYTES + 1]);
    assert!(zeros.len() < 100_000);
    let error = loaded(&zeros).unwrap_err();
    assert!(matches!(error, SessionError::StateTooLarge { limit: limits::STATE_BYTES, .. }), "{error}");
    // An array of as many values as fit the bytes, and one that only claims to be long.
    let mut many = vec![0xdd];
    many.extend_from_slice(&(8u32 << 20).to_be_bytes());
    let claim = chunk::pack_bytes(&many);
    many.resize(5 + (8 << 20), 0xc0);
    for bytes in [chunk::pack_bytes(&many), claim] {
        let error = loaded(&bytes).unwrap_err();
        assert!(matches!(error, SessionError::StateTooLarge { limit: limits::STATE_VALUES, .. }), "{error}");
    }
}

/// Packed notes and messages are bounded before there is memory for all of them, over the lanes of a clip.
#[test]
fn a_clip_that_unpacks_to_more_than_allowed_is_refused() {
    let map = |fields: Vec<(&str, Value)>| {
        Value::Map(fields.into_iter().map(|(name, value)| (Value::from(name), value)).collect())
    };
    // A note has four bytes at least, a message two; neither is kept in the end.
    let lane = |notes: usize, messages: usize| {
        map(vec![
            ("notes", Value::Binary([1, 0, 0, 0].repeat(notes))),
            ("messages", Value::Binary(vec![0; 2 * messages])),
        ])
    };
    let error = |lanes: Vec<Value>| {
        let take = map(vec![("id", 1.into()), ("clip", map(vec![("lanes", Value::Array(lanes))]))]);
        loaded(&chunk::pack_state(&map(vec![("takes", Value::Array(vec![take]))]))).map(drop)
    };
    let half = limits::TAKES_SIZE / 2;
    error(vec![lane(half, 0), lane(0, half)]).unwrap();
    for lanes in [vec![lane(half, 0), lane(0, half + 1)], vec![lane(half, half), lane(1, 0)]] {
        let error = error(lanes).unwrap_err();
        assert!(matches!(error, SessionError::StateTooLarge { limit: limits::TAKES_SIZE, .. }), "{error}");
    }
}

/// A seed beyond the highest cannot be shown; the next request begins with the one that is.
#[test]
fn a_seed_out_of_range_counts_as_none() {
    for (used, seeded) in [(999_999, Some(Seeded { shown: 3, used: 999_999 })), (1_000_000, None)] {
        let pair = Value::Array(vec![3.into(), used.into()]);
        let settings = Value::Map(vec![("seeded".into(), pair)]);
        let session = loaded(&chunk::pack_state(&Value::Map(vec![("settings".into(), settings)]))).unwrap();
        assert_eq!(session.snapshot().settings.seeded, seeded);
    }
}

#[test]
fn the_largest_session_can_be_loaded_again() {
    let session = super::session();
    let mut large = clip("Large", 60);
    let note = large.lanes[0].notes[0];
    let room = limits::SOURCE_SIZE - limits::size(&large);
    large.lanes[0].notes.extend((0..room as i64).map(|at| Note { start: Ticks(at * 37), ..note }));
    large.repair();
    large.length = large.end();
    for slot in Slot::ALL {
        session.set_source(slot, large.clone()).unwrap();
    }
    for _ in 0..3 {
        let takes = (0..16).map(|pitch| continued(&large, pitch)).collect();
        start(&session, move |_, _| Ok(outcome(takes)));
        settled(&session);
    }
    let takes = ids(&session).len();
    assert!((30..=32).contains(&takes), "{takes}");
    // Not assert_eq: millions of notes would be printed.
    assert!(saved(&loaded(&session.save().unwrap()).unwrap()) == saved(&session));
}

#[test]
fn a_megabyte_of_anything_is_refused() {
    let mut state = 7u64;
    let mut random = |length: usize| -> Vec<u8> {
        let next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        std::iter::repeat_with(next).take(length).collect()
    };
    for _ in 0..3 {
        let bytes = random(1 << 20);
        assert!(loaded(&bytes).is_err());
        // With a right head, and rightly packed.
        let mut headed = session().save().unwrap()[..8].to_vec();
        headed.extend_from_slice(&bytes);
        assert!(loaded(&headed).is_err());
        assert!(loaded(&chunk::pack_bytes(&bytes)).is_err());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_refused_or_loaded(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = loaded(&bytes);
        let _ = loaded(&chunk::pack_bytes(&bytes));
    }

    #[test]
    fn a_state_with_a_byte_altered_is_refused_or_loaded(at in 0usize..100_000, byte in any::<u8>()) {
        let mut state = chunk::unpack_chunk(&full().save().unwrap());
        let at = at % state.len();
        state[at] = byte;
        if let Ok(session) = loaded(&chunk::pack_bytes(&state)) {
            let again = session.save().unwrap();
            prop_assert_eq!(loaded(&again).unwrap().save().unwrap(), again);
        }
    }
}

/// A chunk that an earlier build wrote; they load for ever.
fn kept(version: &str, name: &str) -> Vec<u8> {
    std::fs::read(folder(version).join(name)).unwrap()
}

fn folder(version: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/chunks").join(version)
}

#[test]
fn the_chunks_of_version_1_1_load() {
    assert_eq!(saved(&loaded(&kept("v1.1", "empty.bin")).unwrap()), saved(&super::session()));
    let session = loaded(&kept("v1.1", "full.bin")).unwrap();
    assert_eq!(saved(&session), saved(&full()));
    // Saved again the state is the same value; the packing may change with zstd.
    assert_eq!(chunk::unpack_chunk(&session.save().unwrap()), chunk::unpack_chunk(&kept("v1.1", "full.bin")));
    let newer = kept("v1.1", "newer-minor.bin");
    let session = loaded(&newer).unwrap();
    assert_eq!(saved(&session).takes.len(), 3);
    assert_eq!(chunk::unpack_chunk(&session.save().unwrap()), chunk::unpack_chunk(&newer));
}

/// Before requests had a variation, models an engine and clips other events than notes.
#[test]
fn the_chunks_of_version_1_0_load() {
    assert_eq!(saved(&loaded(&kept("v1.0", "empty.bin")).unwrap()), saved(&super::session()));
    let session = loaded(&kept("v1.0", "full.bin")).unwrap();
    let (old, now) = (saved(&session), saved(&full()));
    assert_eq!(
        (old.takes.len(), old.selected, old.settings.scope),
        (now.takes.len(), now.selected, now.settings.scope)
    );
    for (old, now) in old.takes.iter().zip(&now.takes) {
        assert_eq!((old.id, &old.name, old.starred), (now.id, &now.name, now.starred));
        assert_eq!(old.made.clip.lanes[0].notes, now.made.clip.lanes[0].notes);
        assert_eq!(old.made.given, now.made.given);
        assert_eq!(old.provenance.parents, now.provenance.parents);
        assert_eq!(old.provenance.seed(), now.provenance.seed());
        assert_eq!(
            (&old.provenance.models[0].hash, &*old.provenance.models[0].engine),
            (&now.provenance.models[0].hash, "")
        );
        let Asked::Known(Request { tool: Tool::Continue(wanted), .. }) = &old.provenance.tool else { panic!() };
        assert_eq!(wanted.variation, 0.5, "what it had no word for takes its default");
    }
    // What this version does not read any more is kept.
    let again = session.save().unwrap();
    assert_eq!(loaded(&again).unwrap().save().unwrap(), again);
    assert!(String::from_utf8_lossy(&chunk::unpack_chunk(&again)).contains("seed_locked"));
    assert_eq!(saved(&loaded(&kept("v1.0", "newer-minor.bin")).unwrap()).takes.len(), 3);
}

#[test]
#[ignore = "writes the chunks of this version; run once when a version is released"]
fn write_the_chunks_of_this_version() {
    let folder = folder("v1.1");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("empty.bin"), super::session().save().unwrap()).unwrap();
    std::fs::write(folder.join("full.bin"), full().save().unwrap()).unwrap();
    std::fs::write(folder.join("newer-minor.bin"), unknown::newer()).unwrap();
}
