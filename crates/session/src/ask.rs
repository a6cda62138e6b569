//! Asking for music: jobs on the pool, one a purpose, and what becomes of their results.

use crate::job::Running;
use crate::session::State;
use crate::{Asked, JobId, Parent, Provenance, Purpose, Session, Slot, Status};
use solferino_models::Cancel;
use solferino_tools::{Outcome, Progress, Request, ToolError, make};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

type Ended = Result<Result<Outcome, ToolError>, Box<dyn Any + Send>>;

impl Session {
    /// Has a tool work on the sources in these slots, in the background. Cancels what runs for the same purpose. What
    /// became of it says [`Session::status`], an empty slot too.
    ///
    /// [`Purpose::Takes`]: the takes come all at once, the first of them selected; this ends a preview and can be undone.
    /// [`Purpose::Preview`]: the last take of the request plays in place of the selected one, until it is kept, undone or
    /// another take is selected.
    pub fn ask(self: &Arc<Self>, request: Request, inputs: &[Slot], purpose: Purpose) -> JobId {
        let mut sources = Vec::with_capacity(inputs.len());
        let mut parents = Vec::with_capacity(inputs.len());
        for &slot in inputs {
            let source = self.state.lock().contents.source(slot).cloned();
            let Some(source) = source else {
                let what = request.tool.title();
                return self.fail(
                    purpose,
                    format!("Source {slot} is empty; {what} needs a clip there. Drop a MIDI file on it or open one."),
                );
            };
            parents.push(Parent { slot, name: source.clip.name.clone(), take: source.origin });
            sources.push(Arc::clone(&source.clip));
        }
        let models = self.models;
        let asked = request.clone();
        let work = move |cancel: &Cancel, progress: &mut dyn FnMut(Progress)| {
            let clips: Vec<_> = sources.iter().map(|clip| &**clip).collect();
            make(models, &asked, &clips, cancel, progress)
        };
        self.start(request, parents, purpose, work)
    }

    /// Cancels what runs; it stops within one step of the model and leaves nothing behind.
    pub fn cancel(&self) {
        let cancelled = {
            let mut state = self.state.lock();
            let [takes, preview] = [Purpose::Takes, Purpose::Preview].map(|purpose| state.cancel(purpose));
            if takes {
                state.status = Status::Cancelled;
            }
            takes || preview
        };
        if cancelled {
            self.notify();
        }
    }

    /// Makes the take that is played as a preview one of the strip, and selects it. Can be undone. Whether there was one.
    pub fn keep(&self) -> bool {
        self.change(|state| {
            let Some(preview) = state.preview.take() else { return false };
            state.history.remember(&state.contents.music);
            state.contents.add_take(Arc::clone(&preview.made), Arc::clone(&preview.provenance));
            state.contents.make_room(1);
            true
        })
    }

    /// Starts work whose results become takes, or the last of them the preview.
    pub(crate) fn start(
        self: &Arc<Self>,
        request: Request,
        parents: Vec<Parent>,
        purpose: Purpose,
        work: impl FnOnce(&Cancel, &mut dyn FnMut(Progress)) -> Result<Outcome, ToolError> + Send + 'static,
    ) -> JobId {
        let began = Instant::now();
        let running = self.begin(purpose);
        let (id, session) = (running.id, Arc::downgrade(self));
        let queued = self.pool.run(move || {
            if running.cancel.is_cancelled() {
                return;
            }
            let ended = catch_unwind(AssertUnwindSafe(|| work(&running.cancel, &mut |step| running.advance(step))));
            if let Some(session) = session.upgrade() {
                session.finish(running.id, purpose, ended, request, parents, began);
            }
        });
        match queued {
            Ok(()) => self.notify(),
            Err(error) => {
                let sentence = format!("No worker thread could be started: {error}. Close other programs.");
                self.end(id, purpose, Status::Failed(sentence));
            }
        }
        id
    }

    fn begin(&self, purpose: Purpose) -> Running {
        let mut state = self.state.lock();
        state.cancel(purpose);
        state.jobs += 1;
        let running = Running::new(JobId(state.jobs));
        state.running[purpose.index()] = Some(running.clone());
        running
    }

    fn fail(&self, purpose: Purpose, sentence: String) -> JobId {
        let id = self.begin(purpose).id;
        self.end(id, purpose, Status::Failed(sentence));
        id
    }

    /// On the worker: the job's results become the session's, unless another job or a cancellation came between.
    fn finish(
        &self,
        id: JobId,
        purpose: Purpose,
        ended: Ended,
        request: Request,
        parents: Vec<Parent>,
        began: Instant,
    ) {
        let Outcome { made, models } = match ended {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(ToolError::Cancelled)) => return self.end(id, purpose, Status::Cancelled),
            Ok(Err(error)) => return self.end(id, purpose, Status::Failed(error.to_string())),
            Err(panic) => return self.end(id, purpose, Status::Failed(panic_sentence(&*panic))),
        };
        let provenance = |number| {
            let (tool, models, parents) = (Asked::Known(request.clone()), models.clone(), parents.clone());
            Arc::new(Provenance { tool, models, parents, number })
        };
        let taken: Vec<_> = made.into_iter().map(Arc::new).zip((0..).map(provenance)).collect();
        self.change(|state| {
            if !state.is_running(id, purpose) {
                return false;
            }
            state.running[purpose.index()] = None;
            match purpose {
                Purpose::Takes => {
                    state.end_preview();
                    state.history.remember(&state.contents.music);
                    let new = taken.len();
                    for (made, provenance) in taken {
                        state.contents.add_take(made, provenance);
                    }
                    state.contents.select_first_of(new);
                    state.contents.make_room(new);
                    state.status = Status::Done { ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX) };
                }
                Purpose::Preview => {
                    if let Some((made, provenance)) = taken.into_iter().next_back() {
                        state.preview = Some(Arc::new(state.contents.unnumbered(made, provenance)));
                    }
                }
            }
            true
        });
    }

    fn end(&self, id: JobId, purpose: Purpose, status: Status) {
        {
            let mut state = self.state.lock();
            if !state.is_running(id, purpose) {
                return;
            }
            state.running[purpose.index()] = None;
            state.status = status;
        }
        self.notify();
    }
}

impl State {
    /// Cancels the job of a purpose; whether one ran.
    pub(crate) fn cancel(&mut self, purpose: Purpose) -> bool {
        let running = self.running[purpose.index()].take();
        if let Some(running) = &running {
            running.cancel.cancel();
        }
        running.is_some()
    }

    fn is_running(&self, id: JobId, purpose: Purpose) -> bool {
        self.running[purpose.index()].as_ref().is_some_and(|running| running.id == id)
    }
}

fn panic_sentence(panic: &(dyn Any + Send)) -> String {
    let message = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let message = message.unwrap_or("no message");
    format!("Solferino made a mistake and stopped the job; nothing was lost. Please report this: \"{message}\".")
}
