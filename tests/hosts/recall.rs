//! Projects: saved, opened, opened elsewhere.

use crate::common::{RATE, active, asset, bundle, random, settle, with_takes};
use solferino_engine::Tract;
use solferino_models::Library;
use solferino_session::{Purpose, Session, Slot};
use solferino_tests::{Instance, Project, SOLFERINO_ID, Song, continue_request};
use std::fs;
use std::path::Path;
use std::sync::Arc;

#[test]
fn the_same_state_is_the_same_bytes() {
    let (mut instance, _) = with_takes(&asset("melody.mid"));
    let first = instance.save().unwrap();
    assert_eq!(instance.save().unwrap(), first);
    let mut other = bundle().instance(SOLFERINO_ID).unwrap();
    other.load(&first).unwrap();
    assert_eq!(other.save().unwrap(), first, "another instance saves it otherwise");
}

#[test]
fn a_project_finds_everything_again() {
    let (mut instance, takes) = with_takes(&asset("drums.mid"));
    instance.set(&[("take", "2"), ("temperature", "0.5"), ("scale", "Dorian"), ("gain", "-6 dB")]).unwrap();
    settle(&mut instance);
    let state = instance.save().unwrap();
    let mut reopened = active();
    reopened.load(&state).unwrap();
    let (before, after) = (instance.session().unwrap().snapshot(), reopened.session().unwrap().snapshot());
    assert_eq!(after.takes.len(), takes.len());
    assert_eq!(before.takes, after.takes);
    assert_eq!(before.sources, after.sources);
    assert_eq!(before.selected, after.selected);
    for parameter in instance.parameters() {
        assert_eq!(instance.value(parameter.id), reopened.value(parameter.id), "{}", parameter.name);
    }
    assert_eq!(notes_of(&mut instance), notes_of(&mut reopened));
}

/// What an instance plays in the first two seconds of a song.
fn notes_of(instance: &mut Instance) -> Vec<(u64, u8, Option<u8>)> {
    settle(instance);
    let base = instance.elapsed();
    let mut song = Song::playing(120.0, RATE);
    let mut notes = Vec::new();
    for _ in 0..200 {
        let block = instance.process(Some(&song), &[], 480).unwrap();
        notes.extend(block.notes.iter().map(|note| (note.frame - base, note.pitch, note.velocity)));
        song.advance(480);
    }
    assert!(!notes.is_empty());
    notes
}

#[test]
fn a_project_is_left_for_the_vst3_hosts() {
    // tests/python/host_pedalboard.py opens it.
    let (mut instance, _) = with_takes(&asset("drums.mid"));
    fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("project.state"), instance.save().unwrap()).unwrap();
}

#[test]
fn takes_play_where_their_model_is_absent() {
    // A model that only this test knows makes the take; the plug-in has never heard of it.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("absent-model/mine");
    fs::create_dir_all(&folder).unwrap();
    let factory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/drums");
    let manifest = fs::read_to_string(factory.join("manifest.toml")).unwrap();
    fs::write(folder.join("manifest.toml"), manifest.replace("name = \"drums\"", "name = \"mine\"")).unwrap();
    fs::copy(factory.join("step.onnx"), folder.join("step.onnx")).unwrap();
    let library: &'static Library = Box::leak(Box::new(Library::new(Arc::new(Tract))));
    library.set_user_folder(folder.parent().map(Into::into));

    let session = Session::new(library);
    session.set_source(Slot::A, asset("drums.mid")).unwrap();
    let mut request = continue_request(4, 2, 0);
    request.common.model = Some("mine".into());
    session.ask(request, &[Slot::A], Purpose::Takes);
    let start = std::time::Instant::now();
    while session.snapshot().takes.len() < 2 {
        assert!(start.elapsed() < solferino_tests::PATIENCE, "{:?}", session.status());
        std::thread::sleep(std::time::Duration::from_millis(2));
    }

    let mut instance = active();
    let state = Project::parse(&instance.save().unwrap()).unwrap().with_chunk(&session.save().unwrap()).bytes();
    instance.load(&state).unwrap();
    let recalled = instance.session().unwrap().snapshot();
    assert_eq!(recalled.takes, session.snapshot().takes);
    assert_eq!(recalled.takes[0].provenance.models[0].name, "mine");
    notes_of(&mut instance);
}

#[test]
fn random_bytes_are_refused_and_nothing_is_lost() {
    let (mut instance, _) = with_takes(&asset("melody.mid"));
    let state = instance.save().unwrap();
    let mut random = random(3);
    for _ in 0..3 {
        let mut bytes: Vec<u8> = (0..1 << 20).map(|_| u8::try_from(random(256)).unwrap()).collect();
        assert!(instance.load(&bytes).is_err(), "random bytes were taken for a state");
        assert_eq!(instance.save().unwrap(), state);
        // Random bytes behind an honest length, and as the session inside an honest envelope.
        let length = bytes.len() as u64 - 8;
        bytes[..8].copy_from_slice(&length.to_le_bytes());
        assert!(instance.load(&bytes).is_err());
        let wrapped = Project::parse(&state).unwrap().with_chunk(&bytes).bytes();
        // Whatever the host is told: the takes still play.
        let _ = instance.load(&wrapped);
        notes_of(&mut instance);
        instance.load(&state).unwrap();
        instance.process(Some(&Song::playing(120.0, RATE)), &[], 512).unwrap();
    }
}

#[test]
fn a_cut_or_altered_state_does_no_harm() {
    let (mut instance, _) = with_takes(&asset("melody.mid"));
    let state = instance.save().unwrap();
    let mut random = random(4);
    for _ in 0..200 {
        let mut altered = state.clone();
        for _ in 0..=random(4) {
            let place = usize::try_from(random(altered.len() as u64)).unwrap();
            altered[place] = u8::try_from(random(256)).unwrap();
        }
        altered.truncate(usize::try_from(random(altered.len() as u64 + 1)).unwrap());
        let _ = instance.load(&altered);
        instance.process(Some(&Song::playing(120.0, RATE)), &[], 64).unwrap();
    }
    instance.load(&state).unwrap();
    assert_eq!(instance.save().unwrap(), state);
}

#[test]
fn a_newer_session_comes_back_as_it_was() {
    let (mut instance, _) = with_takes(&asset("drums.mid"));
    let project = Project::parse(&instance.save().unwrap()).unwrap();
    let mut chunk = project.chunk().unwrap();
    // Whatever follows the magic is the version; set both of its bytes high.
    let version = (0..chunk.len().min(16)).find(|&at| {
        let mut newer = chunk.clone();
        newer[at] = 0xff;
        matches!(
            Session::new(solferino_engine::library()).load(&newer),
            Err(solferino_session::SessionError::NewerState { .. })
        )
    });
    chunk[version.expect("no byte of the header is a version")] = 0xff;
    let newer = project.with_chunk(&chunk).bytes();
    let mut reopened = active();
    reopened.load(&newer).unwrap();
    assert_eq!(Project::parse(&reopened.save().unwrap()).unwrap().chunk().unwrap(), chunk, "the newer session is lost");
}

#[test]
fn instances_do_not_share_what_is_theirs() {
    let (mut one, _) = with_takes(&asset("melody.mid"));
    let mut two = active();
    let empty = two.save().unwrap();
    let state = one.save().unwrap();
    assert_eq!(two.save().unwrap(), empty);
    two.load(&state).unwrap();
    drop(one);
    assert_eq!(two.save().unwrap(), state);
    notes_of(&mut two);
}
