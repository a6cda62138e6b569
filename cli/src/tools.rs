//! The tools on the command line: what is the same for all of them.

pub mod continuing;

use crate::arguments::CommonArguments;
use crate::error::CliError;
use crate::files;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use solferino_models::{Cancel, Library, Seed};
use solferino_tools::{Common, Outcome, Progress, Request, Scope, make};
use std::path::Path;
use std::time::{Duration, Instant};

impl CommonArguments {
    fn common(&self) -> Common {
        Common {
            takes: self.takes,
            temperature: self.temperature,
            seed: Seed(self.seed),
            scale: self.scale,
            model: self.model.clone(),
        }
    }
}

/// Does for one file, or for every file of a folder, what a request asks.
fn each(library: &Library, input: &Path, wanted: &CommonArguments, request: &Request) -> Result<(), CliError> {
    if library.list().is_empty() {
        return Err(CliError::NoModels);
    }
    if !input.is_dir() {
        return one(library, input, &wanted.out, wanted, request);
    }
    let inputs = files::midi_files(input)?;
    if inputs.is_empty() {
        return Err(CliError::EmptyFolder { path: input.to_owned() });
    }
    let mut failed = 0;
    for (input, name) in inputs.iter().zip(files::folder_names(&inputs)) {
        if let Err(error) = one(library, input, &wanted.out.join(name), wanted, request) {
            eprintln!("{error}");
            failed += 1;
        }
    }
    if failed == 0 { Ok(()) } else { Err(CliError::Batch { failed, all: inputs.len() }) }
}

fn one(
    library: &Library,
    input: &Path,
    out: &Path,
    wanted: &CommonArguments,
    request: &Request,
) -> Result<(), CliError> {
    let source = files::read_clip(input)?;
    let paths: Vec<_> = (1..=wanted.takes).map(|take| out.join(format!("take-{take:02}.mid"))).collect();
    for path in &paths {
        files::keep_apart(input, path)?;
    }
    let bar = progress_bar(input);
    let start = Instant::now();
    let mut show = |progress: Progress| {
        bar.set_length(progress.total as u64);
        bar.set_position(progress.done as u64);
    };
    let outcome = make(library, request, &[&source], &Cancel::default(), &mut show);
    bar.finish_and_clear();
    let milliseconds = milliseconds(start.elapsed());
    let Outcome { made, models } = outcome.map_err(|source| CliError::Tool { path: input.into(), source })?;
    files::make_folder(out)?;
    let names = || models.iter().map(|model| model.name.as_str()).collect::<Vec<_>>().join(" + ");
    let hashes = || models.iter().map(|model| model.hash.as_str()).collect::<Vec<_>>().join(" + ");
    let scope = if wanted.only_new { Scope::New } else { Scope::All };
    let mut without = 0;
    for (index, (take, path)) in made.iter().zip(&paths).enumerate() {
        let new_notes = take.new_notes().count();
        without += usize::from(new_notes == 0);
        files::write_clip(path, &take.scoped(scope))?;
        if wanted.json {
            let line = json!({
                "input": input.to_string_lossy(),
                "file": path.to_string_lossy(),
                "take": index + 1,
                "new_notes": new_notes,
                "model": names(),
                "hash": hashes(),
                "seed": wanted.seed,
                "milliseconds": milliseconds,
            });
            files::say(&line.to_string())?;
        }
    }
    if without > 0 {
        eprintln!(
            "{}: {without} of {} takes have no new note; raise --temperature or give a longer clip.",
            input.display(),
            made.len()
        );
    }
    if !wanted.json {
        files::say(&format!(
            "{} {} in {} ({milliseconds} ms, model {} {:.12}, seed {})",
            made.len(),
            if made.len() == 1 { "take" } else { "takes" },
            out.display(),
            names(),
            hashes(),
            wanted.seed
        ))?;
    }
    Ok(())
}

/// A bar on stderr; invisible where stderr is no terminal.
fn progress_bar(input: &Path) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {percent:>3} %");
    let bar = ProgressBar::new(1).with_message(solferino_files::stem(input));
    style.map(|style| bar.clone().with_style(style)).unwrap_or(bar)
}

/// Milliseconds to a tenth.
fn milliseconds(elapsed: Duration) -> f64 {
    (elapsed.as_secs_f64() * 10_000.0).round() / 10.0
}
