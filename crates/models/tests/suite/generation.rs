//! The generation loop: repeatable, independent rows, cancel, progress, masks, repetition, refusals. No engine is needed
//! for that; those run in the engine crate's tests.

use crate::fixtures::{factory, published, published_named};
use solferino_models::fake::Fake;
use solferino_models::{
    BarGrid, Cancel, Choice, Constraint, Drawn, Generation, Library, Model, ModelError, NO_EVENT, RecurrentModel, Seed,
    limits,
};
use std::sync::Arc;

const BARS: BarGrid = BarGrid { steps_per_bar: 16, compound: false };
const MELODY: [i16; 16] = [60, -2, 62, -2, 64, -2, -1, -2, 67, -2, -2, -2, 64, -2, -1, -2];
const DRUMS: [i16; 16] = [5, 0, 4, 0, 6, 0, 4, 0, 5, 0, 4, 1, 6, 0, 4, 8];

fn request(primer: &[i16]) -> Generation<'_> {
    Generation {
        primer,
        bars: BARS,
        steps: 24,
        streams: &[0, 1, 2, 3],
        temperature: 1.0,
        seed: Seed(7),
        constraint: Constraint::None,
        repetition: 0.0,
    }
}

fn primer(model: &RecurrentModel) -> &'static [i16] {
    if model.manifest().encoding().pitches().is_some() { &MELODY } else { &DRUMS }
}

fn drawn(model: &RecurrentModel, request: &Generation<'_>) -> Vec<Drawn> {
    model.generate(request, &Cancel::default(), &mut |_, _| {}).unwrap()
}

fn basic() -> RecurrentModel {
    published_named("basic_rnn").model(Arc::new(Fake))
}

#[test]
fn rows_repeat_and_do_not_depend_on_each_other() {
    let numbers: Vec<u64> = (0..limits::ROWS as u64).collect();
    for folder in published().into_iter().chain(factory()) {
        let model = folder.model(Arc::new(Fake));
        let primer = primer(&model);
        let all = drawn(&model, &Generation { streams: &numbers, ..request(primer) });
        assert_eq!(all.len(), limits::ROWS);
        assert!(all.iter().all(|row| row.events.len() == 24 && row.log_likelihood < 0.0));
        for streams in [&[0][..], &[63, 0], &[5, 17, 16], &[40, 3, 3, 9, 1], &numbers[7..24]] {
            let expected: Vec<Drawn> =
                streams.iter().filter_map(|&number| all.get(usize::try_from(number).unwrap())).cloned().collect();
            assert_eq!(drawn(&model, &Generation { streams, ..request(primer) }), expected, "{}", folder.name());
        }
        assert_ne!(all[0], all[1], "{}", folder.name());
        let other = drawn(&model, &Generation { seed: Seed(8), ..request(primer) });
        assert_ne!(other[0].events, all[0].events, "{}", folder.name());
    }
}

/// What a row says of its likelihood is what the logits of its own steps say.
#[test]
fn likelihoods_are_those_of_the_model_alone() {
    let mut allowed = [false; 128];
    allowed[60..72].fill(true);
    for name in ["basic_rnn", "lookback_rnn", "attention_rnn", "drum_kit"] {
        let model = published_named(name).model(Arc::new(Fake));
        let primer = primer(&model);
        let constraint = Constraint::Pitches(Box::new(allowed));
        let wild = Generation { temperature: 1.7, repetition: -1.5, constraint, ..request(primer) };
        for row in drawn(&model, &wild) {
            let encoding = model.encoding();
            let (plan, batch) = model.plan(1).unwrap();
            let mut run = plan.start().unwrap();
            let mut reader = encoding.reader(BARS);
            let mut input = vec![0.0; batch * encoding.input_len()];
            let mut logits = vec![0.0; batch * encoding.output_len()];
            let mut expected = 0.0;
            for (position, &event) in primer.iter().chain(&row.events).enumerate() {
                if position >= primer.len() {
                    let first = &logits[..encoding.output_len()];
                    let weights: Vec<f64> = first.iter().map(|&logit: &f32| f64::from(logit).exp()).collect();
                    let meant = |label: &usize| encoding.event(*label, reader.events()) == event;
                    let among: f64 = (0..weights.len()).filter(meant).map(|label| weights[label]).sum();
                    expected += (among / weights.iter().sum::<f64>()).ln();
                }
                reader.push(event);
                reader.write_input(&mut input[..encoding.input_len()]);
                run.step(&[&input], &mut [&mut logits]).unwrap();
            }
            assert!((row.log_likelihood - expected).abs() < 1e-6, "{name}: {} for {expected}", row.log_likelihood);
        }
    }
}

/// How much of what is drawn equals what came a bar before: melody events, or classes of drums.
fn repeated(model: &RecurrentModel, repetition: f32) -> u32 {
    let primer = primer(model);
    let melody = model.manifest().encoding().pitches().is_some();
    let numbers: Vec<u64> = (0..16).collect();
    let rows = drawn(model, &Generation { streams: &numbers, steps: 64, repetition, ..request(primer) });
    let same = |now: i16, then: i16| if melody { u32::from(now == then) } else { 9 - (now ^ then).count_ones() };
    let repeats = |row: &Drawn| -> u32 {
        let events = [primer, &row.events].concat();
        events[16..].iter().zip(&events).map(|(&now, &then)| same(now, then)).sum()
    };
    rows.iter().map(repeats).sum()
}

#[test]
fn repetition_repeats_more_or_less() {
    for folder in factory() {
        let model = folder.model(Arc::new(Fake));
        let found = [-4.0, -1.5, 0.0, 1.5, 4.0].map(|repetition| repeated(&model, repetition));
        let apart = found.windows(2).all(|pair| pair[0] <= pair[1]) && found[0] < found[2] && found[2] < found[4];
        assert!(apart, "{}: {found:?}", folder.name());
    }
    for (name, heard) in [("lookback_rnn", true), ("attention_rnn", true), ("basic_rnn", false), ("drum_kit", false)] {
        let model = published_named(name).model(Arc::new(Fake));
        assert_eq!(repeated(&model, 8.0) > repeated(&model, 0.0), heard, "{name}");
    }
}

#[test]
fn repetition_is_shared_by_what_would_repeat() {
    let model = factory().into_iter().find(|folder| folder.name() == "melody").unwrap().model(Arc::new(Fake));
    let encoding = model.encoding();
    let mut reader = encoding.reader(BARS);
    // The first bar starts with 60, the second with 64; nothing matches.
    let bars = [[60].as_slice(), &[NO_EVENT; 15], &[64], &[NO_EVENT; 14], &[67]].concat();
    bars.iter().for_each(|&event| reader.push(event));
    assert_eq!(reader.repeats(), [64, 60], "one and two bars before");
    let logits = vec![0.0; encoding.output_len()];
    let choice = Choice { constraint: &Constraint::None, temperature: 1.0, repetition: 10.0 };
    let mut stream = Seed(3).stream(0);
    let draws: Vec<i16> = (0..4000).map(|_| encoding.sample(&*reader, &logits, &choice, &mut stream).event).collect();
    let share = |event: i16| draws.iter().filter(|&&draw| draw == event).count() as f64 / 4000.0;
    let each = 5.0f64.exp() / (2.0 * 5.0f64.exp() + 36.0);
    assert!((share(60) - each).abs() < 0.03 && (share(64) - each).abs() < 0.03, "{} {}", share(60), share(64));
}

#[test]
fn every_factory_folder_is_embedded_and_in_order() {
    let library = Library::new(Arc::new(Fake));
    let listed: Vec<String> = library.list().into_iter().map(|entry| entry.name).collect();
    let folders: Vec<String> = factory().iter().map(|folder| folder.manifest().name().to_owned()).collect();
    assert_eq!(listed, folders);
    for (name, folder) in folders.iter().zip(factory()) {
        let verified = library.verify(name).unwrap();
        assert_eq!(verified.hash, folder.manifest().sha256());
        let Model::Recurrent(model) = library.get(name).unwrap() else { panic!("{name} is of another kind") };
        assert!(Arc::ptr_eq(&model, &library.recurrent(name).unwrap()), "loaded once");
        library.set_backend(Arc::new(Fake));
        assert!(!Arc::ptr_eq(&model, &library.recurrent(name).unwrap()), "another engine, loaded again");
    }
}

#[test]
fn fewer_steps_are_prefixes() {
    let model = basic();
    let long = drawn(&model, &request(&MELODY));
    for steps in [0, 1, 2, 23] {
        for (short, long) in drawn(&model, &Generation { steps, ..request(&MELODY) }).iter().zip(&long) {
            assert_eq!(short.events[..], long.events[..steps]);
        }
    }
}

#[test]
fn temperature_zero_gives_one_row_many_times() {
    let model = basic();
    let drawn = drawn(&model, &Generation { temperature: 0.0, ..request(&MELODY) });
    assert!(drawn.iter().all(|row| *row == drawn[0]));
}

#[test]
fn threads_do_not_change_what_is_drawn() {
    let model = Arc::new(basic());
    let expected = drawn(&model, &request(&MELODY));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let model = Arc::clone(&model);
            std::thread::spawn(move || drawn(&model, &request(&MELODY)))
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), expected);
    }
}

#[test]
fn masked_pitches_never_come() {
    let mut allowed = [false; 128];
    for pitch in (0..128).filter(|pitch| [0, 2, 4, 7, 9].contains(&(pitch % 12))) {
        allowed[pitch] = true;
    }
    for name in ["basic_rnn", "lookback_rnn", "attention_rnn", "mono_rnn"] {
        let model = published_named(name).model(Arc::new(Fake));
        let constraint = Constraint::Pitches(Box::new(allowed));
        let drawn = drawn(&model, &Generation { steps: 64, temperature: 2.0, constraint, ..request(&MELODY) });
        let pitches: Vec<usize> =
            drawn.iter().flat_map(|row| &row.events).filter_map(|&event| usize::try_from(event).ok()).collect();
        assert!(!pitches.is_empty(), "{name} played nothing");
        assert!(pitches.iter().all(|&pitch| allowed[pitch]), "{name}: {pitches:?}");
    }
}

#[test]
fn cancel_stops_within_a_step() {
    let model = basic();
    for stop_at in [1, 5, 16, 17, 30] {
        let cancel = Cancel::default();
        let mut last = 0;
        let outcome = model.generate(&request(&MELODY), &cancel, &mut |done, _| {
            last = done;
            if done == stop_at {
                cancel.cancel();
            }
        });
        assert!(matches!(outcome, Err(ModelError::Cancelled)), "{outcome:?}");
        assert_eq!(last, stop_at);
    }
    let cancelled = Cancel::default();
    cancelled.cancel();
    let outcome = model.generate(&request(&MELODY), &cancelled, &mut |_, _| panic!("no step was due"));
    assert!(matches!(outcome, Err(ModelError::Cancelled)));
}

#[test]
fn progress_counts_every_step() {
    let model = basic();
    let mut told = Vec::new();
    model.generate(&request(&MELODY), &Cancel::default(), &mut |done, total| told.push((done, total))).unwrap();
    let total = MELODY.len() + 24 - 1;
    assert_eq!(told, (1..=total).map(|done| (done, total)).collect::<Vec<_>>());
    // The primer is known by now, and 33 rows take three batches.
    told.clear();
    let numbers: Vec<u64> = (0..33).collect();
    let many = Generation { streams: &numbers, ..request(&MELODY) };
    model.generate(&many, &Cancel::default(), &mut |done, total| told.push((done, total))).unwrap();
    let total = MELODY.len() + 3 * 24 - 1;
    assert_eq!(told, (MELODY.len()..=total).map(|done| (done, total)).collect::<Vec<_>>());
}

#[test]
fn the_last_primer_is_not_run_again() {
    let model = basic();
    let bar_of_twelve = BarGrid { steps_per_bar: 12, compound: false };
    let asked = [
        (request(&MELODY), false),
        (Generation { seed: Seed(8), streams: &[4, 2], ..request(&MELODY) }, true),
        (Generation { bars: bar_of_twelve, ..request(&MELODY) }, false),
        (request(&MELODY[..15]), false),
        (request(&MELODY), false),
        (request(&MELODY), true),
    ];
    for (request, again) in asked {
        let mut steps = 0;
        let made = model.generate(&request, &Cancel::default(), &mut |_, _| steps += 1).unwrap();
        assert_eq!(steps, request.steps + if again { 0 } else { request.primer.len() - 1 });
        assert_eq!(made, drawn(&basic(), &request), "as from a model that has run nothing");
    }
}

#[test]
fn requests_outside_the_limits_are_refused_in_sentences() {
    let model = basic();
    let too_many = [0; limits::ROWS + 1];
    let cases: [(&str, Generation<'_>, &str); 11] = [
        ("empty", request(&[]), "nothing to continue"),
        ("no rows", Generation { streams: &[], ..request(&MELODY) }, "0 rows"),
        ("65 rows", Generation { streams: &too_many, ..request(&MELODY) }, "1 to 64"),
        ("only repeats", Generation { repetition: 17.0, ..request(&MELODY) }, "-16 to 16"),
        ("repeats no number of times", Generation { repetition: f32::NAN, ..request(&MELODY) }, "NaN"),
        ("cold", Generation { temperature: -0.1, ..request(&MELODY) }, "-0.1"),
        ("hot", Generation { temperature: 2.1, ..request(&MELODY) }, "0 to 2"),
        ("not a number", Generation { temperature: f32::NAN, ..request(&MELODY) }, "NaN"),
        ("endless", Generation { steps: usize::MAX, ..request(&MELODY) }, "too many"),
        ("no bar", Generation { bars: BarGrid { steps_per_bar: 0, compound: false }, ..request(&MELODY) }, "0 steps"),
        (
            "huge bar",
            Generation { bars: BarGrid { steps_per_bar: u32::MAX, compound: false }, ..request(&MELODY) },
            "1 to 1024",
        ),
    ];
    for (name, request, part) in cases {
        match model.generate(&request, &Cancel::default(), &mut |_, _| {}) {
            Err(error @ ModelError::BadRequest { .. }) => assert!(error.to_string().contains(part), "{name}: {error}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}
