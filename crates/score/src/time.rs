//! Musical time: ticks, meters, tempo.

use serde::{Deserialize, Serialize};

/// Ticks in a quarter note.
pub const PPQ: i64 = 960;

/// A position or a length in ticks, 960 a quarter note.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "MeterParts")]
pub struct Meter {
    numerator: u8,
    denominator: u8,
}

/// A meter as it is stored, not yet known to be one.
#[derive(Deserialize)]
struct MeterParts {
    numerator: u8,
    denominator: u8,
}

impl TryFrom<MeterParts> for Meter {
    type Error = String;

    fn try_from(MeterParts { numerator, denominator }: MeterParts) -> Result<Self, String> {
        Self::new(numerator, denominator).ok_or_else(|| {
            format!(
                "{numerator}/{denominator} is no meter; 1 to 64 beats of a note value of 1, 2, 4, 8, 16, 32 or 64 are"
            )
        })
    }
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(Ticks, u32)>")]
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

    /// The map without changes after a position.
    #[must_use]
    pub fn until(mut self, end: Ticks) -> Self {
        self.0.retain(|change| change.0 <= end.max(Ticks::ZERO));
        self
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

impl From<Vec<(Ticks, u32)>> for TempoMap {
    fn from(changes: Vec<(Ticks, u32)>) -> Self {
        Self::from_changes(changes)
    }
}

impl Default for TempoMap {
    fn default() -> Self {
        Self(vec![(Ticks::ZERO, Self::DEFAULT_MICROS)])
    }
}

/// Meters over time. Never empty; the first change stands at 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(Ticks, Meter)>")]
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

    /// The map without changes after a position.
    #[must_use]
    pub fn until(mut self, end: Ticks) -> Self {
        self.0.retain(|change| change.0 <= end.max(Ticks::ZERO));
        self
    }
}

impl From<Vec<(Ticks, Meter)>> for MeterMap {
    fn from(changes: Vec<(Ticks, Meter)>) -> Self {
        Self::from_changes(changes)
    }
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
