//! What comes out while the song plays: notes at their samples, and sound.

use crate::common::{RATE, active, asset, line, selected, settle, with_takes};
use solferino_score::{LaneKind, Meter};
use solferino_tests::{Input, NoteOut, Setup, Song, heard, parameter_id, unclosed};

#[test]
fn notes_go_out_at_the_samples_of_the_takes_notes() {
    for (name, tempo) in [("melody.mid", 76.0), ("drums.mid", 138.0), ("drums.mid", 97.3), ("chorale.mid", 301.0)] {
        let (mut instance, _) = with_takes(&asset(name));
        let take = selected(&instance.session().unwrap());
        let clip = &take.made.clip;
        let base = instance.elapsed();
        let mut song = Song::playing(tempo, RATE);
        let mut notes = Vec::new();
        let blocks = [64, 1, 509, 4096, 17, 256];
        for frames in blocks.into_iter().cycle() {
            notes.extend(instance.process(Some(&song), &[], frames).unwrap().notes);
            song.advance(frames);
            if song.position >= clip.length.quarters() {
                break;
            }
        }
        song.playing = false;
        notes.extend(instance.process(Some(&song), &[], 64).unwrap().notes);
        assert_eq!(unclosed(&notes), [], "{name}");

        let samples_per_tick = RATE * 60.0 / tempo / 960.0;
        let end = base as f64 + clip.length.0 as f64 * samples_per_tick;
        let mut played = heard(&notes);
        played.retain(|note| (note.start as f64) < end - 1.0);
        let mut expected: Vec<_> = clip.notes().map(|(lane, note)| (lane.channel, *note)).collect();
        expected.sort_by_key(|(channel, note)| (note.start, *channel, note.pitch));
        for (channel, note) in &expected {
            let found = played.iter().any(|p| p.channel == *channel && p.is(note, base as f64, samples_per_tick));
            assert!(found, "{name} at {tempo} bpm: {note:?} on channel {channel} did not sound at its sample");
        }
        expected.dedup_by_key(|(channel, note)| (note.start, *channel, note.pitch));
        assert_eq!(played.len(), expected.len(), "{name}: other notes sounded too");
    }
}

#[test]
fn the_selected_take_sounds_and_rings_out_to_silence() {
    let (mut instance, _) = with_takes(&asset("melody.mid"));
    instance.set(&[("sound", "On")]).unwrap();
    let mut song = Song::playing(120.0, RATE);
    let mut loudest = 0.0f32;
    for _ in 0..100 {
        let block = instance.process(Some(&song), &[], 512).unwrap();
        let peak = block.audio.iter().flatten().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
        loudest = loudest.max(peak);
        song.advance(512);
    }
    assert!((0.01..=1.0).contains(&loudest), "peak {loudest}");
    song.playing = false;
    for _ in 0..1_000 {
        instance.process(Some(&song), &[], 512).unwrap();
    }
    let rest = instance.process(Some(&song), &[], 512).unwrap();
    assert!(rest.audio.iter().flatten().all(|&sample| sample == 0.0), "it never rang out");
}

#[test]
fn a_key_sounds_and_goes_out() {
    let mut instance = active();
    let block = instance.process(None, &[Input::NoteOn(100, 60, 0.8), Input::NoteOff(3_000, 60)], 4096).unwrap();
    assert!(block.audio[0][..100].iter().all(|&sample| sample == 0.0), "it sounds before the key goes down");
    assert!(block.audio.iter().flatten().any(|sample| sample.abs() > 0.01), "it does not sound");
    let expected = |frame, velocity| NoteOut { frame, channel: 0, pitch: 60, velocity };
    assert_eq!(block.notes, [expected(100, Some(102)), expected(3_000, None)]);
}

/// What begins where a note of the take ends does not end with it.
#[test]
fn a_key_that_goes_down_where_the_takes_note_ends_goes_on() {
    let clip = line(LaneKind::Melody, 1, Meter::COMMON, &[(0, 60, 960), (1920, 62, 960)]);
    let (mut instance, _) = with_takes(&clip);
    // A quarter at 120 beats a minute is 24,000 samples: 5 blocks and 3,520 samples.
    let (base, mut song) = (instance.elapsed(), Song::playing(120.0, RATE));
    let mut notes = Vec::new();
    for block in 0..6 {
        let key = [Input::NoteOn(3_520, 60, 0.8)];
        notes.extend(instance.process(Some(&song), if block == 5 { &key } else { &[] }, 4096).unwrap().notes);
        song.advance(4096);
    }
    let told: Vec<_> = notes.iter().map(|note| (note.frame - base, note.pitch, note.velocity.is_some())).collect();
    assert_eq!(told, [(0, 60, true), (24_000, 60, false), (24_000, 60, true)]);
}

/// A render is faster than the courier: nothing may wait for it.
#[test]
fn an_offline_render_plays_a_take_from_where_it_is_chosen() {
    let (mut instance, takes) = with_takes(&asset("melody.mid"));
    instance.deactivate();
    instance.set_offline(true).unwrap();
    instance.activate(Setup { sample_rate: RATE, max_frames: 4096 }).unwrap();
    let id = parameter_id("take");
    let mut song = Song::playing(120.0, RATE);
    let mut rest = Song { playing: false, ..song };
    for number in [1, 0, 1, 0, 1] {
        let chosen = Input::Value(0, id, instance.value_of_text(id, &(number + 1).to_string()).unwrap());
        let made = &takes[number].made;
        song.position = made.new_from().quarters();
        let mut notes = instance.process(Some(&song), &[chosen], 4096).unwrap().notes;
        for _ in 0..22 {
            song.advance(4096);
            notes.extend(instance.process(Some(&song), &[], 4096).unwrap().notes);
        }
        let heard: Vec<u8> = notes.iter().filter(|note| note.velocity.is_some()).map(|note| note.pitch).collect();
        let new = made.clip.notes().map(|(_, note)| *note).filter(|note| note.start >= made.new_from());
        let expected: Vec<u8> = new.map(|note| note.pitch).collect();
        assert!(!heard.is_empty() && expected.starts_with(&heard), "take {number}: {heard:?}, not {expected:?}");
        rest.position = song.position;
        instance.process(Some(&rest), &[], 64).unwrap();
    }
}

#[test]
fn an_idle_instance_is_silent_and_emits_nothing() {
    let mut instance = active();
    settle(&mut instance);
    for _ in 0..50 {
        let block = instance.process(Some(&Song::playing(120.0, RATE)), &[], 512).unwrap();
        assert!(block.audio.iter().flatten().all(|&sample| sample == 0.0));
        assert_eq!(block.notes, []);
    }
}

#[test]
fn midi_out_and_sound_can_each_be_switched_off() {
    let (mut instance, _) = with_takes(&asset("drums.mid"));
    instance.set(&[("midi-out", "Off"), ("sound", "On")]).unwrap();
    let mut song = Song::playing(120.0, RATE);
    let mut sounded = false;
    for _ in 0..100 {
        let block = instance.process(Some(&song), &[], 512).unwrap();
        assert_eq!(block.notes, []);
        sounded |= block.audio.iter().flatten().any(|sample| sample.abs() > 0.01);
        song.advance(512);
    }
    assert!(sounded);
}
