//! What the window shows, worked out apart from how it is drawn: plain values, no widgets.

pub mod build;
pub mod roll;

use crate::notices::Tone;
use crate::setup::Found;
use roll::Roll;
use std::path::PathBuf;
use std::sync::Arc;

/// Everything that the window shows beside the parameters.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Source A, if it holds a clip.
    pub source: Option<Card>,
    /// The takes, the oldest first.
    pub takes: Vec<Card>,
    /// What the big roll shows: the preview, else the selected take, else the source.
    pub shown: Option<Card>,
    /// Whether that is a preview, which can be kept.
    pub preview: bool,
    /// Where the host's song is in what the big roll shows, in quarters; `None` when that does not play.
    pub playhead: Option<f32>,
    /// Whether the host's song moves.
    pub playing: bool,
    /// The host's tempo in quarters a minute, once it is known.
    pub tempo: Option<f64>,
    /// Whether only what is new in a take plays, is dragged and is saved.
    pub only_new: bool,
    /// Whether the plug-in has a sound of its own.
    pub sounds: bool,
    /// Whether files are held over the window.
    pub dropping: bool,
    /// The name of the model that Continue takes; `None` lets it choose.
    pub model: Option<String>,
    /// Whether the settings are open.
    pub settings: bool,
    /// The models and the engine, once they have been looked at.
    pub found: Option<Arc<Found>>,
    /// The status line.
    pub status: Status,
    /// Whether there is something to undo.
    pub can_undo: bool,
    /// Whether there is something to redo.
    pub can_redo: bool,
}

/// A clip with what is said about it.
#[derive(Clone, Debug)]
pub struct Card {
    /// Which take; 0 for a source.
    pub id: u32,
    /// What it is called.
    pub title: String,
    /// Its length, meter and tempo.
    pub subtitle: String,
    /// How it came about.
    pub history: String,
    /// Its notes laid out.
    pub roll: Arc<Roll>,
    /// Whether it is the selected take.
    pub selected: bool,
    /// Whether it is starred.
    pub starred: bool,
}

/// The status line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// A sentence.
    pub text: String,
    /// How serious it is.
    pub tone: Tone,
    /// How far the running job is, 0 to 1; such a job can be cancelled.
    pub progress: Option<f32>,
}

/// What a person asked for in the window.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Choose a file for the source.
    Open,
    /// Take a file as the source.
    Load(PathBuf),
    /// Take a factory clip as the source, by its place in [`crate::factory::CLIPS`].
    LoadFactory(usize),
    /// Empty the source.
    ClearSource,
    /// Start Continue.
    Continue,
    /// Have the selected take follow the controls of Continue: one of them has moved.
    Follow,
    /// Make the preview a take.
    Keep,
    /// Stop what runs.
    Cancel,
    /// Play the take at a place in the strip.
    Select(usize),
    /// Play, drag and save only what is new, or all.
    OnlyNew(bool),
    /// Star a take, or no longer.
    Star(u32, bool),
    /// Remove a take.
    Remove(u32),
    /// Take a take as the source.
    UseAsSource(u32),
    /// Drag a take out of the window.
    DragOut(u32),
    /// Choose a file to save a take in.
    SaveAs(u32),
    /// Take back the preview, else the last generation, removal or change of a source.
    Undo,
    /// Do again what was taken back.
    Redo,
    /// Open the settings, or close them.
    Settings(bool),
    /// Look at the models and the engine again.
    Look,
    /// Continue with this model, by name, or let Continue choose.
    Model(Option<String>),
    /// Show the folder of the user's models.
    ShowModels,
    /// Choose a library of ONNX Runtime that runs the models.
    ChooseEngine,
    /// Run the models with the built-in engine.
    BuiltInEngine,
}
