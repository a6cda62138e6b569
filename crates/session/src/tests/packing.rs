//! The chunk's outside.

use super::*;
use crate::chunk;

#[test]
fn the_head_is_as_documented() {
    let bytes = session().save().unwrap();
    assert_eq!(&bytes[..8], b"SLFN\x01\x00\x01\x00");
    assert_eq!(&bytes[8..12], [0x28, 0xb5, 0x2f, 0xfd], "a zstd frame");
    let state = chunk::unpack_chunk(&bytes);
    assert_eq!(chunk::pack_bytes(&state), bytes);
}

#[test]
fn a_session_of_takes_is_small() {
    let session = super::session();
    for _ in 0..4 {
        generate(&session, &[60, 61, 62, 63]);
    }
    let bytes = session.save().unwrap().len();
    assert!(bytes < 4096, "16 takes of a bar in {bytes} bytes");
}
