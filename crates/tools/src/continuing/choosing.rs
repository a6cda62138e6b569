//! Which of the drawn candidates become takes.
//!
//! A take has candidates of its own, one an attempt: attempt a of take k is drawn from stream k + 16 a. It is the first
//! that is acceptable beside takes 0 to k − 1, so take k is the same however many takes are asked for. Most first
//! attempts are, so that choosing costs little; the others are drawn again, all of one round in one batch.
//!
//! A candidate is *refused* for good if it is an earlier take over again, if it repeats the clip's bars note for note as
//! an earlier take does, if it is silent for a bar where the clip never is, or if it has under a quarter of the clip's
//! notes. It is *poor* if it nearly is an earlier take, has under half or over twice the clip's notes, is far less likely
//! to the model than other takes, or keeps more or less of the clip than the variation says. After [`SECOND_THOUGHTS`] a
//! poor one will do, the best of them; one that is refused only after [`LAST_RESORT`].
//!
//! A very sure model gives the same again and again. Each attempt that fails for likeness makes the next one repeat less
//! by [`LOOSER`], and after the second thoughts it is drawn at [`WARM`] at least.

use crate::{MAX_TAKES, ToolError};

/// After so many redraws a poor candidate will do.
const SECOND_THOUGHTS: usize = 2;
/// After so many any will: a bar of one step has no sixteen continuations.
const LAST_RESORT: usize = 8;
/// Log-odds of repeating that are taken away for each candidate that was too like another take.
const LOOSER: f32 = 1.0;
/// The least temperature after the second thoughts; it rises by as much again up to the last resort.
const WARM: f32 = 0.6;
/// Log-odds of repeating that are given at no variation.
const KEEPING: f32 = 2.5;
/// Log-odds of repeating that are taken away at full variation.
const LEAVING: f32 = 1.5;
/// The clip's bars that takes are compared with.
const RECENT: usize = 8;
/// A candidate is poor if its log-likelihood is lower than that of the takes drawn so far by half as much again and so many
/// nats a step.
const UNLIKELY: f64 = 0.5;

/// The onsets of events, each with its step and what is struck: a drum class or a pitch of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    onsets: Vec<(usize, u8)>,
    /// The most steps on end in which nothing sounds; of drums, in which nothing is hit.
    rest: usize,
}

impl Pattern {
    /// Of the masks of a drum model.
    pub fn of_hits(events: &[i16]) -> Self {
        let onsets = events.iter().enumerate();
        let onsets =
            onsets.flat_map(|(step, &mask)| solferino_score::drums::classes(mask).map(move |class| (step, class)));
        let onsets = onsets.map(|(step, class)| (step, u8::try_from(class).unwrap_or(u8::MAX))).collect();
        Self { onsets, rest: longest_run(events.iter().map(|&mask| mask == 0)) }
    }

    /// Of the events of a melody model. What holds before the first pitch is silent: it holds a note of before.
    pub fn of_line(events: &[i16]) -> Self {
        let onsets =
            events.iter().enumerate().filter_map(|(step, &event)| Some((step, u8::try_from(event).ok()?))).collect();
        let silent = events.iter().scan(true, |silent, &event| {
            if event != solferino_score::melody::HOLD {
                *silent = event < 0;
            }
            Some(*silent)
        });
        Self { onsets, rest: longest_run(silent) }
    }

    /// The onsets of a bar, its steps counted from its own line.
    fn bar(&self, bar: usize, per_bar: usize) -> Vec<(usize, u8)> {
        let at = |step: usize| self.onsets.partition_point(|onset| onset.0 < step);
        let onsets = &self.onsets[at(bar * per_bar)..at((bar + 1) * per_bar)];
        onsets.iter().map(|&(step, struck)| (step - bar * per_bar, struck)).collect()
    }
}

/// The most trues on end.
fn longest_run(flags: impl Iterator<Item = bool>) -> usize {
    let runs = flags.scan(0, |run, flag| {
        *run = if flag { *run + 1 } else { 0 };
        Some(*run)
    });
    runs.max().unwrap_or(0)
}

/// How much of two lists in order is not in both: 0 for equals, 1 for nothing in common.
fn distance(a: &[(usize, u8)], b: &[(usize, u8)]) -> f64 {
    let shared = a.iter().filter(|onset| b.binary_search(onset).is_ok()).count();
    if a.is_empty() && b.is_empty() { 0.0 } else { 1.0 - share(2 * shared, a.len() + b.len()) }
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// A row as it was drawn, and what it comes to.
#[derive(Clone, Debug)]
pub(super) struct Candidate<T> {
    /// Its music.
    pub music: T,
    /// What of it is compared.
    pub pattern: Pattern,
    /// As [`solferino_models::Drawn::log_likelihood`].
    pub log_likelihood: f64,
}

/// How rows are drawn.
pub(super) struct Draw {
    /// As [`solferino_models::Generation::streams`].
    pub streams: Vec<u64>,
    /// As [`solferino_models::Generation::repetition`].
    pub repetition: f32,
    /// As [`solferino_models::Generation::temperature`].
    pub temperature: f32,
}

/// What takes are judged by.
pub(super) struct Judge {
    variation: f32,
    per_bar: usize,
    bars: usize,
    /// The clip's last bars.
    recent: Vec<Vec<(usize, u8)>>,
    rest: usize,
}

/// What there is against a candidate beside earlier takes.
struct Faults {
    /// Reasons to refuse it.
    refused: u32,
    /// Reasons to look for a better one.
    poor: bool,
    /// Whether all there is against it is that it is too like others, or too like the clip.
    alike: bool,
    /// How bad it is, for the choice between poor ones.
    badness: f64,
}

impl Judge {
    /// For takes of so many bars after a clip that the model sees as `clip`, `per_bar` steps a bar.
    pub fn new(clip: &Pattern, steps: usize, per_bar: usize, bars: usize, variation: f32) -> Self {
        let shown = steps / per_bar.max(1);
        let recent = (shown.saturating_sub(RECENT)..shown).map(|bar| clip.bar(bar, per_bar)).collect();
        Self { variation, per_bar, bars, recent, rest: clip.rest }
    }

    /// Log-odds of repeating for the variation.
    pub fn repetition(&self) -> f32 {
        let towards = 1.0 - 2.0 * self.variation;
        towards * if towards > 0.0 { KEEPING } else { LEAVING }
    }

    /// Whether a take is the clip's last bars over again, from whichever bar on.
    fn is_loop(&self, bars: &[Vec<(usize, u8)>]) -> bool {
        (1..=self.recent.len()).any(|length| {
            let again = self.recent[self.recent.len() - length..].iter().cycle();
            bars.iter().zip(again).all(|(new, old)| new == old)
        })
    }

    /// How much of a take's bars is in the bar of the clip that is most like it.
    fn likeness(&self, bars: &[Vec<(usize, u8)>]) -> f64 {
        let best = |bar: &Vec<(usize, u8)>| self.recent.iter().map(|old| 1.0 - distance(bar, old)).fold(0.0, f64::max);
        bars.iter().map(best).sum::<f64>() / bars.len().max(1) as f64
    }

    fn bars_of(&self, pattern: &Pattern) -> Vec<Vec<(usize, u8)>> {
        (0..self.bars).map(|bar| pattern.bar(bar, self.per_bar)).collect()
    }

    fn faults<T>(&self, candidate: &Candidate<T>, before: &[&Candidate<T>], usual: f64) -> Faults {
        let pattern = &candidate.pattern;
        let bars = self.bars_of(pattern);
        let nearest = before.iter().map(|other| distance(&pattern.onsets, &other.pattern.onsets)).fold(1.0, f64::min);
        let again = self.is_loop(&bars)
            && (self.variation > 0.5 || before.iter().any(|other| self.is_loop(&self.bars_of(&other.pattern))));
        let likeness = self.likeness(&bars);
        let of_clip: usize = self.recent.iter().map(Vec::len).sum();
        let density = share(pattern.onsets.len() * self.recent.len(), of_clip * self.bars);
        let sparsest = self.recent.iter().map(Vec::len).min().unwrap_or(0);
        let breaks_off = bars.iter().any(|bar| 4 * bar.len() < sparsest);
        let silent = pattern.onsets.is_empty() || pattern.rest >= self.per_bar && pattern.rest > self.rest;

        let variation = f64::from(self.variation);
        // From one note in fifty to one in twelve.
        let enough = 0.02 + 0.06 * variation;
        let keeps = (1.0 - 2.0 * variation).max(0.0) * 0.8;
        let leaves = (2.0 * variation - 1.0).max(0.0) * 0.2;
        let near = nearest < enough || again || likeness > 1.0 - leaves;
        let uneven = !(0.5..=2.0).contains(&density) || breaks_off;
        let allowed = (self.bars * self.per_bar) as f64 * UNLIKELY - 0.5 * usual;
        let surprise = (usual - candidate.log_likelihood) / allowed;
        let strays = likeness < keeps;
        let refused = [nearest == 0.0 || again, silent, density < 0.25].into_iter().map(u32::from).sum();
        Faults {
            refused,
            poor: near || uneven || surprise > 1.0 || strays,
            alike: !(silent || uneven || surprise > 1.0 || strays),
            badness: 4.0 * f64::from(refused)
                + (1.0 - nearest / enough).max(0.0)
                + (libm::log(density.max(0.01)).abs() - 0.5).max(0.0)
                + surprise.clamp(0.0, 2.0) / 2.0
                + (1.0 - 2.0 * variation) * (1.0 - likeness),
        }
    }

    /// Which of a take's candidates, in order of attempts, it is; `None` if more must be drawn to tell.
    fn pick<T>(&self, candidates: &[Candidate<T>], before: &[&Candidate<T>], usual: f64) -> Option<usize> {
        let faults: Vec<Faults> = candidates.iter().map(|candidate| self.faults(candidate, before, usual)).collect();
        let thought = &faults[..faults.len().min(1 + SECOND_THOUGHTS)];
        let best = |faults: &[Faults]| {
            let numbers = faults.iter().map(|faults| faults.badness).enumerate();
            numbers.min_by(|a, b| a.1.total_cmp(&b.1)).map(|best| best.0)
        };
        if let Some(first) = thought.iter().position(|faults| faults.refused == 0 && !faults.poor) {
            return Some(first);
        }
        if thought.len() <= SECOND_THOUGHTS {
            return None;
        }
        let best_thought = best(thought).filter(|&best| thought[best].refused == 0);
        let first_later = || faults.iter().position(|faults| faults.refused == 0);
        let last = || if faults.len() > LAST_RESORT { best(&faults) } else { None };
        best_thought.or_else(first_later).or_else(last)
    }

    /// How the next attempt of a take is drawn.
    fn next<T>(&self, candidates: &[Candidate<T>], temperature: f32, usual: f64) -> (f32, f32) {
        let alike = candidates.iter().filter(|candidate| self.faults(candidate, &[], usual).alike).count();
        let small = |number: usize| f32::from(u8::try_from(number).unwrap_or(u8::MAX));
        let late = small(candidates.len().saturating_sub(SECOND_THOUGHTS)) / small(LAST_RESORT - SECOND_THOUGHTS);
        let warm = if late > 0.0 { WARM * (1.0 + late) } else { 0.0 };
        (self.repetition() - LOOSER * small(alike), temperature.max(warm))
    }
}

/// Draws and chooses `takes` takes.
///
/// # Errors
/// What `draw` says.
pub(super) fn choose<T>(
    judge: &Judge,
    takes: usize,
    temperature: f32,
    draw: &mut dyn FnMut(&Draw) -> Result<Vec<Candidate<T>>, ToolError>,
) -> Result<Vec<T>, ToolError> {
    let streams = (0..u64::from(MAX_TAKES)).take(takes).collect();
    let first = draw(&Draw { streams, repetition: judge.repetition(), temperature })?;
    let usual: Vec<f64> = (1..=first.len()).map(|drawn| mean(&first[..drawn])).collect();
    let mut candidates: Vec<Vec<Candidate<T>>> = first.into_iter().map(|candidate| vec![candidate]).collect();
    let picks = loop {
        let mut before: Vec<&Candidate<T>> = Vec::new();
        let mut picks = Vec::new();
        let mut wanted: Vec<(f32, f32, usize)> = Vec::new();
        for (take, (drawn, usual)) in candidates.iter().zip(&usual).enumerate() {
            let pick = if temperature <= 0.0 { Some(0) } else { judge.pick(drawn, &before, *usual) };
            match pick {
                Some(pick) => {
                    before.push(&drawn[pick]);
                    picks.push(pick);
                }
                None => {
                    let (repetition, temperature) = judge.next(drawn, temperature, *usual);
                    wanted.push((repetition, temperature, take));
                }
            }
        }
        if wanted.is_empty() {
            break picks;
        }
        wanted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        for together in wanted.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let stream = |take: usize| take as u64 + candidates[take].len() as u64 * u64::from(MAX_TAKES);
            let streams = together.iter().map(|wanted| stream(wanted.2)).collect();
            let drawn = draw(&Draw { streams, repetition: together[0].0, temperature: together[0].1 })?;
            for (wanted, drawn) in together.iter().zip(drawn) {
                candidates[wanted.2].push(drawn);
            }
        }
    };
    Ok(candidates.into_iter().zip(picks).map(|(mut drawn, pick)| drawn.swap_remove(pick).music).collect())
}

fn mean<T>(candidates: &[Candidate<T>]) -> f64 {
    candidates.iter().map(|candidate| candidate.log_likelihood).sum::<f64>() / candidates.len().max(1) as f64
}
