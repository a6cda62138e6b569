//! Drums: classes, pitches, lanes, velocities.

use super::*;

fn hits(source: &Clip, events: &[i16]) -> Vec<(usize, Note)> {
    let request = with_part(Part::Drums, one());
    let scripted = Scripted { range: None, events: events.to_vec() };
    new_notes(&run(&scripted, source, &request).unwrap()[0])
}

#[test]
fn the_model_sees_classes_on_the_nearest_step() {
    let mut source = beat(1);
    for (note, off) in source.lanes[0].notes.iter_mut().zip([0, 90, -90].into_iter().cycle()) {
        note.start = Ticks((note.start.0 + off).max(0));
    }
    // A pitch that no drum map has, and a hit just before the next bar line.
    source.lanes[0].notes.extend([note(6, 1, 3, 20), Note { start: Ticks(3835), ..note(0, 1, 49, 90) }]);
    let dice = Dice::drums();
    run(&dice, &source, &one()).unwrap();
    let primer = dice.primer();
    let unknown = 1 << solferino_score::drums::class_of(3);
    let expected = [0b101, 0, 0b100, 0, 0b110, 0, 0b100 | unknown, 0, 0b100, 0, 0b100, 0, 0b110, 0, 0b100, 0];
    assert_eq!(primer, expected);
}

#[test]
fn hits_take_pitch_length_and_velocity_from_the_clip() {
    let found = hits(&beat(1), &[0b10, 0b100, 0b100000000, 0, 0b110]);
    let expected = [
        // The snare is the clip's 40, on the beat: the median of 100 and 120 there.
        note(16, 1, 40, 100),
        // No hat on step 1 of a beat: the median of all hats.
        note(17, 1, 42, 50),
        // No ride in the clip: General MIDI's, as loud as the clip at that place.
        note(18, 1, 51, 50),
        note(20, 1, 40, 100),
        note(20, 1, 42, 90),
    ];
    assert_eq!(found.iter().map(|hit| hit.1).collect::<Vec<_>>(), expected);
}

#[test]
fn hits_go_to_the_lane_that_has_their_class() {
    let mut source = beat(1);
    source.lanes.push(lane(LaneKind::Drums, vec![note(0, 1, 49, 100)]));
    let found = hits(&source, &[0b1000_0001, 0b1_0000_0000]);
    let found: Vec<_> = found.iter().map(|(lane, hit)| (*lane, hit.pitch)).collect();
    assert_eq!(found, [(0, 36), (0, 51), (1, 49)]);
}

#[test]
fn a_downbeat_played_early_is_not_doubled() {
    let mut source = beat(1);
    source.lanes[0].notes.push(Note { start: Ticks(3835), ..note(0, 1, 36, 110) });
    let found = hits(&source, &[0b101]);
    assert_eq!(found.iter().map(|(_, hit)| hit.pitch).collect::<Vec<_>>(), [42]);
}

#[test]
fn a_long_note_keeps_its_end_in_a_midi_file() {
    let mut source = beat(1);
    source.lanes[0].notes.push(note(12, 20, 49, 100));
    source.normalize();
    let request = with_part(Part::Drums, bars(2, 1));
    let scripted = Scripted { range: None, events: vec![0, 0, 0b1000_0000, 0b1000_0000] };
    let take = run(&scripted, &source, &request).unwrap().remove(0);
    assert_eq!(new_notes(&take).len(), 2);
    let mut normal = take.clip.clone();
    normal.normalize();
    assert_eq!(normal.lanes, take.clip.lanes);
}

#[test]
fn pads_on_another_channel_are_drums_when_asked() {
    let mut source = beat(1);
    source.lanes[0].kind = LaneKind::Chords;
    source.lanes[0].channel = 0;
    let dice = Dice::drums();
    let request = with_part(Part::Drums, one());
    let take = run(&dice, &source, &request).unwrap().remove(0);
    assert_eq!(dice.primer()[0], 0b101);
    assert_eq!(take.clip.lanes[0].channel, 0);
}

#[test]
fn hits_of_no_length_go_on_audibly() {
    for (length, expected) in [(0, 120), (1, 120), (120, 120), (200, 200), (999, 240)] {
        let mut source = beat(1);
        source.lanes[0].notes.iter_mut().for_each(|hit| hit.length = Ticks(length));
        let lengths: Vec<_> = hits(&source, &[1, 0, 1, 0]).iter().map(|(_, hit)| hit.length.0).collect();
        assert_eq!(lengths, [expected, expected], "{length}");
    }
}
