//! The command line's grammar. Scripts depend on it: arguments are added, never renamed.

use clap::{Args, Parser, Subcommand, ValueEnum};
use solferino_score::Scale;
use solferino_tools::{MAX_BARS, MAX_TAKES, MAX_TEMPERATURE, Part};
use std::path::PathBuf;

/// Melodies and drums that continue yours: Solferino from the command line.
#[derive(Debug, Parser)]
#[command(name = "solferino", version, propagate_version = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,

    /// A folder with models of your own, one folder each
    #[arg(long, global = true, value_name = "FOLDER")]
    pub models_folder: Option<PathBuf>,

    /// The absolute path of an ONNX Runtime library to run the models with, instead of the built-in engine
    #[arg(long, global = true, value_name = "LIBRARY")]
    pub onnx_runtime: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Extend a clip by some bars, as many takes as you like
    Continue(ContinueArguments),
    /// What models there are, and whether they are sound
    Models(ModelsArguments),
    /// Draw a MIDI file as a piano roll
    Roll(RollArguments),
}

#[derive(Debug, Args)]
pub struct ContinueArguments {
    /// A MIDI file; a folder stands for every MIDI file in it
    #[arg(value_name = "IN.mid")]
    pub input: PathBuf,

    /// How many bars to add
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_BARS)))]
    pub bars: u32,

    /// How far takes may go from what the clip plays, in percent: 0 keeps the groove, 100 goes somewhere
    #[arg(long, default_value_t = 50.0, value_name = "PERCENT", value_parser = percent)]
    pub variation: f32,

    /// Which lane of the clip to continue; without one the clip decides
    #[arg(long)]
    pub lane: Option<LaneChoice>,

    #[command(flatten)]
    pub common: CommonArguments,
}

/// What every tool is told.
#[derive(Debug, Args)]
pub struct CommonArguments {
    /// Where to write take-01.mid, take-02.mid, …; for a folder, one folder a file
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,

    /// How many takes to make
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_TAKES)))]
    pub takes: u32,

    /// 0 plays the likeliest, 1 follows the model, up to 2 is wilder
    #[arg(long, default_value_t = 1.0, value_parser = temperature)]
    pub temperature: f32,

    /// The same seed gives the same takes
    #[arg(long, default_value_t = 0)]
    pub seed: u64,

    /// A model's name, as `solferino models list` shows it; without one the clip decides
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,

    /// The only pitches that new melody notes may have, "D dorian" for one
    #[arg(long)]
    pub scale: Option<Scale>,

    /// Write only the new bars, without the clip before them
    #[arg(long)]
    pub only_new: bool,

    /// Print one JSON object a take: input, file, take, new_notes, model, hash, seed, milliseconds
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LaneChoice {
    Melody,
    Drums,
}

impl From<LaneChoice> for Part {
    fn from(choice: LaneChoice) -> Self {
        match choice {
            LaneChoice::Melody => Self::Melody,
            LaneChoice::Drums => Self::Drums,
        }
    }
}

#[derive(Debug, Args)]
pub struct ModelsArguments {
    #[command(subcommand)]
    pub command: ModelsCommand,
}

#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// List the models
    List,
    /// Check hashes and graphs, and run a step of each model or of one
    Verify {
        /// A model's name
        name: Option<String>,
    },
    /// Say everything about a model
    Info {
        /// A model's name
        name: String,
    },
}

#[derive(Debug, Args)]
pub struct RollArguments {
    /// A MIDI file
    #[arg(value_name = "X.mid")]
    pub input: PathBuf,

    /// The picture to write
    #[arg(short, long, value_name = "X.png")]
    pub output: PathBuf,

    /// Mark this bar as the first that a model added; bars count from 1
    #[arg(long, value_name = "BAR")]
    pub continued_from: Option<usize>,
}

fn temperature(text: &str) -> Result<f32, String> {
    let value: f32 = text.parse().map_err(|_| format!("“{text}” is no number"))?;
    let fits = (0.0..=MAX_TEMPERATURE).contains(&value);
    if fits { Ok(value) } else { Err(format!("{value} is not in 0..={MAX_TEMPERATURE}")) }
}

fn percent(text: &str) -> Result<f32, String> {
    let value: f32 = text.parse().map_err(|_| format!("“{text}” is no number"))?;
    if (0.0..=100.0).contains(&value) { Ok(value) } else { Err(format!("{value} is not in 0..=100")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_grammar_holds_together() {
        Arguments::command().debug_assert();
    }
}
