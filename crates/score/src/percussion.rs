//! Whether a lane plays drums: by channel, bank, name and keys.

use crate::words::has_word;
use crate::{Lane, PPQ, Ticks};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// The MIDI channel of drums, counted from 0.
const DRUM_CHANNEL: u8 = 9;

/// Values of the bank select that stand for kits in GM2 and XG.
const DRUM_BANKS: [u8; 3] = [120, 126, 127];

/// General MIDI's percussion among the instruments: woodblock, taiko, melodic tom, synth drum.
const DRUM_PROGRAMS: RangeInclusive<u8> = 115..=118;

/// Parts of names that mean drums in any company, in a few languages.
const DRUM_NAMES: [&str; 16] = [
    "drum",
    "percus",
    "perkus",
    "hihat",
    "hi-hat",
    "breakbeat",
    "schlagzeug",
    "trommel",
    "batter",
    "bateri",
    "batería",
    "slagwerk",
    "trummor",
    "ドラム",
    "ударн",
    "барабан",
];

/// Words of names that mean drums when they stand alone.
const DRUM_WORDS: [&str; 21] = [
    "kit", "kits", "perc", "beat", "beats", "break", "breaks", "808", "909", "707", "606", "tr808", "tr909", "kick",
    "snare", "clap", "hat", "hats", "toms", "cymbal", "cymbals",
];

/// Words of names that mean pitches whatever stands beside them: an 808 bass, a steel drum, a beat's lead.
const PITCHED_WORDS: [&str; 10] =
    ["bass", "sub", "lead", "steel", "pad", "synth", "piano", "chords", "melody", "strings"];

/// A General MIDI kit without its congas and shakers, and what keeps time in it: kick, snare, hats and ride.
const KIT: RangeInclusive<u8> = 35..=59;
const KICKS: [u8; 2] = [35, 36];
const SNARES: [u8; 4] = [37, 38, 39, 40];
const CYMBALS: [u8; 8] = [22, 26, 42, 44, 46, 51, 53, 59];

/// Notes of one stroke start this close, a 32nd note.
const STROKE: Ticks = Ticks(PPQ / 8);

pub(crate) fn is_drums_channel(lane: &Lane) -> bool {
    lane.channel == DRUM_CHANNEL
}

/// Whether a lane on another channel, which goes by a name, plays drums: its bank is a kit's; or its name or program says so
/// and at least half of its notes are a kit's, or it has three pitches at most; or it has kicks, snares and hats, little
/// else, and they sound together.
pub(crate) fn plays_drums(lane: &Lane, name: &str) -> bool {
    if lane.notes.is_empty() {
        return false;
    }
    let share = |keys: &dyn Fn(u8) -> bool, of: usize| {
        lane.notes.iter().filter(|note| keys(note.pitch)).count() * of >= lane.notes.len()
    };
    let pitches: BTreeSet<u8> = lane.notes.iter().map(|note| note.pitch).collect();
    let is_told = says_drums(name) || DRUM_PROGRAMS.contains(&lane.program);
    let has = |keys: &[u8]| keys.iter().any(|key| pitches.contains(key));
    let is_kit = has(&KICKS) && has(&SNARES) && has(&CYMBALS);
    let core = |pitch: u8| KICKS.contains(&pitch) || SNARES.contains(&pitch) || CYMBALS.contains(&pitch);
    let few_others = lane.notes.iter().filter(|note| !core(note.pitch)).count() * 5 <= lane.notes.len();
    has_drum_bank(lane)
        || is_told && (pitches.len() <= 3 || share(&|pitch| KIT.contains(&pitch), 2))
        || is_kit && few_others && share(&|pitch| CYMBALS.contains(&pitch), 6) && sounds_together(lane)
}

fn says_drums(name: &str) -> bool {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower.split(|letter: char| !letter.is_alphanumeric()).collect();
    let is_bass_drum = lower.contains("bass drum");
    let is_pitched = !is_bass_drum && words.iter().any(|word| PITCHED_WORDS.contains(word));
    !is_pitched && (has_word(name, &DRUM_NAMES) || words.iter().any(|word| DRUM_WORDS.contains(word)))
}

/// Whether the last bank select up to the first note is a kit's.
fn has_drum_bank(lane: &Lane) -> bool {
    let first = lane.notes.first().map_or(Ticks::ZERO, |note| note.start);
    let mut banks =
        lane.messages.iter().filter(|message| message.at <= first).filter_map(|message| match *message.bytes {
            [0xb0..=0xbf, 0, bank] => Some(bank),
            _ => None,
        });
    banks.next_back().is_some_and(|bank| DRUM_BANKS.contains(&bank))
}

/// Whether one note in ten starts with another.
fn sounds_together(lane: &Lane) -> bool {
    let together = lane.notes.windows(2).filter(|pair| pair[1].start - pair[0].start < STROKE).count();
    10 * together >= lane.notes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LaneKind, Message, Note};

    fn lane(pitches: &[u8], apart: i64) -> Lane {
        let note =
            |(place, &pitch): (i64, &u8)| Note { start: Ticks(place * apart), pitch, length: Ticks(60), velocity: 100 };
        Lane::new("", LaneKind::Melody, 0, (0..).zip(pitches).map(note).collect())
    }

    #[test]
    fn names_say_drums() {
        let cases = [
            ("Drums", true),
            ("DrumRack 1", true),
            ("Batería", true),
            ("Schlagzeug", true),
            ("808 Kit", true),
            ("TR-909", true),
            ("Hi-Hat", true),
            ("Beat 3", true),
            ("Break", true),
            ("Bass Drum", true),
            ("808 Bass", false),
            ("Drum Bass", false),
            ("Steel Drums", false),
            ("Heartbeat", false),
            ("Kitty", false),
            ("Piano", false),
            ("", false),
        ];
        for (name, expected) in cases {
            assert_eq!(says_drums(name), expected, "{name}");
        }
    }

    #[test]
    fn keys_and_banks_say_drums() {
        let kit = [36, 42, 42, 38, 42, 42, 36, 42, 42, 38, 46];
        let line = [36, 38, 40, 41, 43, 45, 47, 48, 42, 44];
        let tune = [60, 62, 64, 65, 67, 69, 71, 72];
        let with_bank = |bank| {
            let mut lane = lane(&tune, 240);
            lane.messages.push(Message { at: Ticks::ZERO, bytes: [0xb0, 0, bank].into() });
            lane
        };
        let cases = [
            ("a kit", lane(&kit, 0), "", true),
            ("a kit one by one", lane(&kit, 240), "", false),
            ("a kit one by one, named", lane(&kit, 240), "Drums", true),
            ("a line in the kit's range", lane(&line, 240), "", false),
            ("a tune", lane(&tune, 240), "", false),
            ("a tune that is named so", lane(&tune, 240), "Beat", false),
            ("one pad, named", lane(&[96; 8], 240), "Perc", true),
            ("a kit's bank", with_bank(127), "", true),
            ("another bank", with_bank(1), "", false),
            ("nothing", lane(&[], 1), "Drums", false),
        ];
        for (name, lane, told, expected) in cases {
            assert_eq!(plays_drums(&lane, told), expected, "{name}");
        }
    }
}
