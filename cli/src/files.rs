//! Reading clips, and writing files so that a failure leaves what was there before.

use crate::error::CliError;
use solferino_score::Clip;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Reads a MIDI file; says on stderr what of it could not be read.
pub fn read_clip(path: &Path) -> Result<Clip, CliError> {
    let read = solferino_files::read_clip(path)?;
    for warning in &read.warnings {
        eprintln!("{}: {warning}", path.display());
    }
    Ok(read.clip)
}

/// Writes a clip as a MIDI file, whole or not at all.
pub fn write_clip(path: &Path, clip: &Clip) -> Result<(), CliError> {
    Ok(solferino_files::write_clip(path, clip)?)
}

/// Refuses to write over what is read.
pub fn keep_apart(input: &Path, output: &Path) -> Result<(), CliError> {
    match (fs::canonicalize(input), fs::canonicalize(output)) {
        (Ok(input), Ok(there)) if input == there => Err(CliError::OverInput { path: output.into() }),
        _ => Ok(()),
    }
}

/// Writes a line of results. Whoever reads them may stop listening; that is no failure.
pub fn say(line: &str) -> Result<(), CliError> {
    match writeln!(io::stdout().lock(), "{line}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CliError::Stdout(error)),
        _ => Ok(()),
    }
}

/// Makes a folder and those above it.
pub fn make_folder(path: &Path) -> Result<(), CliError> {
    fs::create_dir_all(path).map_err(|source| CliError::Write { path: path.into(), source })
}

/// The MIDI files in a folder, in order of name.
pub fn midi_files(folder: &Path) -> Result<Vec<PathBuf>, CliError> {
    let unreadable = |source| CliError::Read { path: folder.into(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
        if path.is_file() && ending.is_some_and(|ending| ending == "mid" || ending == "midi") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// A name for each of the files of a folder, to call a folder by: without the ending where that is a name and no other file
/// has it too.
pub fn folder_names(files: &[PathBuf]) -> Vec<&OsStr> {
    let plain = |file: &PathBuf| file.file_stem().map(OsStr::to_ascii_lowercase);
    let name = |file: &'_ PathBuf| {
        let own = plain(file);
        let clear = own.as_ref().is_some_and(|own| own != "." && own != "..");
        clear && files.iter().filter(|other| plain(other) == own).count() == 1
    };
    let chosen = files.iter().map(|file| if name(file) { file.file_stem() } else { file.file_name() });
    chosen.map(Option::unwrap_or_default).collect()
}
