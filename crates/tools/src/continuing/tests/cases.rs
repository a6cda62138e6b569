//! Where the continuation begins, what the model is shown, and what is refused.

use super::super::section::Section;
use super::*;
use crate::Scope;
use solferino_models::fake::Fake;
use solferino_models::{Library, Seed};
use solferino_score::{Bpm, Grid, TempoMap};
use std::sync::Arc;

fn meter(numerator: u8, denominator: u8) -> Meter {
    Meter::new(numerator, denominator).unwrap()
}

#[test]
fn the_continuation_begins_on_the_bar_line_at_or_after_the_end() {
    let with_length = |length: i64, last: i64| Clip {
        length: Ticks(length),
        ..clip(1, Meter::COMMON, vec![lane(LaneKind::Melody, vec![note(last, 1, 60, 80)])])
    };
    let changing = Clip {
        meters: MeterMap::from_changes([(Ticks(0), Meter::COMMON), (Ticks(3840), meter(3, 4))]),
        ..with_length(3840 + 2880 + 100, 0)
    };
    let change_at_the_end =
        Clip { meters: MeterMap::from_changes([(Ticks(3840), meter(3, 4))]), ..with_length(3840, 0) };
    // A quarter that starts so many ticks after the third bar line, less than a bar from the end.
    let held = |start: i64, length: i64| {
        let mut long = with_length(length, 0);
        long.lanes[0].notes.push(Note { start: Ticks(start), pitch: 60, length: Ticks(960), velocity: 80 });
        long
    };
    // So many bars of each meter, a note at the beginning of each.
    let odd = |parts: &[(i64, Meter)]| {
        let (mut at, mut changes, mut notes) = (Ticks::ZERO, Vec::new(), Vec::new());
        for &(bars, meter) in parts {
            changes.push((at, meter));
            for _ in 0..bars {
                notes.push(Note { start: at, ..note(0, 1, 60, 80) });
                at += meter.bar();
            }
        }
        let meters = MeterMap::from_changes(changes);
        Clip { length: at, meters, lanes: vec![lane(LaneKind::Melody, notes)], ..Clip::default() }
    };
    // Name, clip, start in ticks, steps a bar.
    let cases = [
        ("whole bars", with_length(7680, 0), 7680, 16),
        ("within a bar", with_length(7681, 0), 11520, 16),
        ("no length", with_length(0, 2), 3840, 16),
        ("a note after the length", with_length(3840, 17), 7680, 16),
        ("a note on the bar line at the end", with_length(3840, 16), 7680, 16),
        ("empty bars at the end", with_length(4 * 3840, 0), 4 * 3840, 16),
        ("three four", clip(2, meter(3, 4), vec![lane(LaneKind::Melody, vec![note(0, 1, 60, 80)])]), 5760, 12),
        ("six eight", clip(2, meter(6, 8), vec![lane(LaneKind::Melody, vec![note(0, 1, 60, 80)])]), 5760, 12),
        ("seven eight", clip(2, meter(7, 8), vec![lane(LaneKind::Melody, vec![note(0, 1, 60, 80)])]), 6720, 14),
        (
            "five 32nds: two and a half steps",
            clip(3, meter(5, 32), vec![lane(LaneKind::Melody, vec![note(0, 1, 60, 80)])]),
            1800,
            3,
        ),
        ("one 64th", clip(9, meter(1, 64), vec![lane(LaneKind::Melody, vec![note(0, 1, 60, 80)])]), 540, 1),
        (
            "64 whole notes",
            clip(1, meter(64, 1), vec![lane(LaneKind::Melody, vec![note(0, 1, 60, 80)])]),
            64 * 3840,
            1024,
        ),
        ("a note that ends a little late", held(4 * 3840 - 960 + 5, 5 * 3840), 4 * 3840, 16),
        ("one that ends later than that", held(4 * 3840 - 960 + 500, 5 * 3840), 5 * 3840, 16),
        ("empty bars after one that ends late", held(4 * 3840 - 960 + 5, 6 * 3840), 6 * 3840, 16),
        ("a meter change within", changing, 3840 + 2 * 2880, 12),
        ("a meter change at the end", change_at_the_end, 3840, 16),
        ("an odd last bar", odd(&[(8, Meter::COMMON), (1, meter(1, 4))]), 8 * 3840 + 960, 16),
        ("an odd last bar of another kind", odd(&[(4, meter(3, 4)), (1, meter(5, 8))]), 4 * 2880 + 2400, 12),
        ("two odd bars", odd(&[(8, Meter::COMMON), (2, meter(3, 4))]), 8 * 3840 + 2 * 2880, 12),
        ("an odd first bar", odd(&[(1, meter(1, 4)), (1, Meter::COMMON)]), 960 + 3840, 16),
    ];
    let found: Vec<_> = cases
        .iter()
        .filter_map(|(name, clip, from, per_bar)| {
            let section = Section::after(clip, Grid::SIXTEENTHS);
            let found = (section.from.0, section.per_bar);
            (found != (*from, *per_bar)).then_some((*name, found))
        })
        .collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn the_model_is_shown_whole_bars_of_the_music() {
    let in_bars = |bars: &[i64], length: i64| {
        let notes = bars.iter().map(|bar| note(bar * 16 + 4, 1, 60, 80)).collect();
        clip(length, Meter::COMMON, vec![lane(LaneKind::Melody, notes)])
    };
    let all = |bars: i64| in_bars(&(0..bars).collect::<Vec<_>>(), bars);
    let meters = MeterMap::from_changes([(Ticks(0), meter(3, 4)), (Ticks(4 * 2880), Meter::COMMON)]);
    let changing = |bars: i64| Clip {
        meters: meters.clone(),
        length: Ticks(4 * 2880 + bars * 3840),
        lanes: vec![lane(LaneKind::Melody, (0..60).map(|step| note(step, 1, 60, 80)).collect())],
        ..Clip::default()
    };
    let mut held = in_bars(&[0], 4);
    held.lanes[0].notes[0].length = Ticks(9999 * 3840);
    // Name, clip, bars shown, counted from the continuation.
    let cases = [
        ("all of it", all(4), -4..0),
        ("sixteen", all(16), -16..0),
        ("up to 23", all(23), -23..0),
        ("then a phrase less", all(24), -16..0),
        ("very long", all(100), -20..0),
        ("empty bars before", in_bars(&[2, 3], 4), -2..0),
        ("empty bars after", in_bars(&[0, 1], 8), -8..-6),
        ("empty bars within", in_bars(&[0, 5], 6), -6..0),
        ("a note held to the end", held, -4..0),
        ("before a change three bars ago too", changing(3), -6..-2),
        ("after a change four bars ago only", changing(4), -4..-3),
    ];
    let found: Vec<_> = cases
        .into_iter()
        .filter_map(|(name, clip, shown)| {
            let section = Section::after(&clip, Grid::SIXTEENTHS);
            let spans: Vec<_> = clip.notes().map(|(_, note)| section.span(note)).collect();
            let found = section.shown(&spans);
            (found != shown).then_some((name, found))
        })
        .collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn an_odd_last_bar_is_neither_gone_on_in_nor_seen() {
    let mut source = tune(2);
    source.length = Ticks(2 * 3840 + 960);
    source.meters = MeterMap::from_changes([(Ticks(0), Meter::COMMON), (Ticks(2 * 3840), meter(1, 4))]);
    source.lanes[0].notes.push(note(32, 4, 71, 80));
    let (dice, plain) = (Dice::melody(), Dice::melody());
    let take = run(&dice, &source, &one()).unwrap().remove(0);
    run(&plain, &tune(2), &one()).unwrap();
    assert_eq!(dice.primer(), plain.primer());
    assert_eq!((take.new_from(), take.clip.length), (Ticks(2 * 3840 + 960), Ticks(3 * 3840 + 960)));
    assert_eq!(take.clip.meters.at(take.new_from()), Meter::COMMON);
    assert_eq!(take.clip.lanes[0].notes[..9], source.lanes[0].notes);
}

#[test]
fn sixteenth_triplets_go_on_as_triplets() {
    let up = [60, 64, 67, 72, 67, 64];
    let notes = |at: &dyn Fn(i64) -> i64, count: i64| -> Vec<Note> {
        let line = (0..count).map(|place| Note { start: Ticks(at(place)), ..note(0, 1, up[place as usize % 6], 80) });
        line.map(|note| Note { length: Ticks(150), ..note }).collect()
    };
    // Name, where the notes of two bars stand, steps in a bar and whether they are shown as those of a compound meter.
    let cases: [(&str, Vec<Note>, u32, bool); 5] = [
        ("sextuplets", notes(&|place| place * 160, 48), 24, true),
        ("a little off", notes(&|place| place * 160 + [8, -8, 5, 0][place as usize % 4], 48), 24, true),
        ("sixteenths", notes(&|place| place * 240, 32), 16, false),
        ("eighth triplets", notes(&|place| place * 320, 24), 16, false),
        ("swung sixteenths", notes(&|place| place * 240 + place % 2 * 80, 32), 16, false),
    ];
    for (name, notes, per_bar, compound) in cases {
        for kind in [LaneKind::Melody, LaneKind::Drums] {
            let source = clip(2, Meter::COMMON, vec![lane(kind, notes.clone())]);
            let dice = if kind == LaneKind::Drums { Dice::drums() } else { Dice::melody() };
            let take = run(&dice, &source, &one()).unwrap().remove(0);
            assert_eq!(dice.shown.borrow()[0].1, BarGrid { steps_per_bar: per_bar, compound }, "{name}");
            assert!(!compound || new_notes(&take).iter().all(|(_, note)| note.start.0 % 160 == 0), "{name}");
            assert_eq!(take.clip.length, Ticks(3 * 3840), "{name}");
        }
    }
}

#[test]
fn requests_outside_the_range_are_refused() {
    let default = Request::default;
    let varied = |variation| request(Common::default(), Continue { variation, ..Continue::default() });
    let empty = Clip::default();
    let far = Clip { length: Ticks(i64::MAX), ..tune(1) };
    let early = {
        let mut clip = tune(1);
        clip.lanes[0].notes[0].start = Ticks(i64::MIN);
        clip
    };
    let almost = Clip { length: Ticks(9999 * 3840), ..tune(1) };
    let tune = tune(1);
    let cases: [(&str, &Clip, Request, &str); 14] = [
        ("no bars", &tune, bars(0, 1), "0 bars"),
        ("many bars", &tune, bars(33, 1), "1 to 32"),
        ("no takes", &tune, bars(1, 0), "0 takes"),
        ("many takes", &tune, bars(1, 17), "1 to 16"),
        ("cold", &tune, with(default(), |common| common.temperature = -0.1), "-0.1"),
        ("hot", &tune, with(default(), |common| common.temperature = 2.1), "0 to 2"),
        ("not a number", &tune, with(default(), |common| common.temperature = f32::NAN), "NaN"),
        ("more than all variation", &tune, varied(1.1), "0 to 1"),
        ("variation that is no number", &tune, varied(f32::NAN), "NaN"),
        ("empty", &empty, default(), "no notes"),
        ("too long", &far, default(), "at most 40000"),
        ("too early", &early, default(), "at most 40000"),
        ("longer than a score", &almost, default(), "at most 40000"),
        ("a drum model", &tune, with_part(Part::Drums, default()), "plays a melody"),
    ];
    for (name, clip, request, part) in cases {
        let error = run(&Dice::melody(), clip, &request).unwrap_err().to_string();
        assert!(error.contains(part) && error.ends_with('.'), "{name}: {error}");
    }
}

#[test]
fn a_tool_with_too_few_or_too_many_clips_says_so() {
    let (library, tune) = (Library::new(Arc::new(Fake)), tune(1));
    for inputs in [vec![], vec![&tune, &tune]] {
        let error = crate::make(&library, &one(), &inputs, &Cancel::default(), &mut |_| {}).unwrap_err().to_string();
        assert_eq!(
            error,
            format!("Continue takes 1 clips, {} were given; fill the sources that it needs.", inputs.len())
        );
    }
}

#[test]
fn a_missing_model_is_named() {
    let library = Library::new(Arc::new(Fake));
    let request = with(one(), |common| common.model = Some("nobody".into()));
    let error = crate::make(&library, &request, &[&tune(1)], &Cancel::default(), &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("\"nobody\""), "{error}");
}

#[test]
fn cancelling_is_no_failure_of_the_model() {
    let cancel = Cancel::default();
    cancel.cancel();
    let clip = tune(1);
    let job = Job::new(&clip, None).unwrap();
    let outcome = job.run(&Dice::melody(), &Common::default(), &Continue::default(), &cancel, &mut |_| {});
    assert!(matches!(outcome, Err(ToolError::Cancelled)));
}

#[test]
fn the_part_goes_by_the_lanes() {
    let drums = lane(LaneKind::Drums, vec![note(0, 1, 36, 100)]);
    let bass = lane(LaneKind::Bass, vec![note(0, 1, 40, 100)]);
    let silent = lane(LaneKind::Melody, Vec::new());
    let cases = [
        ("drums", vec![drums.clone()], Part::Drums, vec![0]),
        ("drums and an empty lane", vec![silent.clone(), drums.clone()], Part::Drums, vec![1]),
        ("drums and bass", vec![drums.clone(), bass.clone()], Part::Melody, vec![1]),
        ("nothing", vec![silent], Part::Melody, vec![]),
    ];
    for (name, lanes, part, expected) in cases {
        let clip = clip(1, Meter::COMMON, lanes);
        assert_eq!(crate::part_of(&clip), part, "{name}");
        assert_eq!(super::super::lanes_of(&clip, part), expected, "{name}");
    }
    let asked = |lanes, part| super::super::lanes_of(&clip(1, Meter::COMMON, lanes), part);
    assert_eq!(asked(vec![bass], Part::Drums), [0], "pads recorded as a bass");
    assert_eq!(asked(vec![drums.clone()], Part::Melody), [0], "a melody on the drum channel");
    let fuller = lane(LaneKind::Drums, vec![note(0, 1, 36, 100), note(1, 1, 38, 100)]);
    assert_eq!(asked(vec![drums, fuller], Part::Drums), [1, 0]);
}

#[test]
fn changes_after_the_end_are_left_out_and_those_before_are_kept() {
    let mut source = tune(2);
    source.tempo = TempoMap::from_changes([(Ticks(0), 500_000), (Ticks(3840), 600_000), (Ticks(7680), 700_000)]);
    source.meters = MeterMap::from_changes([(Ticks(0), Meter::COMMON), (Ticks(7680), meter(3, 4))]);
    let take = run(&Dice::melody(), &source, &one()).unwrap().remove(0);
    assert_eq!(take.clip.tempo.changes(), &[(Ticks(0), 500_000), (Ticks(3840), 600_000)]);
    assert_eq!(take.clip.meters, MeterMap::default());
    assert_eq!(take.clip.length, Ticks(3 * 3840));
    let new = take.scoped(Scope::New);
    assert_eq!(new.length, Ticks(3840));
    assert_eq!(new.tempo, TempoMap::constant(Bpm(100.0)));
    assert_eq!(new.lanes[0].notes.len(), new_notes(&take).len());
    assert!(new.notes().all(|(_, note)| (0..3840).contains(&note.start.0)));
}

#[test]
fn takes_without_notes_are_drawn_again() {
    /// Silent in stream 1.
    struct Shy(Dice);
    impl Network for Shy {
        fn name(&self) -> &str {
            "shy"
        }
        fn steps_per_quarter(&self) -> u32 {
            4
        }
        fn pitches(&self) -> Option<PitchRange> {
            None
        }
        fn generate(
            &self,
            request: &Generation<'_>,
            cancel: &Cancel,
            progress: &mut dyn FnMut(usize, usize),
        ) -> Result<Vec<Drawn>, ModelError> {
            let mut takes = self.0.generate(request, cancel, progress)?;
            for (take, _) in takes.iter_mut().zip(request.streams).filter(|(_, stream)| **stream == 1) {
                take.events.fill(0);
            }
            Ok(takes)
        }
    }
    let request = with(bars(4, 3), |common| common.seed = Seed(7));
    let shy = run(&Shy(Dice::drums()), &beat(1), &request).unwrap();
    let bold = run(&Dice::drums(), &beat(1), &request).unwrap();
    assert!(!new_notes(&shy[1]).is_empty());
    assert_eq!(shy[0], bold[0]);
    let cold = run(&Shy(Dice::drums()), &beat(1), &with(request, |common| common.temperature = 0.0)).unwrap();
    assert!(new_notes(&cold[1]).is_empty(), "temperature 0 is the likeliest, even if that is silence");
}
