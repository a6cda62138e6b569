//! Where the continuation stands: its bar line, its bars in steps, and what of the clip the model is shown.

use solferino_models::BarGrid;
use solferino_score::{Clip, Grid, Meter, MeterMap, Note, Ticks};
use std::ops::Range;

/// A model is shown at least this many bars of a longer clip, and fewer than [`PRIMER_BARS`] + [`PHRASE_BARS`], so that
/// priming takes a bounded time.
const PRIMER_BARS: i64 = 16;
/// What is left out before that is a multiple of this: models count bars in phrases of eight.
const PHRASE_BARS: i64 = 8;
/// The most steps a model is shown, for meters with very long bars; one bar always is.
const PRIMER_STEPS: i64 = 4096;
/// After a meter change with at least this many bars behind it, a model is shown only what follows the change.
const ALIGNED_BARS: i64 = 4;
/// Positions farther off in ticks count as this far: notes may be any length, and products must fit 64 bits.
const FARTHEST: i64 = 1 << 45;

/// The bars that follow a clip, on a grid of steps. Steps count from the continuation's first bar line: those of the clip
/// are negative.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    /// The bar line where the continuation begins.
    pub from: Ticks,
    /// The meter that holds at the clip's end and in the continuation.
    pub meter: Meter,
    /// The clip's meters up to its end; the last goes on.
    pub meters: MeterMap,
    /// Steps in a bar.
    pub per_bar: i64,
    grid: Grid,
    /// The last meter change before `until`.
    aligned_from: Ticks,
    /// Where what is seen of the clip ends: `from`, or the bar line before an odd last bar.
    until: Ticks,
}

impl Section {
    /// The section after a clip with notes.
    ///
    /// It begins where the clip's length, rounded up to a bar line, ends: a clip that stops within a bar is filled up
    /// with silence, one with empty bars at its end keeps them. A note that starts after the length moves the end. A last bar
    /// that only late releases reach ([`Clip::bars_end`]) is the first of the continuation.
    /// Where the model's steps do not fill a bar evenly (5/32, say), steps are stretched so that the nearest whole number
    /// of them does.
    pub fn after(clip: &Clip, grid: Grid) -> Self {
        let last_onset = clip.notes().map(|(_, note)| note.start).max().unwrap_or_default();
        let end = clip.length.max(last_onset + Ticks(1)).max(Ticks(1));
        // A change at the end or later does not concern the clip.
        let changes = clip.meters.changes().iter().copied().filter(|change| change.0 < end);
        let meters = MeterMap::from_changes(changes);
        let whole = meters.bar_end(end);
        let music = clip.bars_end();
        let only_late = clip.end() > music && (last_onset + Ticks(1)..end).contains(&music);
        let from = if only_late && meters.bar_end(music + Ticks(1)) == whole { music } else { whole };
        let (until, meter) = Self::without_odd_bar(clip, &meters, from);
        let per_bar = grid.steps_per_bar(meter).map_or_else(
            || {
                let step = grid.step().0.max(1);
                ((2 * meter.bar().0 + step) / (2 * step)).max(1)
            },
            i64::from,
        );
        let before = meters.changes().iter().rev().find(|change| change.0 < until);
        let aligned_from = before.map_or(Ticks::ZERO, |change| change.0);
        let meters = MeterMap::from_changes(meters.changes().iter().copied().chain([(from, meter)]));
        Self { from, meter, meters, per_bar, grid, aligned_from, until }
    }

    /// Where what is seen ends, and the meter to go on in: a meter that only the last bar is in is not gone on in, and
    /// that bar not seen, if there is music before.
    fn without_odd_bar(clip: &Clip, meters: &MeterMap, from: Ticks) -> (Ticks, Meter) {
        let last = meters.at(from);
        let changed = meters.changes().last().map_or(Ticks::ZERO, |change| change.0);
        let mostly = meters.mostly(from);
        let music_before = clip.notes().any(|(_, note)| note.start < changed);
        if mostly != last && changed < from && from - changed <= last.bar() && music_before {
            (changed, mostly)
        } else {
            (from, last)
        }
    }

    /// The notes of a lane as the tools see them: without those of an odd last bar, what is before it moved up to the
    /// continuation, so that bar lines fall on bar lines.
    pub fn seen(&self, notes: &[Note]) -> Vec<Note> {
        let odd = self.from - self.until;
        if odd == Ticks::ZERO {
            return notes.to_vec();
        }
        let close = self.from - Ticks(self.step().0 / 2);
        let seen = |note: &Note| {
            if note.start >= close {
                return Some(*note);
            }
            let start = note.start + odd;
            (start < close).then(|| Note { start, length: (note.end() + odd).min(self.from) - start, ..*note })
        };
        notes.iter().filter_map(seen).collect()
    }

    /// Where a step stands.
    pub fn at(&self, step: i64) -> Ticks {
        let bar = self.meter.bar().0;
        self.from + Ticks((2 * step * bar + self.per_bar).div_euclid(2 * self.per_bar))
    }

    /// The step nearest to a position; halfway goes to the later one.
    pub fn nearest(&self, at: Ticks) -> i64 {
        let bar = self.meter.bar().0;
        let distance = (at - self.from).0.clamp(-FARTHEST, FARTHEST);
        (2 * distance * self.per_bar + bar).div_euclid(2 * bar)
    }

    /// The length of a step, rounded down, at least a tick.
    pub fn step(&self) -> Ticks {
        Ticks((self.meter.bar().0 / self.per_bar).max(1))
    }

    /// Steps in a beat, the unit that dynamics and feel repeat in: three of the meter's units in compound meters. A
    /// whole bar where beats are no whole number of steps.
    pub fn per_beat(&self) -> i64 {
        let units = i64::from(self.meter.numerator());
        let beats = if self.meter.is_compound() { units / 3 } else { units };
        if self.per_bar % beats == 0 { self.per_bar / beats } else { self.per_bar }
    }

    /// The bars as models take them.
    pub fn bars(&self) -> BarGrid {
        // Sixteenth triplets in 4/4 are shown as the sixteenths of 12/8.
        let compound = self.meter.is_compound() || self.grid == Grid::SEXTUPLETS;
        BarGrid { steps_per_bar: u32::try_from(self.per_bar).unwrap_or(u32::MAX), compound }
    }

    /// The step and the end of a note, at least a step apart.
    pub fn span(&self, note: &Note) -> Range<i64> {
        let start = self.nearest(note.start);
        start..self.nearest(note.end()).max(start + 1)
    }

    /// The bars, counted from `from` (negative), that a model is shown of notes with these spans: from the first bar to
    /// the last in which they sound, as whole bars of the section's meter, counted back from `from`.
    ///
    /// Empty bars before and after are left out: nobody asks to continue silence. Old bars of a long clip are left out,
    /// and what lies before a meter change, if [`ALIGNED_BARS`] bars lie after it.
    pub fn shown(&self, spans: &[Range<i64>]) -> Range<i64> {
        let past = || spans.iter().filter(|span| span.start < 0);
        let last = past().map(|span| (span.end.min(0) - 1).div_euclid(self.per_bar) + 1).max().unwrap_or(0);
        let first_of = |limit: i64| past().map(|span| span.start).filter(|&start| start >= limit).min();
        let aligned_bars = (self.until - self.aligned_from).0 / self.meter.bar().0;
        let aligned = if aligned_bars >= ALIGNED_BARS { first_of(-aligned_bars * self.per_bar) } else { None };
        let first = aligned.or_else(|| first_of(i64::MIN)).map_or(last - 1, |step| step.div_euclid(self.per_bar));
        let most = (PRIMER_STEPS / self.per_bar).clamp(1, PRIMER_BARS + PHRASE_BARS - 1);
        let over = (last - first - PRIMER_BARS).max(0);
        let first = first + over / PHRASE_BARS * PHRASE_BARS;
        first.max(last - most)..last
    }

    /// Notes on even steps of the grid, step 0 at the start of the first of `shown`, as the score's extraction takes them.
    /// Notes that start on the first step after `shown` or later are left out; if that leaves none in it (a lone note just
    /// before the bar line), they count as starting on its last step. Ends are cut at the end of `shown`.
    pub fn evened(&self, notes: &[Note], shown: &Range<i64>) -> Vec<Note> {
        let (origin, end) = (shown.start * self.per_bar, shown.end * self.per_bar);
        let spans: Vec<(&Note, Range<i64>)> = notes.iter().map(|note| (note, self.span(note))).collect();
        let lone = !spans.iter().any(|(_, span)| (origin..end).contains(&span.start));
        spans
            .into_iter()
            .filter(|(_, span)| lone || span.start < end)
            .map(|(note, span)| {
                let (start, end) = (span.start.min(end - 1) - origin, span.end.min(end) - origin);
                let at = self.grid.ticks(start);
                Note { start: at, length: self.grid.ticks(end) - at, ..*note }
            })
            .collect()
    }

    /// The grid of [`Self::evened`].
    pub fn grid(&self) -> Grid {
        self.grid
    }
}
