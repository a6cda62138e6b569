//! Tests of the session: jobs, undo, the audio thread's side, and the state chunk.

mod audio;
mod chunks;
mod jobs;
mod music;
mod packing;
mod unknown;

use crate::{JobId, Parent, Purpose, Session, Slot, Status, TakeId};
use solferino_models::fake::Fake;
use solferino_models::{Cancel, Library};
use solferino_score::{Clip, Lane, LaneKind, Note, Ticks};
use solferino_tools::{Given, Made, ModelUsed, Outcome, Progress, Request, ToolError};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

/// An empty session.
fn session() -> Arc<Session> {
    static MODELS: LazyLock<Library> = LazyLock::new(|| Library::new(Arc::new(Fake)));
    Session::new(&MODELS)
}

/// A bar with one note a beat.
fn clip(name: &str, pitch: u8) -> Clip {
    let notes = (0..4).map(|beat| Note { start: Ticks(beat * 960), pitch, length: Ticks(480), velocity: 90 }).collect();
    let lane =
        Lane { name: "Lane".into(), kind: LaneKind::Melody, program: 5, channel: 2, notes, messages: Vec::new() };
    Clip { name: name.into(), length: Ticks(3840), lanes: vec![lane], ..Clip::default() }
}

/// A clip continued by a note of a pitch.
fn continued(clip: &Clip, pitch: u8) -> Made {
    let mut clip = clip.clone();
    let from = clip.length;
    clip.length = from + Ticks(3840);
    clip.lanes[0].notes.push(Note { start: from, pitch, length: Ticks(960), velocity: 70 });
    Made { clip, given: Given::Before(from) }
}

fn model() -> ModelUsed {
    ModelUsed { name: "fake".into(), hash: "0123abcd".into(), engine: "none".into() }
}

fn parent() -> Parent {
    Parent { slot: Slot::A, name: "Air".into(), take: None }
}

fn outcome(made: Vec<Made>) -> Outcome {
    Outcome { made, models: vec![model()] }
}

/// Runs work as a generation.
fn start(
    session: &Arc<Session>,
    work: impl FnOnce(&Cancel, &mut dyn FnMut(Progress)) -> Result<Outcome, ToolError> + Send + 'static,
) -> JobId {
    session.start(Request::default(), vec![parent()], Purpose::Takes, work)
}

/// Makes takes of these pitches and waits for them.
fn generate(session: &Arc<Session>, pitches: &'static [u8]) {
    let takes = pitches.iter().map(|&pitch| continued(&clip("Air", 60), pitch)).collect();
    start(session, move |_, _| Ok(outcome(takes)));
    assert!(matches!(settled(session), Status::Done { .. }));
}

/// Waits until nothing runs.
fn settled(session: &Session) -> Status {
    wait_until("the job ends", || !matches!(session.status(), Status::Running { .. }));
    // The worker may not have sent the takes to the audio thread yet.
    session.play();
    session.status()
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let hung = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < hung, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn ids(session: &Session) -> Vec<u32> {
    session.snapshot().takes.iter().map(|take| take.id.0).collect()
}

fn selected(session: &Session) -> Option<u32> {
    session.snapshot().selected.map(|id| id.0)
}

fn id(number: u32) -> TakeId {
    TakeId(number)
}
