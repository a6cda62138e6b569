//! Threads come with work and go with the last session. One test, alone in its process: it counts the process's threads.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test")]

use solferino_score::{Clip, Lane, LaneKind, Note, Ticks};
use solferino_session::{Purpose, Session, Slot, Status};
use solferino_tests::continue_request;
use std::time::{Duration, Instant};

/// The names of our threads; Linux keeps 15 characters.
fn ours() -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    let mut ours: Vec<String> =
        names.map(|name| name.trim().to_owned()).filter(|name| name.starts_with("solferino-")).collect();
    ours.sort();
    ours
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let hung = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < hung, "waited in vain until {what}: {:?}", ours());
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn threads_come_with_work_and_go_with_the_last_session() {
    let sessions: Vec<_> = (0..100).map(|_| Session::new(solferino_engine::library())).collect();
    for session in &sessions {
        let _ = (session.save().unwrap(), session.snapshot(), session.status());
    }
    assert_eq!(ours(), Vec::<String>::new(), "a session alone starts nothing");

    let active = sessions[0].activate(|_| {});
    wait_until("the courier runs", || ours() == ["solferino-couri"]);

    let note = Note { start: Ticks(0), pitch: 60, length: Ticks(960), velocity: 90 };
    let lane = Lane::new("", LaneKind::Melody, 0, vec![note]);
    let clip = Clip { length: Ticks(3840), lanes: vec![lane], ..Clip::default() };
    for session in &sessions {
        session.set_source(Slot::A, clip.clone()).unwrap();
        session.ask(continue_request(1, 1, 0), &[Slot::A], Purpose::Takes);
    }
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let workers = || ours().iter().filter(|name| name.as_str() == "solferino-worke").count();
    // A thread bears its name a moment after it was started.
    wait_until("a worker runs", || workers() > 0);
    assert!(workers() <= (cores / 2).max(1), "{:?}", ours());
    wait_until("all have ended", || !sessions.iter().any(|session| matches!(session.status(), Status::Running { .. })));
    assert!(sessions.iter().all(|session| session.snapshot().takes.len() == 1), "{:?}", sessions[0].status());

    drop(active);
    wait_until("the courier is gone", || !ours().contains(&"solferino-couri".to_owned()));
    assert!(workers() >= 1);
    sessions[7].ask(continue_request(32, 16, 0), &[Slot::A], Purpose::Takes);
    drop(sessions);
    wait_until("the workers are gone", || ours().is_empty());
}
