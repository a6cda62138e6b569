//! Jobs: progress, cancelling, panics, one at a time.

use super::*;
use crate::pool::Pool;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// Work that says it has begun, then goes on until it is cancelled.
fn endless(
    begun: mpsc::Sender<()>,
) -> impl FnOnce(&Cancel, &mut dyn FnMut(Progress)) -> Result<Outcome, ToolError> + Send + 'static {
    move |cancel, progress| {
        progress(Progress { done: 3, total: 10 });
        begun.send(()).unwrap();
        wait_until("the job is cancelled", || cancel.is_cancelled());
        Err(ToolError::Cancelled)
    }
}

#[test]
fn takes_arrive_with_their_provenance() {
    let session = super::session();
    assert_eq!(session.status(), Status::Idle);
    generate(&session, &[61, 62, 63]);
    let snapshot = session.snapshot();
    assert_eq!(ids(&session), [1, 2, 3]);
    assert_eq!(snapshot.selected, Some(id(1)), "the first new take plays");
    let take = &snapshot.takes[2];
    assert_eq!((take.name.as_str(), take.starred, take.provenance.number), ("Air, take 3", false, 2));
    assert_eq!(take.provenance.models, [model()]);
    assert_eq!(take.provenance.parents, [parent()]);
    assert_eq!(*take.made, continued(&clip("Air", 60), 63));
    generate(&session, &[64]);
    assert_eq!(ids(&session), [1, 2, 3, 4]);
    assert_eq!(selected(&session), Some(4));
}

#[test]
fn an_empty_slot_says_so() {
    let session = super::session();
    session.ask(Request::default(), &[Slot::C], Purpose::Takes);
    let Status::Failed(sentence) = session.status() else { panic!("{:?}", session.status()) };
    assert!(sentence.starts_with("Source C is empty"), "{sentence}");
}

#[test]
fn errors_are_shown_as_the_sentences_they_are() {
    let session = super::session();
    session.set_source(Slot::A, Clip::default()).unwrap();
    session.ask(Request::default(), &[Slot::A], Purpose::Takes);
    assert_eq!(settled(&session), Status::Failed(ToolError::EmptyClip.to_string()));
    session.set_source(Slot::A, clip("Air", 60)).unwrap();
    let mut request = Request::default();
    request.common.model = Some("absent".into());
    session.ask(request, &[Slot::A], Purpose::Takes);
    let Status::Failed(sentence) = settled(&session) else { panic!("{:?}", session.status()) };
    assert!(sentence.contains("\"absent\""), "{sentence}");
    assert!(session.snapshot().takes.is_empty());
}

#[test]
fn a_panic_becomes_a_sentence_and_the_workers_go_on() {
    let session = super::session();
    generate(&session, &[61]);
    for _ in 0..3 {
        start(&session, |_, _| panic!("index {} out of range", 7));
        let Status::Failed(sentence) = settled(&session) else { panic!("{:?}", session.status()) };
        assert!(sentence.contains("nothing was lost") && sentence.contains("index 7 out of range"), "{sentence}");
    }
    assert_eq!(ids(&session), [1]);
    generate(&session, &[62]);
    assert_eq!(ids(&session), [1, 2]);
}

#[test]
fn cancelling_leaves_nothing_behind() {
    let session = super::session();
    let (begun, has_begun) = mpsc::channel();
    start(&session, endless(begun));
    has_begun.recv().unwrap();
    assert_eq!(session.status(), Status::Running { done: 3, total: 10 });
    let revision = session.revision();
    session.cancel();
    assert_eq!(session.status(), Status::Cancelled);
    generate(&session, &[61]);
    assert_eq!((ids(&session), session.revision()), (vec![1], revision + 1));
    session.cancel();
    assert!(matches!(session.status(), Status::Done { .. }), "there was nothing to cancel");
}

#[test]
fn new_takes_end_a_preview_that_is_being_made() {
    let session = super::session();
    let (go, gone) = mpsc::channel();
    start(&session, move |_, _| {
        gone.recv().unwrap();
        Ok(outcome(vec![continued(&clip("Air", 60), 61)]))
    });
    session.start(Request::default(), vec![parent()], Purpose::Preview, |cancel, _| {
        wait_until("the preview is cancelled", || cancel.is_cancelled());
        Ok(outcome(vec![continued(&clip("Air", 60), 62)]))
    });
    go.send(()).unwrap();
    assert!(matches!(settled(&session), Status::Done { .. }));
    wait_until("both have ended", || Arc::weak_count(&session) == 0);
    assert_eq!((session.snapshot().preview.clone(), selected(&session)), (None, Some(1)));
}

#[test]
fn cancelling_a_preview_is_not_told() {
    let session = super::session();
    generate(&session, &[61]);
    let (begun, has_begun) = mpsc::channel();
    session.start(Request::default(), vec![parent()], Purpose::Preview, endless(begun));
    has_begun.recv().unwrap();
    session.cancel();
    wait_until("the preview has ended", || Arc::weak_count(&session) == 0);
    assert!(matches!(session.status(), Status::Done { .. }));
}

#[test]
fn takes_that_come_too_late_are_dropped() {
    let session = super::session();
    let (begun, has_begun) = mpsc::channel();
    start(&session, move |cancel, _| {
        begun.send(()).unwrap();
        wait_until("the job is cancelled", || cancel.is_cancelled());
        Ok(outcome(vec![continued(&clip("Air", 60), 61)]))
    });
    has_begun.recv().unwrap();
    // A new request cancels the old one.
    generate(&session, &[62]);
    wait_until("the late job has ended", || Arc::weak_count(&session) == 0);
    let snapshot = session.snapshot();
    assert_eq!(snapshot.takes.len(), 1);
    assert_eq!(snapshot.takes[0].made.clip.lanes[0].notes[4].pitch, 62);
}

#[test]
fn loading_a_state_ends_what_runs() {
    let saved = session().save().unwrap();
    let session = super::session();
    let (begun, has_begun) = mpsc::channel();
    start(&session, endless(begun));
    has_begun.recv().unwrap();
    session.load(&saved).unwrap();
    assert_eq!(session.status(), Status::Idle);
    wait_until("the job has ended", || Arc::weak_count(&session) == 0);
    assert!(session.snapshot().takes.is_empty());
}

#[test]
fn a_dropped_session_takes_its_job_with_it() {
    let session = super::session();
    let (begun, has_begun) = mpsc::channel();
    let (ended, has_ended) = mpsc::channel();
    start(&session, move |cancel, progress| {
        let outcome = endless(begun)(cancel, progress);
        ended.send(()).unwrap();
        outcome
    });
    has_begun.recv().unwrap();
    drop(session);
    has_ended.recv_timeout(Duration::from_secs(60)).unwrap();
}

#[test]
fn the_listener_hears_of_every_change() {
    let session = super::session();
    let heard = Arc::new(AtomicUsize::new(0));
    let (count, weak) = (Arc::clone(&heard), Arc::downgrade(&session));
    session.set_listener(Box::new(move || {
        // It may call the session.
        if let Some(session) = weak.upgrade() {
            let _ = (session.snapshot(), session.status());
        }
        count.fetch_add(1, Ordering::SeqCst);
    }));
    let calls = || heard.load(Ordering::SeqCst);
    session.set_source(Slot::A, clip("Air", 60)).unwrap();
    assert_eq!(calls(), 1);
    session.set_settings(|_| {});
    assert_eq!(calls(), 1, "nothing changed");
    generate(&session, &[61]);
    wait_until("start and end are heard", || calls() == 3);
    session.clear_listener();
    session.undo();
    assert_eq!(calls(), 3);
}

#[test]
fn a_pool_starts_workers_as_jobs_come_and_stops_them() {
    let pool = Pool::new(2);
    assert_eq!(pool.threads(), 0);
    let (send, receive) = mpsc::channel();
    let run = || {
        let send = send.clone();
        let job = move || send.send(std::thread::current().name().map(str::to_owned)).unwrap();
        pool.run(job).unwrap();
        receive.recv_timeout(Duration::from_secs(60)).unwrap().unwrap()
    };
    assert_eq!(run(), "solferino-worker-1");
    for _ in 0..20 {
        assert!(run().starts_with("solferino-worker-"));
    }
    assert!((1..=2).contains(&pool.threads()));
    let kept = Arc::new(());
    for _ in 0..5 {
        let kept = Arc::clone(&kept);
        pool.run(move || {
            std::thread::sleep(Duration::from_millis(1));
            let _kept = kept;
            panic!("a job without a boundary of its own");
        })
        .unwrap();
    }
    // Waits for the workers; jobs that have not begun are dropped.
    drop(pool);
    assert_eq!(Arc::strong_count(&kept), 1);
}
