//! From logits to a choice: softmax at a temperature, masks, and the bits of a drum event.

use crate::SeedStream;

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
    let weight = |logit: f32| ((f64::from(logit) - f64::from(highest)) / f64::from(temperature)).exp();
    let total: f64 = logits.iter().enumerate().filter(open).map(|(_, &logit)| weight(logit)).sum();
    let target = stream.uniform() * total;
    let mut reached = 0.0;
    for (class, &logit) in logits.iter().enumerate().filter(open) {
        reached += weight(logit);
        if target < reached {
            return class;
        }
    }
    likeliest
}

/// Draws whether a bit is set, from its logit at `temperature`; 0 takes the likelier.
pub(crate) fn bit(logit: f64, temperature: f32, stream: &mut SeedStream) -> bool {
    if temperature <= 0.0 {
        return logit > 0.0;
    }
    stream.uniform() < 1.0 / (1.0 + (-logit / f64::from(temperature)).exp())
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
