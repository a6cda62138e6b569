//! File dialogs and files, off the GUI thread: a dialog that ran in the editor would stop the host.
//!
//! Each dialog has a thread of its own that lives as long as the dialog is open.

use crate::instance::{Instance, Notice};
use rfd::AsyncFileDialog;
use solferino_score::limits::MIDI_BYTES;
use solferino_score::midi;
use solferino_session::{SessionError, TakeId, write_file};
use solferino_tools::continuation_clip;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Asks for a MIDI file and takes it into source A.
pub fn open(instance: &Arc<Instance>) {
    let dialog = AsyncFileDialog::new().set_title("Open a MIDI clip").add_filter("MIDI files", &["mid", "midi"]);
    let asked = dialog.pick_file();
    in_background(instance, move |instance| {
        if let Some(file) = pollster::block_on(asked) {
            take_in(instance, file.path());
        }
    });
}

/// Takes a MIDI file into source A.
pub fn load(instance: &Arc<Instance>, file: PathBuf) {
    in_background(instance, move |instance| take_in(instance, &file));
}

/// Asks where to save a take, and saves it there.
pub fn save_as(instance: &Arc<Instance>, id: TakeId) {
    let snapshot = instance.session.snapshot();
    let Some(take) = snapshot.take(id) else { return };
    let only_new = snapshot.settings.only_new;
    let clip = if only_new { continuation_clip(&take.clip) } else { take.clip.clip.clone() };
    let dialog = AsyncFileDialog::new()
        .set_title("Save the take as a MIDI file")
        .set_file_name(format!("take-{:02}.mid", id.0))
        .add_filter("MIDI files", &["mid"]);
    let asked = dialog.save_file();
    in_background(instance, move |instance| {
        let Some(file) = pollster::block_on(asked) else { return };
        let written = midi::write(&clip).map_err(SessionError::NoMidi);
        instance.tell(match written.and_then(|bytes| write_file(file.path(), &bytes)) {
            Ok(()) => Notice::good(format!("Saved {}.", file.path().display())),
            Err(error) => Notice::bad(error),
        });
    });
}

fn take_in(instance: &Instance, file: &Path) {
    let name = file.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match read(file) {
        Ok(bytes) => instance.take_in(&name, &bytes),
        Err(error) => instance.tell(Notice::bad(format!("{} could not be read: {error}.", file.display()))),
    }
}

/// The file's bytes; of one that is too long, a byte more than allowed, so that it is refused as too long.
fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(MIDI_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn in_background(instance: &Arc<Instance>, work: impl FnOnce(&Instance) + Send + 'static) {
    let held = Arc::clone(instance);
    let started = std::thread::Builder::new().name("solferino-dialog".into()).spawn(move || work(&held));
    if let Err(error) = started {
        instance.tell(Notice::bad(format!("No thread could be started for the file dialog: {error}.")));
    }
}
