//! Sentences for the status line.

use nice_plug_egui::RepaintNotifier;
use parking_lot::Mutex;
use std::fmt::Display;

/// A sentence for the status line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// How serious it is.
    pub tone: Tone,
}

impl Notice {
    /// Something could not be done.
    pub fn bad(why: impl Display) -> Self {
        Self { text: why.to_string(), tone: Tone::Bad }
    }

    /// Something was done.
    pub fn good(what: impl Display) -> Self {
        Self { text: what.to_string(), tone: Tone::Good }
    }
}

/// The last notice of an instance, from whichever thread it came.
#[derive(Debug, Default)]
pub struct Notices {
    last: Mutex<Option<Notice>>,
    repaint: RepaintNotifier,
}

impl Notices {
    /// No notice yet; each new one redraws the window.
    #[must_use]
    pub fn new(repaint: RepaintNotifier) -> Self {
        Self { last: Mutex::default(), repaint }
    }

    /// Shows a notice in place of the last one.
    pub fn tell(&self, notice: Notice) {
        *self.last.lock() = Some(notice);
        self.repaint.request_repaint();
    }

    /// Takes the notice away.
    pub fn hush(&self) {
        *self.last.lock() = None;
    }

    /// The notice to show.
    #[must_use]
    pub fn last(&self) -> Option<Notice> {
        self.last.lock().clone()
    }
}

/// How serious a notice is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// For information.
    #[default]
    Quiet,
    /// Something was done.
    Good,
    /// Something could not be done.
    Bad,
}
