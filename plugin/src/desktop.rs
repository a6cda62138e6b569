//! What needs the desktop: file dialogs, drags, folders. A dialog that ran in the editor would stop the host: each has a
//! thread of its own, which the session lends it, for as long as it is open.

use crate::instance::Instance;
use crate::notices::{Notice, Tone};
use rfd::AsyncFileDialog;
use solferino_score::Clip;
use solferino_session::Slot;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// What the desktop is asked for.
#[derive(Debug, PartialEq)]
pub enum Wish {
    /// Ask for a MIDI file and take it into a source.
    Open(Slot),
    /// Ask where to save a clip, and save it there.
    Save {
        /// What is saved.
        clip: Clip,
        /// The file's name, to begin with.
        name: String,
    },
    /// Drag a file out of the window.
    Drag(PathBuf),
    /// Ask for ONNX Runtime's library and run models with it.
    ChooseEngine,
    /// Show a folder, which is made if need be.
    Show(PathBuf),
}

/// Asks the desktop.
pub fn ask(instance: &Arc<Instance>, wish: Wish) {
    match wish {
        Wish::Open(slot) => open(instance, slot),
        Wish::Save { clip, name } => save(instance, clip, &name),
        Wish::Drag(file) => instance.notices.tell(match solferino_dragout::start(&[file]) {
            Ok(_) => Notice { text: "Drop the take where you want it.".into(), tone: Tone::Quiet },
            Err(error) => Notice::bad(error),
        }),
        Wish::ChooseEngine => choose_engine(instance),
        Wish::Show(folder) => instance.aside("folder", move |instance| {
            if let Err(sentence) = show(&folder) {
                instance.notices.tell(Notice::bad(sentence));
            }
        }),
    }
}

fn open(instance: &Arc<Instance>, slot: Slot) {
    let dialog = AsyncFileDialog::new().set_title("Open a MIDI clip").add_filter("MIDI files", &["mid", "midi"]);
    let asked = dialog.pick_file();
    instance.aside("dialog", move |instance| {
        if let Some(file) = pollster::block_on(asked) {
            instance.load(slot, file.path().to_owned());
        }
    });
}

fn save(instance: &Arc<Instance>, clip: Clip, name: &str) {
    let dialog = AsyncFileDialog::new()
        .set_title("Save the take as a MIDI file")
        .set_file_name(name)
        .add_filter("MIDI files", &["mid"]);
    let asked = dialog.save_file();
    instance.aside("dialog", move |instance| {
        let Some(file) = pollster::block_on(asked) else { return };
        instance.notices.tell(match solferino_files::write_clip(file.path(), &clip) {
            Ok(()) => Notice::good(format!("Saved {}.", file.path().display())),
            Err(error) => Notice::bad(error),
        });
    });
}

fn choose_engine(instance: &Arc<Instance>) {
    // No filter: on Linux the library's name often ends in its version.
    let asked = AsyncFileDialog::new().set_title("Choose ONNX Runtime's library").pick_file();
    instance.aside("dialog", move |instance| {
        if let Some(file) = pollster::block_on(asked) {
            instance.choose_engine(Some(file.path()));
        }
    });
}

/// Makes a folder if need be and has the system's file manager show it.
fn show(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| format!("{} could not be made: {error}.", folder.display()))?;
    let program = if cfg!(target_os = "windows") {
        "explorer"
    } else if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let shown = Command::new(program).arg(folder).status();
    // The Explorer never says that it succeeded.
    match shown {
        Ok(status) if status.success() || cfg!(target_os = "windows") => Ok(()),
        _ => Err(format!("The folder could not be shown here; it is {}.", folder.display())),
    }
}
