//! The built-in sound, measured: what it plays, and that it neither folds back, clicks, clips nor hangs.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test may fail, and its numbers are small"
)]

use realfft::RealFftPlanner;
use solferino_realtime::{Synth, Voice};

const RATE: f64 = 48_000.0;
const KEYS: Voice = Voice::Keys;
const KIT: Voice = Voice::Kit;
/// One General MIDI note for each of the nine drums.
const DRUMS: [(&str, u8); 9] = [
    ("kick", 36),
    ("snare", 38),
    ("closed hat", 42),
    ("open hat", 46),
    ("low tom", 45),
    ("mid tom", 48),
    ("high tom", 50),
    ("crash", 49),
    ("ride", 51),
];

fn render(synth: &mut Synth, frames: usize) -> (Vec<f32>, Vec<f32>) {
    let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
    synth.render(&mut left, &mut right);
    (left, right)
}

fn middle((left, right): &(Vec<f32>, Vec<f32>)) -> Vec<f32> {
    left.iter().zip(right).map(|(left, right)| (left + right) / 2.0).collect()
}

fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, sample| peak.max(sample.abs()))
}

fn rms(samples: &[f32]) -> f64 {
    (samples.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / samples.len() as f64).sqrt()
}

/// The largest step from sample to sample.
fn step(samples: &[f32]) -> f32 {
    samples.windows(2).fold(0.0, |step, pair| step.max((pair[1] - pair[0]).abs()))
}

/// The largest bend: how far a sample lies from the line through its neighbours. A click is a bend that the sound
/// around it does not have.
fn bend(samples: &[f32]) -> f32 {
    samples.windows(3).fold(0.0, |bend, w| bend.max((w[1] - (w[0] + w[2]) / 2.0).abs()))
}

/// Magnitudes by bin of the samples under a four-term Blackman-Harris window (sidelobes at -92 dB).
fn spectrum(samples: &[f32]) -> Vec<f64> {
    let size = samples.len();
    let fft = RealFftPlanner::<f64>::new().plan_fft_forward(size);
    let mut input: Vec<f64> = (0..size)
        .map(|n| {
            let x = std::f64::consts::TAU * n as f64 / size as f64;
            let window = 0.35875 - 0.48829 * x.cos() + 0.14128 * (2.0 * x).cos() - 0.01168 * (3.0 * x).cos();
            f64::from(samples[n]) * window
        })
        .collect();
    let mut output = fft.make_output_vec();
    fft.process(&mut input, &mut output).unwrap();
    output.iter().map(|bin| bin.norm()).collect()
}

fn hertz(pitch: u8) -> f64 {
    440.0 * ((f64::from(pitch) - 69.0) / 12.0).exp2()
}

/// Spectral centroid in hertz.
fn brightness(samples: &[f32]) -> f64 {
    let bins = spectrum(samples);
    let energy: f64 = bins.iter().map(|bin| bin * bin).sum();
    let moment: f64 = bins.iter().enumerate().map(|(n, bin)| n as f64 * bin * bin).sum();
    moment / energy * RATE / samples.len() as f64
}

/// In each key the fundamental stands where it should, and everything that is no harmonic lies 80 dB below the peak
/// (the bar is 60): nothing folds back.
#[test]
fn keys_are_in_tune_and_do_not_fold_back() {
    for rate in [22_050.0, 44_100.0, 48_000.0, 96_000.0] {
        for pitch in [33, 60, 84, 96, 103, 108, 115, 120, 127] {
            let mut synth = Synth::new(rate);
            synth.note_on(KEYS, 0, pitch, 127);
            render(&mut synth, 480);
            let size = 16_384;
            let bins = spectrum(&middle(&render(&mut synth, size)));
            let fundamental = hertz(pitch);
            if fundamental > 0.45 * rate {
                assert!(bins.iter().all(|&bin| bin == 0.0), "{pitch} at {rate} has no room and must be silent");
                continue;
            }
            let width = rate / size as f64;
            let (loudest, peak) = bins.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
            assert!((loudest as f64 * width - fundamental).abs() <= width, "{pitch} at {rate} sounds at bin {loudest}");
            for (n, bin) in bins.iter().enumerate() {
                let frequency = n as f64 * width;
                let harmonic = (frequency / fundamental).round().max(1.0) * fundamental;
                // The window's main lobe, and the width that decay gives a partial.
                let near = (frequency - harmonic).abs() < 30.0_f64.max(9.0 * width) || frequency < 9.0 * width;
                let level = 20.0 * (bin / peak).log10();
                assert!(near || level < -80.0, "{pitch} at {rate}: {level:.1} dB at {frequency:.0} Hz");
            }
        }
    }
}

#[test]
fn velocity_makes_louder_and_brighter() {
    let keys = [("bass key", KEYS, 36), ("middle key", KEYS, 60), ("high key", KEYS, 84)];
    for (name, voice, pitch) in keys.into_iter().chain(DRUMS.map(|(name, pitch)| (name, KIT, pitch))) {
        let mut last = (0.0, 0.0);
        for velocity in [1, 32, 64, 96, 127] {
            let mut synth = Synth::new(RATE);
            synth.note_on(voice, 0, pitch, velocity);
            let sound = middle(&render(&mut synth, 4096));
            let now = (rms(&sound), brightness(&sound));
            assert!(now.0 > last.0 * 1.2 && now.1 > last.1, "{name} at {velocity}: {now:?} after {last:?}");
            last = now;
        }
    }
}

/// Where each drum has its weight, as its name promises: centroids in hertz and seconds to fall by 40 dB.
#[test]
fn drums_sound_like_their_names() {
    let bounds = [
        ("kick", 40.0..250.0, 0.2..0.7),
        ("snare", 400.0..5_000.0, 0.1..0.35),
        ("closed hat", 6_000.0..14_000.0, 0.03..0.15),
        ("open hat", 6_000.0..14_000.0, 0.25..0.8),
        ("low tom", 60.0..300.0, 0.3..0.8),
        ("mid tom", 90.0..400.0, 0.25..0.7),
        ("high tom", 130.0..500.0, 0.2..0.6),
        ("crash", 3_000.0..10_000.0, 0.8..2.5),
        ("ride", 2_500.0..8_000.0, 0.8..3.0),
    ];
    for ((name, pitch), (_, centroid, fall)) in DRUMS.into_iter().zip(bounds) {
        let mut synth = Synth::new(RATE);
        synth.note_on(KIT, 9, pitch, 110);
        let sound = middle(&render(&mut synth, 48_000 * 4));
        let bright = brightness(&sound[..8192]);
        assert!(centroid.contains(&bright), "{name} has its weight at {bright:.0} Hz");
        let loudness: Vec<f64> = sound.chunks(480).map(rms).collect();
        let top = loudness.iter().copied().fold(0.0, f64::max);
        let seconds = loudness.iter().rposition(|&now| now > top * 0.01).unwrap() as f64 / 100.0;
        assert!(fall.contains(&seconds), "{name} falls by 40 dB in {seconds} s");
    }
}

#[test]
fn a_closed_hat_ends_an_open_one() {
    let mut synth = Synth::new(RATE);
    synth.note_on(KIT, 9, 46, 127);
    render(&mut synth, 4800);
    let open = rms(&render(&mut synth, 480).0);
    synth.note_on(KIT, 9, 42, 1);
    render(&mut synth, 4800);
    let choked = rms(&render(&mut synth, 480).0);
    assert!(choked < open / 100.0, "{choked} after {open}");
}

/// The sound is the same to the last bit however it is cut into blocks.
#[test]
fn blocks_do_not_matter() {
    let script =
        [(0, 0, 60, 100), (7, 1, 64, 30), (130, 9, 36, 127), (131, 9, 49, 90), (900, 0, 60, 0), (1500, 0, 60, 80)];
    let whole = |sizes: &[usize]| {
        let mut synth = Synth::new(RATE);
        let (mut left, mut right) = (Vec::new(), Vec::new());
        let mut sizes = sizes.iter().cycle();
        let mut script = script.iter().peekable();
        while left.len() < 20_000 {
            while let Some((_, channel, pitch, velocity)) = script.next_if(|event| event.0 == left.len()) {
                match velocity {
                    0 => synth.note_off(*channel, *pitch),
                    _ => synth.note_on(Voice::of_channel(*channel), *channel, *pitch, *velocity),
                }
            }
            let until = script.peek().map_or(20_000, |event| event.0);
            let (more_left, more_right) = render(&mut synth, (*sizes.next().unwrap()).min(until - left.len()));
            left.extend(more_left);
            right.extend(more_right);
        }
        (left, right)
    };
    let once = whole(&[20_000]);
    for sizes in [&[1][..], &[64], &[63, 1, 65], &[512], &[1000, 3]] {
        assert!(whole(sizes) == once, "in blocks of {sizes:?}");
    }
}

#[test]
fn rendering_adds_to_what_is_there() {
    let mut synth = Synth::new(RATE);
    let (mut left, mut right) = ([0.5; 100], [-0.5; 80]);
    synth.render(&mut left, &mut right);
    assert_eq!((left, right), ([0.5; 100], [-0.5; 80]));
    synth.note_on(KEYS, 0, 60, 100);
    synth.render(&mut left, &mut right);
    assert!(left[70] != 0.5 && right[70] != -0.5 && left[80..] == [0.5; 20]);
}

/// No note begins or ends with a step that its own sound does not have a moment later; a key cut off or begun without
/// its ramp would step by a hundred times as much. At the start the chime bends it more than later, four times at most.
#[test]
fn keys_do_not_click() {
    for pitch in [28, 40, 60, 76, 88] {
        let mut synth = Synth::new(RATE);
        synth.note_on(KEYS, 0, pitch, 127);
        let (left, _) = render(&mut synth, 9600);
        let (first, later) = (&left[..240], &left[240..2400]);
        assert!(left[0] == 0.0 && left[1].abs() < 2e-3, "{pitch} begins with {}", left[1]);
        assert!(step(first) <= step(later) * 1.5 && bend(first) <= bend(later) * 4.0, "{pitch} begins with a click");
        synth.note_off(0, pitch);
        let (released, _) = render(&mut synth, 24_000);
        let seam: Vec<f32> = left[9500..].iter().chain(&released).copied().collect();
        assert!(step(&seam) <= step(&left[4800..]) * 1.05, "{pitch} ends with a step");
        // What the release bends is -74 dB of full scale at most.
        assert!(bend(&seam) <= bend(&left[4800..]) + 2e-4, "{pitch} ends with a bend");
    }
}

/// Low keys, whose own sound is smooth, struck beyond the number of voices and again and again: each steal and restrike
/// adds no more bend than a note of its own.
#[test]
fn stealing_and_striking_again_do_not_click() {
    let bend_of = |strikes: &dyn Fn(usize) -> Option<u8>| {
        let mut synth = Synth::new(RATE);
        let mut sound = Vec::new();
        for strike in 0..80 {
            if let Some(pitch) = strikes(strike) {
                // Soft, so that eighty of them stay below the knee.
                synth.note_on(KEYS, 0, pitch, 12);
            }
            sound.extend(render(&mut synth, 480).0);
        }
        assert!(peak(&sound) < 0.7);
        bend(&sound)
    };
    let alone = bend_of(&|strike| (strike == 0).then_some(40));
    let stolen =
        bend_of(&|strike| Some(24 + u8::try_from(strike % 40).unwrap() / 2 + 20 * u8::try_from(strike % 2).unwrap()));
    let again = bend_of(&|_| Some(40));
    assert!(again < alone * 3.0, "struck again: {again} against {alone}");
    // Thirty-two keys sound; their bends add up, but a cut would add its whole height, some 0.01.
    assert!(stolen < alone * 12.0 && stolen < 3e-3, "stolen: {stolen} against {alone}");
}

#[test]
fn beyond_the_voices_the_weakest_gives_way() {
    let mut synth = Synth::new(RATE);
    synth.note_on(KEYS, 0, 30, 20);
    for key in 0..31 {
        synth.note_on(KEYS, 0, 60 + key, 100);
    }
    render(&mut synth, 4800);
    synth.note_on(KEYS, 0, 100, 100);
    let sound = middle(&render(&mut synth, 16_384));
    let bins = spectrum(&sound);
    let at = |pitch: u8| {
        let bin = (hertz(pitch) / RATE * 16_384.0).round() as usize;
        bins[bin - 1..=bin + 1].iter().copied().fold(0.0, f64::max)
    };
    assert!(at(60) > 1.0 && at(90) > 1.0 && at(100) > 1.0, "a strong key was stolen");
    assert!(at(30) < at(60) / 30.0, "the weak key still sounds");
}

#[test]
fn the_output_stays_within_full_scale() {
    let mut synth = Synth::new(RATE);
    for key in 0..16 {
        synth.note_on(KEYS, 0, 40 + key * 3, 127);
    }
    let (left, right) = render(&mut synth, 48_000);
    let loudest = peak(&left).max(peak(&right));
    assert!((0.5..1.0).contains(&loudest), "sixteen keys peak at {loudest}");
    for (_, pitch) in DRUMS {
        synth.note_on(KIT, 9, pitch, 127);
    }
    for key in 0..32 {
        synth.note_on(KEYS, 1, 30 + key * 2, 127);
    }
    let (left, right) = render(&mut synth, 48_000);
    let loudest = peak(&left).max(peak(&right));
    assert!((0.9..=1.0).contains(&loudest), "everything peaks at {loudest}");
}

/// One key at full velocity lies where a mix has room for it, and drums stand beside keys.
#[test]
fn levels_fit_together() {
    for (name, voice, pitch, range) in [
        ("key", KEYS, 60, 0.12..0.3),
        ("kick", KIT, 36, 0.5..1.0),
        ("snare", KIT, 38, 0.4..1.0),
        ("hat", KIT, 42, 0.15..0.6),
    ] {
        let mut synth = Synth::new(RATE);
        synth.note_on(voice, 0, pitch, 127);
        let loudest = peak(&middle(&render(&mut synth, 48_000)));
        assert!(range.contains(&loudest), "{name} peaks at {loudest}");
    }
}

/// Every rate that hosts may ask for: finite, not silent, silent again after the release, and bit-identical after reset.
#[test]
fn any_sample_rate() {
    for rate in [1_000.0, 7_350.0, 44_100.0, 192_000.0, 768_000.0, 0.0, -1.0, f64::NAN, f64::INFINITY] {
        let mut synth = Synth::new(48_000.0);
        synth.set_sample_rate(rate);
        assert!(synth.is_silent());
        let real = if rate.is_nan() { 48_000.0 } else { rate.clamp(1_000.0, 768_000.0) };
        let tenth = (real / 10.0) as usize;
        let mut play = |tenths| {
            synth.note_on(KEYS, 0, 33, 127);
            synth.note_on(KEYS, 0, 57, 1);
            for (_, pitch) in DRUMS {
                synth.note_on(KIT, 9, pitch, 127);
            }
            let first = render(&mut synth, tenth);
            let loudest = peak(&first.0);
            assert!((0.05..=1.0).contains(&loudest) && first.0.iter().all(|x| x.is_finite()), "{loudest} at {rate}");
            synth.all_notes_off();
            for _ in 0..tenths {
                assert!(render(&mut synth, tenth).0.iter().all(|x| x.is_finite()));
            }
            let silent = synth.is_silent();
            synth.reset();
            assert!(synth.is_silent());
            (first, silent)
        };
        let (first, silent) = play(if real > 200_000.0 { 0 } else { 110 });
        assert!(silent || real > 200_000.0, "still sounding after 11 s at {rate}");
        assert!(play(0).0 == first, "a reset does not repeat the sound at {rate}");
    }
}

#[test]
fn it_falls_silent_and_says_so() {
    let mut synth = Synth::new(RATE);
    synth.note_on(KEYS, 3, 48, 100);
    render(&mut synth, 4800);
    synth.note_off(2, 48);
    synth.note_off(3, 49);
    render(&mut synth, 4800);
    assert!(rms(&render(&mut synth, 480).0) > 0.01, "another key's end ended this one");
    synth.note_off(3, 48);
    let released = render(&mut synth, 48_000).0;
    assert!(synth.is_silent());
    assert!(peak(&released[24_000..]) < 1e-5);
    assert_eq!(render(&mut synth, 1000), (vec![0.0; 1000], vec![0.0; 1000]));
}

/// Keys held for a minute cost no more than at first and make no denormals: what is inaudible is zero.
#[test]
fn what_is_inaudible_is_zero() {
    let mut synth = Synth::new(RATE);
    for key in 0..16 {
        synth.note_on(KEYS, 0, 40 + key * 5, 127);
    }
    for (_, pitch) in DRUMS {
        synth.note_on(KIT, 9, pitch, 127);
    }
    let mut seconds = 0;
    while !synth.is_silent() {
        let (left, right) = render(&mut synth, 48_000);
        let tiny = |x: &&f32| **x != 0.0 && x.abs() < f32::MIN_POSITIVE;
        assert_eq!(left.iter().chain(&right).filter(tiny).count(), 0, "denormals in second {seconds}");
        seconds += 1;
        assert!(seconds < 60, "a held key never ends");
    }
    assert!(seconds > 3);
}
