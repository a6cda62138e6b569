//! From logits to a choice: softmax at a temperature, masks, and the bits of a drum event.

use crate::SeedStream;
use std::borrow::Cow;

/// What may be generated.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Constraint {
    /// Anything.
    None,
    /// Only these MIDI pitches, in the model's own space (after any transposition). Drum models ignore it.
    Pitches(Box<[bool; 128]>),
}

impl Constraint {
    /// Whether a melody event may be generated; no event and note off always may.
    #[must_use]
    pub fn allows(&self, event: i16) -> bool {
        match self {
            Self::None => true,
            Self::Pitches(allowed) => {
                usize::try_from(event).map_or(true, |pitch| allowed.get(pitch).is_some_and(|&a| a))
            }
        }
    }
}

/// How to choose among what the logits say.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'a> {
    /// What may be chosen.
    pub constraint: &'a Constraint,
    /// 0 takes the likeliest, 1 follows the model, more is wilder.
    pub temperature: f32,
    /// Log-odds added to what repeats the past; 0 leaves the model as trained, less than 0 repeats less. The lag encodings
    /// give it to what all their lags and the match would repeat, and a part of it where only some would; of drums, it also
    /// weighs on what they would leave out. The lookback and key encodings give it to their repeat classes. Others ignore it.
    pub repetition: f32,
}

/// An event that was drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chosen {
    /// The event.
    pub event: i16,
    /// The logarithm of its probability under the model, whatever the [`Choice`]; nats.
    pub log_likelihood: f64,
}

/// The logits with `repetition` added to each class by its share of what repeats.
pub(crate) fn biased(logits: &[f32], repetition: f32, share: impl Fn(usize) -> f32) -> Cow<'_, [f32]> {
    if repetition == 0.0 {
        return logits.into();
    }
    logits.iter().enumerate().map(|(class, logit)| logit + repetition * share(class)).collect()
}

/// Draws a class from the softmax of `logits` at `temperature`, among the classes `allowed`; 0 takes the likeliest (the
/// first of equals). A class whose logit is not a number is never taken; with none left, class 0 is.
pub(crate) fn class(
    logits: &[f32],
    allowed: impl Fn(usize) -> bool,
    temperature: f32,
    stream: &mut SeedStream,
) -> usize {
    let open = |&(class, logit): &(usize, &f32)| !logit.is_nan() && allowed(class);
    let mut best: Option<(usize, f32)> = None;
    for (class, &logit) in logits.iter().enumerate().filter(open) {
        if best.is_none_or(|(_, highest)| logit > highest) {
            best = Some((class, logit));
        }
    }
    let Some((likeliest, highest)) = best else { return 0 };
    if temperature <= 0.0 {
        return likeliest;
    }
    let weight = |logit: f32| libm::exp((f64::from(logit) - f64::from(highest)) / f64::from(temperature));
    let weights: Vec<(usize, f64)> =
        logits.iter().enumerate().filter(open).map(|(class, &logit)| (class, weight(logit))).collect();
    let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
    let target = stream.uniform() * total;
    let mut reached = 0.0;
    for (class, weight) in weights {
        reached += weight;
        if target < reached {
            return class;
        }
    }
    likeliest
}

/// The logarithm of the probability that the softmax of `logits` gives to the classes that `count`.
pub(crate) fn log_share(logits: &[f32], counts: impl Fn(usize) -> bool) -> f64 {
    log_sum(logits, counts) - log_sum(logits, |_| true)
}

/// ln Σ exp(logit) over the classes that `count`.
fn log_sum(logits: &[f32], counts: impl Fn(usize) -> bool) -> f64 {
    let counted = || logits.iter().enumerate().filter(|&(class, _)| counts(class)).map(|(_, &logit)| f64::from(logit));
    let highest = counted().fold(f64::NEG_INFINITY, f64::max);
    highest + libm::log(counted().map(|logit| libm::exp(logit - highest)).sum())
}

/// Draws whether a bit is set, from its logit at `temperature`; 0 takes the likelier.
pub(crate) fn bit(logit: f64, temperature: f32, stream: &mut SeedStream) -> bool {
    if temperature <= 0.0 {
        return logit > 0.0;
    }
    stream.uniform() < 1.0 / (1.0 + libm::exp(-logit / f64::from(temperature)))
}

/// The logarithm of the probability of a bit, from its logit.
pub(crate) fn log_bit(logit: f64, set: bool) -> f64 {
    let towards = if set { logit } else { -logit };
    // ln σ(x), of whichever form does not overflow.
    towards.min(0.0) - libm::log1p(libm::exp(-towards.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;
    use proptest::prelude::*;

    fn counts(logits: &[f32], temperature: f32, draws: usize) -> Vec<usize> {
        let mut stream = Seed(1).stream(0);
        let mut counts = vec![0; logits.len()];
        for _ in 0..draws {
            counts[class(logits, |_| true, temperature, &mut stream)] += 1;
        }
        counts
    }

    #[test]
    fn frequencies_follow_the_softmax() {
        let logits = [0.5f32, 2.0, -1.0, 1.0];
        for temperature in [0.5f32, 1.0, 2.0] {
            let weights: Vec<f64> = logits.iter().map(|&l| f64::from(l / temperature).exp()).collect();
            let total: f64 = weights.iter().sum();
            for (count, weight) in counts(&logits, temperature, 40_000).iter().zip(&weights) {
                let expected = weight / total;
                let found = *count as f64 / 40_000.0;
                assert!((found - expected).abs() < 0.01, "temperature {temperature}: {found} for {expected}");
            }
        }
    }

    #[test]
    fn named_cases() {
        let none = |_: usize| true;
        let mut stream = Seed(0).stream(0);
        let cases: [(&str, &[f32], f32, usize); 6] = [
            ("argmax", &[0.0, 3.0, 2.0], 0.0, 1),
            ("first of equals", &[1.0, 3.0, 3.0], 0.0, 1),
            ("huge logits", &[f32::MAX, f32::MIN, 0.0], 1.0, 0),
            ("tiny temperature", &[1.0, 1.1, 0.0], 1e-6, 1),
            ("not a number is skipped", &[f32::NAN, -5.0], 0.0, 1),
            ("all not a number", &[f32::NAN, f32::NAN], 1.0, 0),
        ];
        let failures: Vec<_> = cases
            .iter()
            .filter_map(|&(name, logits, temperature, expected)| {
                let found = class(logits, none, temperature, &mut stream);
                (found != expected).then_some((name, found, expected))
            })
            .collect();
        assert!(failures.is_empty(), "{failures:?}");
    }

    #[test]
    fn bits_follow_the_sigmoid() {
        let mut stream = Seed(3).stream(0);
        let set = (0..40_000).filter(|_| bit(0.7, 2.0, &mut stream)).count();
        assert!((set as f64 / 40_000.0 - 1.0 / (1.0 + (-0.35f64).exp())).abs() < 0.01);
        assert!(bit(0.1, 0.0, &mut stream) && !bit(-0.1, 0.0, &mut stream) && !bit(0.0, 0.0, &mut stream));
    }

    #[test]
    fn likelihoods_are_those_of_the_softmax_and_the_sigmoid() {
        let logits = [0.5f32, 2.0, -1.0, 1.0];
        let total: f64 = logits.iter().map(|&logit| f64::from(logit).exp()).sum();
        let two = (2.0f64.exp() + (-1.0f64).exp()) / total;
        assert!((log_share(&logits, |class| class == 1 || class == 2) - two.ln()).abs() < 1e-12);
        assert!((log_share(&[1000.0, -1000.0], |class| class == 1) + 2000.0).abs() < 1e-9, "far below what exp holds");
        for logit in [-800.0, -0.7, 0.0, 3.0, 800.0] {
            let (set, clear) = (log_bit(logit, true), log_bit(logit, false));
            assert!((set - clear - logit).abs() < 1e-9 && set <= 0.0 && clear <= 0.0, "{logit}");
            assert!((set.exp() + clear.exp() - 1.0).abs() < 1e-12, "{logit}");
        }
    }

    proptest! {
        #[test]
        fn a_masked_class_is_never_drawn(
            logits in prop::collection::vec(-30f32..30.0, 2..50),
            masked in prop::collection::vec(any::<bool>(), 50),
            temperature in 0f32..2.0,
            seed in any::<u64>(),
        ) {
            prop_assume!(masked[..logits.len()].iter().any(|masked| !masked));
            let mut stream = Seed(seed).stream(0);
            for _ in 0..20 {
                prop_assert!(!masked[class(&logits, |class| !masked[class], temperature, &mut stream)]);
            }
        }
    }
}
