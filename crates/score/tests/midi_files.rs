//! MIDI files, byte by byte, and the clips they become.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use solferino_score::midi::{MidiError, write};
use solferino_score::{Bpm, Clip, Lane, LaneKind, Meter, MeterMap, TempoMap, Ticks, limits};

fn read(bytes: &[u8]) -> Result<Clip, MidiError> {
    solferino_score::midi::read(bytes).map(|read| read.clip)
}

const END: [u8; 4] = [0, 0xff, 0x2f, 0];

/// A file of tracks; each gets its header, not its end.
fn file(format: u8, division: u16, tracks: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"MThd\0\0\0\x06\0".to_vec();
    bytes.push(format);
    bytes.extend(u16::try_from(tracks.len()).unwrap().to_be_bytes());
    bytes.extend(division.to_be_bytes());
    for track in tracks {
        bytes.extend(b"MTrk");
        bytes.extend(u32::try_from(track.len()).unwrap().to_be_bytes());
        bytes.extend(track);
    }
    bytes
}

/// One track of events, with its end.
fn track(events: &[&[u8]]) -> Vec<u8> {
    [events.concat(), END.to_vec()].concat()
}

/// A file of one track at 96 ticks a quarter.
fn simple(events: &[&[u8]]) -> Vec<u8> {
    file(0, 96, &[track(events)])
}

/// Start, pitch, length and velocity of the notes of each lane.
fn notes(clip: &Clip) -> Vec<Vec<(i64, u8, i64, u8)>> {
    let lane =
        |lane: &Lane| lane.notes.iter().map(|note| (note.start.0, note.pitch, note.length.0, note.velocity)).collect();
    clip.lanes.iter().map(lane).collect()
}

/// The same of what the sustain pedal lets sound.
fn heard(clip: &Clip) -> Vec<Vec<(i64, u8, i64, u8)>> {
    let lanes = clip.lanes.iter().map(|lane| Lane { notes: lane.heard().into_owned(), ..lane.clone() }).collect();
    notes(&Clip { lanes, ..clip.clone() })
}

type Events<'a> = &'a [&'a [u8]];
type Notes<'a> = &'a [(i64, u8, i64, u8)];

#[test]
fn keys_and_pedal() {
    // Deltas are in 96ths of a quarter, results in 960ths.
    let cases: [(&str, Events<'_>, Notes<'_>); 17] = [
        ("a note", &[&[0, 0x90, 60, 100], &[96, 0x80, 60, 64]], &[(0, 60, 960, 100)]),
        (
            "running status",
            &[&[0, 0x90, 60, 100], &[48, 62, 90], &[48, 60, 0], &[48, 62, 0]],
            &[(0, 60, 960, 100), (480, 62, 960, 90)],
        ),
        (
            "running status is not broken by a meta event's end",
            &[&[0, 0x90, 60, 100], &[48, 0xff, 1, 1, b'x'], &[48, 0x90, 60, 0]],
            &[(0, 60, 960, 100)],
        ),
        ("no velocity is off", &[&[0, 0x90, 60, 100], &[96, 0x90, 60, 0]], &[(0, 60, 960, 100)]),
        ("no length is a tick", &[&[0, 0x90, 60, 100], &[0, 0x80, 60, 0]], &[(0, 60, 1, 100)]),
        ("off alone", &[&[0, 0x80, 60, 0], &[96, 0x90, 60, 1], &[96, 0x80, 60, 0]], &[(960, 60, 960, 1)]),
        ("hung", &[&[0, 0x90, 60, 100], &[96, 0xb0, 7, 100]], &[(0, 60, 960, 100)]),
        (
            "the oldest ends first",
            &[&[0, 0x90, 60, 100], &[24, 0x90, 60, 50], &[24, 0x80, 60, 0], &[48, 0x80, 60, 0]],
            &[(0, 60, 480, 100), (240, 60, 720, 50)],
        ),
        (
            "off and on at once",
            &[&[0, 0x90, 60, 100], &[48, 0x90, 60, 0], &[0, 0x90, 60, 90], &[48, 0x90, 60, 0]],
            &[(0, 60, 480, 100), (480, 60, 480, 90)],
        ),
        (
            "the pedal holds",
            &[&[0, 0xb0, 64, 127], &[0, 0x90, 60, 100], &[24, 0x80, 60, 0], &[72, 0xb0, 64, 0]],
            &[(0, 60, 960, 100)],
        ),
        (
            "half a pedal is down from 64",
            &[&[0, 0xb0, 64, 64], &[0, 0x90, 60, 100], &[24, 0x80, 60, 0], &[72, 0xb0, 64, 63]],
            &[(0, 60, 960, 100)],
        ),
        (
            "the pedal goes up before the key",
            &[&[0, 0xb0, 64, 127], &[0, 0x90, 60, 100], &[24, 0xb0, 64, 0], &[72, 0x80, 60, 0]],
            &[(0, 60, 960, 100)],
        ),
        (
            "struck again under the pedal",
            &[
                &[0, 0xb0, 64, 127],
                &[0, 0x90, 60, 100],
                &[24, 0x80, 60, 0],
                &[24, 0x90, 60, 90],
                &[24, 0x80, 60, 0],
                &[24, 0xb0, 64, 0],
            ],
            &[(0, 60, 480, 100), (480, 60, 480, 90)],
        ),
        (
            "the pedal never goes up",
            &[&[0, 0xb0, 64, 127], &[0, 0x90, 60, 100], &[24, 0x80, 60, 0], &[72, 0xb0, 7, 0]],
            &[(0, 60, 960, 100)],
        ),
        (
            "drums have no pedal",
            &[&[0, 0xb9, 64, 127], &[0, 0x99, 36, 100], &[24, 0x89, 36, 0], &[72, 0xb9, 64, 0]],
            &[(0, 36, 240, 100)],
        ),
        (
            "all notes off",
            &[&[0, 0x90, 60, 100], &[0, 0x90, 64, 90], &[96, 0xb0, 123, 0], &[96, 0x80, 60, 0]],
            &[(0, 60, 960, 100), (0, 64, 960, 90)],
        ),
        (
            "reset lets the pedal go",
            &[&[0, 0xb0, 64, 127], &[0, 0x90, 60, 100], &[24, 0x80, 60, 0], &[24, 0xb0, 121, 0], &[48, 0xb0, 64, 0]],
            &[(0, 60, 480, 100)],
        ),
    ];
    for (name, events, expected) in cases {
        let clip = read(&simple(events)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(heard(&clip), [expected], "{name}");
    }
}

#[test]
fn divisions() {
    let note: Events<'_> = &[&[1, 0x90, 60, 100], &[0x83, 0x60, 0x80, 60, 0]]; // 1 to 481
    let tempo: Events<'_> = &[&[0, 0xff, 0x51, 3, 0x03, 0xd0, 0x90], note[0], note[1]]; // 240 bpm
    let late_tempo: Events<'_> = &[note[0], &[0x81, 0x48, 0xff, 0x51, 3, 0x03, 0xd0, 0x90], &[0x82, 0x18, 0x80, 60, 0]];
    let frames = |fps: u8, subframes: u8| u16::from_be_bytes([fps.wrapping_neg(), subframes]);
    let cases = [
        ("ours", 960, note, 1, 481),
        ("96", 96, note, 10, 4810),
        ("220: 1 is 4.36, 481 is 2098.9", 220, note, 4, 2099),
        ("480", 480, note, 2, 962),
        ("1024: 1 is 0.94, 481 is 450.9", 1024, note, 1, 451),
        ("1920: 1 is a half, up; 481 is 240.5, up", 1920, note, 1, 241),
        ("1", 1, note, 960, 461_760),
        ("25 frames of 40: milliseconds at 120 bpm", frames(25, 40), note, 2, 924),
        ("milliseconds at 240 bpm", frames(25, 40), tempo, 4, 1847),
        ("milliseconds, 240 bpm from 201 ms on", frames(25, 40), late_tempo, 2, 386 + 1075),
        ("24 frames of 80", frames(24, 80), note, 1, 481),
        ("30 frames of 4", frames(30, 4), note, 16, 7696),
        ("29.97 frames of 4: 8.008 ticks of 1/1000 more", frames(29, 4), note, 16, 7704),
    ];
    for (name, division, events, start, end) in cases {
        let clip = read(&file(1, division, &[track(events)])).unwrap();
        assert_eq!(notes(&clip), [[(start, 60, end - start, 100)]], "{name}");
    }
    for division in [0, 0x8000, 0x80ff, frames(26, 40), frames(25, 0), 0xffff] {
        let error = read(&file(1, division, &[track(note)])).unwrap_err();
        assert_eq!(error, MidiError::Division(division));
    }
}

#[test]
fn tempo_meters_names_and_lanes() {
    let conductor = track(&[
        b"\0\xff\x03\x04Song",
        &[0, 0xff, 0x58, 4, 3, 2, 24, 8],
        &[0, 0xff, 0x51, 3, 0x0f, 0x42, 0x40],
        &[0x82, 0x20, 0xff, 0x58, 4, 6, 3, 24, 8],
        &[0, 0xff, 0x51, 3, 0x07, 0xa1, 0x20],
        &[0, 0xff, 0x51, 3, 0, 0, 0],
        &[0, 0xff, 0x58, 4, 0, 2, 24, 8],
        &[0, 0xff, 0x58, 4, 4, 60, 24, 8],
    ]);
    let band = track(&[
        b"\0\xff\x03\x05B\xe4nd\0",
        &[0, 0xc0, 5],
        &[0, 0xc1, 33],
        &[0, 0x90, 72, 100],
        &[0, 0x91, 40, 80],
        &[0, 0x99, 36, 110],
        &[0, 0xc0, 7],
        &[96, 0x80, 72, 0],
        &[0, 0x81, 40, 0],
        &[0, 0x89, 36, 0],
    ]);
    let chords = track(&[
        &[0, 0xff, 3, 5],
        "Akkö".as_bytes(),
        &[0, 0x92, 60, 70],
        &[0, 0x92, 64, 70],
        &[0, 0x92, 67, 70],
        &[96, 0xb2, 123, 0],
    ]);
    let later = track(&[&[0, 0xc2, 9], &[0, 0xc3, 10], &[0, 0x93, 50, 60], &[96, 0x83, 50, 0]]);
    let clip = read(&file(1, 96, &[conductor, band, chords, later])).unwrap();
    assert_eq!(clip.name, "Song");
    assert_eq!(clip.tempo, TempoMap::from_changes([(Ticks(0), 1_000_000), (Ticks(2880), 500_000)]));
    assert_eq!(clip.tempo.at(Ticks(3000)), Bpm(120.0));
    let meters = [(Ticks(0), Meter::new(3, 4).unwrap()), (Ticks(2880), Meter::new(6, 8).unwrap())];
    assert_eq!(clip.meters, MeterMap::from_changes(meters));
    assert_eq!(clip.length, Ticks(2880));
    let lanes: Vec<_> = clip.lanes.iter().map(|l| (l.name.as_str(), l.kind, l.program, l.channel)).collect();
    assert_eq!(
        lanes,
        [
            ("Bänd", LaneKind::Melody, 5, 0),
            ("Bänd", LaneKind::Bass, 33, 1),
            ("Bänd", LaneKind::Drums, 0, 9),
            ("Akkö", LaneKind::Chords, 9, 2),
            ("", LaneKind::Melody, 10, 3),
        ]
    );
    assert_eq!(read(&write(&clip).unwrap()).unwrap(), clip);
}

#[test]
fn lengths_are_whole_bars() {
    let note: &[u8] = &[0, 0x90, 60, 100];
    let cases: [(&str, Events<'_>, i64); 9] = [
        ("nothing", &[], 0),
        ("a note that ends on the bar line", &[note, &[0x83, 0x00, 0x80, 60, 0]], 1),
        ("a note released a little late", &[note, &[0x83, 0x01, 0x80, 60, 0]], 1),
        ("a note beyond it", &[note, &[0x83, 0x40, 0x80, 60, 0]], 2),
        ("silence to a bar line", &[note, &[96, 0x80, 60, 0], &[0x85, 0x20, 0xb0, 7, 0]], 2),
        ("silence a tick beyond it", &[note, &[96, 0x80, 60, 0], &[0x85, 0x21, 0xb0, 7, 0]], 1),
        ("silence to the end of a phrase", &[note, &[96, 0x80, 60, 0], &[0x8b, 0x20, 0xb0, 7, 0]], 4),
        ("silence to a bar after it", &[note, &[96, 0x80, 60, 0], &[0x8e, 0x20, 0xb0, 7, 0]], 1),
        ("only silence", &[&[0x83, 0x00, 0xb0, 7, 0]], 0),
    ];
    for (name, events, bars) in cases {
        let clip = read(&simple(events)).unwrap();
        assert_eq!(clip.length, Ticks(bars * 3840), "{name}");
        assert_eq!(clip.is_empty(), clip.lanes.is_empty(), "{name}");
    }
}

#[test]
fn patterns_of_format_2_follow_each_other() {
    let first =
        track(&[b"\0\xff\x03\x01A", &[0, 0xff, 0x58, 4, 3, 2, 24, 8], &[96, 0x90, 60, 100], &[96, 0x80, 60, 0]]);
    let second =
        track(&[b"\0\xff\x03\x01B", &[0, 0x90, 62, 90], &[96, 0x80, 62, 0], &[0, 0x91, 64, 80], &[96, 0x81, 64, 0]]);
    let clip = read(&file(2, 96, &[first, second])).unwrap();
    assert_eq!(clip.name, "A");
    assert_eq!(notes(&clip), [vec![(960, 60, 960, 100), (2880, 62, 960, 90)], vec![(3840, 64, 960, 80)]]);
    assert_eq!(clip.length, Ticks(2 * 2880));
}

#[test]
fn damage() {
    let note: &[u8] = &[0, 0x90, 60, 100, 96, 0x80, 60, 0];
    let other = track(&[&[0, 0x91, 64, 100], &[96, 0x81, 64, 0]]);
    let with = |events: Events<'_>| file(1, 96, &[track(events), other.clone()]);
    let one = vec![vec![(0, 60, 960, 100)]];
    let both = vec![vec![(0, 60, 960, 100)], vec![(0, 64, 960, 100)]];
    let twice = vec![vec![(0, 60, 960, 100), (960, 60, 960, 100)], both[1].clone()];
    let whole = file(1, 96, &[track(&[note])]);
    let mut long_chunk = whole.clone();
    long_chunk[18..22].copy_from_slice(&u32::MAX.to_be_bytes());
    let mut strange_chunk = whole[..14].to_vec();
    strange_chunk.extend(b"XFIH\0\0\0\x02ab");
    strange_chunk.extend(&whole[14..]);
    let mut long_header = whole[..14].to_vec();
    long_header[7] = 8;
    long_header.extend([1, 2]);
    long_header.extend(&whole[14..]);
    let mut riff = b"RIFF\xff\xff\xff\xffRMIDLIST\x01\0\0\0x\0data".to_vec();
    riff.extend(u32::try_from(whole.len()).unwrap().to_le_bytes());
    riff.extend(&whole);
    let cases = [
        ("no end of track", file(1, 96, &[note.to_vec()]), one.clone()),
        ("cut in an event", file(1, 96, &[[note, &[0, 0x90, 64]].concat()]), one.clone()),
        ("cut while a note sounds", file(1, 96, &[note[..4].to_vec()]), vec![vec![(0, 60, 1, 100)]]),
        ("events after the end", with(&[note, &END, &[0, 0x90, 65, 100]]), both.clone()),
        ("a chunk longer than the file", long_chunk, one.clone()),
        ("a chunk of another kind", strange_chunk, one.clone()),
        ("a longer header", long_header, one.clone()),
        ("a RIFF wrapper", riff, one.clone()),
        ("a second header", [whole.clone(), whole[..14].to_vec()].concat(), one.clone()),
        ("a data byte too large", with(&[note, &[0, 0x90, 200, 100], note]), twice.clone()),
        ("a realtime byte", with(&[note, &[0, 0xf8], note]), twice.clone()),
        ("no status", with(&[&[0, 60, 100], note]), both.clone()),
        ("an SMPTE offset of hour 31", with(&[&[0, 0xff, 0x54, 5, 31, 0, 0, 0, 0], note]), both.clone()),
        ("an empty key signature", with(&[&[0, 0xff, 0x59, 0], note]), both.clone()),
        ("a short tempo", with(&[&[0, 0xff, 0x51, 1, 9], note]), both.clone()),
        ("system exclusive", with(&[&[0, 0xf0, 3, 1, 2, 0xf7], note]), both.clone()),
    ];
    for (name, bytes, expected) in cases {
        let clip = read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(notes(&clip), expected, "{name}");
    }
}

#[test]
fn refusals() {
    let empty = track(&[]);
    let crowd = [vec![0, 0x90, 60, 0], [0, 60, 0].repeat(limits::MIDI_EVENTS)].concat();
    let hung = [vec![0, 0x90, 60, 9], [0, 60, 9].repeat(limits::MIDI_EVENTS / 2)].concat();
    let far = [vec![0xff, 0x80, 0x80, 0x7f, 0x90, 60, 100], END.to_vec()].concat();
    let lanes: Vec<Vec<u8>> =
        (0..limits::MIDI_TRACKS).map(|_| track(&[&[0, 0x90, 60, 100], &[1, 0x80, 60, 0]])).collect();
    let cases = [
        ("nothing", vec![], MidiError::NotMidi),
        ("text", b"hello, this is text".to_vec(), MidiError::NotMidi),
        ("a wave file", b"RIFF\x24\0\0\0WAVEfmt ".to_vec(), MidiError::NotMidi),
        ("half a header", file(1, 96, &[])[..9].to_vec(), MidiError::Header),
        ("a header of four bytes", b"MThd\0\0\0\x04\0\x01\0\x01".to_vec(), MidiError::Header),
        ("a header alone", file(1, 96, &[]), MidiError::NoTrack),
        ("half a track header", [file(1, 96, &[]), b"MTrk\0\0".to_vec()].concat(), MidiError::NoTrack),
        ("bytes", vec![0; limits::MIDI_BYTES + 1], MidiError::TooManyBytes(limits::MIDI_BYTES + 1)),
        ("tracks", file(1, 96, &vec![empty; limits::MIDI_TRACKS + 1]), MidiError::TooManyTracks),
        ("lanes", file(1, 96, &lanes), MidiError::TooManyLanes(limits::LANES + 1)),
        ("events", file(0, 96, &[crowd]), MidiError::TooManyEvents),
        ("notes that never end", file(0, 96, &[hung]), MidiError::TooManyEvents),
        ("a huge delta time", file(0, 96, &[far]), MidiError::TooLong(2_774_358)),
    ];
    for (name, bytes, error) in cases {
        assert_eq!(read(&bytes), Err(error), "{name}");
    }
}

#[test]
fn what_cannot_be_read_back_is_not_written() {
    let clip = read(&simple(&[&[0, 0x90, 60, 100], &[96, 0x80, 60, 0]])).unwrap();
    let mut long = clip.clone();
    long.lanes[0].notes[0].length = limits::CLIP_LENGTH + Ticks(1);
    assert_eq!(write(&long), Err(MidiError::TooLong(limits::CLIP_QUARTERS)));
    let mut lanes = clip.clone();
    lanes.lanes = vec![clip.lanes[0].clone(); limits::LANES + 1];
    assert_eq!(write(&lanes), Err(MidiError::TooManyLanes(limits::LANES + 1)));
    let mut crowd = clip;
    crowd.lanes[0].notes = vec![crowd.lanes[0].notes[0]; limits::MIDI_EVENTS / 2];
    assert_eq!(write(&crowd), Err(MidiError::TooManyEvents));
}

#[test]
fn a_written_file_byte_by_byte() {
    // Two notes of one pitch that touch: the first must end before the second starts, or players end both.
    let lane = |bytes: &[u8]| read(bytes).unwrap().lanes;
    let lanes = lane(&simple(&[
        &[0, 0xc0, 5],
        &[0, 0x90, 60, 100],
        &[96, 0x80, 60, 0],
        &[0, 0x90, 60, 90],
        &[96, 0x80, 60, 0],
    ]));
    let clip = Clip { name: "A".into(), length: Ticks(3840), lanes, ..Clip::default() };
    let conductor: &[&[u8]] = &[
        b"\0\xff\x03\x01A",
        &[0, 0xff, 0x58, 4, 4, 2, 24, 8],
        &[0, 0xff, 0x51, 3, 0x07, 0xa1, 0x20],
        &[0x9e, 0, 0xff, 0x2f, 0],
    ];
    let notes: &[&[u8]] = &[
        &[0, 0xc0, 5],
        &[0, 0x90, 60, 100],
        &[0x87, 0x40, 0x80, 60, 0],
        &[0, 0x90, 60, 90],
        &[0x87, 0x40, 0x80, 60, 0],
        &[0x8f, 0, 0xff, 0x2f, 0],
    ];
    assert_eq!(write(&clip).unwrap(), file(1, 960, &[conductor.concat(), notes.concat()]));
}
