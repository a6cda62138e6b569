//! What a person asks for in the window, each thing once, without a window; and the seeds and previews that come of it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use nice_plug::params::Param;
use nice_plug::params::internals::ParamPtr;
use solferino::actions::perform;
use solferino::desktop::Wish;
use solferino::factory::CLIPS;
use solferino::instance::{Instance, Kind};
use solferino::notices::Tone;
use solferino::view::Action;
use solferino_models::Origin;
use solferino_score::Clip;
use solferino_session::{Asked, SEEDS, Seeded, SessionError, Slot, Snapshot, Status, Take};
use solferino_tools::{Request, Scope, Tool};
use std::path::PathBuf;
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

/// An instance whose files are in a folder of the tests' own.
fn instance() -> Arc<Instance> {
    static HOME: Once = Once::new();
    HOME.call_once(|| {
        let _ = std::fs::remove_dir_all(home());
        // SAFETY: every test begins here, so that nothing reads the environment yet on another thread of ours.
        unsafe { std::env::set_var("SOLFERINO_HOME", home()) };
    });
    let (instance, _stage) = Instance::new(Kind::Instrument);
    instance
}

fn home() -> PathBuf {
    std::env::temp_dir().join(format!("solferino-actions-{}", std::process::id()))
}

/// One with a melody in its source.
fn melody() -> Arc<Instance> {
    let instance = instance();
    done(&instance, &Action::LoadFactory(0));
    instance
}

/// One with two takes of one bar.
fn taken() -> Arc<Instance> {
    let instance = melody();
    set(&instance.params.continuing.bars, 1);
    set(&instance.params.common.takes, 2);
    generate(&instance);
    instance
}

/// Sets a parameter as a host would.
fn set<P: Param>(param: &P, value: P::Plain) {
    let value = param.preview_normalized(value);
    let param: ParamPtr = param.as_ptr();
    // SAFETY: the parameter lives in an instance that the test holds.
    unsafe { param._internal_set_normalized_value(value) };
}

/// Does what needs no desktop.
#[track_caller]
fn done(instance: &Arc<Instance>, action: &Action) {
    assert_eq!(perform(instance, action).unwrap(), None, "{action:?} needs no desktop");
}

#[track_caller]
fn generate(instance: &Arc<Instance>) {
    done(instance, &Action::Continue);
    wait_until("the takes are there", || !matches!(instance.session.status(), Status::Running { .. }));
    assert!(matches!(instance.session.status(), Status::Done { .. }), "{:?}", instance.session.status());
}

#[track_caller]
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let hung = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < hung, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn snapshot(instance: &Instance) -> Arc<Snapshot> {
    instance.session.snapshot()
}

fn ids(instance: &Instance) -> Vec<u32> {
    snapshot(instance).takes.iter().map(|take| take.id.0).collect()
}

fn selected(instance: &Instance) -> Option<u32> {
    snapshot(instance).selected.map(|id| id.0)
}

fn source(instance: &Instance) -> Option<Arc<Clip>> {
    snapshot(instance).source(Slot::A).map(|source| Arc::clone(&source.clip))
}

fn request(take: &Take) -> &Request {
    match &take.provenance.tool {
        Asked::Known(request) => request,
        Asked::Unknown(name) => panic!("{name} is unknown"),
    }
}

fn bad_notice(instance: &Instance) -> Option<String> {
    instance.notices.last().filter(|notice| notice.tone == Tone::Bad).map(|notice| notice.text)
}

#[test]
fn sources_are_filled_and_emptied() {
    let instance = instance();
    assert_eq!(perform(&instance, &Action::Open).unwrap(), Some(Wish::Open(Slot::A)));
    done(&instance, &Action::LoadFactory(3));
    assert_eq!(source(&instance).unwrap().name, CLIPS[3].title);
    done(&instance, &Action::ClearSource);
    assert_eq!(source(&instance), None);
    done(&instance, &Action::LoadFactory(usize::MAX));
    assert_eq!(source(&instance), None, "there is no such clip");
    let file = home().join("a file.mid");
    std::fs::create_dir_all(home()).unwrap();
    std::fs::write(&file, CLIPS[0].bytes).unwrap();
    done(&instance, &Action::Load(file));
    wait_until("the file is read", || source(&instance).is_some());
    done(&instance, &Action::Load(home().join("no such file.mid")));
    wait_until("it is told", || bad_notice(&instance).is_some());
    assert!(source(&instance).is_some(), "what was there stays");
}

#[test]
fn takes_are_made_chosen_marked_and_removed() {
    let instance = taken();
    assert_eq!((ids(&instance), selected(&instance)), (vec![1, 2], Some(1)));
    done(&instance, &Action::Select(1));
    assert_eq!(selected(&instance), Some(2));
    done(&instance, &Action::Select(9));
    assert_eq!(selected(&instance), Some(2), "there is no such place");
    done(&instance, &Action::Star(2, true));
    assert!(snapshot(&instance).takes[1].starred);
    done(&instance, &Action::Star(2, false));
    assert!(!snapshot(&instance).takes[1].starred);
    done(&instance, &Action::UseAsSource(2));
    assert_eq!(snapshot(&instance).source(Slot::A).unwrap().origin.map(|id| id.0), Some(2));
    done(&instance, &Action::Remove(2));
    assert_eq!((ids(&instance), selected(&instance)), (vec![1], Some(1)));
    done(&instance, &Action::Undo);
    assert_eq!((ids(&instance), selected(&instance)), (vec![1, 2], Some(2)));
    done(&instance, &Action::Redo);
    assert_eq!(ids(&instance), [1]);
    for action in
        [Action::Star(2, true), Action::Remove(2), Action::UseAsSource(2), Action::SaveAs(2), Action::DragOut(2)]
    {
        let refused = perform(&instance, &action);
        assert!(matches!(refused, Err(SessionError::NoSuchTake(id)) if id.0 == 2), "{action:?}");
    }
}

#[test]
fn what_leaves_is_what_is_heard() {
    let instance = taken();
    let whole = snapshot(&instance).takes[0].clip(Scope::All);
    let Ok(Some(Wish::Save { clip, name })) = perform(&instance, &Action::SaveAs(1)) else { panic!("it is saved") };
    assert_eq!((clip, name.as_str()), (whole.clone(), "take-01.mid"));
    done(&instance, &Action::OnlyNew(true));
    let new = snapshot(&instance).takes[0].clip(Scope::New);
    assert!(new.length < whole.length);
    let Ok(Some(Wish::Save { clip, .. })) = perform(&instance, &Action::SaveAs(1)) else { panic!("it is saved") };
    assert_eq!(clip, new);
    let Ok(Some(Wish::Drag(file))) = perform(&instance, &Action::DragOut(1)) else { panic!("it is dragged") };
    assert!(file.starts_with(home()), "{}", file.display());
    assert_eq!(solferino_files::read_clip(&file).unwrap().clip.length, new.length);
    done(&instance, &Action::OnlyNew(false));
    assert_eq!(snapshot(&instance).settings.scope, Scope::All);
}

#[test]
fn a_job_is_cancelled() {
    let instance = melody();
    set(&instance.params.continuing.bars, 32);
    set(&instance.params.common.takes, 16);
    done(&instance, &Action::Continue);
    done(&instance, &Action::Cancel);
    assert_eq!(instance.session.status(), Status::Cancelled);
    assert!(ids(&instance).is_empty());
}

#[test]
fn models_and_engine_are_looked_at_and_chosen() {
    let instance = instance();
    let models = home().join("models");
    assert_eq!(perform(&instance, &Action::ShowModels).unwrap(), Some(Wish::Show(models.clone())));
    assert_eq!(perform(&instance, &Action::ChooseEngine).unwrap(), Some(Wish::ChooseEngine));
    done(&instance, &Action::Model(Some("drums".into())));
    assert_eq!(snapshot(&instance).settings.model.as_deref(), Some("drums"));
    done(&instance, &Action::Model(None));
    assert_eq!(snapshot(&instance).settings.model, None);

    std::fs::create_dir_all(models.join("mine")).unwrap();
    std::fs::write(models.join("mine/manifest.toml"), "nothing of the kind").unwrap();
    assert_eq!(instance.found(), None, "nothing is read before it is asked for");
    done(&instance, &Action::Settings(true));
    assert!(instance.settings_open());
    wait_until("the models are listed", || instance.found().is_some());
    let found = instance.found().unwrap();
    let mine = found.models.iter().find(|entry| entry.name == "mine").unwrap();
    assert_eq!(mine.origin, Origin::User(models.join("mine")));
    assert!(mine.problem.is_some());
    assert!(found.models.iter().any(|entry| entry.origin == Origin::Factory && entry.problem.is_none()));
    assert_eq!((&found.folder, &found.runtime, &found.problem), (&Some(models.clone()), &None, &None));

    std::fs::remove_dir_all(models.join("mine")).unwrap();
    done(&instance, &Action::Look);
    wait_until("they are listed again", || instance.found().unwrap().models.len() < found.models.len());
    done(&instance, &Action::Settings(false));
    assert!(!instance.settings_open());

    let nowhere = home().join("libonnxruntime.so");
    instance.choose_engine(Some(&nowhere));
    let sentence = bad_notice(&instance).unwrap();
    let after = instance.found().unwrap();
    assert_eq!((after.runtime.as_ref(), after.problem.as_ref()), (Some(&nowhere), Some(&sentence)), "it stays chosen");
    assert_eq!(after.engine, found.engine, "the built-in engine runs the models");
    done(&instance, &Action::BuiltInEngine);
    wait_until("it is chosen", || instance.found().unwrap().runtime.is_none());
    assert_eq!(instance.found().unwrap().problem, None);
}

/// The seed of the takes made last, after the window has shown it.
#[track_caller]
fn next_seed(instance: &Arc<Instance>) -> u32 {
    generate(instance);
    let seed = snapshot(instance).takes.last().and_then(|take| take.provenance.seed()).unwrap();
    let seed = u32::try_from(seed.0).unwrap();
    // The host sets what the window asks it to, some time later.
    if let Some(shown) = instance.seed_to_show() {
        assert_eq!(instance.seed_to_show(), Some(shown), "until the host has set it");
        set(&instance.params.common.seed, shown.cast_signed());
    }
    assert_eq!(instance.seed_to_show(), None);
    assert_eq!(instance.params.common.shown_seed(), seed, "the seed that is shown is the one that the takes came from");
    seed
}

#[test]
fn seeds_are_taken_as_typed_and_go_on_from_there() {
    let instance = taken();
    let seed = &instance.params.common.seed;
    assert_eq!(snapshot(&instance).takes[0].provenance.seed().unwrap().0, 1, "the default, as it is shown");
    let second = next_seed(&instance);
    assert_eq!(second, Seeded::roll(1));
    assert_eq!(next_seed(&instance), Seeded::roll(second));
    set(seed, 1);
    assert_eq!(next_seed(&instance), 1, "typed again, though it was the first");
    set(seed, SEEDS.cast_signed() - 1);
    assert_eq!(next_seed(&instance), 999_999);
    assert_eq!(next_seed(&instance), Seeded::roll(999_999));
    set(&instance.params.common.seed_lock, true);
    let locked = instance.params.common.shown_seed();
    assert_eq!((next_seed(&instance), next_seed(&instance)), (locked, locked));
    set(&instance.params.common.seed_lock, false);
    assert_eq!(next_seed(&instance), Seeded::roll(locked));
}

#[test]
fn seeds_go_on_without_a_window_and_in_a_project_that_is_opened_again() {
    let first = taken();
    generate(&first);
    generate(&first);
    let seeds = |instance: &Instance| -> Vec<u64> {
        snapshot(instance).takes.iter().filter_map(|take| take.provenance.seed()).map(|seed| seed.0).collect()
    };
    let [a, b] = [Seeded::roll(1), Seeded::roll(Seeded::roll(1))].map(u64::from);
    assert_eq!(seeds(&first), [1, 1, a, a, b, b], "no window has shown the host a seed");
    let second = instance();
    set(&second.params.common.takes, 2);
    set(&second.params.continuing.bars, 1);
    set(&second.params.common.seed, first.params.common.seed.value());
    second.session.load(&first.session.save().unwrap()).unwrap();
    assert_eq!(second.seed_to_show().map(u64::from), Some(b), "a window shows it when it opens");
    assert_eq!(u64::from(next_seed(&second)), u64::from(Seeded::roll(u32::try_from(b).unwrap())));
}

#[test]
fn a_request_that_is_refused_takes_no_seed() {
    let instance = instance();
    done(&instance, &Action::Continue);
    assert!(matches!(instance.session.status(), Status::Failed(_)));
    assert_eq!(instance.seed_to_show(), None);
    done(&instance, &Action::LoadFactory(0));
    set(&instance.params.continuing.bars, 1);
    assert_eq!(next_seed(&instance), 1);
}

/// Moves a control and waits for the preview.
#[track_caller]
fn preview(instance: &Arc<Instance>, move_it: impl FnOnce()) -> Arc<Take> {
    let before = snapshot(instance).preview.clone();
    done(instance, &Action::Follow);
    move_it();
    wait_until("the preview is there", || {
        instance.follow();
        let now = snapshot(instance).preview.clone();
        now.is_some() && now != before
    });
    snapshot(instance).preview.clone().unwrap()
}

#[test]
fn the_selected_take_follows_the_controls_until_it_is_kept_or_undone() {
    let instance = taken();
    done(&instance, &Action::Select(1));
    let take = snapshot(&instance).selected_take().cloned().unwrap();
    let followed = preview(&instance, || set(&instance.params.common.temperature, 1.5));
    let (was, is) = (request(&take), request(&followed));
    assert_eq!((is.common.temperature, is.common.seed, is.common.takes), (1.5, was.common.seed, 2));
    assert_eq!(followed.provenance.number, take.provenance.number);
    assert_eq!((ids(&instance), selected(&instance)), (vec![1, 2], Some(2)), "nothing has changed in the strip");
    done(&instance, &Action::Undo);
    assert_eq!(snapshot(&instance).preview, None);
    assert_eq!(ids(&instance), [1, 2]);

    let followed = preview(&instance, || set(&instance.params.continuing.bars, 2));
    let Tool::Continue(wanted) = &request(&followed).tool;
    assert_eq!(wanted.bars, 2);
    done(&instance, &Action::Keep);
    assert_eq!((ids(&instance), selected(&instance)), (vec![1, 2, 3], Some(3)));
    assert_eq!(snapshot(&instance).takes[2].made, followed.made);
    done(&instance, &Action::Undo);
    assert_eq!((ids(&instance), selected(&instance)), (vec![1, 2], Some(2)));
}

#[test]
fn the_same_values_give_the_same_take() {
    let instance = taken();
    done(&instance, &Action::Select(1));
    let take = snapshot(&instance).selected_take().cloned().unwrap();
    preview(&instance, || set(&instance.params.continuing.variation, 0.9));
    let back = preview(&instance, || set(&instance.params.continuing.variation, 0.5));
    assert_eq!(back.made.clip.lanes, take.made.clip.lanes);
}

#[test]
fn nothing_follows_without_a_move_or_a_take_of_the_source() {
    let asks = |instance: &Arc<Instance>| {
        set(&instance.params.common.temperature, 0.3);
        let asked = instance.follow().is_some();
        set(&instance.params.common.temperature, 1.0);
        asked
    };
    let instance = taken();
    done(&instance, &Action::Follow);
    assert!(asks(&instance), "a person moves the control");
    done(&instance, &Action::Undo);
    assert_eq!(ids(&instance), [1, 2], "it takes back no more than the preview, whether that was there yet or not");
    assert!(!asks(&instance), "automation moves the control, not a person");
    done(&instance, &Action::Follow);
    done(&instance, &Action::Star(1, true));
    assert!(!asks(&instance), "something else was done since");
    done(&instance, &Action::LoadFactory(1));
    done(&instance, &Action::Follow);
    assert!(!asks(&instance), "the take is of another source");
    done(&instance, &Action::ClearSource);
    done(&instance, &Action::Follow);
    assert!(!asks(&instance), "there is no source");
}
