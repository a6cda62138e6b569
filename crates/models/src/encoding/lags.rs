//! Our encodings: what came one, two, four, … bars before, and for how long the music has been repeating it.
//!
//! The lag blocks show the network the event that would come next if each lag's repetition went on; exists, repeat and
//! run say how well it went so far. Lags are whole bars of the clip, so any meter works. With `matching`, the longest
//! earlier passage that ended as the clip ends now is one more lag. Habits tell how often each drum was hit at this place of
//! the bar, or of every second or fourth bar, in the whole clip so far. With `precedents`, all earlier places vote.

use super::drums::CLASSES;
use super::melody::{Classes, draw};
use super::passage::Recall;
use super::{
    BarGrid, Encoding, History, NO_EVENT, NOTE_OFF, Reader, View, bar_steps, event_before, precedents, write_counter,
};
use crate::{Choice, Chosen, Lookback, PitchRange, SeedStream, sampler};

/// Numbers each lag adds besides its blocks: exists, repeat, run.
const LAG_NUMBERS: usize = 3;
/// Bits of the step in the bar.
const STEP_BITS: usize = 5;
/// Bits of the bar.
const BAR_BITS: usize = 3;
/// Numbers of the position: step, bar, bar length, compound.
const POSITION_NUMBERS: usize = STEP_BITS + BAR_BITS + 2;
/// Steps the bar length is told in.
const BAR_SCALE: f32 = 16.0;
/// Log-odds are divided by this, so that inputs stay small.
const HABIT_SCALE: f64 = 4.0;
/// The longest time since an onset that is told apart, steps.
const AGE_CAP: usize = 16;

/// Fills `out` block by block.
struct Writer<'a> {
    rest: &'a mut [f32],
}

impl<'a> Writer<'a> {
    fn new(out: &'a mut [f32]) -> Self {
        out.fill(0.0);
        Self { rest: out }
    }

    fn block(&mut self, length: usize) -> &'a mut [f32] {
        let (block, rest) = std::mem::take(&mut self.rest).split_at_mut(length);
        self.rest = rest;
        block
    }

    fn number(&mut self, number: f32) {
        self.block(1)[0] = number;
    }
}

impl Lookback {
    /// Events that the network is shown to come next.
    fn columns(&self) -> usize {
        self.lags.len() + usize::from(self.matching)
    }

    /// Blocks of votes by precedents.
    fn voted(&self) -> usize {
        if self.precedents { precedents::BLOCKS } else { 0 }
    }

    fn steps(&self, bars: BarGrid) -> impl Iterator<Item = usize> + '_ {
        let bar = bar_steps(bars);
        self.lags.iter().map(move |lag| lag.saturating_mul(bar))
    }

    /// What would come next at each lag that exists, and after the match.
    fn repeats(&self, events: &[i16], bars: BarGrid, matched: Option<i16>) -> Vec<i16> {
        self.steps(bars).filter_map(|lag| event_before(events, events.len(), lag)).chain(matched).collect()
    }

    /// Exists, repeat and run of each lag, and of the match.
    fn write_numbers(
        &self,
        events: &[i16],
        position: usize,
        bars: BarGrid,
        recall: Option<&Recall>,
        writer: &mut Writer<'_>,
    ) {
        for lag in self.steps(bars) {
            let run = self.run(events, position, lag);
            writer.number(f32::from(position + 1 >= lag));
            writer.number(f32::from(run > 0));
            writer.number(ratio(run, self.run_cap));
        }
        if let Some(recall) = recall {
            writer.number(f32::from(recall.length > 0));
            writer.number(f32::from(recall.came_true));
            writer.number(ratio(recall.length, Recall::CAP));
        }
    }

    /// Steps up to `position` that equal the one a lag before, counted back from `position`.
    fn run(&self, events: &[i16], position: usize, lag: usize) -> usize {
        let (Some(now), Some(then)) =
            (events.get(..=position), position.checked_sub(lag).and_then(|p| events.get(..=p)))
        else {
            return 0;
        };
        now.iter().rev().zip(then.iter().rev()).take(self.run_cap).take_while(|(now, then)| now == then).count()
    }
}

/// `part` of `whole`, both small.
fn ratio(part: usize, whole: usize) -> f32 {
    let small = |number: usize| f32::from(u16::try_from(number).unwrap_or(u16::MAX));
    small(part) / small(whole)
}

/// Where the step to be predicted stands.
fn write_position(position: usize, bars: BarGrid, writer: &mut Writer<'_>) {
    let bar = bar_steps(bars);
    let next = position + 1;
    write_counter(next % bar, writer.block(STEP_BITS));
    write_counter(next / bar, writer.block(BAR_BITS));
    writer.number(f32::from(u16::try_from(bars.steps_per_bar).unwrap_or(u16::MAX)) / BAR_SCALE);
    writer.number(f32::from(bars.compound));
}

/// Melody: one class an event.
#[derive(Clone)]
pub(super) struct MelodyLags {
    classes: Classes,
    lookback: Lookback,
}

impl MelodyLags {
    pub(super) fn new(range: PitchRange, lookback: Lookback) -> Self {
        Self { classes: Classes(range), lookback }
    }

    fn small_class(&self, event: i16) -> i16 {
        i16::try_from(self.classes.class(event)).unwrap_or(0)
    }

    /// The match, where it is one more lag.
    fn recall(&self, events: &[i16]) -> Option<Recall> {
        let class = |event| self.small_class(event);
        self.lookback.matching.then(|| Recall::of_melody(events, events.len() - 1, self.classes.len(), class))
    }

    /// The pitch that sounds after the event at `position`, and how many steps ago it started.
    fn sounding(&self, events: &[i16], position: usize) -> Option<(usize, usize)> {
        let heard = events.get(..=position)?;
        let (age, event) = heard.iter().rev().enumerate().find(|(_, event)| **event != NO_EVENT)?;
        match *event {
            NOTE_OFF => None,
            pitch => Some((self.classes.pitch_index(pitch)?, age)),
        }
    }
}

impl View for MelodyLags {
    type Memory = precedents::Melody;

    fn write(&self, memory: &mut Self::Memory, events: &[i16], bars: BarGrid, out: &mut [f32]) {
        let position = events.len() - 1;
        let mut writer = Writer::new(out);
        let classes = self.classes.len();
        writer.block(classes)[self.label(events, position)] = 1.0;
        for lag in self.lookback.steps(bars) {
            let block = writer.block(classes);
            if let Some(event) = event_before(events, position + 1, lag) {
                block[self.classes.class(event)] = 1.0;
            }
        }
        let recall = self.recall(events);
        if let Some(recall) = &recall {
            let block = writer.block(classes);
            if let Some(class) = recall.next {
                block[class] = 1.0;
            }
        }
        if self.lookback.precedents {
            let votes = writer.block(classes * precedents::BLOCKS);
            memory.write(events, position, bars, |event| self.small_class(event), votes);
        }
        self.lookback.write_numbers(events, position, bars, recall.as_ref(), &mut writer);
        let pitches = writer.block(self.classes.0.len());
        match self.sounding(events, position) {
            Some((pitch, age)) => {
                pitches[pitch] = 1.0;
                writer.number(ratio(age.min(AGE_CAP), AGE_CAP));
            }
            None => writer.number(0.0),
        }
        write_position(position, bars, &mut writer);
    }

    fn repeats(&self, events: &[i16], bars: BarGrid) -> Vec<i16> {
        let matched = self.recall(events).and_then(|recall| recall.next).map(|class| self.classes.event(class));
        self.lookback.repeats(events, bars, matched)
    }
}

impl Encoding for MelodyLags {
    fn input_len(&self) -> usize {
        let classes = self.classes.len();
        classes * (1 + self.lookback.columns() + self.lookback.voted())
            + self.lookback.columns() * LAG_NUMBERS
            + self.classes.0.len()
            + 1
            + POSITION_NUMBERS
    }

    fn output_len(&self) -> usize {
        self.classes.len()
    }

    fn reader(&self, bars: BarGrid) -> Box<dyn Reader> {
        History::boxed(self, bars)
    }

    fn label(&self, events: &[i16], position: usize) -> usize {
        self.classes.class(events.get(position).copied().unwrap_or(NO_EVENT))
    }

    fn event(&self, label: usize, _: &[i16]) -> i16 {
        self.classes.event(label)
    }

    fn sample(&self, reader: &dyn Reader, logits: &[f32], choice: &Choice<'_>, stream: &mut SeedStream) -> Chosen {
        let mut shares = vec![0.0; logits.len()];
        if choice.repetition != 0.0 {
            let repeats = reader.repeats();
            for &event in &repeats {
                shares[self.classes.class(event)] += ratio(1, repeats.len());
            }
        }
        draw(self, reader, logits, |label| shares[label], choice, stream)
    }
}

/// Drums: nine bits an event, each decided from those before it.
#[derive(Clone)]
pub(super) struct DrumsLags {
    lookback: Lookback,
    /// Periods in bars.
    habits: Vec<usize>,
}

impl DrumsLags {
    pub(super) fn new(lookback: Lookback, habits: &[usize]) -> Self {
        Self { lookback, habits: habits.to_vec() }
    }

    /// The match, where it is one more lag.
    fn recall(&self, events: &[i16]) -> Option<Recall> {
        self.lookback.matching.then(|| Recall::of_hits(events, events.len() - 1, hits))
    }

    /// For each class the log-odds of a hit after `position`, by the events whole `period`s before it.
    fn write_habit(events: &[i16], position: usize, period: usize, block: &mut [f32]) {
        let mut hits = [0u32; CLASSES];
        let mut heard = 0u32;
        for event in events.iter().take(position + 1).skip((position + 1) % period).step_by(period) {
            heard += 1;
            for (class, hits) in hits.iter_mut().enumerate() {
                *hits += u32::from(event.cast_unsigned() >> class & 1);
            }
        }
        for (value, hits) in block.iter_mut().zip(hits) {
            let odds = (f64::from(hits) + 0.5) / (f64::from(heard - hits) + 0.5);
            // The log-odds are below 10.
            #[expect(clippy::cast_possible_truncation, reason = "a small number")]
            let small = (libm::log(odds) / HABIT_SCALE) as f32;
            *value = small;
        }
    }
}

/// The event with nothing beyond the nine classes.
fn hits(event: i16) -> i16 {
    event & ((1 << CLASSES) - 1)
}

fn write_classes(event: i16, block: &mut [f32]) {
    for (class, value) in block.iter_mut().enumerate() {
        *value = f32::from(event >> class & 1 == 1);
    }
}

impl View for DrumsLags {
    type Memory = precedents::Drums;

    fn write(&self, memory: &mut Self::Memory, events: &[i16], bars: BarGrid, out: &mut [f32]) {
        let position = events.len() - 1;
        let mut writer = Writer::new(out);
        write_classes(events.get(position).copied().unwrap_or(0), writer.block(CLASSES));
        let recall = self.recall(events);
        for ahead in [1, 2] {
            for lag in self.lookback.steps(bars) {
                let block = writer.block(CLASSES);
                // A lag of one step has nothing two steps ahead yet.
                if position + 1 >= lag
                    && lag >= ahead
                    && let Some(event) = event_before(events, position + ahead, lag)
                {
                    write_classes(event, block);
                }
            }
            if let Some(recall) = &recall {
                let block = writer.block(CLASSES);
                if let Some(class) = if ahead == 1 { recall.next } else { recall.after } {
                    write_classes(self.event(class, events), block);
                }
            }
        }
        self.lookback.write_numbers(events, position, bars, recall.as_ref(), &mut writer);
        let bar = bar_steps(bars);
        for period in &self.habits {
            Self::write_habit(events, position, period.saturating_mul(bar), writer.block(CLASSES));
        }
        if self.lookback.precedents {
            let votes = writer.block(CLASSES * precedents::BLOCKS);
            memory.write(events, position, bars, votes);
        }
        write_position(position, bars, &mut writer);
    }

    fn repeats(&self, events: &[i16], bars: BarGrid) -> Vec<i16> {
        let matched = self.recall(events).and_then(|recall| recall.next).map(|class| self.event(class, events));
        self.lookback.repeats(events, bars, matched)
    }
}

impl Encoding for DrumsLags {
    fn input_len(&self) -> usize {
        CLASSES * (1 + 2 * self.lookback.columns() + self.habits.len() + self.lookback.voted())
            + self.lookback.columns() * LAG_NUMBERS
            + POSITION_NUMBERS
    }

    /// A base logit a class, then the lower triangle of what set bits add to later ones, row by row.
    fn output_len(&self) -> usize {
        CLASSES + CLASSES * (CLASSES - 1) / 2
    }

    fn reader(&self, bars: BarGrid) -> Box<dyn Reader> {
        History::boxed(self, bars)
    }

    fn label(&self, events: &[i16], position: usize) -> usize {
        usize::from(hits(events.get(position).copied().unwrap_or(0)).unsigned_abs())
    }

    fn event(&self, label: usize, _: &[i16]) -> i16 {
        i16::try_from(label % (1 << CLASSES)).unwrap_or(0)
    }

    fn sample(&self, reader: &dyn Reader, logits: &[f32], choice: &Choice<'_>, stream: &mut SeedStream) -> Chosen {
        let repeats = if choice.repetition == 0.0 { Vec::new() } else { reader.repeats() };
        let (base, mut added) = logits.split_at(CLASSES);
        let mut chosen = Chosen { event: 0, log_likelihood: 0.0 };
        for (class, &base) in base.iter().enumerate() {
            let (row, rest) = added.split_at(class);
            added = rest;
            let from_set: f64 = (0..)
                .zip(row)
                .filter(|&(earlier, _)| chosen.event >> earlier & 1 == 1)
                .map(|(_, &weight)| f64::from(weight))
                .sum();
            let logit = f64::from(base) + from_set;
            // As the copy gates: a lag speaks for a hit or against it.
            let hits = repeats.iter().filter(|&event| event >> class & 1 == 1).count();
            let share = if repeats.is_empty() { 0.0 } else { 2.0 * ratio(hits, repeats.len()) - 1.0 };
            let bias = f64::from(choice.repetition * share);
            let set = sampler::bit(logit + bias, choice.temperature, stream);
            chosen.event |= i16::from(set) << class;
            chosen.log_likelihood += sampler::log_bit(logit, set);
        }
        chosen
    }
}
