//! How large a session may get. Held when clips come in, so that whatever is saved can be loaded again.

use solferino_score::Clip;

/// The size of a source, as [`size`] counts.
pub const SOURCE_SIZE: usize = 1 << 16;
/// The size of all takes together; the oldest that are neither starred nor selected leave when new ones need room.
pub const TAKES_SIZE: usize = 1 << 21;
/// Takes of a session.
pub const TAKES: usize = 256;
/// Steps of undo.
pub const UNDO: usize = 64;
/// Characters of a take's name.
pub const NAME_CHARS: usize = solferino_score::limits::NAME_CHARS;
/// A state chunk, bytes as saved.
pub const CHUNK_BYTES: usize = 64 << 20;
/// A state chunk, bytes unpacked.
pub const STATE_BYTES: usize = 96 << 20;
/// Values in a state chunk: numbers, texts, arrays, maps.
pub const STATE_VALUES: usize = 1 << 22;
/// Arrays and maps within one another in a state chunk.
pub const STATE_DEPTH: usize = 64;

/// How much room a clip takes: a note counts 1, a change of tempo 2, one of meter 3, a lane 16. Not less than the values
/// that the chunk has of it.
#[must_use]
pub fn size(clip: &Clip) -> usize {
    let notes: usize = clip.lanes.iter().map(|lane| lane.notes.len()).sum();
    notes + 16 * clip.lanes.len() + 2 * clip.tempo.changes().len() + 3 * clip.meters.changes().len()
}
