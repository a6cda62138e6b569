//! What a person chose once for all projects on this machine: a small file in the folder of the user's files.

use solferino_files::FileError;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// The file's name.
const FILE: &str = "settings.toml";
/// The most bytes of the file that are read.
const MOST_BYTES: u64 = 1 << 16;
/// Where ONNX Runtime's library is.
const ONNX_RUNTIME: &str = "onnx_runtime";

/// The preferences. What this version does not know in them stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preferences {
    table: Table,
}

impl Preferences {
    /// Reads the preferences in a folder; the defaults if there are none.
    ///
    /// # Errors
    /// A sentence: the file cannot be read, is too large or not in order.
    pub fn load(folder: &Path) -> Result<Self, String> {
        let path = folder.join(FILE);
        let refuse = |reason: &str| format!("{} {reason}. Correct the file or remove it.", path.display());
        let text = match read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(refuse(&format!("cannot be read: {error}"))),
        };
        if text.len() as u64 > MOST_BYTES {
            return Err(refuse(&format!("has more than {MOST_BYTES} bytes")));
        }
        let table: Table = text.parse().map_err(|_| refuse("is not in the format TOML"))?;
        match table.get(ONNX_RUNTIME) {
            None | Some(Value::String(_)) => Ok(Self { table }),
            Some(_) => Err(refuse("names ONNX Runtime by something that is no text")),
        }
    }

    /// Writes the preferences into a folder, which is made if need be.
    ///
    /// # Errors
    /// [`FileError::NotWritten`].
    pub fn save(&self, folder: &Path) -> Result<(), FileError> {
        // If it cannot be made, writing says so.
        let _ = fs::create_dir_all(folder);
        solferino_files::write(&folder.join(FILE), self.table.to_string().as_bytes())
    }

    /// ONNX Runtime's library; `None` stands for the built-in engine.
    #[must_use]
    pub fn onnx_runtime(&self) -> Option<PathBuf> {
        self.table.get(ONNX_RUNTIME).and_then(Value::as_str).map(PathBuf::from)
    }

    /// Runs models with this library of ONNX Runtime, or with the built-in engine.
    ///
    /// # Errors
    /// A sentence: the path is no Unicode text.
    pub fn set_onnx_runtime(&mut self, library: Option<&Path>) -> Result<(), String> {
        let Some(library) = library else {
            self.table.remove(ONNX_RUNTIME);
            return Ok(());
        };
        let path = library.to_str().ok_or_else(|| {
            format!("The path {} is no Unicode text; move the library to another folder.", library.display())
        })?;
        self.table.insert(ONNX_RUNTIME.to_owned(), Value::from(path));
        Ok(())
    }
}

/// Reads a little more than [`MOST_BYTES`] at most.
fn read(path: &Path) -> io::Result<String> {
    // Opening a pipe would wait for whoever writes into it.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no ordinary file"));
    }
    let mut text = String::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("solferino-preferences-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = folder("written");
        assert_eq!(Preferences::load(&folder), Ok(Preferences::default()), "no file yet");
        let library = Path::new("/opt/with \"quotes\" and \\/libonnxruntime.so.1.24");
        let mut preferences = Preferences::default();
        preferences.set_onnx_runtime(Some(library)).unwrap();
        preferences.save(&folder).unwrap();
        assert_eq!(Preferences::load(&folder).unwrap().onnx_runtime().as_deref(), Some(library));
        preferences.set_onnx_runtime(None).unwrap();
        preferences.save(&folder).unwrap();
        assert_eq!(Preferences::load(&folder).unwrap().onnx_runtime(), None);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_this_version_does_not_know_stays() {
        let folder = folder("unknown");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(FILE), "theme = \"light\"\n[later]\nnumber = 3\n").unwrap();
        let mut preferences = Preferences::load(&folder).unwrap();
        preferences.set_onnx_runtime(Some(Path::new("/lib.so"))).unwrap();
        preferences.save(&folder).unwrap();
        let text = fs::read_to_string(folder.join(FILE)).unwrap();
        for line in ["theme = \"light\"", "number = 3", "onnx_runtime = \"/lib.so\""] {
            assert!(text.lines().any(|other| other == line), "{line} in {text}");
        }
        assert_eq!(Preferences::load(&folder), Ok(preferences));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_bad_file_gives_a_sentence() {
        let folder = folder("bad");
        fs::create_dir_all(&folder).unwrap();
        let long = "#".repeat(1 << 17);
        let cases: [(&str, &[u8], &str); 5] = [
            ("no TOML", b"onnx_runtime = ", "is not in the format TOML"),
            ("a number", b"onnx_runtime = 3", "no text"),
            ("no UTF-8", b"onnx_runtime = \"\xff\"", "cannot be read"),
            ("too long", long.as_bytes(), "has more than 65536 bytes"),
            ("control characters", b"\0\0\0", "is not in the format TOML"),
        ];
        for (name, bytes, reason) in cases {
            fs::write(folder.join(FILE), bytes).unwrap();
            let sentence = Preferences::load(&folder).unwrap_err();
            assert!(sentence.contains(reason) && sentence.contains(FILE), "{name}: {sentence}");
        }
        fs::remove_file(folder.join(FILE)).unwrap();
        fs::create_dir(folder.join(FILE)).unwrap();
        assert!(Preferences::load(&folder).unwrap_err().contains("no ordinary file"));
        fs::remove_dir_all(folder).unwrap();
    }
}
