//! Where new notes take their velocities from: the clip's own.
//!
//! A new note looks for notes of its class (drums: the drum class; melody: all notes are one class) at its place in the
//! bar, and takes the velocity of the one in the matching bar: the continuation's first bar looks to the clip's first,
//! and so on in a circle, so that a phrase keeps its shape. Without a note at that place it takes, of the first of these
//! that exist, the median of: its class at that place in the beat, its class, everything at that place in the bar,
//! everything.

use std::collections::BTreeMap;

/// The velocity of notes when there is nothing to go by.
const DEFAULT_VELOCITY: u8 = 100;

/// How a note of the clip was played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Touch {
    /// MIDI velocity.
    pub velocity: u8,
    /// MIDI pitch.
    pub pitch: u8,
    /// Length in ticks.
    pub length: i64,
    /// The lane it is in.
    pub lane: usize,
}

/// What the clip's notes say about velocities, and of drums about pitches, lengths and lanes.
#[derive(Clone, Debug)]
pub(crate) struct Dynamics {
    per_bar: i64,
    per_beat: i64,
    /// The first bar with a note, counted from the continuation (negative).
    first_bar: i64,
    /// Class, step in the bar: the bars with a note there, in order, and the first of the notes of each.
    places: BTreeMap<(usize, i64), Vec<(i64, Touch)>>,
    beats: BTreeMap<(usize, i64), u8>,
    classes: BTreeMap<usize, Touch>,
    steps: BTreeMap<i64, u8>,
    overall: u8,
}

impl Dynamics {
    /// Reads notes given as (class, step, touch); steps count from the continuation.
    pub fn new(notes: &[(usize, i64, Touch)], per_bar: i64, per_beat: i64) -> Self {
        let mut places = BTreeMap::<_, Vec<(i64, Touch)>>::new();
        let mut beats = BTreeMap::<_, Vec<u8>>::new();
        let mut classes = BTreeMap::<_, Vec<Touch>>::new();
        let mut steps = BTreeMap::<_, Vec<u8>>::new();
        for &(class, step, touch) in notes {
            let place = step.rem_euclid(per_bar);
            places.entry((class, place)).or_default().push((step.div_euclid(per_bar), touch));
            beats.entry((class, place % per_beat)).or_default().push(touch.velocity);
            classes.entry(class).or_default().push(touch);
            steps.entry(place).or_default().push(touch.velocity);
        }
        for touches in places.values_mut() {
            touches.sort_unstable();
            // The first of a bar is the one that is taken; the others would only be passed over for each new note.
            touches.dedup_by_key(|(bar, _)| *bar);
        }
        let all: Vec<u8> = notes.iter().map(|note| note.2.velocity).collect();
        Self {
            per_bar,
            per_beat,
            first_bar: notes.iter().map(|note| note.1.div_euclid(per_bar)).min().unwrap_or(-1).min(-1),
            places,
            beats: beats.into_iter().filter_map(|(key, values)| Some((key, median(values)?))).collect(),
            classes: classes.into_iter().filter_map(|(class, touches)| Some((class, typical(&touches)?))).collect(),
            steps: steps.into_iter().filter_map(|(key, values)| Some((key, median(values)?))).collect(),
            overall: median(all).unwrap_or(DEFAULT_VELOCITY),
        }
    }

    /// How a new note of a class on a step is played; `None` for a class that the clip does not have.
    pub fn touch(&self, class: usize, step: i64) -> Option<Touch> {
        let place = step.rem_euclid(self.per_bar);
        let bars = -self.first_bar;
        let wanted = self.first_bar + step.div_euclid(self.per_bar).rem_euclid(bars);
        let distance = |bar: i64| (bar - wanted).rem_euclid(bars).min((wanted - bar).rem_euclid(bars));
        let there = self.places.get(&(class, place));
        if let Some((_, touch)) = there.and_then(|touches| touches.iter().min_by_key(|(bar, _)| distance(*bar))) {
            return Some(*touch);
        }
        let typical = *self.classes.get(&class)?;
        let velocity = self.beats.get(&(class, place % self.per_beat)).copied().unwrap_or(typical.velocity);
        Some(Touch { velocity, ..typical })
    }

    /// The velocity of a note whose class the clip does not have.
    pub fn velocity(&self, step: i64) -> u8 {
        self.steps.get(&step.rem_euclid(self.per_bar)).copied().unwrap_or(self.overall)
    }
}

/// The median velocity and length, and the commonest lane and pitch, the lowest of equals.
fn typical(touches: &[Touch]) -> Option<Touch> {
    let mut counts = BTreeMap::<(usize, u8), usize>::new();
    for touch in touches {
        *counts.entry((touch.lane, touch.pitch)).or_default() += 1;
    }
    let (&(lane, pitch), _) = counts.iter().rev().max_by_key(|(_, count)| **count)?;
    let velocity = median(touches.iter().map(|touch| touch.velocity).collect())?;
    let length = median(touches.iter().map(|touch| touch.length).collect())?;
    Some(Touch { velocity, pitch, length, lane })
}

/// The middle value, the lower of two.
pub(crate) fn median<T: Copy + Ord>(mut values: Vec<T>) -> Option<T> {
    values.sort_unstable();
    values.get(values.len().checked_sub(1)? / 2).copied()
}
