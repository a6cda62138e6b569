//! Any bytes are read as a MIDI file or refused; what was read is written and reads back the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use solferino_score::midi::{read, write};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(first) = read(bytes) {
        let written = write(&first.clip).expect("what was read can be written");
        let again = read(&written).expect("what was written can be read");
        assert_eq!((again.clip, again.warnings.len()), (first.clip, 0));
    }
});
