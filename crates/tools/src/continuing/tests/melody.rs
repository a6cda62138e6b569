//! Melodies: folding, ties, scales, velocities, swing.

use super::*;
use solferino_score::{Message, Scale};

fn scripted(events: &[i16]) -> Scripted {
    Scripted { range: Some(ALL_PITCHES), events: events.to_vec() }
}

fn continued(notes: Vec<Note>, events: &[i16]) -> Vec<Note> {
    let source = clip(1, Meter::COMMON, vec![lane(LaneKind::Melody, notes)]);
    let take = run(&scripted(events), &source, &one()).unwrap().remove(0);
    new_notes(&take).into_iter().map(|(_, note)| note).collect()
}

#[test]
fn events_become_notes_up_to_the_last_bar_line() {
    let notes = continued(vec![note(0, 4, 60, 80)], &[-2, -1, 64, -2, -1, -2, 67, 69]);
    assert_eq!(notes, [note(18, 2, 64, 80), note(22, 1, 67, 80), note(23, 9, 69, 80)]);
}

#[test]
fn a_note_over_the_bar_line_is_not_struck_again() {
    // The clip's note of pitch 60 sounds on for two steps.
    let held = vec![note(12, 6, 60, 80)];
    assert_eq!(continued(held.clone(), &[60, -2, 62]), [note(18, 14, 62, 80)]);
    assert_eq!(continued(held.clone(), &[62, -2, 60]), [note(16, 2, 62, 80), note(18, 14, 60, 80)]);
    // Played ten ticks before the bar line: it is the downbeat.
    let early = Note { start: Ticks(3830), ..note(0, 1, 60, 80) };
    let notes = continued(vec![note(0, 1, 60, 80), early], &[60, -2, 62]);
    assert_eq!(notes, [note(18, 14, 62, 80)]);
}

#[test]
fn the_model_sees_the_highest_notes_in_its_key_and_range() {
    // D major thirds, two octaves too low, each a little off the grid.
    let lower = [(26u8, 0i64), (30, 3), (28, 4), (31, 7), (30, 8), (33, 11)];
    let notes = lower.iter().map(|&(pitch, step)| Note { start: Ticks(step * 240 + 50), ..note(0, 1, pitch, 80) });
    let mut notes: Vec<Note> = notes.collect();
    notes.extend([note(0, 1, 20, 80), note(8, 1, 21, 80)]);
    let source = clip(1, Meter::COMMON, vec![lane(LaneKind::Chords, notes)]);
    let dice = Dice::melody();
    run(&dice, &source, &one()).unwrap();
    let primer = dice.primer();
    let sounding: Vec<(i16, i64)> =
        primer.iter().zip(0..).filter(|(event, _)| **event >= 0).map(|(&e, s)| (e, s)).collect();
    let moved = sounding[0].0 - 26;
    assert_eq!(
        sounding.iter().map(|&(e, s)| (e - moved, s)).collect::<Vec<_>>(),
        lower.map(|(p, s)| (i16::from(p), s))
    );
    assert_eq!((sounding[0].0 % 12, primer.len()), (0, 16), "moved to C, one bar");
    assert!(sounding.iter().all(|(event, _)| (48..84).contains(event)));
}

#[test]
fn scales_are_in_sounding_pitches() {
    let texts = ["C major", "D dorian", "F# major pentatonic", "Bb blues", "E whole tone"];
    let ranges =
        [PitchRange { min: 48, max: 84, key: Some(0) }, PitchRange { min: 48, max: 84, key: None }, ALL_PITCHES];
    for text in texts {
        let scale: Scale = text.parse().unwrap();
        for (range, low) in ranges.iter().flat_map(|range| [(range, 21), (range, 61), (range, 100)]) {
            let notes = (0..16).map(|step| note(step, 1, low + (step as u8 * 2) % 24, 80)).collect();
            let source = clip(1, Meter::COMMON, vec![lane(LaneKind::Melody, notes)]);
            let request = with(bars(8, 4), |common| common.scale = Some(scale));
            for take in run(&Dice::with(Some(*range)), &source, &request).unwrap() {
                let notes = new_notes(&take);
                assert!(!notes.is_empty());
                let outside: Vec<_> = notes.iter().filter(|(_, note)| !scale.contains(note.pitch)).collect();
                assert!(outside.is_empty(), "{text} {range:?} {low}: {outside:?}");
            }
        }
    }
}

#[test]
fn velocities_follow_the_same_place_in_the_matching_bar() {
    let mut notes = Vec::new();
    for (bar, downbeat) in [100, 60].into_iter().enumerate() {
        let at = bar as i64 * 16;
        notes.extend([note(at, 1, 60, downbeat), note(at + 8, 1, 62, 70), note(at + 10, 1, 64, 30)]);
    }
    let source = clip(2, Meter::COMMON, vec![lane(LaneKind::Melody, notes)]);
    let mut events = vec![-2; 48];
    for step in [0, 2, 4, 5, 8, 16, 32] {
        events[step] = 65;
    }
    let request = bars(3, 1);
    let take = run(&scripted(&events), &source, &request).unwrap().remove(0);
    let velocities: Vec<_> = new_notes(&take).iter().map(|(_, note)| note.velocity).collect();
    // Steps 2 and 4 have no note in the clip: the same place in the beat, 30 and 70; step 5: the median of all.
    assert_eq!(velocities, [100, 30, 70, 60, 70, 60, 100]);
}

#[test]
fn swing_is_followed_and_a_loose_hand_is_not() {
    let swung = |late: &dyn Fn(i64) -> i64| {
        let notes =
            (0..16).map(|step| Note { start: Ticks(step * 240 + late(step)), ..note(0, 1, 60 + step as u8 % 5, 80) });
        continued(notes.collect(), &[60, 61, 62, 63])
    };
    let starts = |notes: Vec<Note>| notes.iter().map(|note| note.start.0 - 3840).collect::<Vec<_>>();
    assert_eq!(starts(swung(&|step| step % 2 * 60)), [0, 300, 480, 780]);
    assert_eq!(starts(swung(&|_| 0)), [0, 240, 480, 720]);
    assert_eq!(starts(swung(&|step| [0, 40, -40, 35, 0, -40, 40, -35][step as usize % 8])), [0, 240, 480, 720]);
    assert_eq!(starts(swung(&|_| 30)), [0, 240, 480, 720], "late throughout is not swing");
}

#[test]
fn only_the_lane_of_the_melody_gets_notes() {
    let mut source = tune(1);
    source.lanes.insert(0, lane(LaneKind::Drums, vec![note(0, 1, 36, 100)]));
    source.lanes.push(lane(LaneKind::Bass, vec![note(0, 16, 36, 100)]));
    let take = run(&Dice::melody(), &source, &one()).unwrap().remove(0);
    assert!(!new_notes(&take).is_empty());
    assert!(new_notes(&take).iter().all(|(lane, _)| *lane == 1));
}

#[test]
fn the_pedal_informs_and_nothing_of_the_clip_changes() {
    let pedal = |step: i64, value| Message { at: Ticks(step * 240), bytes: Box::new([0xb0, 64, value]) };
    let mut source = clip(1, Meter::COMMON, vec![lane(LaneKind::Melody, vec![note(0, 1, 60, 80), note(8, 1, 64, 80)])]);
    source.lanes[0].messages = vec![pedal(0, 127), pedal(6, 0)];
    source.messages = vec![Message { at: Ticks(0), bytes: Box::new([0xff, 0x06, 1, b'A']) }];
    let dice = Dice::melody();
    let take = run(&dice, &source, &one()).unwrap().remove(0);
    let held = [-2, -2, -2, -2, -2, -1, -2];
    assert_eq!((&dice.primer()[1..8], dice.primer()[9]), (&held[..], -1), "the first note is held, the second is not");
    assert_eq!(take.clip.lanes[0].notes[..2], source.lanes[0].notes);
    assert_eq!((&take.clip.lanes[0].messages, &take.clip.messages), (&source.lanes[0].messages, &source.messages));
}
