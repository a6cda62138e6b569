//! The `solferino` command.
//!
//! Exit status: 0 done, 1 refused input or failure (a sentence on stderr says why), 2 wrong usage. Results go to stdout,
//! everything said to a person goes to stderr.
#![forbid(unsafe_code)]

mod arguments;
mod error;
mod files;
mod models;
mod tools;

use arguments::{Arguments, Command, RollArguments};
use clap::Parser;
use error::CliError;
use solferino_cli::roll::{Panel, draw};
use solferino_models::Library;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let library = solferino_engine::library();
    library.set_user_folder(arguments.models_folder.clone());
    if let Err(said) = solferino_engine::use_onnx_runtime(library, arguments.onnx_runtime.as_deref()) {
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
        Command::Continue(wanted) => tools::continuing::run(library, wanted),
        Command::Models(wanted) => models::run(library, wanted),
        Command::Roll(wanted) => roll(wanted),
    }
}

fn roll(wanted: &RollArguments) -> Result<(), CliError> {
    files::keep_apart(&wanted.input, &wanted.output)?;
    let clip = files::read_clip(&wanted.input)?;
    let name = solferino_files::stem(&wanted.input);
    let title = if clip.name.is_empty() { &name } else { &clip.name };
    let from = wanted.continued_from.map(|bar| {
        let mut bars = clip.meters.bars(clip.length);
        bars.nth(bar.saturating_sub(1)).map_or(clip.length, |bar| bar.start)
    });
    let picture = draw(&[Panel { title, clip: &clip, from }]).png();
    let bytes = picture.map_err(|source| CliError::Write { path: wanted.output.clone(), source })?;
    Ok(solferino_files::write(&wanted.output, &bytes)?)
}
