//! Measures what the product promises and prints one table: `cargo run --release -p solferino-benches`.
//!
//! A group of rows is a module with a `rows` function; words on the command line pick groups by name. Run it on a quiet
//! machine: medians are shown with the best run beside them, and a bar is judged by the median.
#![forbid(unsafe_code)]

mod continuing;
mod generating;
mod loading;
mod playing;
mod table;

use std::process::ExitCode;
use table::Table;

/// A group's name and what measures it.
type Group = (&'static str, fn(&mut Table) -> Result<(), String>);

const GROUPS: [Group; 5] = [
    ("loading", loading::rows),
    ("first", generating::first),
    ("continue", continuing::rows),
    ("models", generating::rows),
    ("playing", playing::rows),
];

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let mut table = Table::default();
    for (name, measure) in GROUPS {
        if !wanted.is_empty() && !wanted.iter().any(|word| word == name) {
            continue;
        }
        if let Err(reason) = measure(&mut table) {
            eprintln!("{name}: {reason}");
            return ExitCode::FAILURE;
        }
    }
    print!("{table}");
    ExitCode::SUCCESS
}
