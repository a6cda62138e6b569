//! Musical time: ticks, meters, tempo.

/// Ticks in a quarter note.
pub const PPQ: i64 = 960;

/// A position or a length in ticks, 960 a quarter note.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticks(pub i64);

impl Ticks {
    /// The start of everything.
    pub const ZERO: Self = Self(0);
    /// A sixteenth note, the step of the melody and drum models.
    pub const SIXTEENTH: Self = Self(PPQ / 4);

    /// The length in quarter notes.
    #[must_use]
    pub fn quarters(self) -> f64 {
        self.0 as f64 / PPQ as f64
    }

    /// The nearest tick to a length in quarter notes; saturates.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "float to int casts saturate")]
    pub fn from_quarters(quarters: f64) -> Self {
        Self((quarters * PPQ as f64).round() as i64)
    }
}

impl std::ops::Add for Ticks {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::ops::Sub for Ticks {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl std::ops::AddAssign for Ticks {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// Beats a minute, a beat being a quarter note.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Bpm(pub f64);

/// A time signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Meter {
    numerator: u8,
    denominator: u8,
}

impl Meter {
    /// 4/4.
    pub const COMMON: Self = Self { numerator: 4, denominator: 4 };

    /// A meter, if the numerator is 1 to 64 and the denominator a power of two from 1 to 64.
    #[must_use]
    pub fn new(numerator: u8, denominator: u8) -> Option<Self> {
        let fits = (1..=64).contains(&numerator) && denominator.is_power_of_two() && denominator <= 64;
        fits.then_some(Self { numerator, denominator })
    }

    /// Beats in a bar.
    #[must_use]
    pub fn numerator(self) -> u8 {
        self.numerator
    }

    /// The note value of a beat: 4 for a quarter.
    #[must_use]
    pub fn denominator(self) -> u8 {
        self.denominator
    }

    /// The length of a bar.
    #[must_use]
    pub fn bar(self) -> Ticks {
        // 4 * 960 is divisible by every power of two up to 64.
        Ticks(i64::from(self.numerator) * (4 * PPQ / i64::from(self.denominator)))
    }

    /// Whether beats divide in three (6/8, 9/8, 12/8).
    #[must_use]
    pub fn is_compound(self) -> bool {
        self.numerator > 3 && self.numerator.is_multiple_of(3) && self.denominator >= 8
    }
}

impl Default for Meter {
    fn default() -> Self {
        Self::COMMON
    }
}

/// Tempo over time in microseconds a quarter note, as MIDI files hold it. Never empty; the first change stands at 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TempoMap(Vec<(Ticks, u32)>);

impl TempoMap {
    /// 120 beats a minute.
    pub const DEFAULT_MICROS: u32 = 500_000;

    /// A constant tempo, clamped to what a MIDI file can hold (3.58 to 60,000,000 bpm).
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 24 bits")]
    pub fn constant(tempo: Bpm) -> Self {
        let micros = (60e6 / tempo.0).round().clamp(1.0, 16_777_215.0);
        Self(vec![(Ticks::ZERO, if micros.is_nan() { Self::DEFAULT_MICROS } else { micros as u32 })])
    }

    /// A map from changes in any order; the last of several at one tick wins, negative positions count as 0, and 120 bpm
    /// stands at 0 when nothing does.
    #[must_use]
    pub fn from_changes(changes: impl IntoIterator<Item = (Ticks, u32)>) -> Self {
        Self(sorted_changes(changes.into_iter().map(|(at, v)| (at, v.clamp(1, 16_777_215))), Self::DEFAULT_MICROS))
    }

    /// The changes in order: position, microseconds a quarter note.
    #[must_use]
    pub fn changes(&self) -> &[(Ticks, u32)] {
        &self.0
    }

    /// The tempo at a position.
    #[must_use]
    pub fn at(&self, position: Ticks) -> Bpm {
        Bpm(60e6 / f64::from(change_at(&self.0, position).1))
    }

    /// Seconds from the start to a position.
    #[must_use]
    pub fn seconds(&self, position: Ticks) -> f64 {
        let mut seconds = 0.0;
        for (i, &(from, micros)) in self.0.iter().enumerate() {
            let until = self.0.get(i + 1).map_or(position, |next| next.0.min(position));
            if until <= from && i > 0 {
                break;
            }
            seconds += (until - from).quarters() * f64::from(micros) / 1e6;
        }
        seconds
    }
}

impl Default for TempoMap {
    fn default() -> Self {
        Self(vec![(Ticks::ZERO, Self::DEFAULT_MICROS)])
    }
}

/// Meters over time. Never empty; the first change stands at 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterMap(Vec<(Ticks, Meter)>);

impl MeterMap {
    /// One meter throughout.
    #[must_use]
    pub fn constant(meter: Meter) -> Self {
        Self(vec![(Ticks::ZERO, meter)])
    }

    /// A map from changes in any order; rules as for [`TempoMap::from_changes`], with 4/4 at 0 when nothing stands there.
    #[must_use]
    pub fn from_changes(changes: impl IntoIterator<Item = (Ticks, Meter)>) -> Self {
        Self(sorted_changes(changes, Meter::COMMON))
    }

    /// The changes in order.
    #[must_use]
    pub fn changes(&self) -> &[(Ticks, Meter)] {
        &self.0
    }

    /// The meter at a position.
    #[must_use]
    pub fn at(&self, position: Ticks) -> Meter {
        change_at(&self.0, position).1
    }

    /// The bar line at or before a position. Bars count from each meter change.
    #[must_use]
    pub fn bar_start(&self, position: Ticks) -> Ticks {
        let (from, meter) = change_at(&self.0, position);
        from + Ticks((position - from).0.div_euclid(meter.bar().0).saturating_mul(meter.bar().0))
    }

    /// The first bar line at or after a position; a meter change is one too.
    #[must_use]
    pub fn bar_end(&self, position: Ticks) -> Ticks {
        let start = self.bar_start(position);
        if start == position {
            return position;
        }
        let end = start + self.at(position).bar();
        let next = self.0.get(self.0.partition_point(|change| change.0 <= position));
        next.map_or(end, |next| next.0.min(end))
    }

    /// The bars that begin before a position, from the clip's start on. A meter change begins a bar, so that the bar
    /// before it may be shorter than its meter says.
    pub fn bars(&self, until: Ticks) -> impl Iterator<Item = Bar> + '_ {
        let mut next = (0, Ticks::ZERO);
        std::iter::from_fn(move || {
            let (number, start) = next;
            let bar = Bar { number, start, end: self.bar_end(start + Ticks(1)), meter: self.at(start) };
            next = (number + 1, bar.end);
            (start < until && start < bar.end).then_some(bar)
        })
    }

    /// The meter that most of the time up to a position is in, the first of equals: what a clip goes on in when a single
    /// odd bar ends it.
    #[must_use]
    pub fn mostly(&self, until: Ticks) -> Meter {
        let ends = self.0.iter().skip(1).map(|change| change.0).chain([Ticks(i64::MAX)]);
        let mut shares: Vec<(Meter, Ticks)> = Vec::new();
        for (&(from, meter), end) in self.0.iter().zip(ends) {
            let share = (end.min(until) - from).max(Ticks::ZERO);
            match shares.iter_mut().find(|other| other.0 == meter) {
                Some(other) => other.1 += share,
                None => shares.push((meter, share)),
            }
        }
        shares.iter().rev().max_by_key(|share| share.1).map_or(Meter::COMMON, |share| share.0)
    }
}

/// A bar of a clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bar {
    /// Counted from 0.
    pub number: usize,
    /// Its bar line.
    pub start: Ticks,
    /// The next bar line.
    pub end: Ticks,
    /// Its meter.
    pub meter: Meter,
}

impl Default for MeterMap {
    fn default() -> Self {
        Self::constant(Meter::COMMON)
    }
}

fn sorted_changes<T: Copy + PartialEq>(changes: impl IntoIterator<Item = (Ticks, T)>, initial: T) -> Vec<(Ticks, T)> {
    let mut all: Vec<(Ticks, T)> = changes.into_iter().map(|(at, value)| (at.max(Ticks::ZERO), value)).collect();
    all.sort_by_key(|c| c.0);
    let mut map = vec![(Ticks::ZERO, initial)];
    for (at, value) in all {
        match map.last_mut() {
            Some(last) if last.0 == at => last.1 = value,
            _ => map.push((at, value)),
        }
    }
    map.dedup_by(|next, previous| next.1 == previous.1);
    map
}

/// The last change at or before a position, or the first of all.
fn change_at<T: Copy>(map: &[(Ticks, T)], position: Ticks) -> (Ticks, T) {
    map[map.partition_point(|change| change.0 <= position).saturating_sub(1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter(numerator: u8, denominator: u8) -> Meter {
        Meter::new(numerator, denominator).unwrap()
    }

    #[test]
    fn meters_have_bars() {
        let cases = [
            (4, 4, 3840, false),
            (3, 4, 2880, false),
            (6, 8, 2880, true),
            (7, 8, 3360, false),
            (3, 8, 1440, false),
            (12, 8, 5760, true),
            (9, 16, 2160, true),
            (6, 4, 5760, false),
            (1, 64, 60, false),
            (64, 1, 245_760, false),
        ];
        for (numerator, denominator, bar, compound) in cases {
            let meter = meter(numerator, denominator);
            assert_eq!((meter.bar(), meter.is_compound()), (Ticks(bar), compound), "{numerator}/{denominator}");
        }
        for (numerator, denominator) in [(0, 4), (65, 4), (4, 0), (4, 3), (4, 128)] {
            assert_eq!(Meter::new(numerator, denominator), None, "{numerator}/{denominator}");
        }
    }

    #[test]
    fn changes_are_put_in_order() {
        let cases: [(&str, &[(i64, u32)], &[(i64, u32)]); 6] = [
            ("none", &[], &[(0, 500_000)]),
            ("late", &[(960, 400_000)], &[(0, 500_000), (960, 400_000)]),
            ("any order", &[(960, 3), (0, 1), (480, 2)], &[(0, 1), (480, 2), (960, 3)]),
            ("the last at a tick wins", &[(0, 1), (0, 2), (480, 3), (480, 4)], &[(0, 2), (480, 4)]),
            ("no change", &[(0, 1), (480, 1), (960, 2), (1440, 2)], &[(0, 1), (960, 2)]),
            ("out of range", &[(-960, 0), (960, u32::MAX)], &[(0, 1), (960, 0xff_ffff)]),
        ];
        let changes = |list: &[(i64, u32)]| list.iter().map(|&(at, micros)| (Ticks(at), micros)).collect::<Vec<_>>();
        for (name, given, expected) in cases {
            assert_eq!(TempoMap::from_changes(changes(given)).changes(), changes(expected), "{name}");
        }
    }

    #[test]
    fn seconds_add_up_over_changes() {
        let map = TempoMap::from_changes([(Ticks(960), 1_000_000), (Ticks(1920), 250_000)]);
        for (at, seconds) in [(0, 0.0), (480, 0.25), (960, 0.5), (1440, 1.0), (1920, 1.5), (3840, 2.0)] {
            assert_eq!(map.seconds(Ticks(at)), seconds, "{at}");
        }
        assert_eq!(map.at(Ticks(1919)), Bpm(60.0));
        assert_eq!(map.at(Ticks(1920)), Bpm(240.0));
    }

    #[test]
    fn tempos_stay_within_what_files_hold() {
        for (bpm, micros) in
            [(120.0, 500_000), (0.0, 0xff_ffff), (-1.0, 1), (1e12, 1), (f64::NAN, 500_000), (90.5, 662_983)]
        {
            assert_eq!(TempoMap::constant(Bpm(bpm)).changes(), [(Ticks(0), micros)], "{bpm}");
        }
    }

    #[test]
    fn bars_count_from_each_meter_change() {
        // One bar and a half of 4/4, then 3/4.
        let map = MeterMap::from_changes([(Ticks(5760), meter(3, 4))]);
        let cases = [
            (0, 0, 0),
            (1, 0, 3840),
            (3840, 3840, 3840),
            (3841, 3840, 5760),
            (5759, 3840, 5760),
            (5760, 5760, 5760),
            (5761, 5760, 8640),
            (8640, 8640, 8640),
            (-1, -3840, 0),
        ];
        for (at, start, end) in cases {
            assert_eq!((map.bar_start(Ticks(at)), map.bar_end(Ticks(at))), (Ticks(start), Ticks(end)), "{at}");
        }
        for at in [i64::MIN, i64::MAX] {
            assert!(map.bar_start(Ticks(at)) <= map.bar_end(Ticks(at)));
        }
    }

    #[test]
    fn bars_are_walked() {
        // One bar and a half of 4/4, then 3/4.
        let map = MeterMap::from_changes([(Ticks(5760), meter(3, 4))]);
        let bars = |until| map.bars(Ticks(until)).map(|b| (b.number, b.start.0, b.end.0, b.meter)).collect::<Vec<_>>();
        let (common, waltz) = (Meter::COMMON, meter(3, 4));
        let all = [(0, 0, 3840, common), (1, 3840, 5760, common), (2, 5760, 8640, waltz), (3, 8640, 11_520, waltz)];
        for (until, count) in [(-1, 0), (0, 0), (1, 1), (3840, 1), (3841, 2), (5760, 2), (8640, 3), (11_520, 4)] {
            assert_eq!(bars(until), all[..count], "{until}");
        }
    }

    #[test]
    fn clips_are_mostly_in_one_meter() {
        let (common, waltz, one) = (Meter::COMMON, meter(3, 4), meter(1, 4));
        let cases = [
            ("one", vec![], 3840, common),
            ("nothing", vec![(0, waltz)], 0, waltz),
            ("a last odd bar", vec![(7680, one)], 8640, common),
            ("a first odd bar", vec![(0, one), (960, waltz)], 6720, waltz),
            ("a change after the end", vec![(3840, waltz)], 3840, common),
            ("together", vec![(0, waltz), (2880, common), (6720, waltz)], 9600, waltz),
            ("the first of equals", vec![(0, one), (960, waltz)], 1920, one),
        ];
        for (name, changes, until, expected) in cases {
            let map = MeterMap::from_changes(changes.into_iter().map(|(at, meter)| (Ticks(at), meter)));
            assert_eq!(map.mostly(Ticks(until)), expected, "{name}");
        }
    }
}
