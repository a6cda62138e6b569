//! The generation loop: repeatable, independent takes, cancel, progress, masks, refusals.

use crate::fixtures::{backends, published, published_named};
use solferino_models::{BarGrid, Cancel, Constraint, Generation, ModelError, RecurrentModel, Seed, Tract};
use std::sync::Arc;

const BARS: BarGrid = BarGrid { steps_per_bar: 16, compound: false };
const MELODY: [i16; 16] = [60, -2, 62, -2, 64, -2, -1, -2, 67, -2, -2, -2, 64, -2, -1, -2];
const DRUMS: [i16; 16] = [5, 0, 4, 0, 6, 0, 4, 0, 5, 0, 4, 1, 6, 0, 4, 8];

fn request(primer: &[i16]) -> Generation<'_> {
    Generation {
        primer,
        bars: BARS,
        steps: 24,
        takes: 4,
        temperature: 1.0,
        seed: Seed(7),
        constraint: Constraint::None,
    }
}

fn primer(model: &RecurrentModel) -> &'static [i16] {
    if model.manifest().encoding().pitches().is_some() { &MELODY } else { &DRUMS }
}

fn takes(model: &RecurrentModel, request: &Generation<'_>) -> Vec<Vec<i16>> {
    model.generate(request, &Cancel::default(), &mut |_, _| {}).unwrap()
}

fn basic() -> RecurrentModel {
    published_named("basic_rnn").model(Arc::new(Tract))
}

#[test]
fn takes_repeat_and_do_not_depend_on_their_number() {
    for backend in backends() {
        for folder in published() {
            let model = folder.model(Arc::clone(&backend));
            let primer = primer(&model);
            let sixteen = takes(&model, &Generation { takes: 16, ..request(primer) });
            assert_eq!(sixteen.len(), 16);
            assert!(sixteen.iter().all(|take| take.len() == 24));
            for number in [1, 2, 3, 4, 7, 16] {
                let fewer = takes(&model, &Generation { takes: number, ..request(primer) });
                assert_eq!(fewer, sixteen[..number], "{} takes of {} in {}", number, folder.name(), backend.name());
            }
            assert_ne!(sixteen[0], sixteen[1], "{}", folder.name());
            let other = takes(&model, &Generation { seed: Seed(8), ..request(primer) });
            assert_ne!(other[0], sixteen[0], "{}", folder.name());
        }
    }
}

#[test]
fn shorter_takes_are_prefixes() {
    let model = basic();
    let long = takes(&model, &request(&MELODY));
    for steps in [0, 1, 2, 23] {
        for (short, long) in takes(&model, &Generation { steps, ..request(&MELODY) }).iter().zip(&long) {
            assert_eq!(short[..], long[..steps]);
        }
    }
}

#[test]
fn temperature_zero_gives_one_take_many_times() {
    let model = basic();
    let takes = takes(&model, &Generation { temperature: 0.0, ..request(&MELODY) });
    assert!(takes.iter().all(|take| *take == takes[0]));
}

#[test]
fn threads_do_not_change_the_takes() {
    let model = Arc::new(basic());
    let expected = takes(&model, &request(&MELODY));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let model = Arc::clone(&model);
            std::thread::spawn(move || takes(&model, &request(&MELODY)))
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
        let model = published_named(name).model(Arc::new(Tract));
        let constraint = Constraint::Pitches(Box::new(allowed));
        let takes = takes(&model, &Generation { steps: 64, temperature: 2.0, constraint, ..request(&MELODY) });
        let pitches: Vec<usize> = takes.iter().flatten().filter_map(|&event| usize::try_from(event).ok()).collect();
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
}

#[test]
fn the_last_primer_is_not_run_again() {
    let model = basic();
    let bar_of_twelve = BarGrid { steps_per_bar: 12, compound: false };
    let asked = [
        (request(&MELODY), false),
        (Generation { seed: Seed(8), takes: 2, ..request(&MELODY) }, true),
        (Generation { bars: bar_of_twelve, ..request(&MELODY) }, false),
        (request(&MELODY[..15]), false),
        (request(&MELODY), false),
        (request(&MELODY), true),
    ];
    for (request, again) in asked {
        let mut steps = 0;
        let made = model.generate(&request, &Cancel::default(), &mut |_, _| steps += 1).unwrap();
        assert_eq!(steps, request.steps + if again { 0 } else { request.primer.len() - 1 });
        assert_eq!(made, takes(&basic(), &request), "as from a model that has run nothing");
    }
}

#[test]
fn requests_outside_the_limits_are_refused_in_sentences() {
    let model = basic();
    let cases: [(&str, Generation<'_>, &str); 9] = [
        ("empty", request(&[]), "nothing to continue"),
        ("no takes", Generation { takes: 0, ..request(&MELODY) }, "0 takes"),
        ("17 takes", Generation { takes: 17, ..request(&MELODY) }, "1 to 16"),
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
