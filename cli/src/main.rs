//! The `solferino` command.
//!
//! Exit status: 0 done, 1 refused input or failure (a sentence on stderr says why), 2 wrong usage. Results go to stdout,
//! everything said to a person goes to stderr.
#![forbid(unsafe_code)]

mod arguments;
mod continuing;
mod error;
mod files;
mod models;

use arguments::{Arguments, Command, RollArguments};
use clap::Parser;
use error::CliError;
use solferino_cli::roll::{Panel, draw};
use solferino_models::Library;
use solferino_score::Ticks;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let library = Library::shared();
    library.set_user_folder(arguments.models_folder.clone());
    if let Err(said) = library.set_onnx_runtime(arguments.onnx_runtime.as_deref()) {
        eprintln!("{said}");
    }
    match run(library, &arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(library: &Library, arguments: &Arguments) -> Result<(), CliError> {
    if let Some(folder) = &arguments.models_folder {
        // The library lets a folder be absent, as the plug-in's may be; one that is named must be there.
        std::fs::read_dir(folder).map_err(|source| CliError::Read { path: folder.clone(), source })?;
    }
    match &arguments.command {
        Command::Continue(wanted) => continuing::run(library, wanted),
        Command::Models(wanted) => models::run(library, wanted),
        Command::Roll(wanted) => roll(wanted),
    }
}

fn roll(wanted: &RollArguments) -> Result<(), CliError> {
    files::keep_apart(&wanted.input, &wanted.output)?;
    let clip = files::read_clip(&wanted.input)?;
    let name = files::stem(&wanted.input);
    let title = if clip.name.is_empty() { &name } else { &clip.name };
    let from = wanted.continued_from.map(|bar| {
        let bars = std::iter::successors(Some(Ticks::ZERO), |&at| Some(clip.meters.bar_end(at + Ticks(1))));
        bars.take_while(|&at| at <= clip.length).nth(bar.saturating_sub(1)).unwrap_or(clip.length)
    });
    let picture = draw(&[Panel { title, clip: &clip, from }]).png();
    let bytes = picture.map_err(|source| CliError::Write { path: wanted.output.clone(), source })?;
    files::write(&wanted.output, &bytes)
}
