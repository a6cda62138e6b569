//! Which seed the next request takes.

/// How many seeds there are to show: 0 to 999,999, which a host holds exactly and a person can read.
pub const SEEDS: u32 = 1_000_000;

/// The seed of the last request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeded {
    /// The seed that was shown when the request was made.
    pub shown: u32,
    /// The seed that it took.
    pub used: u32,
}

impl Seeded {
    /// The seed of the next request, of which this is the last one: the one that is shown, if it is locked or was changed
    /// since; else the one that follows the last, so that each request gives other takes. Nothing random: a project that is
    /// opened again goes on as it would have.
    #[must_use]
    pub fn next(last: Option<Self>, shown: u32, locked: bool) -> Self {
        let used = match last {
            Some(last) if !locked && (shown == last.shown || shown == last.used) => Self::roll(last.used),
            _ => shown,
        };
        Self { shown, used }
    }

    /// Another seed: all of them come round once before one comes again (Hull and Dobell, Random Number Generators, 1962,
    /// theorem 1: the step is odd and no multiple of 5, the factor is 1 modulo 20).
    #[must_use]
    pub fn roll(seed: u32) -> u32 {
        let next = (u64::from(seed) * 416_821 + 617_923) % u64::from(SEEDS);
        u32::try_from(next).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_that_was_typed_is_taken() {
        let last = Some(Seeded { shown: 7, used: 7 });
        let cases = [
            ("the first", None, 7, false, 7),
            ("locked", last, 7, true, 7),
            ("typed", last, 42, false, 42),
            ("typed and locked", last, 42, true, 42),
            ("the highest", last, 999_999, false, 999_999),
            ("the same again", last, 7, false, Seeded::roll(7)),
            ("the host still shows the one before", Some(Seeded { shown: 3, used: 7 }), 3, false, Seeded::roll(7)),
        ];
        for (name, last, shown, locked, used) in cases {
            assert_eq!(Seeded::next(last, shown, locked), Seeded { shown, used }, "{name}");
        }
    }

    #[test]
    fn every_seed_comes_once_before_one_comes_again() {
        let mut seen = vec![false; SEEDS as usize];
        let mut seed = 999_999;
        for _ in 0..SEEDS {
            seed = Seeded::roll(seed);
            assert!(!std::mem::replace(&mut seen[seed as usize], true), "{seed} came twice");
        }
    }
}
