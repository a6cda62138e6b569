//! Files for people: where they lie, how they are read and how they are written.
//!
//! Reading is bounded: a file's size is checked before memory is set aside and again while it is read. A file that is
//! written appears whole or not at all: it is written beside its place and renamed into it.
#![forbid(unsafe_code)]

use directories::ProjectDirs;
use solferino_score::Clip;
use solferino_score::limits::MIDI_BYTES;
use solferino_score::midi::{self, MidiError};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Names the folder that everything of the user's lies in, instead of the system's usual place.
const HOME: &str = "SOLFERINO_HOME";
/// The longest file name before its ending, in bytes: 255 are allowed everywhere, less a number and the ending.
const NAME_BYTES: usize = 200;
/// How many files may share a name before we give up.
const SAME_NAMES: u32 = 10_000;

/// Why a file was not read or written. Every message is a sentence for the user.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// A file could not be read.
    #[error("{} cannot be read: {source}.", path.display())]
    NotRead {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is larger than a MIDI file may be.
    #[error("{} has {bytes} bytes; MIDI files up to {MIDI_BYTES} bytes (16 MiB) are read.", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// A file is no MIDI file that can be read.
    #[error("{}: {source}", path.display())]
    NotMidi {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: MidiError,
    },
    /// A file could not be written.
    #[error("{} could not be written: {reason}. {remedy}", path.display())]
    NotWritten {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
        /// What would help.
        remedy: &'static str,
    },
    /// A clip cannot be written as a MIDI file.
    #[error("The clip cannot be written as a MIDI file: {0}")]
    NoMidi(MidiError),
    /// The system names no folder for the user's files.
    #[error("This system names no folder for Solferino's files; set the environment variable SOLFERINO_HOME to one.")]
    NoHome,
}

/// The permanent folder of the user's files: `SOLFERINO_HOME` if that is set and not empty, else the system's folder for
/// an application's data.
///
/// # Errors
/// [`FileError::NoHome`].
pub fn home_folder() -> Result<PathBuf, FileError> {
    let given = std::env::var_os(HOME).filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let usual = || ProjectDirs::from("", "", "Solferino").map(|folders| folders.data_dir().to_owned());
    given.or_else(usual).ok_or(FileError::NoHome)
}

/// The folder of takes that were dragged out. Permanent: hosts may refer to files there.
///
/// # Errors
/// [`FileError::NoHome`].
pub fn takes_folder() -> Result<PathBuf, FileError> {
    Ok(home_folder()?.join("takes"))
}

/// The folder of the user's models.
///
/// # Errors
/// [`FileError::NoHome`].
pub fn models_folder() -> Result<PathBuf, FileError> {
    Ok(home_folder()?.join("models"))
}

/// Reads a MIDI file.
///
/// # Errors
/// [`FileError::NotRead`], [`FileError::TooLarge`], [`FileError::NotMidi`].
pub fn read_clip(path: &Path) -> Result<midi::Read, FileError> {
    let unreadable = |source| FileError::NotRead { path: path.to_owned(), source };
    // Opening a pipe would wait for whoever writes into it.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(unreadable(io::Error::new(io::ErrorKind::InvalidInput, "it is no ordinary file")));
    }
    let file = File::open(path).map_err(unreadable)?;
    let bytes = file.metadata().map_err(unreadable)?.len();
    if bytes > MIDI_BYTES as u64 {
        return Err(FileError::TooLarge { path: path.to_owned(), bytes });
    }
    let mut content = Vec::new();
    file.take(MIDI_BYTES as u64 + 1).read_to_end(&mut content).map_err(unreadable)?;
    midi::read(&content).map_err(|source| FileError::NotMidi { path: path.to_owned(), source })
}

/// A file's name without folder and ending.
#[must_use]
pub fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Writes a clip as a MIDI file, whole or not at all, over what was there.
///
/// # Errors
/// [`FileError::NoMidi`], [`FileError::NotWritten`]; what was there is untouched then.
pub fn write_clip(path: &Path, clip: &Clip) -> Result<(), FileError> {
    write(path, &midi::write(clip).map_err(FileError::NoMidi)?)
}

/// Writes a clip as a MIDI file into a folder, which is made if need be. The file bears the clip's name. A file that is
/// there already with the same bytes is used, with others it is left alone and a number is added to the name.
///
/// # Errors
/// [`FileError::NoMidi`], [`FileError::NotWritten`].
pub fn write_clip_into(folder: &Path, clip: &Clip) -> Result<PathBuf, FileError> {
    let bytes = midi::write(clip).map_err(FileError::NoMidi)?;
    fs::create_dir_all(folder).map_err(|error| not_written(folder, &error))?;
    let name = file_name(&clip.name);
    for number in 1..=SAME_NAMES {
        let path = folder.join(if number == 1 { format!("{name}.mid") } else { format!("{name} ({number}).mid") });
        match fs::read(&path) {
            Ok(there) if there == bytes => return Ok(path),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return write(&path, &bytes).map(|()| path),
            // Something that cannot be read bears the name; leave it alone.
            Err(_) => {}
        }
    }
    Err(not_written(&folder.join(name), &io::Error::from(io::ErrorKind::AlreadyExists)))
}

/// Writes a file whole or not at all, over what was there.
///
/// # Errors
/// [`FileError::NotWritten`]; what was there is untouched then.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    write_through(path, bytes, |beside| OpenOptions::new().write(true).create_new(true).open(beside))
        .map_err(|error| not_written(path, &error))
}

/// Writes `bytes` to a new file beside `path`, which `open` makes, and renames it.
fn write_through<W: Store>(path: &Path, bytes: &[u8], open: impl Fn(&Path) -> io::Result<W>) -> io::Result<()> {
    let beside = |number: u32| {
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{number}.partial"));
        path.with_file_name(name)
    };
    let mut number = 0;
    let (mut file, beside) = loop {
        match open(&beside(number)) {
            Ok(file) => break (file, beside(number)),
            // Left behind by a crash, or another instance is writing right now.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 100 => number += 1,
            Err(error) => return Err(error),
        }
    };
    let written = file.write_all(bytes).and_then(|()| file.settle());
    drop(file);
    let renamed = written.and_then(|()| fs::rename(&beside, path));
    if renamed.is_err() {
        // Best effort: the error that matters is the first one.
        let _ = fs::remove_file(&beside);
    }
    renamed
}

/// What a file is written to.
trait Store: Write {
    /// Makes sure that the disk has everything; a full disk may only show here.
    fn settle(&mut self) -> io::Result<()>;
}

impl Store for File {
    fn settle(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

fn not_written(path: &Path, error: &io::Error) -> FileError {
    use io::ErrorKind::{NotADirectory, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    let (reason, remedy) = match error.kind() {
        StorageFull | QuotaExceeded => ("the disk is full".to_owned(), "Free some space or choose another folder."),
        PermissionDenied | ReadOnlyFilesystem | NotADirectory => {
            ("writing is not allowed there".to_owned(), "Choose another folder.")
        }
        _ => (error.to_string(), "Choose another folder."),
    };
    FileError::NotWritten { path: path.to_owned(), reason, remedy }
}

/// A name that every file system takes: no separators, nothing reserved, not too long.
fn file_name(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_control() || "/\\:*?\"<>|".contains(c) { '-' } else { c })
        .scan(0, |bytes, c| {
            *bytes += c.len_utf8();
            (*bytes <= NAME_BYTES).then_some(c)
        })
        .collect();
    let plain = plain.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let stem = plain.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let device = ["CON", "PRN", "AUX", "NUL"].contains(&stem.as_str())
        || (stem.len() == 4 && (stem.starts_with("COM") || stem.starts_with("LPT")));
    if plain.is_empty() || device { format!("Take {plain}").trim_end().to_owned() } else { plain.to_owned() }
}

#[cfg(test)]
mod tests;
