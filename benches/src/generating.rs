//! The models alone: loading, a step, generation, cancel.

use crate::table::{Table, Timing, time, time_cold};
use solferino_engine::{Tract, use_onnx_runtime};
use solferino_models::{
    BarGrid, Cancel, Constraint, Drawn, Generation, Library, ModelError, NO_EVENT, Plan, RecurrentModel, Seed,
};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Names the library of ONNX Runtime to measure as well.
const RUNTIME_VARIABLE: &str = "SOLFERINO_ORT_LIB";
/// The factory models.
const MODELS: [&str; 3] = ["drums", "melody", "mono"];
/// Four bars of sixteenths: what is continued, and what is generated.
const STEPS: usize = 64;
/// The rows that are drawn.
const STREAMS: [u64; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const BARS: BarGrid = BarGrid { steps_per_bar: 16, compound: false };
const FIRST_GENERATION: Duration = Duration::from_millis(150);
const CANCEL: Duration = Duration::from_millis(10);
/// Generation may cost this many times its steps.
const OVERHEAD: f64 = 1.3;
/// Sixteen takes may cost this many times four.
const SIXTEEN_TO_FOUR: f64 = 3.5;

pub fn text(error: ModelError) -> String {
    error.to_string()
}

/// A library that has loaded nothing, with the built-in engine.
fn fresh() -> Library {
    Library::new(Arc::new(Tract))
}

/// Four bars in the middle of the models' ranges.
fn primer(model: &RecurrentModel) -> Vec<i16> {
    const DRUMS: [i16; 16] = [5, 0, 4, 0, 6, 0, 4, 0, 5, 0, 4, 1, 6, 0, 4, 8];
    const MELODY: [i16; 16] = [60, -2, 62, -2, 64, -2, -1, -2, 67, -2, -2, -2, 64, -2, 62, -2];
    let bar = if model.manifest().encoding().pitches().is_some() { MELODY } else { DRUMS };
    bar.iter().copied().cycle().take(STEPS).collect()
}

fn generation(primer: &[i16], takes: usize) -> Generation<'_> {
    Generation {
        primer,
        bars: BARS,
        steps: STEPS,
        streams: &STREAMS[..takes],
        temperature: 1.0,
        seed: Seed(7),
        constraint: Constraint::None,
        repetition: 0.0,
    }
}

fn generate(model: &RecurrentModel, request: &Generation<'_>) -> Result<Vec<Drawn>, String> {
    model.generate(request, &Cancel::default(), &mut |_, _| {}).map_err(text)
}

/// The factory models that are embedded.
fn embedded(library: &Library) -> Vec<&'static str> {
    let listed = library.list();
    MODELS.into_iter().filter(|name| listed.iter().any(|entry| entry.name == *name)).collect()
}

/// The first generation of a process, and of a library that has loaded nothing.
pub fn first(table: &mut Table) -> Result<(), String> {
    for name in embedded(&fresh()) {
        let cold = time_cold(20, || {
            let library = fresh();
            let start = Instant::now();
            let model = library.recurrent(name).map_err(text)?;
            generate(&model, &generation(&primer(&model), 4))?;
            Ok(start.elapsed())
        })?;
        table.judge(format!("{name}: first generation, model load and 4 takes × 4 bars"), cold, FIRST_GENERATION);
    }
    Ok(())
}

/// Every model in every engine there is.
pub fn rows(table: &mut Table) -> Result<(), String> {
    let library = fresh();
    engine(table, &library)?;
    if let Some(path) = std::env::var_os(RUNTIME_VARIABLE).map(PathBuf::from) {
        use_onnx_runtime(&library, Some(&path)).map_err(text)?;
        engine(table, &library)?;
    }
    Ok(())
}

fn engine(table: &mut Table, library: &Library) -> Result<(), String> {
    for name in embedded(library) {
        let model = library.recurrent(name).map_err(text)?;
        let label = format!("{name}, {}", library.backend_name());
        load(table, library, name, &label)?;
        if library.backend_name() == fresh().backend_name() {
            table.note(format!("{name}: one input vector after 64 bars"), input(&model)?);
        }
        let primed = step(&model, &*model.priming_plan().map_err(text)?, 1, false)?;
        table.note(format!("{label}: a step of the primer"), primed);
        let mut generated = Vec::new();
        for takes in [4, 16] {
            let (plan, batch) = model.plan(takes).map_err(text)?;
            let cost = step(&model, &*plan, batch, true)?;
            table.note(format!("{label}: a step of {takes} rows"), cost);
            // Two primers in turn, since the last one is not run again.
            let mut turned = primer(&model);
            turned.rotate_left(STEPS / 4 + 1);
            let primers = [primer(&model), turned];
            let mut next = primers.iter().cycle();
            let timing =
                time(200, || next.next().map(|primer| generate(&model, &generation(primer, takes))).transpose())?;
            table.note(format!("{label}: generate {takes} takes × 4 bars after 4 bars"), timing);
            table.judge_ratio(
                format!("{label}: {takes} takes to steps × their cost"),
                timing,
                steps(primed, cost),
                OVERHEAD,
            );
            generated.push(timing);
        }
        table.judge_ratio(format!("{label}: 16 takes to 4"), generated[1], generated[0], SIXTEEN_TO_FOUR);
        table.judge(format!("{label}: cancel"), cancel(&model)?, CANCEL);
    }
    Ok(())
}

/// What the steps of a generation cost by themselves: the primer but for its last step in one row, the rest together.
fn steps(primed: Timing, many: Timing) -> Timing {
    let steps = |primed: Duration, many: Duration| primed.mul_f64(STEPS as f64 - 1.0) + many.mul_f64(STEPS as f64);
    Timing { median: steps(primed.median, many.median), best: steps(primed.best, many.best) }
}

fn load(table: &mut Table, library: &Library, name: &str, label: &str) -> Result<(), String> {
    let read = time(20, || {
        library.set_user_folder(None);
        library.recurrent(name).map_err(text)
    })?;
    table.note(format!("{label}: check the model (hash, graph)"), read);
    for rows in [1, 4, 16] {
        let built = time_cold(10, || {
            library.set_user_folder(None);
            let model = library.recurrent(name).map_err(text)?;
            let start = Instant::now();
            model.plan(rows).map_err(text)?;
            Ok(start.elapsed())
        })?;
        table.note(format!("{label}: build for {rows} rows"), built);
    }
    Ok(())
}

/// Writing one input vector deep in a clip whose last bars are silent, the longest look back.
fn input(model: &RecurrentModel) -> Result<Timing, String> {
    const INPUTS: usize = 100;
    let mut events = primer(model).repeat(14);
    let silence = if model.manifest().encoding().pitches().is_some() { NO_EVENT } else { 0 };
    events.resize(64 * 16, silence);
    let mut out = vec![0.0; model.encoding().input_len()];
    let (heard, new) = events.split_at(events.len() - INPUTS);
    let mut before = model.encoding().reader(BARS);
    heard.iter().for_each(|&event| before.push(event));
    before.write_input(&mut out);
    let timing = time(50, || {
        let mut reader = before.fork();
        for &event in std::hint::black_box(new) {
            reader.push(event);
            reader.write_input(&mut out);
        }
        Ok(out[0])
    })?;
    let inputs = u32::try_from(INPUTS).map_err(|error| error.to_string())?;
    Ok(Timing { median: timing.median / inputs, best: timing.best / inputs })
}

/// One step of a plan for `batch` rows with or without logits, from runs of a hundred.
fn step(model: &RecurrentModel, plan: &dyn Plan, batch: usize, with_logits: bool) -> Result<Timing, String> {
    const STEPS: u32 = 100;
    let mut run = plan.start().map_err(text)?;
    let input = vec![0.1; batch * model.encoding().input_len()];
    let mut logits = vec![0.0; batch * model.encoding().output_len()];
    let mut outputs = [logits.as_mut_slice()];
    let outputs = if with_logits { &mut outputs[..] } else { &mut [] };
    let timing = time(200, || {
        for _ in 0..STEPS {
            run.step(&[&input], outputs).map_err(text)?;
        }
        Ok(())
    })?;
    Ok(Timing { median: timing.median / STEPS, best: timing.best / STEPS })
}

/// From asking to having stopped, in the middle of a long generation.
fn cancel(model: &Arc<RecurrentModel>) -> Result<Timing, String> {
    time_cold(30, || {
        let cancel = Cancel::default();
        let (model, flag) = (Arc::clone(model), cancel.clone());
        let (told, started) = std::sync::mpsc::channel();
        let worker = std::thread::spawn(move || {
            let primer = primer(&model);
            let request = Generation { steps: 32 * STEPS, ..generation(&primer, 16) };
            model.generate(&request, &flag, &mut |done, _| {
                if done == 100 {
                    told.send(()).unwrap_or(())
                }
            })
        });
        started.recv().map_err(|error| error.to_string())?;
        let start = Instant::now();
        cancel.cancel();
        match worker.join() {
            Ok(Err(ModelError::Cancelled)) => Ok(start.elapsed()),
            _ => Err("the generation was over before it was cancelled".into()),
        }
    })
}
