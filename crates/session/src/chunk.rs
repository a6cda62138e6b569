//! The state chunk: eight bytes of head, then a zstd frame of MessagePack maps with names.
//!
//! | bytes | what |
//! |---|---|
//! | 0–3 | `SLFN` |
//! | 4–5 | major version, little endian: a reader refuses one it does not know |
//! | 6–7 | minor version, little endian: counts up when fields are added; a reader reads what it knows |
//! | 8… | the state, [`state`]'s map, one zstd frame with a checksum |
//!
//! Fields that this version does not know, at any depth, are kept beside what they belong to and written again.
//! Equal states give equal bytes: fields have a fixed order, unknown ones follow in order of name.

mod clip;
mod fields;
mod packed;
mod request;
mod scan;
mod state;
mod take;
mod unknown;

pub(crate) use unknown::Unknown;

use crate::SessionError;
use crate::contents::Contents;
use crate::limits::{CHUNK_BYTES, STATE_BYTES, STATE_DEPTH, STATE_VALUES};
use rmpv::Value;
use std::io::{self, Read, Write};

const MAGIC: [u8; 4] = *b"SLFN";
const MAJOR: u16 = 1;
const MINOR: u16 = 1;
const HEAD: usize = 8;
/// zstd's level: fast, and good enough for a few kilobytes.
const LEVEL: i32 = 3;
/// The largest zstd window that is unpacked, as a power of two: 16 MiB; level 3 uses 2.
const WINDOW_LOG: u32 = 24;

/// Packs a session.
///
/// # Errors
/// [`SessionError::NotPacked`]: there was no memory for it.
pub(crate) fn save(contents: &Contents) -> Result<Vec<u8>, SessionError> {
    pack(&state::encode(contents)).map_err(SessionError::NotPacked)
}

fn head() -> Vec<u8> {
    [MAGIC.as_slice(), &MAJOR.to_le_bytes(), &MINOR.to_le_bytes()].concat()
}

fn pack(state: &Value) -> io::Result<Vec<u8>> {
    let mut encoder = zstd::stream::write::Encoder::new(head(), LEVEL)?;
    encoder.include_checksum(true)?;
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, state)?;
    encoder.write_all(&bytes)?;
    encoder.finish()
}

/// Unpacks a session.
pub(crate) fn load(bytes: &[u8]) -> Result<Contents, SessionError> {
    let (head, frame) = bytes.split_at_checked(HEAD).ok_or(SessionError::NotAState)?;
    if head[..4] != MAGIC {
        return Err(SessionError::NotAState);
    }
    let major = u16::from_le_bytes([head[4], head[5]]);
    if major > MAJOR {
        return Err(SessionError::NewerState { found: major, known: MAJOR });
    }
    if bytes.len() > CHUNK_BYTES {
        return Err(SessionError::StateTooLarge { limit: CHUNK_BYTES, unit: "bytes" });
    }
    let state = unpack(frame)?;
    scan::check(&state)?;
    let mut rest = state.as_slice();
    let value =
        rmpv::decode::read_value_with_max_depth(&mut rest, STATE_DEPTH).map_err(|_| damaged("it breaks off"))?;
    state::decode(&value)
}

fn unpack(frame: &[u8]) -> Result<Vec<u8>, SessionError> {
    let unreadable = |_| damaged("it cannot be unpacked");
    let mut decoder = zstd::stream::read::Decoder::with_buffer(frame).map_err(unreadable)?.single_frame();
    decoder.window_log_max(WINDOW_LOG).map_err(unreadable)?;
    let mut state = Vec::new();
    let limit = STATE_BYTES as u64 + 1;
    decoder.take(limit).read_to_end(&mut state).map_err(unreadable)?;
    if state.len() > STATE_BYTES {
        return Err(SessionError::StateTooLarge { limit: STATE_BYTES, unit: "bytes" });
    }
    Ok(state)
}

fn damaged(reason: &str) -> SessionError {
    SessionError::DamagedState { reason: reason.to_owned() }
}

fn too_many_values() -> SessionError {
    SessionError::StateTooLarge { limit: STATE_VALUES, unit: "values" }
}

/// A map with names, in the order given.
fn map<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Map(pairs(fields))
}

/// Fields with names, in the order given.
fn pairs<const N: usize>(fields: [(&str, Value); N]) -> Vec<(Value, Value)> {
    fields.into_iter().map(|(name, value)| (Value::from(name), value)).collect()
}

/// The chunk of any value, as a test would forge it.
#[cfg(test)]
pub(crate) fn pack_state(state: &Value) -> Vec<u8> {
    pack(state).unwrap()
}

/// The chunk of any bytes, as a test would forge it.
#[cfg(test)]
pub(crate) fn pack_bytes(state: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::stream::write::Encoder::new(head(), LEVEL).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(state).unwrap();
    encoder.finish().unwrap()
}

/// The bytes in a good chunk.
#[cfg(test)]
pub(crate) fn unpack_chunk(bytes: &[u8]) -> Vec<u8> {
    unpack(&bytes[HEAD..]).unwrap()
}
