//! The courier: one thread for the whole process that runs while an instance is active.
//!
//! The audio thread can neither wake a thread nor free memory. It leaves wishes and what it has used where the courier
//! finds them, every [`COURIER_PERIOD`].

use crate::Session;
use parking_lot::{Condvar, Mutex};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

/// How often the courier comes.
pub const COURIER_PERIOD: Duration = Duration::from_millis(20);

/// Keeps a session on the courier's round until it is dropped.
#[derive(Debug)]
pub struct Active {
    stop: Arc<Mutex<Option<Errand>>>,
    round: Arc<Round>,
}

impl Drop for Active {
    fn drop(&mut self) {
        self.round.stops.lock().retain(|stop| !Arc::ptr_eq(stop, &self.stop));
        self.round.wake.notify_all();
        // Not waited for: if the courier is here right now, it holds the errand and drops it afterwards.
        if let Some(mut errand) = self.stop.try_lock() {
            errand.take();
        }
    }
}

struct Errand {
    session: Weak<Session>,
    run: Box<dyn FnMut(&Arc<Session>) + Send>,
}

impl std::fmt::Debug for Errand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Errand").finish_non_exhaustive()
    }
}

type Stop = Arc<Mutex<Option<Errand>>>;

#[derive(Debug, Default)]
struct Round {
    stops: Mutex<Vec<Stop>>,
    wake: Condvar,
    walking: Mutex<bool>,
}

impl Session {
    /// Puts the session on the courier's round until the guard is dropped: every [`COURIER_PERIOD`], on the courier's
    /// thread, what came back from the audio thread is freed and `errand` is called. The first guard of the process starts
    /// the thread, with the last it ends.
    ///
    /// `errand` should be short: it holds up the others. It may run once more while the guard is being dropped.
    #[must_use]
    pub fn activate(self: &Arc<Self>, errand: impl FnMut(&Arc<Self>) + Send + 'static) -> Active {
        static ROUND: Mutex<Weak<Round>> = Mutex::new(Weak::new());
        let mut shared = ROUND.lock();
        let round = shared.upgrade().unwrap_or_else(|| {
            let round = Arc::default();
            *shared = Arc::downgrade(&round);
            round
        });
        let errand = Errand { session: Arc::downgrade(self), run: Box::new(errand) };
        let stop = Arc::new(Mutex::new(Some(errand)));
        round.stops.lock().push(Arc::clone(&stop));
        round.set_out();
        Active { stop, round }
    }
}

impl Round {
    /// Starts the thread unless it runs.
    fn set_out(self: &Arc<Self>) {
        let mut walking = self.walking.lock();
        if *walking {
            return;
        }
        let round = Arc::clone(self);
        // Without a thread nothing is collected and wishes are not heard; playing goes on.
        *walking = thread::Builder::new().name("solferino-courier".into()).spawn(move || round.walk()).is_ok();
    }

    fn walk(&self) {
        crate::pool::lower_priority();
        let mut stops = self.stops.lock();
        loop {
            if stops.is_empty() {
                let mut walking = self.walking.lock();
                *walking = false;
                return;
            }
            let round = stops.clone();
            drop(stops);
            for stop in &round {
                stop.lock().as_mut().map(Errand::visit);
            }
            drop(round);
            stops = self.stops.lock();
            if !stops.is_empty() {
                self.wake.wait_for(&mut stops, COURIER_PERIOD);
            }
        }
    }
}

impl Errand {
    fn visit(&mut self) {
        let Some(session) = self.session.upgrade() else { return };
        // A panic at one session must not end the round of the others; the panic hook has printed it.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            session.attend();
            (self.run)(&session);
        }));
    }
}
