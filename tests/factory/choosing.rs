//! Which takes come out of the factory models, on loops as people program them.

use crate::{asset, continued};
use solferino_score::{Clip, LaneKind, Note, Ticks};
use solferino_tests::continue_request;
use solferino_tools::{Made, Tool};
use std::collections::BTreeSet;

/// Start from the bar line and pitch.
type Bar = BTreeSet<(Ticks, u8)>;

const BARS: u32 = 4;

const CLIPS: [&str; 10] =
    ["house", "trap", "drums", "drums-fusion", "arpeggio", "bass", "melody", "jig", "waltz", "chorale"];

/// The bars of the lanes that have new notes: the clip's and the take's.
fn bars(take: &Made) -> (Vec<Bar>, Vec<Bar>) {
    let from = take.new_from();
    let lanes = take.clip.lanes.iter().filter(|lane| lane.notes.iter().any(|note| note.start >= from));
    let notes: Vec<Note> = lanes.flat_map(|lane| lane.notes.iter().copied()).collect();
    let mut all: Vec<Bar> = take.clip.meters.bars(take.clip.length).map(|_| Bar::new()).collect();
    let meters = &take.clip.meters;
    for note in notes {
        let start = meters.bar_start(note.start);
        let number = meters.bars(start).count();
        all[number].insert((note.start - start, note.pitch));
    }
    let new = all.split_off(meters.bars(from).count());
    (all, new)
}

/// 1 for the same notes, 0 for none in common.
fn likeness(a: &Bar, b: &Bar) -> f64 {
    2.0 * a.intersection(b).count() as f64 / (a.len() + b.len()).max(1) as f64
}

fn is_loop(old: &[Bar], new: &[Bar]) -> bool {
    (1..=old.len()).any(|length| new.iter().zip(old[old.len() - length..].iter().cycle()).all(|(new, old)| new == old))
}

fn takes(clip: &Clip, takes: u32, seed: u64, variation: f32) -> Vec<Made> {
    let mut request = continue_request(BARS, takes, seed);
    let Tool::Continue(wanted) = &mut request.tool;
    wanted.variation = variation;
    continued(clip, &request).0
}

#[test]
fn takes_differ_and_neither_fall_silent_nor_thin_out() {
    let mut failures = Vec::new();
    for name in CLIPS {
        let clip = asset(name);
        for (seed, variation, count) in [(0, 0.5, 8), (1, 0.5, 4), (2, 0.0, 4), (3, 1.0, 4)] {
            let takes = takes(&clip, count, seed, variation);
            let mut seen = BTreeSet::new();
            let mut loops = 0;
            for (number, take) in takes.iter().enumerate() {
                let case = format!("{name}, seed {seed}, variation {variation}, take {number}");
                let (old, new) = bars(take);
                loops += u32::from(is_loop(&old, &new));
                let hits = |bars: &[Bar]| bars.iter().map(BTreeSet::len).sum::<usize>();
                if 4 * hits(&new) * old.len() < hits(&old) * new.len() {
                    failures.push(format!("{case}: {} notes in {BARS} bars", hits(&new)));
                }
                let is_drums = clip.lanes[0].kind == LaneKind::Drums;
                let bar = take.clip.meters.at(take.new_from()).bar();
                for line in (0..i64::from(BARS)).map(|number| take.new_from() + Ticks(number * bar.0)) {
                    let sounds =
                        |note: &Note| note.start < line + bar && (note.start >= line || !is_drums && note.end() > line);
                    if !take.clip.notes().any(|(_, note)| sounds(note)) {
                        failures.push(format!("{case}: silent from {line:?}"));
                    }
                }
                if !seen.insert(new) {
                    failures.push(format!("{case}: an earlier take again"));
                }
            }
            if loops > 1 {
                failures.push(format!("{name}, seed {seed}, variation {variation}: {loops} takes are the loop"));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn the_more_variation_the_less_of_the_clip_comes_back() {
    let mean = |variation: f32| {
        let mut all = Vec::new();
        for name in CLIPS {
            let clip = asset(name);
            for take in (0..2).flat_map(|seed| takes(&clip, 4, seed, variation)) {
                let (old, new) = bars(&take);
                all.extend(new.iter().map(|new| old.iter().map(|old| likeness(old, new)).fold(0.0, f64::max)));
            }
        }
        all.iter().sum::<f64>() / all.len() as f64
    };
    let means = [0.0, 0.25, 0.5, 0.75, 1.0].map(mean);
    assert!(means.windows(2).all(|pair| pair[0] > pair[1] + 0.02), "{means:?}");
    // Nothing new at one end, or nothing of the clip at the other, would be monotonic too.
    assert!(means[0] < 0.95 && means[4] > 0.2, "{means:?}");
}
