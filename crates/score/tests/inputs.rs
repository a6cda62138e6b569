//! Small files that went wrong, rebuilt from public bug reports, and their relatives: what is right about each.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use solferino_score::midi::{Read, read, write};
use solferino_score::{Clip, LaneKind, Ticks};
use std::path::Path;

const BAR: i64 = 3840;
const THREE: [(i64, u8, i64); 3] = [(0, 60, 960), (960, 62, 960), (1920, 64, 960)];

fn input(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs").join(name).with_extension("mid")).unwrap()
}

/// Start, pitch and length of every note.
fn notes(clip: &Clip) -> Vec<(i64, u8, i64)> {
    clip.notes().map(|(_, note)| (note.start.0, note.pitch, note.length.0)).collect()
}

fn read_all(name: &str, bytes: &[u8]) -> Read {
    let first = read(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    let again = read(&write(&first.clip).unwrap()).unwrap();
    assert_eq!(again, Read { clip: first.clip.clone(), warnings: vec![] }, "{name}: written and read again");
    first
}

/// A file of one format with tracks as they are.
fn file(format: u8, tracks: &[&[u8]]) -> Vec<u8> {
    let mut bytes = b"MThd\0\0\0\x06\0".to_vec();
    bytes.extend([format, 0, u8::try_from(tracks.len()).unwrap(), 0, 96]);
    for track in tracks {
        bytes.extend(b"MTrk");
        bytes.extend(u32::try_from(track.len()).unwrap().to_be_bytes());
        bytes.extend(*track);
    }
    bytes
}

const END: &[u8] = &[0, 0xff, 0x2f, 0];
const FIRST: &[u8] = &[0, 0x90, 60, 100, 96, 0x90, 60, 0];
const RUNNING: &[u8] = &[0, 62, 100, 96, 62, 0, 0, 64, 100, 96, 64, 0];
const OTHERS: &[u8] = &[0, 0x90, 62, 100, 96, 0x90, 62, 0, 0, 0x90, 64, 100, 96, 0x90, 64, 0];
const TEMPO: &[u8] = &[0, 0xff, 0x51, 3, 7, 0xa1, 0x20];

#[test]
fn files_that_lost_notes_are_read() {
    for name in [
        "a_running_after_text",
        "b_running_after_sysex",
        "c_clock_byte",
        "d_length_plus_1",
        "d2_length_minus_1",
        "d3_pad_byte",
        "f_conductor_tail",
        "g_late_end_of_track",
        "i_pedal",
    ] {
        let Read { clip, warnings } = read_all(name, &input(name));
        assert_eq!(notes(&clip)[..3], THREE, "{name}");
        assert_eq!((warnings.as_slice(), clip.length), (&[][..], Ticks(BAR)), "{name}");
    }
}

#[test]
fn bytes_between_and_within_events_lose_nothing() {
    let between: [(&str, &[u8], &[u8]); 12] = [
        ("a marker", &[0, 0xff, 6, 1, b'A'], RUNNING),
        ("an escape", &[0, 0xf7, 2, 0xf8, 0xfa], RUNNING),
        ("system exclusive in packets", &[0, 0xf0, 2, 0x7e, 1, 0, 0xf7, 1, 2, 0, 0xf7, 2, 3, 0xf7], RUNNING),
        ("an empty text", &[0, 0xff, 1, 0], RUNNING),
        ("a text that holds a track's letters", b"\0\xff\x01\x08MTrk\0\0\0\x01", RUNNING),
        ("active sensing", &[0, 0xfe], RUNNING),
        ("two clocks", &[0, 0xf8, 0, 0xfa], OTHERS),
        ("a song position", &[0, 0xf2, 1, 2], OTHERS),
        ("a song position without data", &[0, 0xf2], OTHERS),
        ("a song number", &[0, 0xf3, 7], OTHERS),
        ("a tune request", &[0, 0xf6], RUNNING),
        ("nothing", &[], RUNNING),
    ];
    for (name, bytes, rest) in between {
        let Read { clip, warnings } = read_all(name, &file(0, &[&[FIRST, bytes, rest, END].concat()]));
        assert_eq!((notes(&clip).as_slice(), warnings.as_slice()), (&THREE[..], &[][..]), "{name}");
    }
    let within: [(&str, &[u8]); 3] = [
        ("a clock among data", &[0, 0x90, 0xf8, 60, 100, 96, 0x90, 60, 0xfe, 0]),
        ("a clock before a status", &[0, 0xf8, 0x90, 60, 100, 96, 0x90, 60, 0]),
        ("a clock before a later status", &[0, 0x90, 60, 100, 96, 0xf8, 0x90, 60, 0]),
    ];
    for (name, bytes) in within {
        let Read { clip, warnings } = read_all(name, &file(0, &[&[bytes, OTHERS, END].concat()]));
        assert_eq!((notes(&clip).as_slice(), warnings.as_slice()), (&THREE[..], &[][..]), "{name}");
    }
}

#[test]
fn wrong_lengths_lose_nothing() {
    let first = [TEMPO, END].concat();
    let second = [b"\0\xff\x01\x04MTrk", FIRST, RUNNING, END].concat();
    let whole = file(1, &[&first, &second, &first]);
    let starts = [0, 14, 14 + 8 + first.len(), 14 + 16 + first.len() + second.len()];
    for (chunk, start) in starts.into_iter().enumerate() {
        for length in (0..200).chain([0xff00, 0xffff_ffff]) {
            let mut bytes = whole.clone();
            bytes[start + 4..start + 8].copy_from_slice(&u32::to_be_bytes(length));
            let Read { clip, .. } = read_all("", &bytes);
            assert_eq!(notes(&clip), THREE, "chunk {chunk} of length {length}");
        }
    }
    for padding in [&[0][..], &[0; 7], &[0xff, 3], b"junk", b"XFIH\0\0\0\x02ab", b"XFIH\0\0\x09\x02ab"] {
        for &start in &starts[1..] {
            let bytes = [&whole[..start], padding, &whole[start..]].concat();
            let Read { clip, warnings } = read_all("", &bytes);
            assert_eq!(notes(&clip), THREE, "{padding:?} at {start}");
            assert_eq!(
                warnings.is_empty(),
                padding.iter().all(|byte| *byte == 0),
                "{padding:?} at {start}: {warnings:?}"
            );
        }
    }
}

#[test]
fn what_is_not_read_is_said() {
    let cases: [(&str, Vec<u8>, usize, &str); 7] = [
        (
            "cut",
            file(0, &[&[FIRST, OTHERS].concat()])[..40].to_vec(),
            2,
            "Track 1 breaks off at bar 1; 2 notes before it were read.",
        ),
        (
            "no sense",
            file(0, &[&[FIRST, &[0xff; 30]].concat()]),
            1,
            "Track 1 breaks off at bar 1; 1 note before it was read.",
        ),
        (
            "a lone data byte",
            file(0, &[&[&[0, 64], FIRST, OTHERS, END].concat()]),
            3,
            "Track 1 is damaged at bar 1: 2 bytes were skipped",
        ),
        (
            "after the end",
            file(0, &[&[FIRST, END, OTHERS].concat()]),
            1,
            "Track 1 has 12 bytes after its end, which were left out.",
        ),
        (
            "another chunk",
            [file(0, &[&[FIRST, END].concat()]), b"XFIH\0\0\0\x02ab".to_vec()].concat(),
            1,
            "part “XFIH” of 10 bytes is no track",
        ),
        (
            "junk",
            [file(0, &[&[FIRST, END].concat()]), vec![7, 9]].concat(),
            1,
            "2 bytes between the tracks of the MIDI file make no sense",
        ),
        (
            "a missing track",
            file(0, &[&[FIRST, END].concat(), &[]])[..14 + 8 + 12].to_vec(),
            1,
            "promises 2 tracks and has 1.",
        ),
    ];
    for (name, bytes, count, sentence) in cases {
        let Read { clip, warnings } = read_all(name, &bytes);
        assert_eq!(notes(&clip), THREE[..count], "{name}");
        let said: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        assert!(said.len() == 1 && said[0].contains(sentence), "{name}: {said:?}");
    }
}

#[test]
fn negative_times_lose_no_note() {
    let right = [(0, 60, 960), (0, 62, 640), (640, 64, 960)];
    let delta = |bytes: &[u8]| file(0, &[&[bytes, &FIRST[1..], OTHERS, END].concat()]);
    let cases = [
        ("five bytes", input("e_negative_delta"), &right[..]),
        ("cut to four bytes", delta(&[0xff, 0xff, 0xff, 0]), &right[..]),
        ("ten bytes", delta(&[0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0]), &right[..]),
        ("one tick", delta(&[0x8f, 0xff, 0xff, 0xff, 0x7f]), &[(0, 60, 950), (950, 62, 960), (1910, 64, 960)]),
    ];
    for (name, bytes, expected) in cases {
        let Read { clip, warnings } = read_all(name, &bytes);
        assert_eq!(notes(&clip), expected, "{name}");
        let said: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        assert!(said.len() == 1 && said[0].starts_with("Track 1 is damaged"), "{name}: {said:?}");
    }
}

#[test]
fn lengths_come_from_the_music() {
    let far: &[u8] = &[0x82, 0xac, 0, 0xff, 0x2f, 0];
    let music = [FIRST, RUNNING].concat();
    let later = |delta: &[u8], event: &[u8]| [&music[..], delta, event, END].concat();
    let declared =
        |ticks: [u8; 2]| file(1, &[&[TEMPO, END].concat(), &[&music[..], &ticks, &[0xff, 0x2f, 0]].concat()]);
    let cases = [
        ("held over the bar", input("h_held_over_bar"), 1),
        ("a marker far behind", file(0, &[&later(&[0x82, 0xac, 0], b"\xff\x06\x01A")]), 1),
        ("a tempo far behind", file(0, &[&later(&[0x82, 0xac, 0], &TEMPO[1..])]), 1),
        ("the end beyond all limits", file(0, &[&[&music[..], &[0xff, 0xff, 0xff, 0x7f, 0xff, 0x2f, 0]].concat()]), 1),
        ("another track's end", file(1, &[&[TEMPO, far].concat(), &[&music[..], END].concat()]), 1),
        (
            "another track's end on a bar line",
            file(1, &[&[TEMPO, &[0x8c, 0, 0xff, 0x2f, 0]].concat(), &[&music[..], END].concat()]),
            1,
        ),
        // 288 ticks of music; a bar has 384.
        ("its own end on the second bar line", declared([0x83, 0x60]), 2),
        ("its own end on the fourth bar line", declared([0x89, 0x60]), 4),
        ("its own end on the fifth bar line", declared([0x8c, 0x60]), 1),
        ("its own end beside a bar line", declared([0x83, 0x61]), 1),
    ];
    for (name, bytes, bars) in cases {
        let Read { clip, warnings } = read_all(name, &bytes);
        assert_eq!((clip.length, clip.bars_end()), (Ticks(bars * BAR), Ticks(BAR)), "{name}");
        assert_eq!(notes(&clip)[..3], THREE, "{name}");
        assert_eq!(warnings, [], "{name}");
    }
    assert_eq!(notes(&read(&input("h_held_over_bar")).unwrap().clip)[3], (2880, 60, 1150), "nothing is cut");
}

#[test]
fn all_events_come_out_as_they_went_in() {
    let pedal = read_all("", &input("i_pedal")).clip;
    assert_eq!(notes(&pedal).len(), 4);
    let lane = &pedal.lanes[0];
    let messages: Vec<_> = lane.messages.iter().map(|message| (message.at.0, &*message.bytes)).collect();
    assert_eq!(messages, [(0, &[0xb0, 64, 127][..]), (3840, &[0xb0, 64, 0])]);
    assert!(lane.heard().iter().all(|note| note.end() == Ticks(3840)));

    let setup: &[&[u8]] =
        &[b"\0\xff\x03\x02\x83L", &[0, 0xb0, 0, 1], &[0, 0xb0, 32, 2], &[0, 0xc0, 5], &[0, 0xe0, 0, 32]];
    let during: &[&[u8]] =
        &[&[0, 0xd0, 9], &[0, 0xa0, 60, 4], &[0, 0xc0, 6], b"\0\xff\x05\x02la", &[0, 0xf0, 2, 0x7e, 0xf7]];
    let track = [&setup.concat(), FIRST, &during.concat(), OTHERS, END].concat();
    let conductor = [TEMPO, &[0, 0xff, 0x59, 2, 1, 0], b"\0\xff\x06\x01A", &[0, 0xb7, 7, 100], END].concat();
    let clip = read_all("", &file(1, &[&conductor, &track])).clip;
    let bytes =
        |messages: &[solferino_score::Message]| messages.iter().map(|m| (m.at.0, m.bytes.to_vec())).collect::<Vec<_>>();
    let without_time =
        |at: i64, events: &[&[u8]]| events.iter().map(|event| (at, event[1..].to_vec())).collect::<Vec<_>>();
    assert_eq!(bytes(&clip.lanes[0].messages), [without_time(0, setup), without_time(960, during)].concat());
    let conductor: &[&[u8]] = &[&[0, 0xff, 0x59, 2, 1, 0], b"\0\xff\x06\x01A", &[0, 0xb7, 7, 100]];
    assert_eq!(bytes(&clip.messages), without_time(0, conductor));
    assert_eq!((clip.lanes[0].program, clip.lanes[0].name.as_str()), (5, "L"));
    // A new name takes the place of the bytes of the old one.
    let mut renamed = clip.clone();
    renamed.lanes[0].name = "New".into();
    let written = write(&renamed).unwrap();
    assert!(written.windows(7).any(|bytes| bytes == b"\xff\x03\x03New\0"[..7].as_ref()));
    assert_eq!(read(&written).unwrap().clip.lanes[0].name, "New");
}

#[test]
fn messages_have_a_limit() {
    let long = [&[0, 0xf0, 0xc0, 0x80, 0][..], &[1; 0x10_0000]].concat();
    let Read { clip, warnings } = read_all("", &file_of(&[&long, FIRST, &[0, 0xb0, 7, 100], OTHERS, END].concat()));
    assert_eq!((notes(&clip).as_slice(), clip.lanes[0].messages.len()), (&THREE[..], 1));
    assert!(warnings[0].to_string().ends_with("the longest event was left out."), "{warnings:?}");
}

fn file_of(track: &[u8]) -> Vec<u8> {
    file(0, &[track])
}

#[test]
fn drums_and_leads_are_told() {
    use LaneKind::{Bass, Chords, Drums, Melody};
    let cases: [(&str, &[LaneKind], Option<usize>); 5] = [
        ("j_kit_channel_1", &[Drums], None),
        ("j2_kit_channel_1_type1", &[Drums], None),
        ("k_bass_before_lead", &[Chords, Bass], Some(0)),
        ("l_sextuplets", &[Melody], Some(0)),
        ("m_zero_length_hits", &[Drums], None),
    ];
    for (name, kinds, lead) in cases {
        let Read { clip, warnings } = read_all(name, &input(name));
        assert_eq!(clip.lanes.iter().map(|lane| lane.kind).collect::<Vec<_>>(), kinds, "{name}");
        assert_eq!((clip.melody_lane(), warnings), (lead, vec![]), "{name}");
    }
    // The same kit without a name; with one, beside drums on channel 10.
    let mut kit = read(&input("j_kit_channel_1")).unwrap().clip;
    kit.name.clear();
    kit.detect_kinds();
    assert_eq!(kit.lanes[0].kind, Drums);
    kit.lanes[0].name = "Drums".into();
    kit.lanes.extend(read(&input("m_zero_length_hits")).unwrap().clip.lanes);
    kit.detect_kinds();
    assert_eq!((kit.lanes[0].kind == Drums, kit.lanes[1].kind), (false, Drums));
    assert_eq!(kit.lanes[0].channel, 0);
}
