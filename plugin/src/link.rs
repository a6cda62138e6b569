//! What the audio thread tells the rest of the instance: flags only, nothing waits on them.

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering};

/// No take is asked for.
const NONE: i32 = -1;

/// Wishes that a host or a person expressed through parameters, until the session's courier picks them up.
///
/// Each value stands for itself and guards no other memory, hence `Relaxed`; two are paired: whoever sees the count of loads
/// raised also sees the wishes cleared, and whoever sees a selection fulfilled also sees what it did.
#[derive(Debug)]
pub struct Link {
    continues: AtomicBool,
    take: AtomicI32,
    loads: AtomicU32,
    window_open: AtomicBool,
}

impl Link {
    /// No wishes.
    #[must_use]
    pub fn new() -> Self {
        Self {
            continues: AtomicBool::new(false),
            take: AtomicI32::new(NONE),
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

    /// Wishes that a take of the strip plays, from 0.
    pub fn ask_to_select(&self, take: i32) {
        self.take.store(take, Ordering::Relaxed);
    }

    /// Whether a take is wished for that has not been selected yet.
    #[must_use]
    pub fn is_selecting(&self) -> bool {
        self.take.load(Ordering::Acquire) != NONE // pairs with the exchange in `fulfil_selection`
    }

    /// Has `select` select the take that is wished for, if any; only then the wish is gone.
    pub fn fulfil_selection(&self, select: impl FnOnce(usize)) {
        let take = self.take.load(Ordering::Relaxed);
        if let Ok(place) = usize::try_from(take) {
            select(place);
            // Release: whoever sees the wish gone sees the take selected. A wish that came meanwhile stays.
            let _ = self.take.compare_exchange(take, NONE, Ordering::Release, Ordering::Relaxed);
        }
    }

    /// Notes that a project has been loaded: wishes from before it are void.
    pub fn note_load(&self) {
        self.continues.store(false, Ordering::Relaxed);
        self.take.store(NONE, Ordering::Relaxed);
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

    fn selection(link: &Link) -> Option<usize> {
        let mut found = None;
        link.fulfil_selection(|place| found = Some(place));
        found
    }

    #[test]
    fn wishes_are_heard_once() {
        let link = Link::new();
        assert!(!link.take_continue());
        assert_eq!(selection(&link), None);
        link.ask_to_continue();
        link.ask_to_select(3);
        assert!(link.take_continue() && link.is_selecting());
        assert_eq!(selection(&link), Some(3));
        assert!(!link.take_continue() && !link.is_selecting());
        assert_eq!(selection(&link), None);
    }

    #[test]
    fn a_wish_that_comes_while_another_is_fulfilled_stays() {
        let link = Link::new();
        link.ask_to_select(3);
        link.fulfil_selection(|place| {
            assert_eq!(place, 3);
            assert!(link.is_selecting(), "until it is done");
            link.ask_to_select(4);
        });
        assert_eq!(selection(&link), Some(4));
    }

    #[test]
    fn a_load_voids_wishes_from_before() {
        let link = Link::new();
        link.ask_to_continue();
        link.ask_to_select(0);
        let before = link.loads();
        link.note_load();
        assert_eq!(link.loads(), before + 1);
        assert!(!link.take_continue());
        assert_eq!(selection(&link), None);
    }
}
