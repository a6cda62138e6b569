//! Any bytes are read as a MIDI file or refused; what was read is written and reads back the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use solferino_score::midi::{read, write};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(clip) = read(bytes) {
        let written = write(&clip).expect("what was read can be written");
        assert_eq!(read(&written).as_ref(), Ok(&clip));
    }
});
