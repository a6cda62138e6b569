//! Any bytes are loaded as a session's state or refused. What was loaded is saved and loads again to the same bytes;
//! what was refused leaves the session as it was.
//!
//! Three mutations of four are made inside the packed state, since hardly any change of packed bytes unpacks; what is no
//! state is replaced by one with sources and takes first.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use solferino_models::Library;
use solferino_models::fake::Fake;
use solferino_score::midi;
use solferino_session::{Purpose, Session, Slot, Status};
use solferino_tools::{Common, Continue, Request, Tool};
use std::io::Read;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// The factory models, without an engine.
static MODELS: LazyLock<Library> = LazyLock::new(|| Library::new(Arc::new(Fake)));

/// The bytes before the zstd frame: magic and versions.
const HEAD: usize = 8;
/// The largest state that is mutated unpacked, in bytes.
const UNPACKED: usize = 1 << 16;

fn saved(session: &Session) -> Vec<u8> {
    session.save().expect("a session of this size can be saved")
}

fuzz_target!(|bytes: &[u8]| {
    let session = Session::new(&MODELS);
    let before = saved(&session);
    match session.load(bytes) {
        Ok(()) => {
            let first = saved(&session);
            let again = Session::new(&MODELS);
            again.load(&first).expect("what was saved can be loaded");
            assert_eq!(saved(&again), first);
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert_eq!(saved(&session), before);
        }
    }
});

fuzz_mutator!(|bytes: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if seed % 4 == 0 {
        return fuzzer_mutate(bytes, size, max_size);
    }
    let mutated = mutate_unpacked(&bytes[..size]).or_else(|| mutate_unpacked(&SEED)).unwrap_or_default();
    if mutated.len() > max_size.min(bytes.len()) {
        return fuzzer_mutate(bytes, size, max_size);
    }
    bytes[..mutated.len()].copy_from_slice(&mutated);
    mutated.len()
});

/// The chunk with its state mutated; none where the bytes are no chunk.
fn mutate_unpacked(bytes: &[u8]) -> Option<Vec<u8>> {
    let (head, frame) = bytes.split_at_checked(HEAD)?;
    let mut state = Vec::new();
    zstd::stream::read::Decoder::new(frame).ok()?.take(UNPACKED as u64).read_to_end(&mut state).ok()?;
    let size = state.len();
    state.resize(UNPACKED, 0);
    let size = fuzzer_mutate(&mut state, size, UNPACKED);
    let frame = zstd::bulk::compress(&state[..size], 1).ok()?;
    Some([head, &frame].concat())
}

/// A state with two sources and two takes.
static SEED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let session = Session::new(&MODELS);
    let clips: [(Slot, &[u8]); 2] = [
        (Slot::A, include_bytes!("../../assets/clips/melody.mid")),
        (Slot::C, include_bytes!("../../assets/clips/drums.mid")),
    ];
    for (slot, bytes) in clips {
        let clip = midi::read(bytes).expect("a factory clip is readable").clip;
        session.set_source(slot, clip).expect("a factory clip fits");
    }
    let common = Common { takes: 2, ..Common::default() };
    let tool = Tool::Continue(Continue { bars: 1, ..Continue::default() });
    session.ask(Request { common, tool }, &[Slot::A], Purpose::Takes);
    while matches!(session.status(), Status::Idle | Status::Running { .. }) {
        std::thread::sleep(Duration::from_millis(10));
    }
    saved(&session)
});
