//! How large a session may get. Held when clips come in, so that whatever is saved can be loaded again.

use solferino_score::{Clip, Message};

/// The size of a source, as [`size`] counts.
pub const SOURCE_SIZE: usize = 1 << 16;
/// The size of all takes together; the oldest leave when new ones need room, those with a star last.
pub const TAKES_SIZE: usize = 1 << 21;
/// Takes of a session.
pub const TAKES: usize = 256;
/// Steps of undo.
pub const UNDO: usize = 64;
/// The size of all that undo remembers, as [`size`] counts: some 200 MiB.
pub const UNDO_SIZE: usize = 1 << 23;
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

/// How much room a clip takes: a note counts 1, a change of tempo 2, one of meter 3, a lane 16, another event 1 and it
/// and a name 1 more for each 16 bytes. Not less than the values that the chunk has of it.
#[must_use]
pub fn size(clip: &Clip) -> usize {
    let lanes: usize =
        clip.lanes.iter().map(|lane| 16 + lane.name.len() / 16 + lane.notes.len() + messages(&lane.messages)).sum();
    lanes + messages(&clip.messages) + 2 * clip.tempo.changes().len() + 3 * clip.meters.changes().len()
}

fn messages(messages: &[Message]) -> usize {
    messages.iter().map(|message| 1 + message.bytes.len() / 16).sum()
}
