//! What becomes of what a person asks for in the window. Needs no window: what needs the desktop is handed back.

use crate::desktop::Wish;
use crate::factory;
use crate::instance::Instance;
use crate::notices::Notice;
use crate::view::Action;
use solferino_session::{SessionError, Slot, TakeId};
use solferino_tools::Scope;
use std::sync::Arc;

/// Does what was asked for, as far as it needs no desktop; the rest is given back.
///
/// # Errors
/// [`SessionError`]; nothing has changed then.
pub fn perform(instance: &Arc<Instance>, action: &Action) -> Result<Option<Wish>, SessionError> {
    let session = &instance.session;
    instance.notices.hush();
    if *action != Action::Follow {
        instance.end_following();
    }
    match action {
        Action::Open => return Ok(Some(Wish::Open(Slot::A))),
        Action::Load(path) => instance.load(Slot::A, path.clone()),
        Action::LoadFactory(index) => {
            if let Some(clip) = factory::CLIPS.get(*index) {
                instance.take_in(Slot::A, clip.title, clip.bytes);
            }
        }
        Action::ClearSource => session.clear_source(Slot::A),
        Action::Continue => instance.continue_source(),
        Action::Follow => instance.begin_following(),
        Action::Keep => _ = session.keep(),
        Action::Cancel => session.cancel(),
        Action::Select(place) => {
            if let Some(take) = session.snapshot().takes.get(*place) {
                session.select(take.id)?;
            }
        }
        Action::OnlyNew(only_new) => {
            session.set_settings(|settings| settings.scope = if *only_new { Scope::New } else { Scope::All });
        }
        Action::Star(id, starred) => session.star(TakeId(*id), *starred)?,
        Action::Remove(id) => session.remove(TakeId(*id))?,
        Action::UseAsSource(id) => session.set_source_from_take(Slot::A, TakeId(*id))?,
        Action::DragOut(id) => return drag_out(instance, TakeId(*id)),
        Action::SaveAs(id) => {
            let snapshot = session.snapshot();
            let take = snapshot.take(TakeId(*id)).ok_or(SessionError::NoSuchTake(TakeId(*id)))?;
            let name = format!("take-{id:02}.mid");
            return Ok(Some(Wish::Save { clip: take.clip(snapshot.settings.scope), name }));
        }
        Action::Undo => _ = session.undo(),
        Action::Redo => _ = session.redo(),
        Action::Settings(open) => {
            instance.set_settings_open(*open);
            if *open {
                instance.look();
            }
        }
        Action::Look => instance.look(),
        Action::Model(model) => session.set_settings(|settings| settings.model.clone_from(model)),
        Action::ShowModels => {
            let folder = solferino_files::models_folder();
            return Ok(folder.map(Wish::Show).map_err(|error| instance.notices.tell(Notice::bad(error))).ok());
        }
        Action::ChooseEngine => return Ok(Some(Wish::ChooseEngine)),
        Action::BuiltInEngine => instance.aside("engine", |instance| instance.choose_engine(None)),
    }
    Ok(None)
}

/// Writes the take where hosts may refer to it, and has it dragged.
fn drag_out(instance: &Instance, id: TakeId) -> Result<Option<Wish>, SessionError> {
    let snapshot = instance.session.snapshot();
    let take = snapshot.take(id).ok_or(SessionError::NoSuchTake(id))?;
    let clip = take.clip(snapshot.settings.scope);
    let file = solferino_files::takes_folder().and_then(|folder| solferino_files::write_clip_into(&folder, &clip));
    Ok(file.map(Wish::Drag).map_err(|error| instance.notices.tell(Notice::bad(error))).ok())
}
