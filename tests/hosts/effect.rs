//! Solferino Notes, the note effect.

use crate::common::{RATE, asset, bundle, settle};
use solferino_tests::{Input, NOTES_ID, NoteOut, SOLFERINO_ID, Setup, Song, unclosed};

#[test]
fn the_library_offers_an_instrument_and_a_note_effect() {
    let plugins = bundle().plugins();
    let ids: Vec<&str> = plugins.iter().map(|plugin| plugin.id.as_str()).collect();
    assert_eq!(ids, [SOLFERINO_ID, NOTES_ID]);
    assert_eq!(plugins[0].name, "Solferino");
    assert!(plugins[0].features.iter().any(|feature| feature == "instrument"));
    assert_eq!(plugins[1].name, "Solferino Notes");
    assert!(plugins[1].features.iter().any(|feature| feature == "note-effect"));
}

#[test]
fn the_note_effect_generates_plays_and_passes_notes_on() {
    let mut instance = bundle().instance(NOTES_ID).unwrap();
    instance.activate(Setup { sample_rate: RATE, max_frames: 512 }).unwrap();
    let block = instance.process(None, &[Input::NoteOn(5, 61, 0.5), Input::NoteOff(300, 61)], 512).unwrap();
    let expected = |frame, velocity| NoteOut { frame, channel: 0, pitch: 61, velocity };
    assert_eq!(block.notes, [expected(5, Some(64)), expected(300, None)]);

    instance.give_source(&asset("drums.mid")).unwrap();
    instance.set(&[("continue-bars", "1"), ("takes", "1")]).unwrap();
    instance.press_continue(1).unwrap();
    settle(&mut instance);
    let mut song = Song::playing(138.0, RATE);
    let mut notes = Vec::new();
    for _ in 0..200 {
        notes.extend(instance.process(Some(&song), &[], 512).unwrap().notes);
        song.advance(512);
    }
    song.playing = false;
    notes.extend(instance.process(Some(&song), &[], 512).unwrap().notes);
    assert!(notes.len() > 20);
    assert_eq!(unclosed(&notes), []);
}

#[test]
fn both_plug_ins_read_each_others_state() {
    let mut instrument = bundle().instance(SOLFERINO_ID).unwrap();
    let mut effect = bundle().instance(NOTES_ID).unwrap();
    instrument.give_source(&asset("jig.mid")).unwrap();
    effect.load(&instrument.save().unwrap()).unwrap();
    assert_eq!(effect.session().unwrap().snapshot().sources, instrument.session().unwrap().snapshot().sources);
}
