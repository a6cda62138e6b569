//! Every value of note-seq's encoders on random melodies and drums (tests/golden/noteseq_encodings.json, made by
//! running note-seq 35825508), and of the training code for our own encodings.

use crate::fixtures::{factory, published};
use proptest::prelude::*;
use serde::Deserialize;
use solferino_models::{BarGrid, Choice, Constraint, Encoding, EncodingSpec, Lookback, NO_EVENT, PitchRange, Seed};
use std::collections::BTreeMap;

const COMMON_TIME: BarGrid = BarGrid { steps_per_bar: 16, compound: false };

#[derive(Deserialize)]
struct NoteSeq {
    melody_encodings: Vec<MelodyCase>,
    drum_kit: DrumCase,
}

#[derive(Deserialize)]
struct MelodyCase {
    events: Vec<i16>,
    onehot: Encoded,
    lookback: Encoded,
    key: Encoded,
}

#[derive(Deserialize)]
struct DrumCase {
    events: Vec<Vec<u8>>,
    input_size: usize,
    inputs: Vec<BTreeMap<String, f32>>,
    labels: Vec<usize>,
}

#[derive(Deserialize)]
struct Encoded {
    input_size: usize,
    num_classes: usize,
    inputs: Vec<BTreeMap<String, f32>>,
    labels: Vec<usize>,
}

/// How the training code saw events.
#[derive(Deserialize)]
struct Golden {
    #[serde(default)]
    encoding: Vec<EncodingCase>,
}

#[derive(Deserialize)]
struct EncodingCase {
    steps_per_bar: u32,
    compound: bool,
    events: Vec<i16>,
    inputs: Vec<Vec<f32>>,
}

fn note_seq() -> NoteSeq {
    serde_json::from_str(include_str!("../golden/noteseq_encodings.json")).unwrap()
}

/// The input vector after `events`, by a reader of its own.
fn input(encoding: &dyn Encoding, bars: BarGrid, events: &[i16]) -> Vec<f32> {
    let mut reader = encoding.reader(bars);
    events.iter().for_each(|&event| reader.push(event));
    let mut row = vec![f32::NAN; encoding.input_len()];
    reader.write_input(&mut row);
    row
}

fn dense(sparse: &BTreeMap<String, f32>, size: usize) -> Vec<f32> {
    let mut row = vec![0.0; size];
    for (index, value) in sparse {
        row[index.parse::<usize>().unwrap()] = *value;
    }
    row
}

/// Compares inputs at 0 … n − 2, labels at 1 … n − 1, and what the labels decode to.
fn check(name: &str, encoding: &dyn Encoding, events: &[i16], inputs: &[Vec<f32>], labels: &[usize]) -> Vec<String> {
    assert_eq!((inputs.len(), labels.len()), (events.len() - 1, events.len() - 1), "{name}");
    let mut failures = Vec::new();
    let mut row = vec![f32::NAN; encoding.input_len()];
    let mut reader = encoding.reader(COMMON_TIME);
    for (position, (input, &label)) in inputs.iter().zip(labels).enumerate() {
        reader.push(events[position]);
        reader.write_input(&mut row);
        if row != *input {
            let wrong: Vec<_> = (0..row.len()).filter(|&i| row[i] != input[i]).map(|i| (i, row[i], input[i])).collect();
            failures.push(format!("{name}: input {position} differs at (index, found, expected) {wrong:?}"));
        }
        let found = encoding.label(events, position + 1);
        if found != label {
            failures.push(format!("{name}: label {} is {found}, expected {label}", position + 1));
        }
        let event = encoding.event(label, &events[..=position]);
        if event != events[position + 1] {
            failures.push(format!("{name}: label {label} means {event}, expected {}", events[position + 1]));
        }
    }
    failures
}

#[test]
fn melody_encodings_equal_note_seq() {
    let range = PitchRange { min: 48, max: 84, key: None };
    let mut failures = Vec::new();
    let mut values = 0;
    for (number, case) in note_seq().melody_encodings.iter().enumerate() {
        for (name, spec, encoded) in [
            ("one-hot", EncodingSpec::MelodyOneHot { range }, &case.onehot),
            ("lookback", EncodingSpec::MelodyLookback { range }, &case.lookback),
            ("key", EncodingSpec::MelodyKey { range }, &case.key),
        ] {
            let encoding = spec.build();
            assert_eq!(
                (encoding.input_len(), encoding.output_len()),
                (encoded.input_size, encoded.num_classes),
                "{name}"
            );
            let inputs: Vec<_> = encoded.inputs.iter().map(|row| dense(row, encoded.input_size)).collect();
            values += inputs.len() * encoded.input_size;
            failures.extend(check(&format!("{name} {number}"), &*encoding, &case.events, &inputs, &encoded.labels));
        }
    }
    assert!(
        failures.is_empty(),
        "{} differences, the first: {:#?}",
        failures.len(),
        &failures[..failures.len().min(8)]
    );
    assert!(values > 40_000, "the golden file holds only {values} values");
}

#[test]
fn drum_encoding_equals_note_seq() {
    let case = note_seq().drum_kit;
    let class = |pitch: u8| [36, 38, 42, 46, 45, 48, 50, 49, 51].iter().position(|&first| first == pitch).unwrap();
    let events: Vec<i16> =
        case.events.iter().map(|pitches| pitches.iter().fold(0, |event, &pitch| event | 1 << class(pitch))).collect();
    let encoding = EncodingSpec::DrumsOneHot { counter_bits: 6 }.build();
    assert_eq!((encoding.input_len(), encoding.output_len()), (case.input_size, 512));
    let inputs: Vec<_> = case.inputs.iter().map(|row| dense(row, case.input_size)).collect();
    let failures = check("drum kit", &*encoding, &events, &inputs, &case.labels);
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn encodings_equal_the_training_code() {
    let mut compared = 0;
    for folder in factory().into_iter().chain(published()) {
        let encoding = folder.manifest().encoding().build();
        for (number, case) in folder.golden::<Golden>().encoding.iter().enumerate() {
            let bars = BarGrid { steps_per_bar: case.steps_per_bar, compound: case.compound };
            let mut row = vec![f32::NAN; encoding.input_len()];
            let mut reader = encoding.reader(bars);
            for (position, input) in case.inputs.iter().enumerate() {
                reader.push(case.events[position]);
                reader.write_input(&mut row);
                for (index, (found, expected)) in row.iter().zip(input).enumerate() {
                    assert!(
                        (found - expected).abs() < 1e-6,
                        "{}: case {number}, position {position}, index {index}: {found} for {expected}",
                        folder.name()
                    );
                }
                assert_eq!(row.len(), input.len());
                compared += row.len();
            }
        }
    }
    if !factory().is_empty() {
        assert!(compared > 10_000, "only {compared} values were compared");
    }
}

/// All of the past that an encoding may be shown, or the lags alone.
fn lookback(lags: &[usize], all: bool) -> Lookback {
    Lookback { lags: lags.to_vec(), run_cap: 32, matching: all, precedents: all }
}

fn every_encoding() -> Vec<(&'static str, EncodingSpec)> {
    let range = PitchRange { min: 48, max: 84, key: Some(0) };
    let all = PitchRange { min: 0, max: 128, key: None };
    vec![
        ("melody_lags", EncodingSpec::MelodyLags { range, lookback: lookback(&[1, 2, 4, 8], true) }),
        ("melody_lags, all pitches", EncodingSpec::MelodyLags { range: all, lookback: lookback(&[1, 3], false) }),
        ("drums_lags", EncodingSpec::DrumsLags { lookback: lookback(&[1, 2, 4, 8], true), habits: vec![1, 4] }),
        ("drums_lags, lags alone", EncodingSpec::DrumsLags { lookback: lookback(&[1], false), habits: Vec::new() }),
        ("melody_onehot", EncodingSpec::MelodyOneHot { range }),
        ("melody_lookback", EncodingSpec::MelodyLookback { range }),
        ("melody_key", EncodingSpec::MelodyKey { range }),
        ("drums_onehot", EncodingSpec::DrumsOneHot { counter_bits: 6 }),
    ]
}

proptest! {
    #[test]
    fn a_reader_gives_the_same_however_it_came_there(
        events in prop::collection::vec(prop::sample::select(vec![-2i16, -2, -2, -1, 60, 62, 64, 67, 3, 5]), 1..300),
        skip in 1usize..40,
        steps_per_bar in 1u32..40,
        compound in any::<bool>(),
    ) {
        let bars = BarGrid { steps_per_bar, compound };
        for (name, spec) in every_encoding() {
            let encoding = spec.build();
            let mut followed = vec![f32::NAN; encoding.input_len()];
            let mut reader = encoding.reader(bars);
            for (position, &event) in events.iter().enumerate() {
                reader.push(event);
                if position.is_multiple_of(skip) {
                    let fresh = input(&*encoding, bars, &events[..=position]);
                    prop_assert!(fresh.iter().all(|value| value.is_finite()), "{name}: {fresh:?}");
                    // A fork that goes its own way leaves the reader as it was.
                    let mut fork = reader.fork();
                    fork.push(62);
                    fork.write_input(&mut followed);
                    prop_assert_eq!(fork.events().len(), position + 2);
                    for _ in 0..2 {
                        reader.write_input(&mut followed);
                        prop_assert_eq!(&fresh, &followed, "{} at {}", name, position);
                    }
                }
            }
            prop_assert_eq!(reader.events(), &events[..]);
        }
    }

    #[test]
    fn any_event_and_meter_is_taken(events in prop::collection::vec(any::<i16>(), 0..80), steps_per_bar in any::<u32>()) {
        let bars = BarGrid { steps_per_bar, compound: false };
        for (_, spec) in every_encoding() {
            let encoding = spec.build();
            prop_assert!(input(&*encoding, bars, &events).iter().all(|value| value.is_finite()));
            let mut reader = encoding.reader(bars);
            events.iter().for_each(|&event| reader.push(event));
            prop_assert!(reader.repeats().len() <= 17);
        }
    }

    #[test]
    fn melody_labels_decode_to_their_events(events in prop::collection::vec(prop_oneof![-2i16..0, 48i16..84], 1..100)) {
        for (name, spec) in every_encoding().into_iter().filter(|(_, spec)| spec.pitches().is_some()) {
            let encoding = spec.build();
            for position in 1..events.len() {
                let label = encoding.label(&events, position);
                prop_assert!(label < encoding.output_len());
                prop_assert_eq!(encoding.event(label, &events[..position]), events[position], "{} at {}", name, position);
            }
        }
    }

    #[test]
    fn drum_labels_decode_to_their_events(events in prop::collection::vec(0i16..512, 1..40)) {
        for (name, spec) in every_encoding().into_iter().filter(|(_, spec)| spec.pitches().is_none()) {
            let encoding = spec.build();
            for position in 0..events.len() {
                let label = encoding.label(&events, position);
                prop_assert_eq!(encoding.event(label, &events[..position]), events[position], "{}", name);
            }
        }
    }
}

#[test]
fn a_repeated_bar_shows_in_the_lag_numbers() {
    let encoding = EncodingSpec::MelodyLags {
        range: PitchRange { min: 48, max: 84, key: None },
        lookback: lookback(&[1, 2], false),
    }
    .build();
    let mut bar = [NO_EVENT; 12];
    bar[0] = 60;
    bar[6] = 64;
    let events: Vec<i16> = bar.iter().cycle().take(30).copied().collect();
    let bars = BarGrid { steps_per_bar: 12, compound: true };
    let row = input(&*encoding, bars, &events);
    let numbers = 3 * 38;
    assert_eq!(row[numbers..numbers + 3], [1.0, 1.0, 18.0 / 32.0], "exists, repeat, run of one bar");
    assert_eq!(row[numbers + 3..numbers + 6], [1.0, 1.0, 6.0 / 32.0], "exists, repeat, run of two bars");
    assert_eq!(row[38 + 16 + 2 - 16], 0.0);
    assert_eq!(row[38..76].iter().sum::<f32>(), 1.0, "one bar ago, the next step");
    assert_eq!(row[38 + 2 + 16], 1.0, "64 comes next, as a bar ago");
    let pitches = numbers + 6;
    assert_eq!(row[pitches + 12], 1.0, "60 sounds");
    assert_eq!(row[pitches + 36], 5.0 / 16.0, "for five steps");
    assert_eq!(row[pitches + 37..], [-1.0, 1.0, 1.0, -1.0, -1.0, -1.0, 1.0, -1.0, 0.75, 1.0], "step 6 of bar 2");
}

#[test]
fn drum_bits_see_the_bits_decided_before() {
    let encoding = EncodingSpec::DrumsLags { lookback: lookback(&[1], false), habits: Vec::new() }.build();
    let weight = |class: usize, earlier: usize| 9 + class * (class - 1) / 2 + earlier;
    let mut logits = vec![0.0f32; encoding.output_len()];
    logits[..9].fill(-1.0);
    logits[0] = 1.0;
    logits[weight(3, 0)] = 2.0;
    logits[weight(8, 3)] = 1.5;
    logits[weight(5, 1)] = 10.0;
    let mut stream = Seed(1).stream(0);
    let reader = encoding.reader(COMMON_TIME);
    let mut draw = |temperature: f32| {
        let choice = Choice { constraint: &Constraint::None, temperature, repetition: 0.0 };
        encoding.sample(&*reader, &logits, &choice, &mut stream).event
    };
    assert_eq!(draw(0.0), 1 | 1 << 3 | 1 << 8);
    let draws: Vec<i16> = (0..40_000).map(|_| draw(0.5)).collect();
    let share = |event: &dyn Fn(i16) -> bool, among: &dyn Fn(i16) -> bool| {
        let chosen: Vec<i16> = draws.iter().copied().filter(|&draw| among(draw)).collect();
        chosen.iter().filter(|&&draw| event(draw)).count() as f64 / chosen.len() as f64
    };
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    for (name, found, expected) in [
        ("kick", share(&|e| e & 1 == 1, &|_| true), sigmoid(2.0)),
        ("open hat after a kick", share(&|e| e >> 3 & 1 == 1, &|e| e & 1 == 1), sigmoid(2.0)),
        ("open hat without", share(&|e| e >> 3 & 1 == 1, &|e| e & 1 == 0), sigmoid(-2.0)),
        ("mid tom after a snare", share(&|e| e >> 5 & 1 == 1, &|e| e >> 1 & 1 == 1), 1.0),
    ] {
        assert!((found - expected).abs() < 0.02, "{name}: {found} for {expected}");
    }
}
