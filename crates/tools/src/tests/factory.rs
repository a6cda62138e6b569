//! The factory models on the factory clips.

use super::*;
use crate::{ModelUsed, Progress, continue_clip};
use solferino_models::{Library, Seed};
use solferino_score::midi;

fn asset(name: &str) -> Clip {
    let path = format!("{}/../../assets/clips/{name}.mid", env!("CARGO_MANIFEST_DIR"));
    midi::read(&std::fs::read(path).unwrap()).unwrap()
}

fn continued(clip: &Clip, request: &ContinueRequest) -> (Vec<Continued>, ModelUsed) {
    continue_clip(Library::shared(), clip, request, &Cancel::default(), &mut |_| {}).unwrap()
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
    ];
    for (name, model, bars) in cases {
        let source = asset(name);
        let bar = source.meters.at(Ticks::ZERO).bar().0;
        assert_eq!(source.length, Ticks(bars * bar), "{name}");
        let (takes, used) = continued(&source, &ContinueRequest { takes: 2, bars: 2, ..ContinueRequest::default() });
        assert_eq!((takes.len(), used.name.as_str(), used.hash.len()), (2, model, 64), "{name}");
        for take in &takes {
            assert_eq!((take.from, take.clip.length), (source.length, Ticks((bars + 2) * bar)), "{name}");
            assert!(new_notes(take).len() > 2, "{name}: {:?}", new_notes(take));
        }
        assert_ne!(takes[0], takes[1], "{name}");
    }
}

#[test]
fn a_melody_out_of_range_goes_to_the_model_of_all_pitches() {
    let wide = (0..16).map(|step| note(step, 1, if step % 2 == 0 { 24 } else { 100 }, 80)).collect();
    let source = clip(1, Meter::COMMON, vec![lane(LaneKind::Melody, wide)]);
    assert_eq!(continued(&source, &one()).1.name, "mono");
    assert_eq!(continued(&tune(1), &ContinueRequest { model: Some("mono".into()), ..one() }).1.name, "mono");
    // Far from the range, but within three octaves.
    let mut low = tune(1);
    low.lanes[0].notes.iter_mut().for_each(|note| note.pitch -= 36);
    assert_eq!(continued(&low, &one()).1.name, "melody");
}

#[test]
fn a_take_does_not_depend_on_how_many_are_asked_for() {
    for name in ["melody", "drums"] {
        let source = asset(name);
        let request = |takes| ContinueRequest { takes, bars: 2, seed: Seed(7), ..ContinueRequest::default() };
        let all = continued(&source, &request(16)).0;
        for takes in [1, 3, 4] {
            assert_eq!(continued(&source, &request(takes)).0[..], all[..takes as usize], "{name}, {takes} takes");
        }
    }
}

#[test]
fn at_temperature_0_all_takes_are_equal() {
    let request = ContinueRequest { temperature: 0.0, takes: 3, ..ContinueRequest::default() };
    let takes = continued(&asset("drums"), &request).0;
    assert!(takes.windows(2).all(|pair| pair[0] == pair[1]));
    assert!(!new_notes(&takes[0]).is_empty());
}

#[test]
fn takes_are_midi_files_with_the_clip_in_them() {
    for name in ["melody", "waltz", "chorale", "drums"] {
        let source = asset(name);
        let take = continued(&source, &one()).0.remove(0);
        let read = midi::read(&midi::write(&take.clip).unwrap()).unwrap();
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
    let request = ContinueRequest::default();
    continue_clip(Library::shared(), &tune(2), &request, &Cancel::default(), &mut |step| steps.push(step)).unwrap();
    assert!(steps.windows(2).all(|pair| pair[0].done < pair[1].done));
    let last = steps.last().unwrap();
    assert_eq!(last.done, last.total);
}
