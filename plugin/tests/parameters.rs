//! Parameters: text and values, damaged states, what is asked of Continue.

use nice_plug::params::internals::ParamPtr;
use nice_plug::plugin::{ParamValue, PluginState};
use nice_plug::prelude::Plugin;
use solferino::Solferino;
use solferino::instance::{Instance, Kind};
use solferino_models::Seed;
use solferino_tools::{Common, Continue, Request, Tool};
use std::collections::BTreeMap;

fn parameters(plugin: &Solferino) -> Vec<(String, ParamPtr)> {
    plugin.params().param_map().into_iter().map(|(id, param, _)| (id, param)).collect()
}

fn state(params: impl IntoIterator<Item = (&'static str, ParamValue)>) -> PluginState {
    let params = params.into_iter().map(|(id, value)| (id.to_owned(), value)).collect();
    PluginState { version: String::new(), params, fields: BTreeMap::new() }
}

/// Ids, names, steps and ends of the parameters are for ever: projects and automation refer to them.
#[test]
fn parameters_are_those_that_projects_know() {
    /// Id, name, steps, and the texts at the lowest value, the highest and the default.
    type Known<'a> = (&'a str, &'a str, Option<usize>, [&'a str; 3]);
    const KNOWN: [Known<'static>; 16] = [
        ("bypass", "Bypass", Some(1), ["Not Bypassed", "Bypassed", "Not Bypassed"]),
        ("changes", "Changes", Some(65_535), ["0", "65535", "0"]),
        ("continue", "Continue", Some(1), ["Off", "On", "Off"]),
        ("continue-bars", "Bars", Some(31), ["1 bar", "32 bars", "4 bars"]),
        ("continue-part", "Part", Some(2), ["Auto", "Drums", "Auto"]),
        ("continue-variation", "Variation", None, ["0 %", "100 %", "50 %"]),
        ("gain", "Gain", None, ["-60.0 dB", "12.0 dB", "0.0 dB"]),
        ("midi-out", "MIDI out", Some(1), ["Off", "On", "On"]),
        ("scale", "Scale", Some(14), ["Off", "Chromatic", "Off"]),
        ("scale-root", "Scale root", Some(11), ["C", "B", "C"]),
        ("seed", "Seed", Some(999_999), ["0", "999999", "1"]),
        ("seed-lock", "Seed lock", Some(1), ["Off", "On", "Off"]),
        ("sound", "Sound", Some(1), ["Off", "On", "On"]),
        ("take", "Take", Some(63), ["1", "64", "1"]),
        ("takes", "Takes", Some(15), ["1 take", "16 takes", "4 takes"]),
        ("temperature", "Temperature", None, ["0.00", "2.00", "1.00"]),
    ];
    let plugin = Solferino::default();
    let mut found = parameters(&plugin);
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    let ids: Vec<&str> = found.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, KNOWN.map(|(id, ..)| id));
    for ((id, param), (_, name, steps, texts)) in found.iter().zip(KNOWN) {
        // SAFETY: the parameters live in `plugin`.
        let (name_now, steps_now) = unsafe { (param.name(), param.step_count()) };
        // SAFETY: as above.
        let default = unsafe { param.default_normalized_value() };
        // SAFETY: as above.
        let texts_now = [0.0, 1.0, default].map(|value| unsafe { param.normalized_value_to_string(value, true) });
        assert_eq!((name_now, steps_now), (name, steps), "{id}");
        assert_eq!(texts_now, texts, "{id}");
    }
}

#[test]
fn text_and_values_agree() {
    let plugin = Solferino::default();
    for (id, param) in parameters(&plugin) {
        for step in 0..=200 {
            let asked = step as f32 / 200.0;
            // SAFETY: the parameters live in `plugin`.
            let text = unsafe { param.normalized_value_to_string(asked, true) };
            // SAFETY: as above.
            let read = unsafe { param.string_to_normalized_value(&text) };
            let read = read.unwrap_or_else(|| panic!("{id}: {text:?} cannot be read"));
            // SAFETY: as above.
            let again = unsafe { param.normalized_value_to_string(read, true) };
            assert_eq!(text, again, "{id} at {asked}");
        }
    }
}

#[test]
fn people_may_type_values_with_and_without_units() {
    let plugin = Solferino::default();
    let cases = [
        ("continue-bars", "8", "8 bars"),
        ("continue-bars", "1 bar", "1 bar"),
        ("continue-bars", "  12 bars ", "12 bars"),
        ("takes", "16 takes", "16 takes"),
        ("take", "3", "3"),
        ("continue-variation", "70", "70 %"),
        ("continue-variation", "5 %", "5 %"),
        ("seed", "999999", "999999"),
        ("gain", "-6", "-6.0 dB"),
        ("gain", "-6.0 dB", "-6.0 dB"),
        ("temperature", "0.75", "0.75"),
        ("scale", "Dorian", "Dorian"),
        ("scale-root", "Eb", "Eb"),
    ];
    let parameters = parameters(&plugin);
    for (id, typed, shown) in cases {
        let (_, param) = parameters.iter().find(|(name, _)| name == id).unwrap();
        // SAFETY: the parameters live in `plugin`.
        let value = unsafe { param.string_to_normalized_value(typed) };
        let value = value.unwrap_or_else(|| panic!("{id}: {typed:?}"));
        // SAFETY: as above.
        let text = unsafe { param.normalized_value_to_string(value.clamp(0.0, 1.0), true) };
        assert_eq!(text, shown, "{id}: {typed:?}");
    }
}

#[test]
fn damaged_values_are_put_right() {
    let mut state = state([
        ("continue-bars", ParamValue::I32(1_000)),
        ("takes", ParamValue::I32(-5)),
        ("take", ParamValue::I32(i32::MAX)),
        ("seed", ParamValue::I32(i32::MIN)),
        ("temperature", ParamValue::F32(f32::NAN)),
        ("continue-variation", ParamValue::F32(-3.0)),
        ("changes", ParamValue::I32(-1)),
        ("gain", ParamValue::F32(1e9)),
        ("scale", ParamValue::I32(77)),
        ("continue-part", ParamValue::String("drums".into())),
        ("from-the-future", ParamValue::F32(3.0)),
    ]);
    Solferino::filter_state(&mut state);
    let number = |id: &str| match state.params.get(id) {
        Some(ParamValue::I32(value)) => Some(f64::from(*value)),
        Some(ParamValue::F32(value)) => Some(f64::from(*value)),
        _ => None,
    };
    let cases = [
        ("continue-bars", Some(32.0)),
        ("takes", Some(1.0)),
        ("take", Some(63.0)),
        ("seed", Some(0.0)),
        ("temperature", None),
        ("continue-variation", Some(0.0)),
        ("changes", Some(0.0)),
        ("gain", Some(12.0)),
        ("scale", None),
    ];
    for (id, expected) in cases {
        assert_eq!(number(id), expected, "{id}");
    }
    assert!(matches!(state.params.get("continue-part"), Some(ParamValue::String(name)) if name == "drums"));
}

#[test]
fn the_defaults_ask_for_four_takes_of_four_bars() {
    let (instance, _stage) = Instance::new(Kind::Instrument);
    let request = instance.params.continue_request(7, None);
    let wanted = Continue { part: None, bars: 4, variation: 0.5 };
    let common = Common { takes: 4, temperature: 1.0, seed: Seed(7), scale: None, model: None };
    assert_eq!(request, Request { common, tool: Tool::Continue(wanted) });
    assert_eq!(request.check().map_err(|error| error.to_string()), Ok(()));
    let named = instance.params.continue_request(7, Some("drums".into()));
    assert_eq!(named.common.model.as_deref(), Some("drums"));
}
