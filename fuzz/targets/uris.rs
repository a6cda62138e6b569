//! Any bytes are a dropped list of files; what is no local file is left out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use solferino_dragout::parse_uri_list;

fuzz_target!(|list: &[u8]| {
    let files = parse_uri_list(list);
    assert!(files.iter().all(|file| file.is_absolute()));
    assert!(files.len() <= list.split(|byte| *byte == b'\n').count(), "one a line at most");
});
