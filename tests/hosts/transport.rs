//! Transports that hosts really send, and some that they should not.

use crate::common::{RATE, asset, random, with_takes};
use solferino_tests::{Instance, NoteOut, Song, unclosed};

/// Plays a script: for each step, what happens to the song, then some blocks.
fn play(instance: &mut Instance, song: &mut Song, script: &[(&dyn Fn(&mut Song), u32, u32)]) -> Vec<NoteOut> {
    let mut notes = Vec::new();
    for (change, blocks, frames) in script {
        change(song);
        for _ in 0..*blocks {
            notes.extend(instance.process(Some(song), &[], *frames).unwrap().notes);
            song.advance(*frames);
        }
    }
    song.playing = false;
    notes.extend(instance.process(Some(song), &[], 64).unwrap().notes);
    notes
}

#[test]
fn every_note_is_closed_whatever_the_transport_does() {
    type Script<'a> = &'a [(&'a dyn Fn(&mut Song), u32, u32)];
    let start: &dyn Fn(&mut Song) = &|song| song.playing = true;
    let stop: &dyn Fn(&mut Song) = &|song| song.playing = false;
    let back: &dyn Fn(&mut Song) = &|song| song.position = 0.0;
    let ahead: &dyn Fn(&mut Song) = &|song| song.position += 3.37;
    let far: &dyn Fn(&mut Song) = &|song| song.position = 40_000.25;
    let before: &dyn Fn(&mut Song) = &|song| song.position = -4.0;
    let faster: &dyn Fn(&mut Song) = &|song| song.ramp = 200.0;
    let slower: &dyn Fn(&mut Song) = &|song| song.ramp = -400.0;
    let jumpy: &dyn Fn(&mut Song) = &|song| song.tempo = if song.tempo > 200.0 { 60.0 } else { 400.0 };
    let odd: &dyn Fn(&mut Song) = &|song| song.meter = (7, 8);
    let common: &dyn Fn(&mut Song) = &|song| song.meter = (4, 4);
    let short_loop: &dyn Fn(&mut Song) = &|song| song.looping = Some((1.0, 1.7));
    let tiny_loop: &dyn Fn(&mut Song) = &|song| song.looping = Some((2.0, 2.01));
    let no_loop: &dyn Fn(&mut Song) = &|song| song.looping = None;
    let empty_loop: &dyn Fn(&mut Song) = &|song| song.looping = Some((4.0, 4.0));
    let scripts: [(&str, Script<'_>); 9] = [
        ("stop and go", &[(start, 50, 256), (stop, 3, 256), (start, 50, 256), (stop, 1, 64), (start, 9, 64)]),
        ("jumps", &[(start, 40, 128), (ahead, 40, 128), (back, 40, 128), (far, 40, 128), (back, 40, 128)]),
        ("before the start", &[(before, 300, 512)]),
        ("loops", &[(short_loop, 400, 333), (tiny_loop, 100, 64), (no_loop, 50, 512), (empty_loop, 50, 512)]),
        ("loop and jump out", &[(short_loop, 60, 256), (ahead, 60, 256), (back, 60, 256), (no_loop, 60, 256)]),
        ("tempo ramps", &[(faster, 300, 128), (slower, 300, 128), (faster, 300, 64)]),
        ("tempo steps", &[(jumpy, 30, 256), (jumpy, 30, 256), (jumpy, 30, 256), (jumpy, 30, 256)]),
        ("meter changes", &[(odd, 80, 512), (common, 80, 512), (odd, 80, 512)]),
        ("jumps while stopped", &[(start, 30, 256), (stop, 2, 64), (ahead, 2, 64), (start, 60, 256)]),
    ];
    for clip in ["melody.mid", "drums.mid"] {
        let (mut instance, _) = with_takes(&asset(clip));
        for (name, script) in &scripts {
            let mut song = Song::playing(120.0, RATE);
            let notes = play(&mut instance, &mut song, script);
            assert!(notes.iter().any(|note| note.velocity.is_some()), "{clip}, {name}: nothing was played");
            assert_eq!(unclosed(&notes), [], "{clip}, {name}");
        }
    }
}

#[test]
fn a_thousand_random_transports_leave_nothing_sounding() {
    let (mut instance, _) = with_takes(&asset("chorale.mid"));
    let mut random = random(20_261_122);
    let mut song = Song::playing(120.0, RATE);
    let mut notes = Vec::new();
    for _ in 0..1_000 {
        match random(9) {
            0 => song.playing = !song.playing,
            1 => song.position = random(64_000) as f64 / 1_000.0 - 8.0,
            2 => song.tempo = 20.0 + random(900) as f64,
            3 => song.ramp = random(1_000) as f64 - 500.0,
            4 => song.looping = Some((random(16) as f64, random(1_600) as f64 / 100.0)),
            5 => song.looping = None,
            6 => song.meter = (1 + u16::try_from(random(12)).unwrap(), 8),
            7 => instance.pause().unwrap(),
            _ => {}
        }
        let frames = 1 + u32::try_from(random(4_096)).unwrap();
        notes.extend(instance.process(Some(&song), &[], frames).unwrap().notes);
        song.advance(frames);
    }
    song.playing = false;
    notes.extend(instance.process(Some(&song), &[], 64).unwrap().notes);
    assert!(notes.len() > 100);
    assert_eq!(unclosed(&notes), []);
}

/// Whatever the host rounds: to the loop's start, or to a hair before its end.
#[test]
fn a_loop_repeats_to_the_sample() {
    let (mut instance, _) = with_takes(&asset("drums.mid"));
    let at_start = Song { looping: Some((0.0, 4.0)), ..Song::playing(120.0, RATE) };
    let before_end = Song { early: 0.0, position: -1e-9, ..at_start };
    let mut first = None;
    for (name, mut song) in [("at the start", at_start), ("before the end", before_end)] {
        // 4 quarters at 120 are 96,000 samples: 750 blocks of 128. Four rounds.
        let rounds: [Vec<(u64, u8)>; 4] = std::array::from_fn(|_| {
            let base = instance.elapsed();
            let mut round = Vec::new();
            for _ in 0..750 {
                round.extend(instance.process(Some(&song), &[], 128).unwrap().notes);
                song.advance(128);
            }
            let ons = round.iter().filter(|note| note.velocity.is_some());
            ons.map(|note| (note.frame - base, note.pitch)).collect()
        });
        assert!(song.early > 0.0 || song.position > 3.9, "the host never came {name}: {}", song.position);
        let first = first.get_or_insert_with(|| rounds[0].clone());
        assert!(first.len() > 8 && first[0].0 == 0, "no downbeat");
        for round in &rounds {
            assert_eq!(round, first, "{name}");
        }
        song.playing = false;
        instance.process(Some(&song), &[], 64).unwrap();
    }
}

#[test]
fn bypass_closes_every_note_and_stays_silent() {
    let (mut instance, _) = with_takes(&asset("melody.mid"));
    let mut song = Song::playing(120.0, RATE);
    let mut notes = Vec::new();
    for index in 0..200 {
        if index == 100 {
            let bypass = solferino_tests::parameter_id("bypass");
            let block = instance.process(Some(&song), &[solferino_tests::Input::Value(0, bypass, 1.0)], 256).unwrap();
            notes.extend(block.notes);
            assert_eq!(unclosed(&notes), []);
        }
        let block = instance.process(Some(&song), &[], 256).unwrap();
        notes.extend(block.notes.iter().copied().inspect(|_| assert!(index < 100, "a note while bypassed")));
        song.advance(256);
    }
}
