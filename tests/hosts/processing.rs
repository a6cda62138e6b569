//! Hosts that stop and start processing around every block, as Element does, and choices of takes on the sample.

use crate::common::{RATE, active, asset, line, settle, with_takes};
use solferino_score::{LaneKind, Meter};
use solferino_tests::{Input, Instance, NoteOut, Song, parameter_id, unclosed};

/// Notes and sound of 1,600 blocks of the song, and what is done before each.
fn played(before: impl Fn(&mut Instance)) -> (Vec<NoteOut>, Vec<f32>) {
    let (mut instance, _) = with_takes(&asset("chorale.mid"));
    instance.set(&[("sound", "On")]).unwrap();
    let (base, mut song) = (instance.elapsed(), Song::playing(120.0, RATE));
    let (mut notes, mut sound) = (Vec::new(), Vec::new());
    for _ in 0..1600 {
        before(&mut instance);
        let block = instance.process(Some(&song), &[], 256).unwrap();
        notes.extend(block.notes.iter().map(|note| NoteOut { frame: note.frame - base, ..*note }));
        sound.extend_from_slice(&block.audio[0]);
        song.advance(256);
    }
    (notes, sound)
}

#[test]
fn sounding_notes_live_through_stops_and_starts_of_processing() {
    let plain = played(|_| ());
    assert!(plain.0.len() > 10);
    let paused = played(|instance| instance.pause().unwrap());
    assert_eq!(paused.0, plain.0);
    assert!(paused.1 == plain.1, "another sound");
    let reset = played(Instance::reset);
    assert!(reset.1 != plain.1, "a reset of the host is none");
}

#[test]
fn a_reset_after_a_stop_is_the_hosts_own() {
    let mut instance = active();
    let loudness = |instance: &mut Instance| {
        let block = instance.process(None, &[], 64).unwrap();
        block.audio.iter().flatten().fold(0.0_f32, |peak, sample| peak.max(sample.abs()))
    };
    instance.process(None, &[Input::NoteOn(0, 60, 0.8)], 4096).unwrap();
    assert!(loudness(&mut instance) > 0.01);
    instance.pause().unwrap();
    assert!(loudness(&mut instance) > 0.01);
    instance.reset();
    assert_eq!(loudness(&mut instance), 0.0);
}

/// Takes the strip's two takes in turn at samples inside the blocks: each note belongs to the take of its sample.
#[test]
fn a_take_sounds_from_the_sample_on_which_automation_chooses_it() {
    let quarters: Vec<_> = (0..16).map(|n| (n * 240, 60, 120)).collect();
    let (mut instance, takes) = with_takes(&line(LaneKind::Melody, 1, Meter::COMMON, &quarters));
    let id = parameter_id("take");
    let starts = |number: usize| -> Vec<u64> {
        let clip = &takes[number].made.clip;
        // At 60 quarters a minute a tick is 50 samples.
        clip.notes().map(|(_, note)| u64::try_from(note.start.0).unwrap() * 50).collect()
    };
    let length = u64::try_from(takes[0].made.clip.length.0).unwrap() * 50;
    let (base, mut song) = (instance.elapsed(), Song::playing(60.0, RATE));
    let (mut notes, mut number) = (Vec::new(), 0);
    let mut turns = vec![(0_u64, 0_usize)];
    while instance.elapsed() - base < length {
        let block = instance.elapsed() - base;
        number = 1 - number;
        let value = instance.value_of_text(id, &(number + 1).to_string()).unwrap();
        let at = u32::try_from(block / 4096 * 613 % 4096).unwrap();
        turns.push((block + u64::from(at), number));
        notes.extend(instance.process(Some(&song), &[Input::Value(at, id, value)], 4096).unwrap().notes);
        song.advance(4096);
    }
    let turn = |frame: u64| turns.iter().rev().find(|(at, _)| *at <= frame).map(|(_, number)| *number);
    let mut expected: Vec<u64> = Vec::new();
    for number in 0..2 {
        expected.extend(starts(number).into_iter().filter(|&frame| frame < length && turn(frame) == Some(number)));
    }
    expected.sort_unstable();
    let ons = notes.iter().filter(|note| note.velocity.is_some());
    let heard: Vec<u64> = ons.map(|note| note.frame - base).filter(|frame| *frame < length).collect();
    assert_eq!(heard, expected);
    song.playing = false;
    notes.extend(instance.process(Some(&song), &[], 64).unwrap().notes);
    assert_eq!(unclosed(&notes), []);
    settle(&mut instance);
    assert_eq!(
        instance.session().unwrap().snapshot().selected,
        Some(takes[number].id),
        "the session did not learn of it"
    );
}
