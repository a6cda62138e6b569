//! A running job as others see it.

use solferino_models::Cancel;
use solferino_tools::Progress;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A job's number in its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

/// What a job is for. Each purpose has one job at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Takes for the strip.
    Takes,
    /// A take to hear while a control moves; it enters neither the strip nor undo unless it is kept.
    Preview,
}

impl Purpose {
    pub(crate) const ALL: [Self; 2] = [Self::Takes, Self::Preview];

    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

/// What the session's last job came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// There was none.
    #[default]
    Idle,
    /// It waits or runs.
    Running {
        /// Model steps done.
        done: usize,
        /// Model steps in all; 0 until it has begun.
        total: usize,
    },
    /// Its takes are there.
    Done {
        /// How long it took, from the request on.
        ms: u64,
    },
    /// It gave no takes; a sentence that says why.
    Failed(String),
    /// It was cancelled.
    Cancelled,
}

/// The handle of a job that waits or runs.
#[derive(Clone, Debug)]
pub(crate) struct Running {
    pub id: JobId,
    pub cancel: Cancel,
    steps: Arc<[AtomicUsize; 2]>,
}

impl Running {
    pub fn new(id: JobId) -> Self {
        Self { id, cancel: Cancel::default(), steps: Arc::default() }
    }

    /// Notes how far the job has come.
    pub fn advance(&self, progress: Progress) {
        // Relaxed: the numbers are shown and carry nothing with them.
        self.steps[0].store(progress.done, Ordering::Relaxed);
        self.steps[1].store(progress.total, Ordering::Relaxed);
    }

    pub fn status(&self) -> Status {
        let [done, total] = &*self.steps;
        Status::Running { done: done.load(Ordering::Relaxed), total: total.load(Ordering::Relaxed) }
    }
}
