//! `solferino continue`.

use crate::arguments::ContinueArguments;
use crate::error::CliError;
use crate::files;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use solferino_models::{Cancel, Library, Seed};
use solferino_tools::{ContinueRequest, Part, continuation_clip, continue_clip};
use std::path::Path;
use std::time::{Duration, Instant};

/// Continues a file, or every file of a folder.
pub fn run(library: &Library, wanted: &ContinueArguments) -> Result<(), CliError> {
    if library.list().is_empty() {
        return Err(CliError::NoModels);
    }
    if !wanted.input.is_dir() {
        return one(library, wanted, &wanted.input, &wanted.out);
    }
    let inputs = files::midi_files(&wanted.input)?;
    if inputs.is_empty() {
        return Err(CliError::EmptyFolder { path: wanted.input.clone() });
    }
    let mut failed = 0;
    for (input, name) in inputs.iter().zip(files::folder_names(&inputs)) {
        if let Err(error) = one(library, wanted, input, &wanted.out.join(name)) {
            eprintln!("{error}");
            failed += 1;
        }
    }
    if failed == 0 { Ok(()) } else { Err(CliError::Batch { failed, all: inputs.len() }) }
}

fn one(library: &Library, wanted: &ContinueArguments, input: &Path, out: &Path) -> Result<(), CliError> {
    let source = files::read_clip(input)?;
    let request = request(wanted);
    let paths: Vec<_> = (1..=request.takes).map(|take| out.join(format!("take-{take:02}.mid"))).collect();
    for path in &paths {
        files::keep_apart(input, path)?;
    }
    let bar = progress_bar(input);
    let start = Instant::now();
    let mut show = |progress: solferino_tools::Progress| {
        bar.set_length(progress.total as u64);
        bar.set_position(progress.done as u64);
    };
    let continued = continue_clip(library, &source, &request, &Cancel::default(), &mut show);
    bar.finish_and_clear();
    let elapsed = start.elapsed();
    let (takes, model) = continued.map_err(|source| CliError::Tool { path: input.into(), source })?;
    files::make_folder(out)?;
    let mut without = 0;
    for (index, (take, path)) in takes.iter().zip(&paths).enumerate() {
        let new_notes = take.clip.notes().filter(|(_, note)| note.start >= take.from).count();
        without += usize::from(new_notes == 0);
        let clip = if wanted.only_new { continuation_clip(take) } else { take.clip.clone() };
        files::write_clip(path, &clip)?;
        if wanted.json {
            let line = json!({
                "input": input.to_string_lossy(),
                "file": path.to_string_lossy(),
                "take": index + 1,
                "new_notes": new_notes,
                "model": model.name,
                "hash": model.hash,
                "seed": request.seed.0,
                "milliseconds": milliseconds(elapsed),
            });
            files::say(&line.to_string())?;
        }
    }
    if without > 0 {
        eprintln!(
            "{}: {without} of {} takes have no new note; raise --temperature or give a longer clip.",
            input.display(),
            takes.len()
        );
    }
    if !wanted.json {
        files::say(&format!(
            "{} takes of {} bars in {} ({} ms, model {} {:.12}, seed {})",
            takes.len(),
            request.bars,
            out.display(),
            milliseconds(elapsed),
            model.name,
            model.hash,
            request.seed.0
        ))?;
    }
    Ok(())
}

fn request(wanted: &ContinueArguments) -> ContinueRequest {
    ContinueRequest {
        part: wanted.lane.map(Part::from),
        bars: wanted.bars,
        takes: wanted.takes,
        temperature: wanted.temperature,
        seed: Seed(wanted.seed),
        scale: wanted.scale,
        model: wanted.model.clone(),
    }
}

/// A bar on stderr; invisible where stderr is no terminal.
fn progress_bar(input: &Path) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {percent:>3} %");
    let bar = ProgressBar::new(1).with_message(files::stem(input));
    style.map(|style| bar.clone().with_style(style)).unwrap_or(bar)
}

/// Milliseconds to a tenth.
fn milliseconds(elapsed: Duration) -> f64 {
    (elapsed.as_secs_f64() * 10_000.0).round() / 10.0
}
