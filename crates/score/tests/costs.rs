//! Files that are made to cost much. Reading costs what their bytes do; with the square of the tracks these tests would take
//! minutes.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use solferino_score::midi::{Warning, read};

const END: &[u8] = &[0, 0xff, 0x2f, 0];

/// A file of format 1 whose tracks say that they are `length` long; without one they are as long as they are.
fn file(length: Option<u32>, tracks: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"MThd\0\0\0\x06\0\x01".to_vec();
    bytes.extend(u16::try_from(tracks.len()).unwrap().to_be_bytes());
    bytes.extend([0, 96]);
    for track in tracks {
        bytes.extend(b"MTrk");
        bytes.extend(length.unwrap_or(u32::try_from(track.len()).unwrap()).to_be_bytes());
        bytes.extend(track);
    }
    bytes
}

#[test]
fn files_made_to_cost_much_are_read() {
    let zeros = [&[0, 0x90, 60, 100][..], &[0; 2701]].concat();
    let late = [&[0, 0x90, 60, 100, 0xf5, 0x93, 0, 60, 0][..], &[0xff; 40]].concat();
    let short_bars = [&[0, 0xff, 0x58, 4, 1, 6, 24, 8], &late[..]].concat();
    let controllers = [&[0, 0xb0, 1, 1].repeat(340_000)[..], &[0, 0x91, 60, 100, 96, 60, 0], END].concat();
    let note = [&[0, 0x90, 60, 100, 96, 60, 0], END].concat();
    let cases = [
        ("tracks that each seem to go on to the end", file(Some(0), &vec![zeros; 1000])),
        ("many damaged tracks, many bars", file(None, &[vec![short_bars], vec![late; 1022]].concat())),
        ("many lanes, many controllers", file(None, &[vec![controllers], vec![note; 1022]].concat())),
    ];
    for (name, bytes) in cases {
        let read = read(&bytes).unwrap();
        assert!(read.clip.lanes.len() >= 1000, "{name}: {}", read.clip.lanes.len());
    }
}

#[test]
fn the_bar_of_damage_is_the_bar_that_it_is_in() {
    // A 1/64 bar lasts six of the ticks of the file.
    let damaged = |setup: &[u8], wait: u8| [setup, &[0, 0x90, 60, 100, wait, 60, 0], &[0xff; 40]].concat();
    let cases = [(&[][..], 0, 1), (&[0, 0xff, 0x58, 4, 1, 6, 24, 8], 12, 3), (&[0, 0xff, 0x58, 4, 1, 6, 24, 8], 17, 3)];
    for (setup, wait, bar) in cases {
        let warnings = read(&file(None, &[damaged(setup, wait)])).unwrap().warnings;
        assert_eq!(warnings, [Warning::BreaksOff { track: 1, bar, notes: 1 }], "{wait}");
    }
}
