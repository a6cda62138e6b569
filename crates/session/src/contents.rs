//! What a session holds, and the changes it knows.

use crate::chunk::Unknown;
use crate::{Provenance, Seeded, SessionError, Slot, Source, Take, TakeId, limits};
use solferino_score::Clip;
use solferino_tools::{Made, Scope};
use std::sync::Arc;

/// The user's choices that are saved with the session and are no automatable parameters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// How much of a take is played, dragged and written.
    pub scope: Scope,
    /// The name of the model that tools take; `None` lets them choose.
    pub model: Option<String>,
    /// The seed of the last request.
    pub seeded: Option<Seeded>,
    /// The window's size in points.
    pub window: Option<(u32, u32)>,
}

/// What a session held at one moment. Cheap to make and to keep.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Counts up with each change.
    pub revision: u64,
    /// The sources, A to D.
    pub sources: [Option<Arc<Source>>; 4],
    /// The takes, the oldest first.
    pub takes: Vec<Arc<Take>>,
    /// The take that plays, unless there is a preview.
    pub selected: Option<TakeId>,
    /// What plays in place of the selected take while a control moves. It has no number yet.
    pub preview: Option<Arc<Take>>,
    /// How many choices of what plays were made here, not by automation.
    pub choices: u64,
    /// The settings.
    pub settings: Settings,
    /// Whether there is something to undo.
    pub can_undo: bool,
    /// Whether there is something to redo.
    pub can_redo: bool,
}

impl Snapshot {
    /// A source.
    #[must_use]
    pub fn source(&self, slot: Slot) -> Option<&Arc<Source>> {
        self.sources[slot.index()].as_ref()
    }

    /// A take by its number.
    #[must_use]
    pub fn take(&self, id: TakeId) -> Option<&Arc<Take>> {
        self.takes.iter().find(|take| take.id == id)
    }

    /// The selected take.
    #[must_use]
    pub fn selected_take(&self) -> Option<&Arc<Take>> {
        self.take(self.selected?)
    }
}

/// What undo brings back.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Music {
    pub sources: [Option<Arc<Source>>; 4],
    pub takes: Vec<Arc<Take>>,
    pub selected: Option<TakeId>,
}

/// Everything that is saved.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Contents {
    pub music: Music,
    pub settings: Settings,
    /// The number of the next take.
    pub next_take: u32,
    pub unknown: Unknown,
}

impl Default for Contents {
    fn default() -> Self {
        Self { music: Music::default(), settings: Settings::default(), next_take: 1, unknown: Unknown::default() }
    }
}

impl Contents {
    pub fn set_source(&mut self, slot: Slot, mut clip: Clip, origin: Option<TakeId>) -> Result<(), SessionError> {
        clip.repair();
        clip.name = short(&clip.name);
        for lane in &mut clip.lanes {
            lane.name = short(&lane.name);
        }
        let size = limits::size(&clip);
        if size > limits::SOURCE_SIZE {
            return Err(SessionError::ClipTooLarge { size });
        }
        let source = Source { clip: Arc::new(clip), origin, unknown: Unknown::default() };
        self.music.sources[slot.index()] = Some(Arc::new(source));
        Ok(())
    }

    pub fn source(&self, slot: Slot) -> Option<&Arc<Source>> {
        self.music.sources[slot.index()].as_ref()
    }

    pub fn take(&self, id: TakeId) -> Result<&Arc<Take>, SessionError> {
        self.music.takes.iter().find(|take| take.id == id).ok_or(SessionError::NoSuchTake(id))
    }

    /// Changes a take; whether that made a difference.
    pub fn edit(&mut self, id: TakeId, edit: impl FnOnce(&mut Take)) -> Result<bool, SessionError> {
        let take = self.music.takes.iter_mut().find(|take| take.id == id).ok_or(SessionError::NoSuchTake(id))?;
        let mut edited = Take::clone(take);
        edit(&mut edited);
        edited.name = short(&edited.name);
        let different = edited != **take;
        if different {
            *take = Arc::new(edited);
        }
        Ok(different)
    }

    /// Takes a take away; the one after it, else the one before it, plays instead.
    pub fn remove(&mut self, id: TakeId) -> Result<(), SessionError> {
        let takes = &mut self.music.takes;
        let index = takes.iter().position(|take| take.id == id).ok_or(SessionError::NoSuchTake(id))?;
        takes.remove(index);
        if self.music.selected == Some(id) {
            self.music.selected = takes.get(index).or_else(|| takes.last()).map(|take| take.id);
        }
        Ok(())
    }

    /// Adds a take behind the others and selects it.
    pub fn add_take(&mut self, made: Arc<Made>, provenance: Arc<Provenance>) {
        let take = self.unnumbered(made, provenance);
        self.next_take = self.next_take.saturating_add(1);
        self.music.selected = Some(take.id);
        self.music.takes.push(Arc::new(take));
    }

    /// The take that would be added next.
    pub fn unnumbered(&self, made: Arc<Made>, provenance: Arc<Provenance>) -> Take {
        let id = TakeId(self.next_take);
        let names: Vec<&str> =
            provenance.parents.iter().map(|parent| &*parent.name).filter(|name| !name.is_empty()).collect();
        let name = match names[..] {
            [] => format!("Take {}", id.0),
            _ => format!("{}, take {}", names.join(" + "), id.0),
        };
        Take { id, name: short(&name), starred: false, made, provenance, unknown: Unknown::default() }
    }

    /// Selects the first of the last takes.
    pub fn select_first_of(&mut self, last: usize) {
        let takes = &self.music.takes;
        if let Some(take) = takes.get(takes.len() - last.min(takes.len())) {
            self.music.selected = Some(take.id);
        }
    }

    /// Drops takes before the last `new`, the oldest first, those with a star last, until the rest fits.
    pub fn make_room(&mut self, new: usize) {
        let takes = &mut self.music.takes;
        let mut old = takes.len().saturating_sub(new);
        let mut size: usize = takes.iter().map(|take| limits::size(&take.made.clip)).sum();
        while old > 0 && (takes.len() > limits::TAKES || size > limits::TAKES_SIZE) {
            let index = takes[..old].iter().position(|take| !take.starred).unwrap_or(0);
            size -= limits::size(&takes.remove(index).made.clip);
            old -= 1;
        }
    }
}

/// A name without control characters, cut to [`limits::NAME_CHARS`].
fn short(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(limits::NAME_CHARS).collect()
}
