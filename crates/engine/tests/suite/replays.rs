//! What each network gave at export, in every engine.

use crate::engines::backends;
use crate::fixtures::{Folder, factory, published, published_named};
use serde::Deserialize;
use solferino_engine::Tract;
use solferino_models::{BarGrid, Cancel, Constraint, Generation, Library, Outputs, RecurrentModel, Seed};
use std::sync::Arc;

/// Absolute, on logits.
const TOLERANCE: f32 = 1e-4;

/// What a network gave when it was exported.
#[derive(Deserialize)]
struct Golden {
    steps: usize,
    batch: usize,
    input: Vec<Vec<Vec<f32>>>,
    logits: Vec<Vec<Vec<f32>>>,
    /// Continuations by `@magenta/music`, without temperature.
    #[serde(default)]
    cases: Vec<ContinuationCase>,
}

#[derive(Deserialize)]
struct ContinuationCase {
    primer_labels: Vec<usize>,
    labels: Vec<usize>,
}

/// Plays a golden file; the largest difference, or what went wrong.
fn replay(model: &RecurrentModel, golden: &Golden) -> Result<f32, String> {
    let encoding = model.encoding();
    let (plan, batch) = model.plan(golden.batch).map_err(|error| error.to_string())?;
    let mut run = plan.start().map_err(|error| error.to_string())?;
    let mut worst = 0.0f32;
    for step in 0..golden.steps {
        let mut input: Vec<f32> = golden.input[step].concat();
        input.resize(batch * encoding.input_len(), 0.0);
        let mut logits = vec![f32::NAN; batch * encoding.output_len()];
        run.step(&[&input], &mut [&mut logits]).map_err(|error| error.to_string())?;
        for (found, expected) in logits.iter().zip(golden.logits[step].concat()) {
            worst = worst.max((found - expected).abs());
            if (found - expected).abs() >= TOLERANCE || found.is_nan() {
                return Err(format!("step {step}: {found} for {expected}"));
            }
        }
    }
    Ok(worst)
}

fn replay_all(folders: &[Folder]) {
    let mut failures = Vec::new();
    for backend in backends() {
        for folder in folders {
            let golden: Golden = folder.golden();
            assert!(golden.steps > 0 && golden.input.len() == golden.steps && golden.logits.len() == golden.steps);
            if let Err(failure) = replay(&folder.model(Arc::clone(&backend)), &golden) {
                failures.push(format!("{} in {}: {failure}", folder.name(), backend.name()));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn published_networks_replay() {
    replay_all(&published());
}

#[test]
fn factory_networks_replay() {
    replay_all(&factory());
}

#[test]
fn every_factory_model_is_in_order() {
    let library = Library::new(Arc::new(Tract));
    for folder in factory() {
        let verified = library.verify(folder.manifest().name()).unwrap();
        assert_eq!((verified.hash.as_str(), verified.backend), (folder.manifest().sha256(), "tract"));
    }
}

/// `@magenta/music` without temperature takes the likeliest class.
#[test]
fn magenta_js_continuations_are_equal() {
    let folder = published_named("magentajs_basic_rnn");
    let cases = folder.golden::<Golden>().cases;
    assert!(cases.len() >= 4);
    for backend in backends() {
        let model = folder.model(backend);
        for (number, case) in cases.iter().enumerate() {
            let encoding = model.encoding();
            let primer: Vec<i16> = case.primer_labels.iter().map(|&label| encoding.event(label, &[])).collect();
            let request = Generation {
                primer: &primer,
                bars: BarGrid { steps_per_bar: 16, compound: false },
                steps: case.labels.len(),
                streams: &[0, 1, 2],
                temperature: 0.0,
                seed: Seed(0),
                constraint: Constraint::None,
                repetition: 0.0,
            };
            for row in model.generate(&request, &Cancel::default(), &mut |_, _| {}).unwrap() {
                let labels: Vec<usize> =
                    (0..row.events.len()).map(|position| encoding.label(&row.events, position)).collect();
                assert_eq!(labels, case.labels, "case {number} in {}", model.backend());
            }
        }
    }
}

/// The state after a primer at one row goes on the same in a larger batch.
#[test]
fn a_broadcast_state_goes_on() {
    for backend in backends() {
        for folder in published() {
            let golden: Golden = folder.golden();
            let model = folder.model(Arc::clone(&backend));
            let outputs = model.encoding().output_len();
            let one = backend.plan(&folder.onnx(), model.manifest().signature(), 1, Outputs::All).unwrap();
            let mut run = one.start().unwrap();
            let mut logits = vec![0.0; outputs];
            for input in &golden.input[..10] {
                run.step(&[&input[0]], &mut [&mut logits]).unwrap();
            }
            let (several, batch) = model.plan(3).unwrap();
            assert!(batch >= 3);
            let mut wide = several.start().unwrap();
            wide.broadcast_state(&run.state_row().unwrap()).unwrap();
            assert_eq!(wide.state_row().unwrap(), run.state_row().unwrap());
            let mut rows = vec![0.0; batch * outputs];
            for input in &golden.input[10..20] {
                run.step(&[&input[0]], &mut [&mut logits]).unwrap();
                wide.step(&[&input[0].repeat(batch)], &mut [&mut rows]).unwrap();
                for row in rows.chunks(outputs) {
                    for (found, expected) in row.iter().zip(&logits) {
                        assert!((found - expected).abs() < TOLERANCE, "{} in {}", folder.name(), backend.name());
                    }
                }
            }
        }
    }
}
