//! The audio thread and the main thread at the same time, and many instances side by side.

use crate::common::{RATE, active, asset, settle, with_takes};
use solferino_tests::{Instance, Song, unclosed};

#[test]
fn saving_and_loading_while_it_plays_leaves_nothing_sounding() {
    let (mut instance, _) = with_takes(&asset("drums.mid"));
    let state = instance.save().unwrap();
    let mut song = Song::playing(138.0, RATE);
    let mut notes = instance
        .process_apart(&mut song, 4_000, 64, |main| {
            for _ in 0..20 {
                main.load(&state).unwrap();
                assert_eq!(main.save().unwrap(), state);
                main.pump();
            }
        })
        .unwrap();
    song.playing = false;
    notes.extend(instance.process(Some(&song), &[], 64).unwrap().notes);
    assert!(notes.iter().any(|note| note.velocity.is_some()));
    assert_eq!(unclosed(&notes), []);
}

#[test]
fn a_hundred_instances_play_the_same_side_by_side() {
    let (mut first, _) = with_takes(&asset("drums.mid"));
    let state = first.save().unwrap();
    let mut instances: Vec<Instance> = (0..100).map(|_| active()).collect();
    for instance in &mut instances {
        instance.load(&state).unwrap();
    }
    settle(&mut instances[99]);
    let mut song = Song::playing(138.0, RATE);
    let mut heard = vec![Vec::new(); instances.len()];
    for index in 0..40 {
        for (instance, notes) in instances.iter_mut().zip(&mut heard) {
            let base = instance.elapsed();
            let block = instance.process(Some(&song), &[], 1_024).unwrap();
            notes.extend(block.notes.iter().map(|note| (index, note.frame - base, note.pitch, note.velocity)));
        }
        song.advance(1_024);
    }
    assert!(heard[0].len() > 10);
    for (index, notes) in heard.iter().enumerate() {
        assert_eq!(notes, &heard[0], "instance {index}");
    }
}

#[test]
fn an_instance_may_go_at_any_moment() {
    for stage in 0..4 {
        let mut instance = active();
        instance.give_source(&asset("melody.mid")).unwrap();
        instance.set(&[("takes", "16"), ("continue-bars", "32")]).unwrap();
        if stage > 0 {
            let button = solferino_tests::parameter_id("continue");
            instance.process(None, &[solferino_tests::Input::Value(0, button, 1.0)], 64).unwrap();
        }
        // While a job is being picked up, while it runs, or when it is done.
        std::thread::sleep(std::time::Duration::from_millis(stage * 25));
        drop(instance);
    }
}
