//! What the session sends to the audio thread and hears from it.

use super::*;
use solferino_realtime::{NoteEvent, Stage, Transport, handoff};
use solferino_tools::Scope;
use std::sync::atomic::{AtomicU32, Ordering};

/// The pitches that start in eight quarters of song, and the tag of what played.
fn played(stage: &mut Stage) -> (Vec<u8>, Option<u64>) {
    let transport =
        Transport { playing: true, tempo: 120.0, position: Some(0.0), looping: None, sample_rate: 48_000.0 };
    let mut pitches = Vec::new();
    stage.reset();
    stage.process(&transport, 8 * 24_000 - 1, &mut |event| {
        if let NoteEvent::On { pitch, .. } = event {
            pitches.push(pitch);
        }
    });
    stage.publish([0.0; 2]);
    (pitches, stage.player().clip().map(solferino_realtime::Loop::tag))
}

#[test]
fn the_selected_take_plays() {
    let session = super::session();
    let (desk, mut stage) = handoff();
    assert_eq!(session.playhead(), None);
    session.attach_desk(desk);
    assert_eq!(played(&mut stage), (vec![], None));
    generate(&session, &[71, 72]);
    assert_eq!(played(&mut stage), (vec![60, 60, 60, 60, 71], Some(1)));
    session.select(id(2)).unwrap();
    assert_eq!(played(&mut stage), (vec![60, 60, 60, 60, 72], Some(2)));
    assert_eq!(session.playhead().unwrap().tag, Some(2));
    session.set_settings(|settings| settings.scope = Scope::New);
    // A bar of the new notes only, twice in eight quarters.
    assert_eq!(played(&mut stage), (vec![72, 72], Some(2)));
    let saved = session.save().unwrap();
    session.remove(id(2)).unwrap();
    assert_eq!(played(&mut stage).1, Some(1));
    session.undo();
    assert_eq!(played(&mut stage).1, Some(2));
    session.select_none();
    assert_eq!(played(&mut stage), (vec![], None));
    session.load(&saved).unwrap();
    assert_eq!(played(&mut stage), (vec![72, 72], Some(2)));
}

#[test]
fn what_automation_chooses_becomes_selected() {
    let session = super::session();
    let (desk, mut stage) = handoff();
    session.attach_desk(desk);
    generate(&session, &[71, 72, 73]);
    played(&mut stage);
    let choices = session.snapshot().choices;
    stage.choose(1);
    played(&mut stage);
    session.attend();
    let snapshot = session.snapshot();
    assert_eq!((snapshot.selected, snapshot.choices), (Some(id(2)), choices));
    // What changes the strip alone leaves automation's choice as it is, also when the session does not know it yet.
    stage.choose(2);
    session.set_settings(|settings| settings.scope = Scope::New);
    assert_eq!(played(&mut stage), (vec![73, 73], Some(3)));
    // A click counts, although the session holds the take for selected; what was chosen before is not followed.
    session.select(id(2)).unwrap();
    session.attend();
    assert_eq!(session.snapshot().selected, Some(id(2)));
    assert_eq!(played(&mut stage).1, Some(2));
    session.attend();
    assert_eq!(session.snapshot().selected, Some(id(2)));
}

#[test]
fn takes_that_stay_keep_their_loops() {
    let session = super::session();
    let (desk, mut stage) = handoff();
    session.attach_desk(desk);
    generate(&session, &[71, 72]);
    played(&mut stage);
    let playing = |stage: &Stage| std::ptr::from_ref(stage.player().clip().unwrap());
    let before = playing(&stage);
    session.rename(id(1), "another name").unwrap();
    session.remove(id(2)).unwrap();
    played(&mut stage);
    assert_eq!(playing(&stage), before);
}

/// Has a preview of this pitch played, and waits for it.
fn preview(session: &Arc<Session>, pitch: u8) {
    let made = continued(&clip("Air", 60), pitch);
    session.start(Request::default(), vec![parent()], Purpose::Preview, move |_, _| Ok(outcome(vec![made])));
    let there =
        || session.snapshot().preview.as_ref().is_some_and(|take| take.made.clip.lanes[0].notes[4].pitch == pitch);
    wait_until("the preview is there", there);
    // The worker may not have sent it to the audio thread yet.
    session.play();
}

#[test]
fn automation_ends_a_preview_and_cannot_choose_one() {
    let session = super::session();
    let (desk, mut stage) = handoff();
    session.attach_desk(desk);
    generate(&session, &[71, 72]);
    preview(&session, 80);
    assert_eq!(played(&mut stage), (vec![60, 60, 60, 60, 80], Some(3)));
    session.attend();
    assert!(session.snapshot().preview.is_some());
    // Behind the last take there is nothing to choose.
    stage.choose(2);
    assert_eq!(played(&mut stage).1, Some(3));
    // Automation moves on to the take that is selected already.
    stage.choose(0);
    assert_eq!(played(&mut stage).1, Some(1));
    session.attend();
    assert_eq!((session.snapshot().preview.clone(), selected(&session)), (None, Some(1)));
    stage.choose(2);
    assert_eq!(played(&mut stage).1, Some(1), "it is over");
    // One that is still being made does not come either.
    let (begun, has_begun) = std::sync::mpsc::channel();
    session.start(Request::default(), vec![parent()], Purpose::Preview, move |cancel, _| {
        begun.send(()).unwrap();
        wait_until("the preview is cancelled", || cancel.is_cancelled());
        Ok(outcome(vec![continued(&clip("Air", 60), 81)]))
    });
    has_begun.recv().unwrap();
    stage.choose(1);
    played(&mut stage);
    session.attend();
    wait_until("the job has ended", || Arc::weak_count(&session) == 0);
    assert_eq!((session.snapshot().preview.clone(), selected(&session)), (None, Some(2)));
}

#[test]
fn a_preview_that_is_kept_plays_on() {
    let session = super::session();
    let (desk, mut stage) = handoff();
    session.attach_desk(desk);
    generate(&session, &[71]);
    preview(&session, 80);
    played(&mut stage);
    let before = std::ptr::from_ref(stage.player().clip().unwrap());
    assert!(session.keep());
    assert_eq!(played(&mut stage).1, Some(2));
    stage.choose(1);
    assert_eq!(std::ptr::from_ref(stage.player().clip().unwrap()), before);
}

/// Automation reaches the first takes only; a click reaches all of them.
#[test]
fn every_take_of_a_long_strip_can_be_played() {
    let session = super::session();
    let (desk, mut stage) = handoff();
    session.attach_desk(desk);
    for _ in 0..5 {
        generate(&session, &[71; 16]);
    }
    assert_eq!(played(&mut stage).1, Some(65), "the first of the last sixteen");
    session.select(id(80)).unwrap();
    assert_eq!(played(&mut stage).1, Some(80));
    stage.choose(64);
    assert_eq!(played(&mut stage).1, Some(80), "there is no such place");
    stage.choose(63);
    assert_eq!(played(&mut stage).1, Some(64));
    session.attend();
    assert_eq!(selected(&session), Some(64));
}

#[test]
fn a_desk_attached_late_plays_what_is_selected() {
    let session = super::session();
    generate(&session, &[71]);
    let (desk, mut stage) = handoff();
    session.attach_desk(desk);
    assert_eq!(played(&mut stage).1, Some(1));
}

#[test]
fn loading_another_state_with_the_same_numbers_plays_the_other_music() {
    let other = session();
    generate(&other, &[75]);
    let session = super::session();
    let (desk, mut stage) = handoff();
    session.attach_desk(desk);
    generate(&session, &[71]);
    session.load(&other.save().unwrap()).unwrap();
    assert_eq!(played(&mut stage), (vec![60, 60, 60, 60, 75], Some(1)));
}

#[test]
fn a_take_that_automation_chose_becomes_the_selected_one() {
    let session = super::session();
    let (desk, mut stage) = handoff();
    session.attach_desk(desk);
    generate(&session, &[71, 72, 73]);
    assert_eq!(played(&mut stage).1, Some(1));
    let revision = session.revision();
    stage.choose(2);
    assert_eq!(played(&mut stage), (vec![60, 60, 60, 60, 73], Some(3)), "at once, before the session hears of it");
    session.attend();
    assert_eq!((selected(&session), session.revision()), (Some(3), revision + 1));
    session.attend();
    assert_eq!(session.revision(), revision + 1);
    assert_eq!(played(&mut stage).1, Some(3));
    // A change that is no choice leaves what automation chose.
    stage.choose(1);
    session.star(id(1), true).unwrap();
    assert_eq!(played(&mut stage).1, Some(2));
    // A choice of the session holds over one of automation that it has not heard of.
    stage.choose(2);
    session.select(id(1)).unwrap();
    session.attend();
    assert_eq!(played(&mut stage).1, Some(1));
    session.attend();
    assert_eq!(selected(&session), Some(1));
}

#[test]
fn the_courier_runs_errands_and_collects_what_came_back_while_active() {
    let session = super::session();
    let (desk, mut stage) = handoff();
    session.attach_desk(desk);
    let visits = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&visits);
    let active = session.activate(move |session| {
        let visit = seen.fetch_add(1, Ordering::SeqCst);
        assert!(visit != 1, "a panic does not end the round");
        // An errand may start a generation.
        if visit == 2 {
            session.ask(Request::default(), &[Slot::A], Purpose::Takes);
        }
    });
    wait_until("the courier came", || visits.load(Ordering::SeqCst) > 3);
    wait_until("the errand has run", || matches!(session.status(), Status::Failed(_)));

    generate(&session, &[71, 72]);
    played(&mut stage);
    session.select(id(2)).unwrap();
    played(&mut stage);
    wait_until("the first bank is freed", || session.desk_lent() == 1);

    drop(active);
    wait_until("the errand is dropped", || Arc::strong_count(&visits) == 1);
    let last = visits.load(Ordering::SeqCst);
    std::thread::sleep(3 * crate::COURIER_PERIOD);
    assert_eq!(visits.load(Ordering::SeqCst), last);
}

#[test]
fn sessions_come_and_go_on_the_round() {
    let sessions: Vec<_> = (0..50).map(|_| session()).collect();
    let visits = Arc::new(AtomicU32::new(0));
    for _ in 0..3 {
        visits.store(0, Ordering::SeqCst);
        let actives: Vec<_> = sessions
            .iter()
            .map(|session| {
                let visits = Arc::clone(&visits);
                session.activate(move |_| {
                    visits.fetch_add(1, Ordering::SeqCst);
                })
            })
            .collect();
        wait_until("all were visited", || visits.load(Ordering::SeqCst) >= 50);
        drop(actives);
    }
}
