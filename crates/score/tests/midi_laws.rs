//! Laws of MIDI files: writing and reading again is the identity, and no bytes make reading panic.

use proptest::prelude::*;
use solferino_score::midi::{MidiError, write};
use solferino_score::{Clip, Lane, LaneKind, Message, Meter, MeterMap, Note, TempoMap, Ticks};

fn read(bytes: &[u8]) -> Result<Clip, MidiError> {
    solferino_score::midi::read(bytes).map(|read| read.clip)
}

fn notes() -> impl Strategy<Value = Vec<Note>> {
    // Few pitches, so that notes of one pitch overlap.
    let note = (-500i64..8000, prop_oneof![58u8..62, any::<u8>()], -10i64..4000, any::<u8>());
    let note = note.prop_map(|(start, pitch, length, velocity)| Note {
        start: Ticks(start),
        pitch,
        length: Ticks(length),
        velocity,
    });
    prop::collection::vec(note, 0..24)
}

/// Messages, some of them none that a file could hold.
fn messages() -> impl Strategy<Value = Vec<Message>> {
    let bytes = prop_oneof![
        (0xa0u8..0xf0, 0u8..128, 0u8..128).prop_map(|(status, first, second)| match status {
            0xc0..=0xdf => vec![status, first],
            _ => vec![status, first, second],
        }),
        (0u8..16, 0u8..128).prop_map(|(channel, program)| vec![0xc0 | channel, program]),
        (0u8..16, 0u8..128).prop_map(|(channel, value)| vec![0xb0 | channel, 64, value]),
        (0u8..8, prop::collection::vec(any::<u8>(), 0..5)).prop_map(|(kind, text)| {
            [&[0xff, kind, u8::try_from(text.len()).expect("a few bytes")], &*text].concat()
        }),
        (prop_oneof![Just(0xf0u8), Just(0xf7)], prop::collection::vec(any::<u8>(), 0..5)).prop_map(|(status, text)| [
            &[status, u8::try_from(text.len()).expect("a few bytes")],
            &*text
        ]
        .concat()),
        prop::collection::vec(any::<u8>(), 0..6),
    ];
    let message = (prop_oneof![Just(0i64), -100i64..20_000], bytes)
        .prop_map(|(at, bytes)| Message { at: Ticks(at), bytes: bytes.into() });
    prop::collection::vec(message, 0..8)
}

fn lanes() -> impl Strategy<Value = Vec<Lane>> {
    use LaneKind::{Bass, Chords, Drums, Melody};
    let kind = prop::sample::select(vec![Melody, Bass, Chords, Drums]);
    let lane = (prop_oneof![".?", any::<String>()], kind, any::<u8>(), any::<u8>(), notes(), messages());
    let lane = lane.prop_map(|(name, kind, program, channel, notes, messages)| Lane {
        program,
        messages,
        ..Lane::new(name, kind, channel % 4, notes)
    });
    prop::collection::vec(lane, 0..5)
}

prop_compose! {
    fn meters()(first in 1u8..=64, changes in prop::collection::vec((0i64..20_000, 1u8..=64, 0u32..=6), 0..4)) -> MeterMap {
        let first = (Ticks(0), Meter::new(first, 4).expect("1 to 64 quarters"));
        let changes = changes.into_iter().map(|(at, beats, power)| (Ticks(at), Meter::new(beats, 1 << power).expect("a meter")));
        MeterMap::from_changes([first].into_iter().chain(changes))
    }
}

prop_compose! {
    /// Any clip, in normal form or not.
    fn clips()(
        name in any::<String>(),
        length in 0i64..20_000,
        tempo in prop::collection::vec((0i64..20_000, 1u32..0x100_0000), 0..4),
        meters in meters(),
        lanes in lanes(),
        messages in messages(),
    ) -> Clip {
        let tempo = TempoMap::from_changes(tempo.into_iter().map(|(at, micros)| (Ticks(at), micros)));
        Clip { name, length: Ticks(length), tempo, meters, lanes, messages }
    }
}

fn normal(mut clip: Clip) -> Clip {
    clip.normalize();
    clip
}

fn is_in_order(clip: &Clip) -> bool {
    clip.lanes.iter().all(|lane| {
        lane.notes.is_sorted()
            && lane.notes.iter().all(|n| n.start >= Ticks::ZERO && n.length >= Ticks(1) && n.velocity > 0)
    })
}

/// The notes of a file as midly, a reader that knows nothing of ours, finds them: a track's notes by start, channel and
/// pitch, each with its end, the first of a pitch to begin the first to end.
fn notes_by_midly(bytes: &[u8]) -> Vec<Vec<(u32, u8, u8, u32, u8)>> {
    use midly::{MidiMessage, Smf, TrackEventKind};
    let file = Smf::parse(bytes).expect("midly reads what was written");
    let tracks = file.tracks.iter().map(|track| {
        let (mut at, mut open, mut notes) = (0u32, Vec::new(), Vec::new());
        for event in track {
            at += event.delta.as_int();
            let TrackEventKind::Midi { channel, message } = event.kind else { continue };
            match message {
                MidiMessage::NoteOn { key, vel } => open.push((at, channel.as_int(), key.as_int(), vel.as_int())),
                MidiMessage::NoteOff { key, .. } => {
                    let ends = |note: &(u32, u8, u8, u8)| (note.1, note.2) == (channel.as_int(), key.as_int());
                    let place = open.iter().position(ends).expect("an end has a start");
                    let (start, channel, pitch, velocity) = open.remove(place);
                    notes.push((start, channel, pitch, at - start, velocity));
                }
                _ => {}
            }
        }
        assert!(open.is_empty(), "every note ends");
        notes.sort_unstable();
        notes
    });
    tracks.collect()
}

proptest! {
    #[test]
    fn another_reader_finds_the_notes_that_were_written(clip in clips()) {
        let bytes = write(&clip).expect("a small clip");
        let mut normal = clip;
        normal.normalize();
        let small = |ticks: Ticks| u32::try_from(ticks.0).expect("within a clip");
        let lane = |lane: &Lane| {
            let note = |note: &Note| (small(note.start), lane.channel, note.pitch, small(note.length), note.velocity);
            let mut notes: Vec<_> = lane.notes.iter().map(note).collect();
            notes.sort_unstable();
            notes
        };
        let expected: Vec<_> = std::iter::once(Vec::new()).chain(normal.lanes.iter().map(lane)).collect();
        prop_assert_eq!(notes_by_midly(&bytes), expected);
    }

    #[test]
    fn reading_what_was_written_gives_the_normal_form(clip in clips()) {
        let clip = normal(clip);
        let again = read(&write(&clip).unwrap()).unwrap();
        // Reading goes by the notes, and keeps silence to the next multiple of four bars at most.
        prop_assert!(again.length <= clip.length && again.length >= clip.bars_end());
        let mut expected = Clip { length: again.length, ..clip };
        expected.detect_kinds();
        prop_assert_eq!(again, expected);
    }

    #[test]
    fn the_normal_form_is_its_own(clip in clips()) {
        let once = normal(clip);
        prop_assert_eq!(normal(once.clone()), once);
    }

    #[test]
    fn a_normal_form_keeps_every_note_s_start_pitch_and_velocity(clip in clips()) {
        let mut repaired = clip.clone();
        repaired.repair();
        let starts = |clip: &Clip| {
            let mut all: Vec<_> = clip.notes().map(|(_, n)| (n.start, n.pitch, n.velocity)).collect();
            all.sort_unstable();
            all
        };
        prop_assert_eq!(starts(&normal(clip)), starts(&repaired));
    }

    #[test]
    fn a_file_that_breaks_off_keeps_the_notes_before(clip in clips(), cut in any::<prop::sample::Index>()) {
        let bytes = write(&clip).unwrap();
        let cut = cut.index(bytes.len());
        let clip = normal(clip);
        if let Ok(part) = read(&bytes[..cut]) {
            prop_assert!(is_in_order(&part));
            prop_assert!(part.lanes.len() <= clip.lanes.len());
            for (part, whole) in part.lanes.iter().zip(&clip.lanes) {
                let starts = |lane: &Lane| lane.notes.iter().map(|n| (n.start, n.pitch, n.velocity)).collect::<Vec<_>>();
                prop_assert!(starts(part).iter().all(|start| starts(whole).contains(start)));
            }
            // All lanes but the last of a part are whole.
            for (part, whole) in part.lanes.iter().rev().skip(1).rev().zip(&clip.lanes) {
                prop_assert_eq!(&part.notes, &whole.notes);
            }
        } else {
            // Header and the first track's header.
            prop_assert!(cut < 22);
        }
    }

    #[test]
    fn damaged_files_never_panic(
        clip in clips(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let mut bytes = write(&clip).unwrap();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(clip) = read(&bytes) {
            prop_assert!(is_in_order(&clip));
            prop_assert_eq!(read(&write(&clip).unwrap()).unwrap(), clip);
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), header in 0usize..3) {
        let start: &[u8] = match header {
            0 => b"",
            1 => b"MThd\0\0\0\x06\0\x01\0\x01\0\x60MTrk\0\0\xff\xff",
            _ => b"MThd\0\0\0\x06\0\x02\0\x01\xe7\x28MTrk\0\0\0\x60",
        };
        if let Ok(clip) = read(&[start, &bytes].concat()) {
            prop_assert!(is_in_order(&clip));
            prop_assert_eq!(read(&write(&clip).unwrap()).unwrap(), clip);
        }
    }
}
