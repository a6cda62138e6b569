//! What the audio thread tells the rest of the instance: flags only, nothing waits on them.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Wishes that a host or a person expressed through parameters, until the session's courier picks them up.
///
/// Each value stands for itself and guards no other memory, hence `Relaxed`; one is paired: whoever sees the count of loads
/// raised also sees the wishes cleared.
#[derive(Debug)]
pub struct Link {
    continues: AtomicBool,
    failed: AtomicBool,
    loads: AtomicU32,
    window_open: AtomicBool,
}

impl Link {
    /// No wishes.
    #[must_use]
    pub fn new() -> Self {
        Self {
            continues: AtomicBool::new(false),
            failed: AtomicBool::new(false),
            loads: AtomicU32::new(0),
            window_open: AtomicBool::new(false),
        }
    }

    /// Wishes that Continue starts.
    pub fn ask_to_continue(&self) {
        self.continues.store(true, Ordering::Relaxed);
    }

    /// Whether Continue was wished for since the last call.
    pub fn take_continue(&self) -> bool {
        self.continues.load(Ordering::Relaxed) && self.continues.swap(false, Ordering::Relaxed)
    }

    /// Notes that the audio thread met an error of ours and is silent.
    pub fn note_failure(&self) {
        self.failed.store(true, Ordering::Relaxed);
    }

    /// Whether that happened since the last call.
    pub fn take_failure(&self) -> bool {
        self.failed.load(Ordering::Relaxed) && self.failed.swap(false, Ordering::Relaxed)
    }

    /// Notes that a project has been loaded: wishes from before it are void.
    pub fn note_load(&self) {
        self.continues.store(false, Ordering::Relaxed);
        self.loads.fetch_add(1, Ordering::Release); // pairs with the load in `loads`
    }

    /// How many projects have been loaded.
    #[must_use]
    pub fn loads(&self) -> u32 {
        self.loads.load(Ordering::Acquire) // pairs with the increment in `note_load`
    }

    /// Notes whether the editor's window is open.
    pub fn set_window_open(&self, open: bool) {
        self.window_open.store(open, Ordering::Relaxed);
    }

    /// Whether the editor's window is open.
    #[must_use]
    pub fn window_open(&self) -> bool {
        self.window_open.load(Ordering::Relaxed)
    }
}

impl Default for Link {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_heard_once() {
        let link = Link::new();
        assert!(!link.take_continue() && !link.take_failure());
        link.ask_to_continue();
        assert!(link.take_continue() && !link.take_continue() && !link.take_failure());
        link.note_failure();
        assert!(link.take_failure() && !link.take_failure());
    }

    #[test]
    fn a_load_voids_wishes_from_before() {
        let link = Link::new();
        link.ask_to_continue();
        let before = link.loads();
        link.note_load();
        assert_eq!(link.loads(), before + 1);
        assert!(!link.take_continue());
    }
}
