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

#[test]
fn ids_are_the_ones_that_projects_refer_to() {
    let mut instance = active();
    let ids: Vec<u32> = instance.parameters().iter().map(|parameter| parameter.id).collect();
    let names = [
        "continue-bars",
        "takes",
        "temperature",
        "seed",
        "scale-root",
        "scale",
        "continue-part",
        "take",
        "continue",
        "sound",
        "midi-out",
        "gain",
        "bypass",
    ];
    for name in names {
        assert!(ids.contains(&parameter_id(name)), "the parameter {name} is gone");
    }
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
        for value in [-1e9, 1e9, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let block = instance.process(None, &[Input::Value(0, parameter.id, value)], 64).unwrap();
            let finite = block.audio.iter().flatten().all(|sample| sample.is_finite());
            assert!(finite, "{}: {value}", parameter.name);
        }
        let default = Input::Value(0, parameter.id, parameter.range.2);
        instance.process(None, &[default], 64).unwrap();
    }
}
