//! What holds for every clip and request.

use super::*;
use proptest::prelude::*;
use solferino_models::Seed;
use solferino_score::{Message, Mode, Scale};

fn notes() -> impl Strategy<Value = Vec<Note>> {
    let note =
        (-500i64..40_000, any::<u8>(), -1i64..9_000, any::<u8>()).prop_map(|(start, pitch, length, velocity)| Note {
            start: Ticks(start),
            pitch,
            length: Ticks(length),
            velocity,
        });
    prop::collection::vec(note, 0..40)
}

fn messages() -> impl Strategy<Value = Vec<Message>> {
    let pedal = (0i64..40_000, any::<bool>()).prop_map(|(at, down)| {
        let value = if down { 127 } else { 0 };
        Message { at: Ticks(at), bytes: Box::new([0xb0, 64, value]) }
    });
    prop::collection::vec(pedal, 0..6).prop_map(|mut messages| {
        messages.sort_by_key(|message| message.at);
        messages
    })
}

fn lanes() -> impl Strategy<Value = Vec<Lane>> {
    let kinds = vec![LaneKind::Melody, LaneKind::Bass, LaneKind::Chords, LaneKind::Drums];
    let lane = (prop::sample::select(kinds), notes(), messages())
        .prop_map(|(kind, notes, messages)| Lane { messages, ..super::lane(kind, notes) });
    prop::collection::vec(lane, 1..4)
}

fn meters() -> impl Strategy<Value = Meter> {
    (1u8..=64, 0u32..=6).prop_map(|(numerator, log)| Meter::new(numerator, 1 << log).unwrap())
}

fn clips() -> impl Strategy<Value = Clip> {
    let changes = prop::collection::vec((0i64..50_000, meters()), 0..3);
    (lanes(), messages(), -10i64..60_000, meters(), changes).prop_map(|(lanes, messages, length, first, changes)| {
        let changes = changes.into_iter().map(|(at, meter)| (Ticks(at), meter));
        let meters = MeterMap::from_changes([(Ticks(0), first)].into_iter().chain(changes));
        Clip { length: Ticks(length), meters, lanes, messages, ..Clip::default() }
    })
}

prop_compose! {
    fn requests()(
        part in prop::sample::select(vec![None, Some(Part::Melody), Some(Part::Drums)]),
        bars in 1u32..=4,
        takes in 1u32..=4,
        temperature in prop::sample::select(vec![0.0f32, 0.5, 1.0, 2.0]),
        variation in prop::sample::select(vec![0.0f32, 0.5, 1.0]),
        seed in any::<u64>(),
        scale in prop::option::of((0u8..12, prop::sample::select(&Mode::ALL[..]))),
    ) -> Request {
        let scale = scale.map(|(root, mode)| Scale::new(root, mode));
        let common = Common { takes, temperature, seed: Seed(seed), scale, model: None };
        request(common, Continue { part, bars, variation })
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_clip_is_continued_and_kept(clip in clips(), request in requests()) {
        let Tool::Continue(wanted) = &request.tool;
        let part = wanted.part.unwrap_or_else(|| crate::part_of(&clip));
        let takes = match run(&Dice::of(part), &clip, &request) {
            Err(ToolError::EmptyClip) => {
                prop_assert!(clip.is_empty());
                return Ok(());
            }
            takes => takes.unwrap(),
        };
        prop_assert_eq!(takes.len(), request.common.takes as usize);
        for take in &takes {
            let from = take.new_from();
            let meter = take.clip.meters.at(from);
            prop_assert_eq!(take.clip.meters.bar_start(from), from);
            prop_assert_eq!(&take.clip.messages, &clip.messages);
            prop_assert_eq!(take.clip.length, from + Ticks(i64::from(wanted.bars) * meter.bar().0));
            // Only late releases lie after the bar line.
            prop_assert!(from >= clip.length || clip.bars_end() <= from);
            // The clip's notes are there, and nothing else before the continuation.
            for (lane, source) in take.clip.lanes.iter().zip(&clip.lanes) {
                let mut kept: Vec<Note> = lane.notes.iter().filter(|note| note.start < from).copied().collect();
                let mut given = source.notes.clone();
                kept.sort();
                given.sort();
                prop_assert_eq!(kept, given);
                prop_assert_eq!(Lane { notes: Vec::new(), ..lane.clone() }, Lane { notes: Vec::new(), ..source.clone() });
            }
            // New notes start within the new bars and are notes that MIDI can hold.
            for (_, note) in new_notes(take) {
                prop_assert!(note.start < take.clip.length && note.length.0 > 0, "{:?}", note);
                prop_assert!(note.pitch < 128 && (1..=127).contains(&note.velocity), "{:?}", note);
                // A hit never ends before an old one that is still held.
                prop_assert!(note.end() <= take.clip.length.max(clip.end()), "{:?}", note);
                if part == Part::Melody {
                    prop_assert!(note.end() <= take.clip.length);
                    prop_assert!(request.common.scale.as_ref().is_none_or(|scale| scale.contains(note.pitch)));
                }
            }
        }
        // Again, alone, and cold.
        prop_assert_eq!(&run(&Dice::of(part), &clip, &request).unwrap(), &takes);
        let fewer = with(request.clone(), |common| common.takes = 1);
        prop_assert_eq!(&run(&Dice::of(part), &clip, &fewer).unwrap()[..], &takes[..1]);
        if request.common.temperature == 0.0 {
            prop_assert!(takes.windows(2).all(|pair| pair[0] == pair[1]));
        }
    }

    #[test]
    fn a_melody_is_one_voice(bars in 1i64..4, request in requests()) {
        let request = with_part(Part::Melody, request);
        for take in run(&Dice::melody(), &tune(bars), &request).unwrap() {
            let notes = new_notes(&take);
            prop_assert!(notes.windows(2).all(|pair| pair[0].1.end() <= pair[1].1.start));
        }
    }
}
