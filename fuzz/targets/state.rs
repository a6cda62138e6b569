//! Any bytes are loaded as a session's state or refused. What was loaded is saved and loads again to the same bytes;
//! what was refused leaves the session as it was.
//!
//! Mutations are made inside the packed state as often as outside, since hardly any change of packed bytes unpacks.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use solferino_session::Session;
use std::io::Read;

/// The bytes before the zstd frame: magic and versions.
const HEAD: usize = 8;
/// The largest state that is mutated unpacked, in bytes.
const UNPACKED: usize = 1 << 16;

fuzz_target!(|bytes: &[u8]| {
    let session = Session::new();
    let before = session.save();
    match session.load(bytes) {
        Ok(()) => {
            let saved = session.save();
            let again = Session::new();
            again.load(&saved).expect("what was saved can be loaded");
            assert_eq!(again.save(), saved);
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert_eq!(session.save(), before);
        }
    }
});

fuzz_mutator!(|bytes: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let packed = if seed % 4 == 0 { None } else { mutate_unpacked(&bytes[..size], max_size) };
    match packed {
        Some(packed) => {
            bytes[..packed.len()].copy_from_slice(&packed);
            packed.len()
        }
        None => fuzzer_mutate(bytes, size, max_size),
    }
});

/// The chunk with its state mutated; none where the bytes are no chunk or the result has no room.
fn mutate_unpacked(bytes: &[u8], max_size: usize) -> Option<Vec<u8>> {
    let (head, frame) = bytes.split_at_checked(HEAD)?;
    let mut state = Vec::new();
    zstd::stream::read::Decoder::new(frame).ok()?.take(UNPACKED as u64).read_to_end(&mut state).ok()?;
    let size = state.len();
    state.resize(UNPACKED, 0);
    let size = fuzzer_mutate(&mut state, size, UNPACKED);
    let frame = zstd::bulk::compress(&state[..size], 1).ok()?;
    (HEAD + frame.len() <= max_size).then(|| [head, &frame].concat())
}
