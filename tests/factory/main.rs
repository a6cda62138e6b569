//! The tools with the factory models, on the factory clips.
#![expect(clippy::unwrap_used, reason = "tests")]

mod choosing;
mod golden;

use solferino_models::Cancel;
use solferino_score::{Clip, Lane, LaneKind, Note, Ticks, midi};
use solferino_tests::continue_request;
use solferino_tools::{Made, ModelUsed, Progress, Request, make};

fn asset(name: &str) -> Clip {
    let path = format!("{}/../assets/clips/{name}.mid", env!("CARGO_MANIFEST_DIR"));
    midi::read(&std::fs::read(path).unwrap()).unwrap().clip
}

fn continued(clip: &Clip, request: &Request) -> (Vec<Made>, ModelUsed) {
    let outcome = make(solferino_engine::library(), request, &[clip], &Cancel::default(), &mut |_| {}).unwrap();
    (outcome.made, outcome.models[0].clone())
}

fn note(step: i64, steps: i64, pitch: u8) -> Note {
    Note { start: Ticks(step * 240), pitch, length: Ticks(steps * 240), velocity: 80 }
}

fn line(notes: Vec<Note>, bars: i64) -> Clip {
    let lane = Lane::new("", LaneKind::Melody, 0, notes);
    Clip { name: "clip".into(), length: Ticks(bars * 3840), lanes: vec![lane], ..Clip::default() }
}

/// A scale up and down, a note a quarter.
fn tune(bars: i64) -> Clip {
    let pitches = [60, 62, 64, 65, 67, 65, 64, 62];
    let notes = (0..4 * bars).zip(pitches.iter().cycle()).map(|(at, pitch)| note(4 * at, 4, *pitch));
    line(notes.collect(), bars)
}

fn with_model(name: &str) -> Request {
    let mut request = continue_request(1, 1, 0);
    request.common.model = Some(name.into());
    request
}

#[test]
fn every_factory_clip_is_continued() {
    // Name, the model that takes it, bars.
    let cases = [
        ("melody", "melody", 4),
        ("jig", "melody", 5),
        ("waltz", "melody", 9),
        ("chorale", "melody", 4),
        ("drums", "drums", 4),
        ("drums-fusion", "drums", 4),
        ("house", "drums", 4),
        ("trap", "drums", 4),
        ("arpeggio", "melody", 4),
        ("bass", "melody", 4),
    ];
    for (name, model, bars) in cases {
        let source = asset(name);
        let bar = source.meters.at(Ticks::ZERO).bar().0;
        assert_eq!(source.length, Ticks(bars * bar), "{name}");
        let (takes, used) = continued(&source, &continue_request(2, 2, 0));
        assert_eq!((takes.len(), used.name.as_str(), used.hash.len()), (2, model, 64), "{name}");
        for take in &takes {
            assert_eq!((take.new_from(), take.clip.length), (source.length, Ticks((bars + 2) * bar)), "{name}");
            assert!(take.new_notes().count() > 2, "{name}");
        }
        assert_ne!(takes[0], takes[1], "{name}");
    }
}

#[test]
fn a_melody_out_of_range_goes_to_the_model_of_all_pitches() {
    let wide = (0..16).map(|step| note(step, 1, if step % 2 == 0 { 24 } else { 100 })).collect();
    let source = line(wide, 1);
    assert_eq!(continued(&source, &continue_request(1, 1, 0)).1.name, "mono");
    assert_eq!(continued(&tune(1), &with_model("mono")).1.name, "mono");
    // Far from the range, but within three octaves.
    let mut low = tune(1);
    low.lanes[0].notes.iter_mut().for_each(|note| note.pitch -= 36);
    assert_eq!(continued(&low, &continue_request(1, 1, 0)).1.name, "melody");
}

#[test]
fn a_take_does_not_depend_on_how_many_are_asked_for() {
    // Of one bar, over again, many candidates are refused.
    for (clip, model) in [("house", "drums"), ("drums", "drums"), ("melody", "melody"), ("arpeggio", "mono")] {
        let source = asset(clip);
        let request = |takes| {
            let mut request = continue_request(2, takes, 7);
            request.common.model = Some(model.into());
            request
        };
        let all = continued(&source, &request(16)).0;
        for takes in [1, 3, 4] {
            assert_eq!(
                continued(&source, &request(takes)).0[..],
                all[..takes as usize],
                "{clip}, {model}, {takes} takes"
            );
        }
    }
}

#[test]
fn at_temperature_0_all_takes_are_equal() {
    let mut request = continue_request(4, 3, 0);
    request.common.temperature = 0.0;
    let takes = continued(&asset("drums"), &request).0;
    assert!(takes.windows(2).all(|pair| pair[0] == pair[1]));
    assert!(takes[0].new_notes().count() > 0);
}

#[test]
fn takes_are_midi_files_with_the_clip_in_them() {
    for name in ["melody", "waltz", "chorale", "drums"] {
        let source = asset(name);
        let take = continued(&source, &continue_request(1, 1, 0)).0.remove(0);
        let read = midi::read(&midi::write(&take.clip).unwrap()).unwrap().clip;
        assert_eq!(read.length, take.clip.length, "{name}");
        for (lane, given) in read.lanes.iter().zip(&source.lanes) {
            assert!(given.notes.iter().all(|note| lane.notes.contains(note)), "{name}");
        }
        let notes = |clip: &Clip| clip.lanes.iter().map(|lane| lane.notes.clone()).collect::<Vec<_>>();
        assert_eq!(notes(&read), notes(&take.clip), "{name}");
    }
}

#[test]
fn progress_counts_up_to_its_end() {
    let mut steps: Vec<Progress> = Vec::new();
    let request = Request::default();
    make(solferino_engine::library(), &request, &[&tune(2)], &Cancel::default(), &mut |step| steps.push(step)).unwrap();
    assert!(steps.windows(2).all(|pair| pair[0].done < pair[1].done));
    let last = steps.last().unwrap();
    assert_eq!(last.done, last.total);
}
