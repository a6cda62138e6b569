//! Takes made through the plug-in.

use crate::common::{active, asset, line, with_takes};
use solferino_models::{Cancel, Seed};
use solferino_score::{Clip, LaneKind, Meter};
use solferino_tests::{Input, Instance, PATIENCE, continue_request, parameter_id};
use solferino_tools::make;
use std::thread::sleep;
use std::time::{Duration, Instant};

#[test]
fn the_plug_in_makes_the_takes_that_the_tool_makes() {
    for name in ["melody.mid", "drums.mid", "jig.mid"] {
        let clip = asset(name);
        let mut instance = active();
        instance.give_source(&clip).unwrap();
        instance.set(&[("continue-bars", "2"), ("takes", "3"), ("temperature", "1.0"), ("seed", "42")]).unwrap();
        let (takes, _) = instance.press_continue(3).unwrap();
        let request = continue_request(2, 3, 42);
        let source = instance.session().unwrap().snapshot().sources[0].clone().unwrap();
        let expected =
            make(solferino_engine::library(), &request, &[&source.clip], &Cancel::default(), &mut |_| {}).unwrap();
        for (take, made) in takes.iter().zip(&expected.made) {
            assert_eq!(*take.made, *made, "{name}");
            assert_eq!(take.provenance.models, expected.models);
            assert_eq!(take.provenance.seed(), Some(Seed(42)));
        }
    }
}

#[test]
fn takes_keep_their_source_and_begin_on_a_bar() {
    let clip = asset("drums.mid");
    let mut instance = active();
    instance.give_source(&clip).unwrap();
    instance.set(&[("takes", "2"), ("continue-bars", "2")]).unwrap();
    for take in instance.press_continue(2).unwrap().0 {
        let made = &take.made.clip;
        assert_eq!(made.meters.bar_start(take.made.new_from()), take.made.new_from());
        assert_eq!(made.length, take.made.new_from() + solferino_score::Ticks(2 * 3840));
        let kept: Vec<_> =
            made.notes().map(|(_, note)| *note).filter(|note| note.start < take.made.new_from()).collect();
        let given: Vec<_> = clip.notes().map(|(_, note)| *note).collect();
        assert_eq!(kept, given);
        assert!(made.notes().any(|(_, note)| note.start >= take.made.new_from()), "no new note");
    }
}

#[test]
fn a_rising_edge_generates_once() {
    let mut instance = active();
    instance.give_source(&asset("drums.mid")).unwrap();
    instance.set(&[("takes", "1"), ("continue-bars", "1")]).unwrap();
    assert_eq!(instance.press_continue(1).unwrap().0.len(), 1);
    // Held: the host says the same value in every block, long after the take has come.
    let held = Input::Value(0, parameter_id("continue"), 1.0);
    let start = Instant::now();
    while takes(&mut instance) < 2 && start.elapsed() < PATIENCE {
        hold(&mut instance, held, 1);
    }
    hold(&mut instance, held, 30);
    assert_eq!(takes(&mut instance), 2, "held for many blocks");
    // A request that had been waiting would be served before this one.
    let (new, _) = instance.press_continue(1).unwrap();
    assert_eq!((new.len(), takes(&mut instance)), (1, 3), "released and raised again");
}

fn hold(instance: &mut Instance, event: Input, blocks: usize) {
    for _ in 0..blocks {
        instance.process(None, &[event], 64).unwrap();
        sleep(Duration::from_millis(10));
    }
}

fn takes(instance: &mut Instance) -> usize {
    instance.session().unwrap().snapshot().takes.len()
}

#[test]
fn an_empty_source_makes_no_take_and_no_harm() {
    let cases: [(&str, Option<Clip>); 2] =
        [("no source", None), ("no notes", Some(line(LaneKind::Melody, 4, Meter::COMMON, &[])))];
    for (name, clip) in cases {
        let mut instance = active();
        if let Some(clip) = clip {
            instance.give_source(&clip).unwrap();
        }
        instance.set(&[("takes", "1"), ("continue-bars", "1")]).unwrap();
        hold(&mut instance, Input::Value(0, parameter_id("continue"), 1.0), 10);
        // What another instance asks for afterwards is made: the workers have been past this request.
        let (_other, made) = with_takes(&asset("drums.mid"));
        assert_eq!(made.len(), 2, "{name}");
        assert_eq!(takes(&mut instance), 0, "{name}");
        // The same button continues a clip once there is one.
        instance.give_source(&asset("melody.mid")).unwrap();
        assert_eq!(instance.press_continue(1).unwrap().0.len(), 1, "{name}");
    }
}

#[test]
fn clips_of_any_meter_and_length_are_continued() {
    let meter = |numerator, denominator| Meter::new(numerator, denominator).unwrap();
    let low_and_high = [(0, 3, 480), (480, 126, 480), (960, 60, 480)];
    let cases = [
        ("one note", line(LaneKind::Melody, 1, Meter::COMMON, &[(0, 60, 240)])),
        ("7/8", line(LaneKind::Melody, 3, meter(7, 8), &[(0, 60, 480), (1680, 62, 480), (3360, 64, 480)])),
        ("5/4 drums", line(LaneKind::Drums, 1, meter(5, 4), &[(0, 36, 240), (2400, 38, 240)])),
        ("out of the model's range", line(LaneKind::Melody, 1, Meter::COMMON, &low_and_high)),
        ("unknown drums", line(LaneKind::Drums, 1, Meter::COMMON, &[(0, 3, 240), (960, 120, 240)])),
    ];
    for (name, clip) in cases {
        let mut instance = active();
        instance.give_source(&clip).unwrap();
        instance.set(&[("takes", "1"), ("continue-bars", "1")]).unwrap();
        let (takes, _) = instance.press_continue(1).unwrap();
        let kept = takes[0].made.clip.notes().filter(|(_, note)| note.start < takes[0].made.new_from()).count();
        assert_eq!(kept, clip.notes().count(), "{name}");
    }
}
