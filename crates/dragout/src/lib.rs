//! Drags files out of a window into another program, a take into a host's arrangement or into a folder; and takes files
//! that are dropped on a window.
//!
//! A drag never blocks its caller and never grabs the pointer: a thread of its own lives while the mouse button is down
//! and until the other program has taken the files. The files must outlive the drag by far (hosts refer to them in
//! place), so they belong in a permanent folder.
//!
//! X11 is what works now; elsewhere [`start`] says so.
#![forbid(unsafe_code)]

#[cfg(all(unix, not(target_os = "macos")))]
mod catch;
#[cfg(all(unix, not(target_os = "macos")))]
mod x11;
#[cfg(all(unix, not(target_os = "macos")))]
mod xdnd;

mod uri;

#[cfg(all(unix, not(target_os = "macos")))]
pub use catch::{Catcher, catch, catch_on};
pub use uri::files as parse_uri_list;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// Why a drag could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DragError {
    /// There is nothing to drag.
    #[error("there is nothing to drag: give at least one file")]
    NoFiles,
    /// A path that another program could not find.
    #[error("{} is not an absolute path, so no other program would find it", .0.display())]
    RelativePath(PathBuf),
    /// The window system has no drag source here yet.
    #[error("dragging out is not supported yet on this system: use Save as…")]
    Unsupported,
    /// There is no X server to talk to.
    #[error("dragging out needs an X11 display ({0}): use Save as…")]
    NoDisplay(String),
    /// The system gave no thread.
    #[error("no thread could be started for the drag ({0}): use Save as…")]
    NoThread(std::io::Error),
}

/// How a drag ended, or that it has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Outcome {
    /// The button is still down, or the other program is still taking the files.
    Dragging = 0,
    /// Another program took the files. Some programs that did say that they did not: only its user knows.
    Dropped = 1,
    /// The button was released where nothing takes files.
    Cancelled = 2,
}

/// A drag under way. Dropping this leaves it under way.
#[derive(Clone, Debug)]
pub struct Drag {
    outcome: Arc<AtomicU8>,
}

impl Drag {
    fn new() -> Self {
        Self { outcome: Arc::new(AtomicU8::new(Outcome::Dragging as u8)) }
    }

    /// How it ended, or that it has not.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self.outcome.load(Ordering::Relaxed) {
            1 => Outcome::Dropped,
            2 => Outcome::Cancelled,
            _ => Outcome::Dragging,
        }
    }

    fn end(&self, outcome: Outcome) {
        self.outcome.store(outcome as u8, Ordering::Relaxed);
    }
}

/// Starts to drag files from where the pointer is. Call it while the left mouse button is down; it returns at once.
///
/// # Errors
/// [`DragError`], with nothing started.
pub fn start(files: &[PathBuf]) -> Result<Drag, DragError> {
    start_on(None, files)
}

/// [`start`] on a named X11 display; `None` is the one that the environment names.
///
/// # Errors
/// As [`start`].
pub fn start_on(display: Option<&str>, files: &[PathBuf]) -> Result<Drag, DragError> {
    if files.is_empty() {
        return Err(DragError::NoFiles);
    }
    let list = uri::list(files)?;
    start_native(display, list)
}

#[cfg(all(unix, not(target_os = "macos")))]
fn start_native(display: Option<&str>, list: Vec<u8>) -> Result<Drag, DragError> {
    x11::start(display, list)
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn start_native(_display: Option<&str>, _list: Vec<u8>) -> Result<Drag, DragError> {
    Err(DragError::Unsupported)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_sentences() {
        assert_eq!(start(&[]).unwrap_err().to_string(), "there is nothing to drag: give at least one file");
        let relative = start(&[PathBuf::from("take.mid")]).unwrap_err();
        assert_eq!(relative.to_string(), "take.mid is not an absolute path, so no other program would find it");
    }

    #[cfg(all(unix, not(target_os = "macos")))]
    #[test]
    fn a_missing_display_is_an_error() {
        let error = start_on(Some(":4713"), &[PathBuf::from("/tmp/take.mid")]).unwrap_err();
        assert!(matches!(error, DragError::NoDisplay(_)), "{error:?}");
    }
}
