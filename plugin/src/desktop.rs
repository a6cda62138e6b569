//! File dialogs, off the GUI thread: a dialog that ran in the editor would stop the host. Each has a thread of its own,
//! which the session lends it, for as long as it is open.

use crate::instance::Instance;
use crate::notices::Notice;
use rfd::AsyncFileDialog;
use solferino_session::{Slot, TakeId};
use std::sync::Arc;

/// Asks for a MIDI file and takes it into a source.
pub fn open(instance: &Arc<Instance>, slot: Slot) {
    let dialog = AsyncFileDialog::new().set_title("Open a MIDI clip").add_filter("MIDI files", &["mid", "midi"]);
    let asked = dialog.pick_file();
    instance.aside("dialog", move |instance| {
        if let Some(file) = pollster::block_on(asked) {
            instance.load(slot, file.path().to_owned());
        }
    });
}

/// Asks where to save a take, and saves it there.
pub fn save_as(instance: &Arc<Instance>, id: TakeId) {
    let snapshot = instance.session.snapshot();
    let Some(take) = snapshot.take(id) else { return };
    let clip = take.clip(snapshot.settings.scope);
    let dialog = AsyncFileDialog::new()
        .set_title("Save the take as a MIDI file")
        .set_file_name(format!("take-{:02}.mid", id.0))
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
