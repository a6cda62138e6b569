//! What a damaged MIDI file does not give.

/// Something in a MIDI file that was not read, or was guessed. Its text is a sentence. Tracks and bars count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// Nothing after this place of a track makes sense.
    #[error("Track {track} breaks off at bar {bar}; {} before it {} read.", count(*.notes, "note"), were(*.notes))]
    BreaksOff {
        /// The track.
        track: usize,
        /// Where.
        bar: usize,
        /// How many of its notes were read.
        notes: usize,
    },
    /// Bytes within a track make no sense, what follows does.
    #[error("Track {track} is damaged at bar {bar}: {} {} skipped, and what follows may be out of time.", count(*.bytes, "byte"), were(*.bytes))]
    Skipped {
        /// The track.
        track: usize,
        /// Where.
        bar: usize,
        /// How many bytes.
        bytes: usize,
    },
    /// A track goes on after its end.
    #[error("Track {track} has {} after its end, which {} left out.", count(*.bytes, "byte"), were(*.bytes))]
    AfterEnd {
        /// The track.
        track: usize,
        /// How many bytes.
        bytes: usize,
    },
    /// Notes before the clip's start, or time that runs backwards.
    #[error("Track {track} is damaged: its time runs backwards. Notes before its start were moved to it.")]
    Backwards {
        /// The track.
        track: usize,
    },
    /// Bytes outside the tracks.
    #[error("{} between the tracks of the MIDI file make{} no sense and {} left out.", count(*.bytes, "byte"), if *.bytes == 1 { "s" } else { "" }, were(*.bytes))]
    Stray {
        /// How many bytes.
        bytes: usize,
    },
    /// A part of the file that is neither header nor track.
    #[error("The MIDI file's part “{name}” of {} is no track and was left out.", count(*.bytes, "byte"))]
    Foreign {
        /// Its four letters.
        name: String,
        /// Its length.
        bytes: usize,
    },
    /// The header promises more tracks.
    #[error("The MIDI file promises {} and has {found}.", count(*.promised, "track"))]
    MissingTracks {
        /// As the header says.
        promised: usize,
        /// As there are.
        found: usize,
    },
    /// Events later than the longest clip.
    #[error("{} later than {} quarter notes {} left out.", count(*.events, "event"), crate::limits::CLIP_QUARTERS, were(*.events))]
    TooLate {
        /// How many.
        events: usize,
    },
    /// More controllers, texts and system exclusive data than are kept.
    #[error("The MIDI file has more controllers, texts and system exclusive data than are kept ({} KiB); the {} {} left out.", crate::limits::MESSAGE_BYTES >> 10, longest(*.events), were(*.events))]
    TooManyMessages {
        /// How many were left out.
        events: usize,
    },
}

/// "1 note", "2 notes".
fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn were(number: usize) -> &'static str {
    if number == 1 { "was" } else { "were" }
}

fn longest(events: usize) -> String {
    if events == 1 { "longest event".to_owned() } else { format!("{events} longest events") }
}
