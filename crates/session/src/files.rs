//! Files for people: where they lie and how they are written.
//!
//! A file appears whole or not at all: it is written beside its place and renamed into it.

use crate::{SessionError, Take};
use directories::ProjectDirs;
use solferino_score::{Clip, midi};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Names the folder that everything of the user's lies in, instead of the system's usual place.
const HOME: &str = "SOLFERINO_HOME";
/// The longest file name before its ending, in bytes: 255 are allowed everywhere, less a number and the ending.
const NAME_BYTES: usize = 200;
/// How many files may share a name before we give up.
const SAME_NAMES: u32 = 10_000;

/// The permanent folder of the user's files: `SOLFERINO_HOME` if that is set and not empty, else the system's folder for
/// an application's data.
///
/// # Errors
/// [`SessionError::NoHome`].
pub fn home_folder() -> Result<PathBuf, SessionError> {
    let given = std::env::var_os(HOME).filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let usual = || ProjectDirs::from("", "", "Solferino").map(|folders| folders.data_dir().to_owned());
    given.or_else(usual).ok_or(SessionError::NoHome)
}

/// The folder of takes that were dragged out. Permanent: hosts may refer to files there.
///
/// # Errors
/// [`SessionError::NoHome`].
pub fn takes_folder() -> Result<PathBuf, SessionError> {
    Ok(home_folder()?.join("takes"))
}

/// The folder of the user's models.
///
/// # Errors
/// [`SessionError::NoHome`].
pub fn models_folder() -> Result<PathBuf, SessionError> {
    Ok(home_folder()?.join("models"))
}

/// Writes a take as a MIDI file into a folder, which is made if need be; with `only_new` only what is new in it. The file
/// bears the take's name. A file that is there already with the same bytes is used, with others it is left alone and a
/// number is added to the name.
///
/// # Errors
/// [`SessionError::NoMidi`], [`SessionError::NotWritten`].
pub fn write_take_file(take: &Take, only_new: bool, folder: &Path) -> Result<PathBuf, SessionError> {
    let clip = if only_new { solferino_tools::continuation_clip(&take.clip) } else { take.clip.clip.clone() };
    write_clip_file(&Clip { name: take.name.clone(), ..clip }, folder)
}

/// Writes a clip as a MIDI file into a folder, as [`write_take_file`] does; the file bears the clip's name.
///
/// # Errors
/// [`SessionError::NoMidi`], [`SessionError::NotWritten`].
pub fn write_clip_file(clip: &Clip, folder: &Path) -> Result<PathBuf, SessionError> {
    let bytes = midi::write(clip).map_err(SessionError::NoMidi)?;
    fs::create_dir_all(folder).map_err(|error| not_written(folder, &error))?;
    let name = file_name(&clip.name);
    for number in 1..=SAME_NAMES {
        let path = folder.join(if number == 1 { format!("{name}.mid") } else { format!("{name} ({number}).mid") });
        match fs::read(&path) {
            Ok(there) if there == bytes => return Ok(path),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return write_file(&path, &bytes).map(|()| path),
            // Something that cannot be read bears the name; leave it alone.
            Err(_) => {}
        }
    }
    Err(not_written(&folder.join(name), &io::Error::from(io::ErrorKind::AlreadyExists)))
}

/// Writes a file whole or not at all, over what was there.
///
/// # Errors
/// [`SessionError::NotWritten`]; what was there is untouched then.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), SessionError> {
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

fn not_written(path: &Path, error: &io::Error) -> SessionError {
    use io::ErrorKind::{NotADirectory, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    let (reason, remedy) = match error.kind() {
        StorageFull | QuotaExceeded => ("the disk is full".to_owned(), "Free some space or choose another folder."),
        PermissionDenied | ReadOnlyFilesystem | NotADirectory => {
            ("writing is not allowed there".to_owned(), "Choose another folder.")
        }
        _ => (error.to_string(), "Choose another folder."),
    };
    SessionError::NotWritten { path: path.to_owned(), reason, remedy }
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
