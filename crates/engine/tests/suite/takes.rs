//! What is drawn from trained networks: the same events as ever, and those of a row whatever is drawn beside it.

use crate::engines::backends;
use crate::fixtures::{Folder, factory, published};
use serde::Deserialize;
use solferino_engine::Tract;
use solferino_models::{BarGrid, Cancel, Constraint, Drawn, Generation, RecurrentModel, Seed};
use std::sync::Arc;

const BARS: BarGrid = BarGrid { steps_per_bar: 16, compound: false };
const MELODY: [i16; 16] = [60, -2, 62, -2, 64, -2, -1, -2, 67, -2, -2, -2, 64, -2, -1, -2];
const DRUMS: [i16; 16] = [5, 0, 4, 0, 6, 0, 4, 0, 5, 0, 4, 1, 6, 0, 4, 8];

/// A request and what came of it before repetition and likelihood were added (tests/golden/takes.json).
#[derive(Deserialize)]
struct Case {
    model: String,
    primer: Vec<i16>,
    steps_per_bar: u32,
    compound: bool,
    temperature: f32,
    seed: u64,
    /// Whether only the pitches of C pentatonic are allowed.
    pentatonic: bool,
    takes: Vec<Vec<i16>>,
}

fn drawn(model: &RecurrentModel, request: &Generation<'_>) -> Vec<Drawn> {
    model.generate(request, &Cancel::default(), &mut |_, _| {}).unwrap()
}

#[test]
fn factory_models_give_the_takes_they_always_gave() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../golden/takes.json")).unwrap();
    let folders = factory();
    let mut allowed = [false; 128];
    (0..128).filter(|pitch| [0, 2, 4, 7, 9].contains(&(pitch % 12))).for_each(|pitch| allowed[pitch] = true);
    for (number, case) in cases.iter().enumerate() {
        let model = folders.iter().find(|folder| folder.name() == case.model).unwrap().model(Arc::new(Tract));
        let streams: Vec<u64> = (0..case.takes.len() as u64).collect();
        let request = Generation {
            primer: &case.primer,
            bars: BarGrid { steps_per_bar: case.steps_per_bar, compound: case.compound },
            steps: case.takes[0].len(),
            streams: &streams,
            temperature: case.temperature,
            seed: Seed(case.seed),
            constraint: if case.pentatonic { Constraint::Pitches(Box::new(allowed)) } else { Constraint::None },
            repetition: 0.0,
        };
        let found: Vec<Vec<i16>> = drawn(&model, &request).into_iter().map(|row| row.events).collect();
        assert_eq!(found, case.takes, "case {number}, {}", case.model);
    }
    assert_eq!(cases.len(), 5 * folders.len());
}

#[test]
fn a_row_does_not_depend_on_what_is_drawn_beside_it() {
    let numbers: Vec<u64> = (0..33).collect();
    for backend in backends() {
        let check = |folder: &Folder, steps: usize| {
            let model = folder.model(Arc::clone(&backend));
            let melody = model.manifest().encoding().pitches().is_some();
            let request = Generation {
                primer: if melody { &MELODY } else { &DRUMS },
                bars: BARS,
                steps,
                streams: &numbers,
                temperature: 1.0,
                seed: Seed(7),
                constraint: Constraint::None,
                repetition: 0.5,
            };
            let all = drawn(&model, &request);
            for streams in [&[0][..], &[32], &[2, 31], &[5, 4, 3, 2, 1], &numbers[3..13], &numbers[16..32]] {
                for (row, &number) in drawn(&model, &Generation { streams, ..request.clone() }).iter().zip(streams) {
                    let expected = &all[usize::try_from(number).unwrap()];
                    let label = format!("row {number} of {} in {}", folder.name(), backend.name());
                    assert_eq!(row.events, expected.events, "{label}");
                    assert!((row.log_likelihood - expected.log_likelihood).abs() < 1e-3, "{label}");
                }
            }
            assert_ne!(all[0].events, all[1].events, "{}", folder.name());
        };
        factory().iter().for_each(|folder| check(folder, 64));
        published().iter().for_each(|folder| check(folder, 24));
    }
}
