//! Every sample rate and block size that a host may come up with.

use crate::common::{RATE, active, active_at, asset};
use solferino_tests::{Input, Song};

#[test]
fn every_sample_rate_and_block_size_gives_sane_sound() {
    let clip = asset("drums.mid");
    let rates = [1_000.0, 8_000.0, 11_025.0, 22_050.0, 44_100.0, 48_000.0, 96_000.0, 192_000.0, 384_000.0, 768_000.0];
    let sizes = [1, 2, 16, 63, 64, 127, 480, 512, 1_024, 4_095, 8_192, 16_384];
    let mut holder = active();
    holder.give_source(&clip).unwrap();
    holder.set(&[("continue-bars", "1"), ("takes", "1")]).unwrap();
    holder.press_continue(1).unwrap();
    let state = holder.save().unwrap();
    for rate in rates {
        let mut instance = active_at(rate, 16_384);
        instance.load(&state).unwrap();
        let mut song = Song::playing(120.0, rate);
        for frames in sizes {
            for _ in 0..4 {
                let events = [Input::NoteOn(0, 60, 1.0), Input::NoteOff(frames / 2, 60)];
                let block = instance.process(Some(&song), &events, frames).unwrap();
                song.advance(frames);
                for sample in block.audio.iter().flatten() {
                    assert!(sample.is_finite() && sample.abs() <= 4.0, "{sample} at {rate} Hz, {frames} frames");
                }
            }
        }
    }
}

#[test]
fn block_sizes_do_not_change_what_is_played() {
    let clip = asset("melody.mid");
    let mut holder = active();
    holder.give_source(&clip).unwrap();
    holder.set(&[("continue-bars", "1"), ("takes", "1"), ("sound", "Off")]).unwrap();
    holder.press_continue(1).unwrap();
    let state = holder.save().unwrap();
    let play = |sizes: &[u32]| {
        let mut instance = active_at(RATE, 4_096);
        instance.load(&state).unwrap();
        crate::common::settle(&mut instance);
        let base = instance.elapsed();
        let mut song = Song::playing(120.0, RATE);
        let mut notes = Vec::new();
        for &frames in sizes.iter().cycle() {
            let left = base + 480_000 - instance.elapsed();
            let frames = frames.min(u32::try_from(left).unwrap());
            if frames == 0 {
                break;
            }
            song.position = (instance.elapsed() - base) as f64 / RATE * 2.0;
            notes.extend(instance.process(Some(&song), &[], frames).unwrap().notes);
        }
        notes.iter_mut().for_each(|note| note.frame -= base);
        notes.sort_unstable();
        notes
    };
    let reference = play(&[64]);
    assert!(reference.len() > 20);
    for sizes in [&[4_096][..], &[1, 333, 64], &[511, 513]] {
        let other = play(sizes);
        assert_eq!(other.len(), reference.len());
        for (a, b) in reference.iter().zip(&other) {
            assert!((a.pitch, a.velocity) == (b.pitch, b.velocity), "{a:?} against {b:?}");
            assert!(a.frame.abs_diff(b.frame) <= 1, "{a:?} against {b:?} with blocks of {sizes:?}");
        }
    }
}

#[test]
fn activation_can_be_repeated_at_will() {
    let mut instance = active();
    for (rate, frames) in [(44_100.0, 512), (96_000.0, 32), (48_000.0, 2_048), (48_000.0, 2_048)] {
        instance.activate(solferino_tests::Setup { sample_rate: rate, max_frames: frames }).unwrap();
        instance.pause().unwrap();
        instance.reset();
        instance.process(None, &[Input::NoteOn(0, 64, 0.5)], frames).unwrap();
        instance.deactivate();
        instance.deactivate();
    }
}
