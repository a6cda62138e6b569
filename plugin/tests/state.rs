//! What a project keeps of the session, and what it does with a state it cannot read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nice_plug::params::Params;
use solferino::factory::CLIPS;
use solferino::instance::{Instance, Kind};
use solferino::notices::Tone;
use solferino::view::build::{Rolls, Shown, view};
use solferino_score::{Clip, Lane, LaneKind, Note, Ticks};
use solferino_session::Purpose;
use solferino_session::{Session, Slot, Status};
use solferino_tools::Request;
use std::collections::BTreeMap;
use std::sync::Arc;

fn fields(instance: &Instance) -> BTreeMap<String, String> {
    instance.params.serialize_fields()
}

fn load(instance: &Instance, chunk: &str) {
    let json = format!("\"{chunk}\"");
    instance.params.deserialize_fields(&BTreeMap::from([("session".to_owned(), json)]));
}

fn filled() -> Arc<Instance> {
    let (instance, _stage) = Instance::new(Kind::Instrument);
    instance.take_in(Slot::A, CLIPS[0].title, CLIPS[0].bytes);
    instance
}

#[test]
fn saving_twice_gives_the_same_and_loading_gives_it_back() {
    let first = filled();
    let saved = fields(&first);
    assert_eq!(saved, fields(&first));
    let (second, _stage) = Instance::new(Kind::Instrument);
    assert_ne!(fields(&second), saved);
    second.params.deserialize_fields(&saved);
    assert_eq!(fields(&second), saved);
    let (a, b) = (first.session.snapshot(), second.session.snapshot());
    assert_eq!(a.source(Slot::A).map(|s| &s.clip), b.source(Slot::A).map(|s| &s.clip));
}

#[test]
fn what_cannot_be_read_is_told_kept_and_saved_again() {
    let newer = {
        let mut chunk = filled().session.save().unwrap();
        // After the four bytes of magic stands the major version; none is higher than this.
        chunk[4..6].fill(0xff);
        STANDARD.encode(chunk)
    };
    for (name, chunk) in
        [("another version", newer.as_str()), ("no base64", "%%%"), ("no chunk", "AAAA"), ("empty", "")]
    {
        let instance = filled();
        let before = instance.session.snapshot().sources.clone();
        load(&instance, chunk);
        assert_eq!(instance.session.snapshot().sources, before, "{name}: what was there stays");
        assert_eq!(instance.notices.last().map(|notice| notice.tone), Some(Tone::Bad), "{name}: it is told");
        assert_eq!(fields(&instance)["session"], format!("\"{chunk}\""), "{name}: it is saved as it came");
        instance.note_window_size(900.0, 700.0);
        assert_eq!(fields(&instance)["session"], format!("\"{chunk}\""), "{name}: the window's size is no music");
        instance.session.clear_source(Slot::A);
        let now = STANDARD.encode(instance.session.save().unwrap());
        assert_eq!(fields(&instance)["session"], format!("\"{now}\""), "{name}: unless the session has changed");
    }
}

#[test]
fn a_damaged_file_is_taken_and_the_first_warnings_are_told() {
    let (instance, _stage) = Instance::new(Kind::Instrument);
    let mut file = b"MThd\0\0\0\x06\0\x01\0\x0a\x01\xe0".to_vec();
    for _ in 0..10 {
        // A whole note, and one that breaks off.
        file.extend(b"MTrk\0\0\0\x0a\0\x90\x3c\x40\x60\x80\x3c\x40\0\x90");
    }
    instance.take_in(Slot::A, "Broken", &file);
    assert_eq!(instance.session.snapshot().source(Slot::A).unwrap().clip.notes().count(), 10);
    let notice = instance.notices.last().unwrap();
    assert_eq!(notice.tone, Tone::Bad);
    assert!(notice.text.starts_with("Broken is in source A. Track 1 "), "{}", notice.text);
    assert!(notice.text.contains("Track 5 ") && !notice.text.contains("Track 6 "), "{}", notice.text);
    assert!(notice.text.ends_with("And 5 more."), "{}", notice.text);
}

/// Every project numbers its takes from 1.
#[test]
fn the_window_shows_the_takes_of_the_project_that_was_loaded() {
    let (instance, _stage) = Instance::new(Kind::Instrument);
    let mut rolls = Rolls::default();
    let mut shown = |pitch: u8| {
        let session = Session::new(solferino_engine::library());
        let note = Note { start: Ticks::ZERO, pitch, length: Ticks(960), velocity: 90 };
        let lane = Lane::new("", LaneKind::Melody, 0, vec![note]);
        session.set_source(Slot::A, Clip { length: Ticks(3840), lanes: vec![lane], ..Clip::default() }).unwrap();
        let mut request = Request::default();
        request.common.takes = 1;
        session.ask(request, &[Slot::A], Purpose::Takes);
        while session.snapshot().takes.is_empty() {
            assert!(!matches!(session.status(), Status::Failed(_)), "{:?}", session.status());
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        load(&instance, &STANDARD.encode(session.save().unwrap()));
        let snapshot = instance.session.snapshot();
        let (kind, job) = (Kind::Instrument, &Status::Idle);
        let shown =
            Shown { kind, snapshot: &snapshot, job, notice: None, playhead: None, settings: false, found: None };
        let view = view(shown, &mut rolls);
        assert_eq!(snapshot.takes[0].id.0, 1);
        (*view.takes[0].roll).clone()
    };
    assert_ne!(shown(60), shown(72));
}

#[test]
fn loading_is_no_change_that_the_host_must_hear_of() {
    let saved = fields(&filled());
    let (instance, _stage) = Instance::new(Kind::Instrument);
    assert!(!instance.untold_change());
    instance.params.deserialize_fields(&saved);
    assert!(!instance.untold_change(), "the host knows what it loaded");
    instance.session.clear_source(Slot::A);
    assert!(instance.untold_change());
    assert!(!instance.untold_change(), "once is enough");
}

#[test]
fn loading_voids_what_automation_asked_of_the_session_before() {
    let saved = fields(&filled());
    let (instance, _stage) = Instance::new(Kind::Instrument);
    instance.link.ask_to_continue();
    instance.params.deserialize_fields(&saved);
    assert!(!instance.link.take_continue());
}
