//! The recipes of the nine drums.

/// A drum.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recipe {
    /// Level of the whole.
    pub level: f64,
    /// How much louder on the right than on the left, -1 to 1.
    pub pan: f32,
    /// Seconds to rise.
    pub rise: f64,
    /// Seconds in which the hit before falls by 60 dB when the drum is hit again.
    pub damp: f64,
    pub body: Tone,
    pub modes: Modes,
    /// The stick or skin, and the breath.
    pub noises: [Breath; 2],
}

/// A sine that falls in pitch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tone {
    pub level: f64,
    /// Hertz at the end, and above that at the start.
    pub rest: f64,
    pub above: [f64; 2],
    /// Seconds in which those fall by 60 dB.
    pub falls: [f64; 2],
    /// Seconds in which the loudness does.
    pub fall: f64,
    /// How much warmth it has, a third harmonic: 0 for none, 0.5 for much.
    pub drive: f32,
}

/// Where the partials of a drum lie.
#[derive(Clone, Copy, Debug)]
pub(super) enum Places {
    /// A list of hertz and levels.
    Listed(&'static [(f64, f64)]),
    /// Odd multiples of six square waves, as the cymbals of the TR-808 are made, between two hertz.
    Squares(f64, f64),
    /// Spread like the modes of a plate between two hertz.
    Plate(f64, f64),
}

/// Partials.
#[derive(Clone, Copy, Debug)]
pub(super) struct Modes {
    pub level: f64,
    pub places: Places,
    /// Seconds in which the lowest falls by 60 dB, and the exponent by which higher ones fall faster.
    pub fall: f64,
    pub haste: f64,
    /// Loudness by height, in dB an octave.
    pub tilt: f64,
    /// How much velocity brightens.
    pub bite: f64,
}

/// A band of noise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Breath {
    pub level: f64,
    /// Hertz of its edges.
    pub low: f64,
    pub high: f64,
    /// Resonance of the lower edge, 0.7 for none.
    pub peak: f64,
    /// Seconds to fall by 60 dB.
    pub fall: f64,
    /// How much of it is at the sides.
    pub width: f32,
    /// How much it grows with velocity beyond the drum's loudness: an exponent.
    pub bite: f64,
}

const NO_BODY: Tone = Tone { level: 0.0, rest: 100.0, above: [0.0; 2], falls: [0.1; 2], fall: 0.1, drive: 0.0 };
const NO_MODES: Modes = Modes { level: 0.0, places: Places::Listed(&[]), fall: 0.1, haste: 0.0, tilt: 0.0, bite: 0.0 };

const KICK: Recipe = Recipe {
    level: 0.8,
    pan: 0.0,
    rise: 0.0004,
    damp: 0.02,
    body: Tone { level: 1.0, rest: 49.0, above: [75.0, 300.0], falls: [0.28, 0.045], fall: 0.66, drive: 0.5 },
    modes: NO_MODES,
    noises: [
        Breath { level: 0.5, low: 1_500.0, high: 7_000.0, peak: 0.7, fall: 0.018, width: 0.0, bite: 0.8 },
        Breath { level: 0.12, low: 180.0, high: 900.0, peak: 0.7, fall: 0.09, width: 0.0, bite: 0.3 },
    ],
};

const SNARE: Recipe = Recipe {
    level: 0.62,
    pan: 0.03,
    rise: 0.0005,
    damp: 0.03,
    body: Tone { level: 0.42, rest: 182.0, above: [40.0, 120.0], falls: [0.12, 0.03], fall: 0.22, drive: 0.25 },
    modes: Modes {
        level: 0.3,
        places: Places::Listed(&[
            (331.0, 1.0),
            (418.0, 0.4),
            (525.0, 0.35),
            (688.0, 0.25),
            (905.0, 0.18),
            (1_180.0, 0.12),
            (1_540.0, 0.08),
        ]),
        fall: 0.16,
        haste: 0.5,
        tilt: 0.0,
        bite: 0.5,
    },
    noises: [
        Breath { level: 0.9, low: 2_400.0, high: 10_500.0, peak: 0.7, fall: 0.055, width: 0.15, bite: 0.5 },
        Breath { level: 0.62, low: 1_300.0, high: 9_000.0, peak: 1.0, fall: 0.32, width: 0.4, bite: 0.15 },
    ],
};

const HAT: Modes =
    Modes { level: 0.55, places: Places::Squares(5_000.0, 15_500.0), fall: 0.14, haste: 0.5, tilt: -1.5, bite: 0.5 };

const CLOSED_HAT: Recipe = Recipe {
    level: 0.34,
    pan: 0.18,
    rise: 0.0005,
    damp: 0.015,
    body: NO_BODY,
    modes: HAT,
    noises: [
        Breath { level: 0.75, low: 8_000.0, high: 17_000.0, peak: 0.8, fall: 0.12, width: 0.35, bite: 0.3 },
        Breath { level: 0.35, low: 3_500.0, high: 9_000.0, peak: 0.7, fall: 0.02, width: 0.1, bite: 0.5 },
    ],
};

const OPEN_HAT: Recipe = Recipe {
    level: 0.32,
    damp: 0.03,
    modes: Modes { fall: 0.75, ..HAT },
    noises: [
        Breath { level: 0.65, low: 7_000.0, high: 16_500.0, peak: 0.8, fall: 0.62, width: 0.45, bite: 0.2 },
        Breath { level: 0.4, low: 3_500.0, high: 9_000.0, peak: 0.7, fall: 0.03, width: 0.1, bite: 0.5 },
    ],
    ..CLOSED_HAT
};

const TOM_BREATH: [Breath; 2] = [
    Breath { level: 0.3, low: 1_200.0, high: 5_000.0, peak: 0.7, fall: 0.022, width: 0.05, bite: 0.8 },
    Breath { level: 0.16, low: 250.0, high: 1_600.0, peak: 0.7, fall: 0.16, width: 0.25, bite: 0.3 },
];

const fn tom(pitch: f64, pan: f32, fall: f64, places: &'static [(f64, f64)]) -> Recipe {
    Recipe {
        level: 0.6,
        pan,
        rise: 0.0005,
        damp: 0.03,
        body: Tone {
            level: 0.95,
            rest: pitch,
            above: [pitch * 0.32, pitch * 0.7],
            falls: [0.35, 0.05],
            fall,
            drive: 0.25,
        },
        modes: Modes { level: 0.16, places: Places::Listed(places), fall: 0.26, haste: 0.4, tilt: 0.0, bite: 0.5 },
        noises: TOM_BREATH,
    }
}

const LOW_TOM: Recipe = tom(82.0, 0.22, 0.85, &[(130.0, 1.0), (176.0, 0.6), (246.0, 0.35)]);
const MID_TOM: Recipe = tom(118.0, 0.05, 0.7, &[(187.0, 1.0), (254.0, 0.6), (354.0, 0.35)]);
const HIGH_TOM: Recipe = tom(164.0, -0.2, 0.58, &[(260.0, 1.0), (353.0, 0.6), (492.0, 0.35)]);

const CRASH: Recipe = Recipe {
    level: 0.36,
    pan: -0.18,
    rise: 0.0012,
    damp: 0.12,
    body: NO_BODY,
    modes: Modes { level: 0.5, places: Places::Plate(560.0, 12_500.0), fall: 3.4, haste: 0.35, tilt: 1.5, bite: 0.25 },
    noises: [
        Breath { level: 0.75, low: 2_800.0, high: 15_000.0, peak: 0.7, fall: 0.5, width: 0.5, bite: 0.9 },
        Breath { level: 0.5, low: 4_200.0, high: 13_000.0, peak: 0.8, fall: 2.6, width: 0.7, bite: 0.7 },
    ],
};

const RIDE: Recipe = Recipe {
    level: 0.24,
    pan: 0.2,
    rise: 0.0005,
    damp: 0.25,
    body: NO_BODY,
    modes: Modes {
        level: 0.75,
        places: Places::Listed(&[
            (498.0, 0.05),
            (784.0, 0.07),
            (1_123.0, 0.10),
            (1_467.0, 0.16),
            (1_902.0, 0.2),
            (2_291.0, 0.28),
            (2_677.0, 0.35),
            (3_083.0, 0.8),
            (3_402.0, 0.35),
            (3_871.0, 0.6),
            (4_233.0, 0.9),
            (4_689.0, 0.5),
            (5_112.0, 0.7),
            (5_407.0, 0.6),
            (5_893.0, 0.5),
            (6_342.0, 0.45),
            (6_755.0, 0.5),
            (7_219.0, 0.4),
            (7_688.0, 0.42),
            (8_127.0, 0.35),
            (8_633.0, 0.36),
            (9_102.0, 0.3),
            (9_587.0, 0.3),
            (10_141.0, 0.25),
            (10_630.0, 0.24),
            (11_205.0, 0.2),
            (11_688.0, 0.2),
            (12_307.0, 0.16),
            (12_911.0, 0.15),
            (13_498.0, 0.12),
            (14_120.0, 0.1),
            (14_803.0, 0.08),
        ]),
        fall: 5.5,
        haste: 0.45,
        tilt: 0.0,
        bite: 0.25,
    },
    noises: [
        Breath { level: 0.5, low: 4_500.0, high: 12_000.0, peak: 0.8, fall: 0.03, width: 0.1, bite: 1.0 },
        Breath { level: 0.14, low: 5_200.0, high: 14_000.0, peak: 0.7, fall: 1.3, width: 0.6, bite: 0.7 },
    ],
};

/// The drums in order of their class.
pub(super) const RECIPES: [Recipe; solferino_score::drums::CLASSES] =
    [KICK, SNARE, CLOSED_HAT, OPEN_HAT, LOW_TOM, MID_TOM, HIGH_TOM, CRASH, RIDE];

/// The class whose hit ends an open hat, and the open hat's.
pub(super) const CLOSED: usize = 2;
/// See [`CLOSED`].
pub(super) const OPEN: usize = 3;

impl Places {
    /// The frequency in hertz and level of one of `count` partials; level 0 where there is none.
    pub fn place(self, index: usize, count: usize) -> (f64, f64) {
        let part = index as f64 / count as f64;
        match self {
            Self::Listed(list) => list.get(index).copied().unwrap_or((1.0, 0.0)),
            Self::Squares(low, high) => {
                const SQUARES: [f64; 6] = [205.3, 304.4, 369.6, 522.7, 540.0, 800.0];
                let square = SQUARES[index % 6];
                // The odd multiples of each square that lie in the range, evenly picked.
                let hertz = low + (high - low) * part;
                let multiple = 2.0 * (hertz / square / 2.0).floor() + 1.0;
                (square * multiple, 1.0)
            }
            Self::Plate(low, high) => {
                // A plate has as many modes in one band of hertz as in the next; the ear wants some more low ones. The
                // golden angle keeps them from forming a chord.
                let jitter = (index as f64 * 0.618_034).fract() - 0.5;
                let height = libm::pow((part + 0.6 * jitter / count as f64).max(0.0), 1.35);
                (low + (high - low) * height, 1.0)
            }
        }
    }
}
