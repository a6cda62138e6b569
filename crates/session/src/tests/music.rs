//! Sources, takes, undo.

use super::*;
use crate::{SessionError, limits};

#[test]
fn undo_and_redo_go_through_generations_removals_and_sources() {
    let session = super::session();
    assert!(!session.undo() && !session.redo());
    session.set_source(Slot::A, clip("Air", 60)).unwrap();
    generate(&session, &[61, 62]);
    generate(&session, &[63]);
    session.remove(id(2)).unwrap();
    session.clear_source(Slot::A);
    session.clear_source(Slot::A);
    assert_eq!((ids(&session), selected(&session)), (vec![1, 3], Some(3)));
    session.star(id(3), true).unwrap();
    session.rename(id(3), "Keeper").unwrap();

    assert!(session.undo());
    assert!(session.snapshot().source(Slot::A).is_some());
    assert!(session.undo());
    assert_eq!(ids(&session), [1, 2, 3]);
    assert_eq!(session.snapshot().takes[2].name, "Keeper", "names and stars are not undone");
    assert!(session.undo());
    assert_eq!((ids(&session), selected(&session)), (vec![1, 2], Some(1)));
    assert!(session.undo());
    assert_eq!((ids(&session), selected(&session)), (vec![], None));
    assert!(session.undo());
    assert!(session.snapshot().source(Slot::A).is_none());
    assert!(!session.undo() && !session.snapshot().can_undo);

    for _ in 0..3 {
        assert!(session.redo());
    }
    assert_eq!(ids(&session), [1, 2, 3]);
    assert!(session.snapshot().can_redo);
    generate(&session, &[64]);
    assert_eq!(ids(&session), [1, 2, 3, 4], "a number is never given twice");
    assert!(!session.redo(), "a change forgets what was undone");
}

#[test]
fn the_neighbour_of_a_removed_take_plays() {
    let session = super::session();
    generate(&session, &[61, 62, 63]);
    for (select, remove, plays) in [(2, 2, Some(3)), (3, 3, Some(1)), (1, 1, None)] {
        session.select(id(select)).unwrap();
        session.remove(id(remove)).unwrap();
        assert_eq!(selected(&session), plays);
    }
    generate(&session, &[64, 65]);
    session.remove(id(5)).unwrap();
    assert_eq!(selected(&session), Some(4), "another take's end changes nothing");
    session.select_none();
    assert_eq!(selected(&session), None);
}

#[test]
fn takes_that_are_gone_are_named() {
    let session = super::session();
    let outcomes = [
        session.select(id(9)),
        session.star(id(9), true),
        session.rename(id(9), "x"),
        session.remove(id(9)),
        session.set_source_from_take(Slot::B, id(9)),
    ];
    for outcome in outcomes {
        assert_eq!(outcome.unwrap_err().to_string(), "Take 9 is not here any more.");
    }
    assert_eq!(session.revision(), 0);
}

#[test]
fn a_take_becomes_a_source_that_knows_where_it_comes_from() {
    let session = super::session();
    generate(&session, &[61]);
    session.set_source_from_take(Slot::B, id(1)).unwrap();
    let source = session.snapshot().source(Slot::B).cloned().unwrap();
    assert_eq!((source.origin, source.clip.name.as_str()), (Some(id(1)), "Air, take 1"));
    assert_eq!(source.clip.length, Ticks(2 * 3840));
}

#[test]
fn values_are_brought_into_their_ranges_on_the_way_in() {
    let session = super::session();
    let mut wild = clip(&"long ".repeat(100), 60);
    wild.lanes[0].notes[0] = Note { start: Ticks(-5), pitch: 200, length: Ticks(0), velocity: 0 };
    wild.lanes[0].notes[1] = Note { start: Ticks(7), pitch: 200, length: Ticks(0), velocity: 0 };
    session.set_source(Slot::A, wild).unwrap();
    let source = session.snapshot().source(Slot::A).cloned().unwrap();
    assert_eq!(source.clip.name.chars().count(), limits::NAME_CHARS);
    assert_eq!(source.clip.lanes[0].notes[0], Note { start: Ticks(7), pitch: 127, length: Ticks(1), velocity: 1 });
}

#[test]
fn a_clip_that_is_too_large_is_refused_and_the_old_one_kept() {
    let session = super::session();
    session.set_source(Slot::A, clip("Air", 60)).unwrap();
    let mut large = clip("Large", 60);
    large.lanes[0].notes = vec![large.lanes[0].notes[0]; limits::SOURCE_SIZE];
    let error = session.set_source(Slot::A, large).unwrap_err();
    assert!(matches!(error, SessionError::ClipTooLarge { .. }), "{error}");
    assert!(error.to_string().contains("65536"), "{error}");
    let snapshot = session.snapshot();
    assert_eq!(snapshot.source(Slot::A).unwrap().clip.name, "Air");
    assert_eq!(snapshot.revision, 1);
}

#[test]
fn the_oldest_takes_make_room_and_starred_ones_stay() {
    let session = super::session();
    generate(&session, &[61, 62]);
    session.star(id(1), true).unwrap();
    for _ in 0..16 {
        generate(&session, &[60; 16]);
    }
    let found = ids(&session);
    assert_eq!((found.len(), found[0], found[1]), (limits::TAKES, 1, 4));
    session.undo();
    assert_eq!(ids(&session)[1], 2, "undo brings them back");
}

#[test]
fn undo_remembers_no_more_than_fits() {
    let session = super::session();
    let note = clip("Large", 60).lanes[0].notes[0];
    for pitch in 0..24 {
        // A sixteenth of what undo may remember, and a quarter of what the strip holds.
        let made = |number: i64| {
            let mut made = continued(&clip("Large", 60), pitch);
            made.clip.lanes[0].notes = vec![Note { start: Ticks(number), ..note }; limits::UNDO_SIZE / 256];
            made
        };
        let takes = (0..16).map(made).collect();
        start(&session, move |_, _| Ok(outcome(takes)));
        settled(&session);
    }
    let mut steps = 0;
    while session.undo() {
        steps += 1;
    }
    assert!((12..=17).contains(&steps), "{steps} of 24 steps");
}

#[test]
fn a_preview_plays_until_it_is_kept_or_taken_back() {
    let session = super::session();
    generate(&session, &[61, 62]);
    let preview = |pitch| {
        let takes = vec![continued(&clip("Air", 60), 1), continued(&clip("Air", 60), pitch)];
        session.start(Request::default(), vec![parent()], Purpose::Preview, move |_, _| Ok(outcome(takes)));
        wait_until("it is there", || {
            session.snapshot().preview.as_ref().is_some_and(|take| take.made.clip.lanes[0].notes[4].pitch == pitch)
        });
    };
    preview(70);
    assert_eq!((ids(&session), selected(&session)), (vec![1, 2], Some(1)), "it is not in the strip");
    preview(71);
    assert!(session.snapshot().can_undo && session.undo());
    assert_eq!((session.snapshot().preview.clone(), ids(&session)), (None, vec![1, 2]), "one step of undo ends it");
    assert!(!session.keep());
    preview(72);
    session.select(id(2)).unwrap();
    assert_eq!(session.snapshot().preview, None, "who selects a take hears it");
    preview(73);
    session.remove(id(1)).unwrap();
    assert_eq!((session.snapshot().preview.clone(), selected(&session)), (None, Some(2)), "places have changed");
    assert!(session.undo());
    preview(73);
    assert!(session.keep());
    assert_eq!((ids(&session), selected(&session)), (vec![1, 2, 3], Some(3)));
    assert_eq!(session.take(id(3)).unwrap().provenance.number, 1);
    assert!(session.undo());
    assert_eq!(ids(&session), [1, 2]);
    preview(74);
    let saved = session.save().unwrap();
    assert!(session.undo());
    assert_eq!(session.save().unwrap(), saved, "a preview is not saved");
}
