//! What a project keeps of the session, and what it does with a state it cannot read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nice_plug::params::Params;
use solferino::factory::CLIPS;
use solferino::instance::{Instance, Kind};
use solferino::view::Tone;
use solferino_session::Slot;
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
    instance.take_in(CLIPS[0].title, CLIPS[0].bytes);
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
        let mut chunk = filled().session.save();
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
        assert_eq!(instance.notice().map(|notice| notice.tone), Some(Tone::Bad), "{name}: it is told");
        assert_eq!(fields(&instance)["session"], format!("\"{chunk}\""), "{name}: it is saved as it came");
        instance.session.clear_source(Slot::A);
        let now = STANDARD.encode(instance.session.save());
        assert_eq!(fields(&instance)["session"], format!("\"{now}\""), "{name}: unless the session has changed");
    }
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
