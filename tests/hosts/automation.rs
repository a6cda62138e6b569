//! Every parameter, as a host sees, types and automates it.

use crate::common::{RATE, active, asset, random};
use solferino_tests::{Input, Song, parameter_id};

#[test]
fn every_value_survives_the_way_to_text_and_back() {
    let mut instance = active();
    let parameters = instance.parameters();
    assert!(parameters.len() >= 12, "{parameters:?}");
    for parameter in parameters {
        let (min, max, default) = parameter.range;
        assert!((min..=max).contains(&default), "{parameter:?}");
        let steps = if parameter.stepped { (max - min).min(40.0) } else { 40.0 };
        let mut values = vec![default];
        values.extend((0..=40).map(|i| min + (max - min) * (f64::from(i) * steps / 40.0).round() / steps.max(1.0)));
        for value in values {
            let value = if parameter.stepped { value.round() } else { value };
            let text = instance.text(parameter.id, value).unwrap();
            let back = instance.value_of_text(parameter.id, &text);
            let back = back.unwrap_or_else(|| panic!("{}: \"{text}\" is not read", parameter.name));
            assert_eq!(instance.text(parameter.id, back).unwrap(), text, "{}", parameter.name);
            if parameter.stepped {
                // Plug-ins keep 32 bits of a value between 0 and 1.
                assert_eq!(back.round(), value, "{}: \"{text}\"", parameter.name);
            }
        }
    }
}

/// A parameter as it was published. Projects and automation hold ids and values between the ends, so none of these may ever
/// change: another range or number of steps moves what was drawn. New parameters get a line.
struct Published {
    id: &'static str,
    name: &'static str,
    /// Steps from the lowest value to the highest; nothing for a parameter without steps.
    steps: Option<u32>,
    /// The lowest, the highest and the initial value as shown.
    texts: [&'static str; 3],
    automatable: bool,
}

const fn published(id: &'static str, name: &'static str, steps: Option<u32>, texts: [&'static str; 3]) -> Published {
    Published { id, name, steps, texts, automatable: true }
}

const PUBLISHED: [Published; 16] = [
    published("takes", "Takes", Some(15), ["1 take", "16 takes", "4 takes"]),
    published("temperature", "Temperature", None, ["0.00", "2.00", "1.00"]),
    published("seed", "Seed", Some(999_999), ["0", "999999", "1"]),
    published("seed-lock", "Seed lock", Some(1), ["Off", "On", "Off"]),
    published("scale-root", "Scale root", Some(11), ["C", "B", "C"]),
    published("scale", "Scale", Some(14), ["Off", "Chromatic", "Off"]),
    published("continue-bars", "Bars", Some(31), ["1 bar", "32 bars", "4 bars"]),
    published("continue-variation", "Variation", None, ["0 %", "100 %", "50 %"]),
    published("continue-part", "Part", Some(2), ["Auto", "Drums", "Auto"]),
    published("continue", "Continue", Some(1), ["Off", "On", "Off"]),
    published("sound", "Sound", Some(1), ["Off", "On", "On"]),
    published("midi-out", "MIDI out", Some(1), ["Off", "On", "On"]),
    published("gain", "Gain", None, ["-60.0 dB", "12.0 dB", "0.0 dB"]),
    published("bypass", "Bypass", Some(1), ["Not Bypassed", "Bypassed", "Not Bypassed"]),
    published("take", "Take", Some(63), ["1", "64", "1"]),
    Published { automatable: false, ..published("changes", "Changes", Some(65_535), ["0", "65535", "0"]) },
];

#[test]
fn parameters_are_as_published() {
    let mut instance = active();
    let parameters = instance.parameters();
    let mut seen = Vec::new();
    for parameter in &parameters {
        let (min, max, default) = parameter.range;
        let texts = [min, max, default].map(|value| instance.text(parameter.id, value).unwrap());
        let id = PUBLISHED
            .iter()
            .find(|known| parameter_id(known.id) == parameter.id)
            .map_or("unpublished", |known| known.id);
        let steps = parameter.stepped.then_some(max - min);
        seen.push(format!("{id}: {} {steps:?} {texts:?} automatable {}", parameter.name, parameter.automatable));
    }
    let mut expected = PUBLISHED.map(|Published { id, name, steps, texts, automatable }| {
        format!("{id}: {name} {:?} {texts:?} automatable {automatable}", steps.map(f64::from))
    });
    seen.sort();
    expected.sort();
    assert_eq!(seen, expected);
}

#[test]
fn what_is_automated_is_what_is_set() {
    let mut instance = active();
    for parameter in instance.parameters().into_iter().filter(|parameter| parameter.automatable) {
        let (min, max, default) = parameter.range;
        for value in [min, max, (min + max) / 2.0, default] {
            let value = if parameter.stepped { value.round() } else { value };
            instance.process(None, &[Input::Value(3, parameter.id, value)], 64).unwrap();
            let set = instance.value(parameter.id).unwrap();
            assert!((set - value).abs() <= (max - min) * 1e-2, "{}: {set} instead of {value}", parameter.name);
        }
    }
}

#[test]
fn a_storm_of_automation_does_no_harm() {
    let mut instance = active();
    instance.give_source(&asset("drums.mid")).unwrap();
    let parameters = instance.parameters();
    let mut random = random(1_859);
    let mut song = Song::playing(120.0, RATE);
    for _ in 0..500 {
        let mut events: Vec<(u32, Input)> = (0..8)
            .map(|_| {
                let parameter = &parameters[usize::try_from(random(parameters.len() as u64)).unwrap()];
                let (min, max, _) = parameter.range;
                let value = min + (max - min) * random(1_001) as f64 / 1_000.0;
                let at = u32::try_from(random(256)).unwrap();
                (at, Input::Value(at, parameter.id, if parameter.stepped { value.round() } else { value }))
            })
            .collect();
        events.sort_by_key(|(at, _)| *at);
        let events: Vec<Input> = events.into_iter().map(|(_, event)| event).collect();
        let block = instance.process(Some(&song), &events, 256).unwrap();
        assert!(block.audio.iter().flatten().all(|sample| sample.is_finite()));
        song.advance(256);
    }
    assert!(instance.save().is_ok());
}

#[test]
fn values_outside_their_range_do_no_harm() {
    let mut instance = active();
    for parameter in instance.parameters() {
        let (min, max, default) = parameter.range;
        for value in [-1e9, 1e9, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            // A key is down, so that there is sound to be spoiled.
            let events = [Input::NoteOn(0, 60, 0.8), Input::Value(0, parameter.id, value)];
            let block = instance.process(None, &events, 64).unwrap();
            let finite = block.audio.iter().flatten().all(|sample| sample.is_finite());
            assert!(finite, "{}: {value}", parameter.name);
            let set = instance.value(parameter.id).unwrap();
            assert!((min..=max).contains(&set), "{}: {value} became {set}", parameter.name);
            assert!(instance.text(parameter.id, set).is_some(), "{}: {set}", parameter.name);
        }
        instance.process(None, &[Input::NoteOff(0, 60), Input::Value(0, parameter.id, default)], 64).unwrap();
        assert_eq!(instance.value(parameter.id), Some(default), "{}", parameter.name);
    }
    // After all that it plays, saves and loads.
    let block = instance.process(None, &[Input::NoteOn(0, 72, 0.8)], 4096).unwrap();
    assert!(block.audio[0].iter().any(|sample| sample.abs() > 0.01), "no sound");
    let saved = instance.save().unwrap();
    instance.load(&saved).unwrap();
    assert_eq!(instance.save().unwrap(), saved);
}
