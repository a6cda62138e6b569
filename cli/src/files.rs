//! Reading clips, and writing files so that a failure leaves what was there before.

use crate::error::CliError;
use solferino_score::limits::MIDI_BYTES;
use solferino_score::{Clip, midi};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Reads a MIDI file; its size is checked before memory is set aside.
pub fn read_clip(path: &Path) -> Result<Clip, CliError> {
    let unreadable = |source| CliError::Read { path: path.into(), source };
    let file = File::open(path).map_err(unreadable)?;
    let bytes = file.metadata().map_err(unreadable)?.len();
    if bytes > MIDI_BYTES as u64 {
        return Err(CliError::TooLarge { path: path.into(), bytes, limit: MIDI_BYTES });
    }
    let mut content = Vec::new();
    file.take(MIDI_BYTES as u64 + 1).read_to_end(&mut content).map_err(unreadable)?;
    midi::read(&content).map_err(|source| CliError::Midi { path: path.into(), source })
}

/// Writes a clip as a MIDI file.
pub fn write_clip(path: &Path, clip: &Clip) -> Result<(), CliError> {
    let bytes = midi::write(clip).map_err(|source| CliError::Midi { path: path.into(), source })?;
    write(path, &bytes)
}

/// Writes a file whole or not at all: a full disk leaves what was there before.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    Ok(solferino_session::write_file(path, bytes)?)
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

/// A file's name without folder and ending.
pub fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
