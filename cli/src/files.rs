//! Reading clips, and writing files so that a failure leaves what was there before.

use crate::error::CliError;
use solferino_score::limits::MIDI_BYTES;
use solferino_score::{Clip, midi};
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

/// Writes a file beside its place and then moves it there: a full disk leaves what was there before.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let written = write_whole(&part, bytes).and_then(|()| fs::rename(&part, path));
    written.map_err(|source| {
        // It may not even exist; the error that is reported is the first one.
        let _ = fs::remove_file(&part);
        CliError::Write { path: path.into(), source }
    })
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

/// A file's name without folder and ending.
pub fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    // A full disk may show itself only here.
    file.sync_all()
}
