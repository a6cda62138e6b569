//! The worker threads of the process, shared by all sessions.
//!
//! Workers start with the first job, at most half the cores (at least one), run below normal priority where the system
//! lets us say so safely (Linux), and stop when the last handle goes. Jobs run in the order they come; a job that panics
//! takes no worker with it.

use parking_lot::{Condvar, Mutex};
use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};

/// Below normal: 0 is normal, 19 the lowest.
#[cfg(target_os = "linux")]
const NICE: i32 = 5;

type Job = Box<dyn FnOnce() + Send>;

/// A handle to the workers; they stop when the last one is dropped.
#[derive(Debug)]
pub struct Pool {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    most: usize,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    idle: usize,
    stopped: bool,
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue").field("jobs", &self.jobs.len()).field("idle", &self.idle).finish_non_exhaustive()
    }
}

impl Pool {
    /// The pool of the process. Starts no thread.
    #[must_use]
    pub fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Pool>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock();
        shared.upgrade().unwrap_or_else(|| {
            let pool = Arc::new(Self::new(most_threads()));
            *shared = Arc::downgrade(&pool);
            pool
        })
    }

    /// A pool of its own with at most this many threads.
    #[must_use]
    pub(crate) fn new(most: usize) -> Self {
        Self { shared: Arc::default(), threads: Mutex::default(), most: most.max(1) }
    }

    /// How many workers run.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads.lock().len()
    }

    /// Queues a job; starts a worker for it if none is free and there may be more.
    ///
    /// # Errors
    /// When there is no worker and none can be started; the job is dropped.
    pub fn run(&self, job: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let mut threads = self.threads.lock();
        let waiting = {
            let queue = self.shared.queue.lock();
            queue.jobs.len() >= queue.idle
        };
        if waiting && threads.len() < self.most {
            let shared = Arc::clone(&self.shared);
            let name = format!("solferino-worker-{}", threads.len() + 1);
            match thread::Builder::new().name(name).spawn(move || shared.work()) {
                Ok(thread) => threads.push(thread),
                Err(error) if threads.is_empty() => return Err(error),
                Err(_) => {}
            }
        }
        self.shared.queue.lock().jobs.push_back(Box::new(job));
        self.shared.wake.notify_one();
        Ok(())
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let jobs = {
            let mut queue = self.shared.queue.lock();
            queue.stopped = true;
            std::mem::take(&mut queue.jobs)
        };
        self.shared.wake.notify_all();
        drop(jobs);
        let this = thread::current().id();
        for thread in self.threads.get_mut().drain(..) {
            // The last handle may go with a job on a worker: that one ends by itself.
            if thread.thread().id() != this {
                // A worker catches its jobs' panics, so there is no panic to hear of.
                let _ = thread.join();
            }
        }
    }
}

impl Shared {
    fn work(&self) {
        lower_priority();
        let mut queue = self.queue.lock();
        loop {
            if queue.stopped {
                return;
            }
            if let Some(job) = queue.jobs.pop_front() {
                drop(queue);
                // The job tells its session; the panic hook has printed the message.
                let _ = catch_unwind(AssertUnwindSafe(job));
                queue = self.queue.lock();
            } else {
                queue.idle += 1;
                self.wake.wait(&mut queue);
                queue.idle -= 1;
            }
        }
    }
}

/// Runs work that waits for a person, such as a file dialog, on a thread of its own that ends with it.
///
/// # Errors
/// When no thread can be started; the work is dropped.
pub fn aside(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(format!("solferino-{name}")).spawn(work).map(drop)
}

/// Half the cores, at least one.
fn most_threads() -> usize {
    thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1))
}

/// Lets everything else in the host go first. Best effort.
pub(crate) fn lower_priority() {
    // On Linux process 0 is the calling thread (setpriority(2), NOTES).
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, NICE);
}
