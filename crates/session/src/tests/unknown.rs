//! Fields of newer versions survive a re-save by this one.

use super::chunks::full;
use super::*;
use crate::{Asked, chunk};
use rmpv::Value;

/// The fields of a map.
fn fields(value: &mut Value) -> &mut Vec<(Value, Value)> {
    match value {
        Value::Map(fields) => fields,
        other => panic!("{other} is no map"),
    }
}

/// What a name or an index leads to.
fn at<'a>(value: &'a mut Value, path: &[&str]) -> &'a mut Value {
    path.iter().fold(value, |value, step| match value {
        Value::Map(fields) => &mut fields.iter_mut().find(|field| field.0.as_str() == Some(step)).unwrap().1,
        Value::Array(elements) => &mut elements[step.parse::<usize>().unwrap()],
        other => panic!("{other} holds nothing"),
    })
}

/// Every map of the state that a newer version may add to.
const MAPS: [&[&str]; 14] = [
    &[],
    &["sources"],
    &["sources", "A"],
    &["sources", "A", "clip"],
    &["sources", "C", "clip", "lanes", "1"],
    &["settings"],
    &["takes", "0"],
    &["takes", "1", "clip"],
    &["takes", "0", "clip", "lanes", "0"],
    &["takes", "1", "provenance"],
    &["takes", "0", "provenance", "request"],
    &["takes", "0", "provenance", "model"],
    &["takes", "1", "provenance", "parent"],
    &["takes", "2", "provenance", "request"],
];

/// A state as a newer version of the same major might save it: more fields everywhere, a tool that is not known here, a
/// scale that is not known here.
fn newer_state() -> Value {
    let bytes = chunk::unpack_chunk(&full().save().unwrap());
    let mut state = rmpv::decode::read_value(&mut bytes.as_slice()).unwrap();
    let takes = at(&mut state, &["takes"]);
    let Value::Array(list) = takes else { panic!() };
    let mut other = list[1].clone();
    *at(&mut other, &["id"]) = 77.into();
    *at(&mut other, &["provenance", "tool"]) = "dream".into();
    *at(&mut other, &["provenance", "request"]) = Value::Map(vec![("depth".into(), 3.into())]);
    list.push(other);
    *at(&mut state, &["takes", "0", "provenance", "request", "scale"]) = "G hyperlydian".into();
    *at(&mut state, &["next_take"]) = 78.into();
    for path in MAPS {
        let more = Value::Map(vec![("a".into(), Value::Array(vec![1.into(), Value::Nil])), ("b".into(), "c".into())]);
        fields(at(&mut state, path)).extend([("zz_more".into(), more), ("zz_number".into(), 0.5.into())]);
    }
    state
}

/// The state of a newer version as this one would save it: unknown fields behind the known ones, in order of name.
pub(super) fn newer() -> Vec<u8> {
    let session = super::session();
    session.load(&chunk::pack_state(&newer_state())).unwrap();
    session.save().unwrap()
}

/// Maps in order of name.
fn sorted(value: Value) -> Value {
    match value {
        Value::Map(mut fields) => {
            fields.sort_by_key(|(name, _)| name.to_string());
            Value::Map(fields.into_iter().map(|(name, value)| (name, sorted(value))).collect())
        }
        Value::Array(elements) => Value::Array(elements.into_iter().map(sorted).collect()),
        other => other,
    }
}

fn state_of(session: &Session) -> Value {
    rmpv::decode::read_value(&mut chunk::unpack_chunk(&session.save().unwrap()).as_slice()).unwrap()
}

#[test]
fn unknown_fields_are_kept_at_every_level() {
    let session = super::session();
    session.load(&chunk::pack_state(&newer_state())).unwrap();
    assert_eq!(sorted(state_of(&session)), sorted(newer_state()));
    // Once saved by this version, the bytes stay the same.
    let bytes = session.save().unwrap();
    session.load(&bytes).unwrap();
    assert_eq!(session.save().unwrap(), bytes);
}

#[test]
fn a_take_of_an_unknown_tool_plays_and_keeps_its_request() {
    let session = super::session();
    session.load(&chunk::pack_state(&newer_state())).unwrap();
    let take = session.take(id(77)).unwrap();
    assert_eq!(take.provenance.tool, Asked::Unknown("dream".into()));
    assert_eq!(take.provenance.seed(), None);
    session.select(id(77)).unwrap();
    assert_eq!(*at(&mut state_of(&session), &["takes", "2", "provenance", "request", "depth"]), Value::from(3));
}

#[test]
fn what_is_unknown_moves_with_what_it_belongs_to() {
    let session = super::session();
    session.load(&chunk::pack_state(&newer_state())).unwrap();
    session.remove(id(2)).unwrap();
    session.star(id(3), true).unwrap();
    session.rename(id(3), "Other").unwrap();
    session.clear_source(Slot::A);
    generate(&session, &[70]);
    let mut state = state_of(&session);
    // Take 3 is the first now.
    assert_eq!(*at(&mut state, &["takes", "0", "clip", "zz_number"]), Value::from(0.5));
    assert_eq!(*at(&mut state, &["takes", "0", "name"]), Value::from("Other"));
    assert!(fields(at(&mut state, &["takes", "2"])).iter().all(|(name, _)| name.as_str() != Some("zz_more")));
    assert_eq!(*at(&mut state, &["sources", "zz_more", "b"]), Value::from("c"));
    session.undo();
    session.undo();
    assert_eq!(*at(&mut state_of(&session), &["sources", "A", "zz_number"]), Value::from(0.5));
    session.set_source(Slot::A, clip("New", 60)).unwrap();
    assert!(fields(at(&mut state_of(&session), &["sources", "A"])).len() == 2, "a new source has no past");
}

#[test]
fn a_missing_field_takes_its_default() {
    let session = super::session();
    session.load(&chunk::pack_state(&Value::Map(Vec::new()))).unwrap();
    assert_eq!(session.save().unwrap(), super::session().save().unwrap());
    let clip = Value::Map(vec![]);
    let take = Value::Map(vec![("id".into(), 4.into()), ("clip".into(), clip)]);
    let state = Value::Map(vec![("takes".into(), Value::Array(vec![take])), ("selected".into(), 9.into())]);
    session.load(&chunk::pack_state(&state)).unwrap();
    assert_eq!((ids(&session), selected(&session)), (vec![4], None));
    generate(&session, &[60]);
    assert_eq!(ids(&session), [4, 5]);
}

#[test]
fn of_a_name_that_stands_twice_the_first_counts() {
    let bytes = chunk::unpack_chunk(&full().save().unwrap());
    let mut state = rmpv::decode::read_value(&mut bytes.as_slice()).unwrap();
    let sources = at(&mut state, &["sources"]);
    let mut twin = at(sources, &["A"]).clone();
    fields(&mut twin).push(("only in the second".into(), 1.into()));
    fields(sources).push(("A".into(), twin));
    let session = super::session();
    session.load(&chunk::pack_state(&state)).unwrap();
    assert_eq!(session.save().unwrap(), full().save().unwrap());
}
