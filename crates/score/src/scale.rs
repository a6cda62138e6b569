//! Scales: a root and a mode, with a text form such as "D dorian".

use std::fmt;
use std::str::FromStr;

/// The shape of a scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Ionian.
    Major,
    /// Aeolian, the natural minor.
    Minor,
    /// Minor with a raised sixth.
    Dorian,
    /// Minor with a lowered second.
    Phrygian,
    /// Major with a raised fourth.
    Lydian,
    /// Major with a lowered seventh.
    Mixolydian,
    /// Minor with lowered second and fifth.
    Locrian,
    /// Minor with a raised seventh.
    HarmonicMinor,
    /// Minor with raised sixth and seventh.
    MelodicMinor,
    /// Five notes: 1 2 3 5 6.
    MajorPentatonic,
    /// Five notes: 1 b3 4 5 b7.
    MinorPentatonic,
    /// The minor pentatonic with a b5.
    Blues,
    /// Six whole tones.
    WholeTone,
    /// All twelve notes.
    Chromatic,
}

impl Mode {
    /// Every mode, in the order menus show them.
    pub const ALL: [Self; 14] = [
        Self::Major,
        Self::Minor,
        Self::Dorian,
        Self::Phrygian,
        Self::Lydian,
        Self::Mixolydian,
        Self::Locrian,
        Self::HarmonicMinor,
        Self::MelodicMinor,
        Self::MajorPentatonic,
        Self::MinorPentatonic,
        Self::Blues,
        Self::WholeTone,
        Self::Chromatic,
    ];

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Dorian => "dorian",
            Self::Phrygian => "phrygian",
            Self::Lydian => "lydian",
            Self::Mixolydian => "mixolydian",
            Self::Locrian => "locrian",
            Self::HarmonicMinor => "harmonic minor",
            Self::MelodicMinor => "melodic minor",
            Self::MajorPentatonic => "major pentatonic",
            Self::MinorPentatonic => "minor pentatonic",
            Self::Blues => "blues",
            Self::WholeTone => "whole tone",
            Self::Chromatic => "chromatic",
        }
    }

    /// Bit k is set if the note k semitones above the root belongs to the scale.
    #[must_use]
    pub fn mask(self) -> u16 {
        let degrees: &[u8] = match self {
            Self::Major => &[0, 2, 4, 5, 7, 9, 11],
            Self::Minor => &[0, 2, 3, 5, 7, 8, 10],
            Self::Dorian => &[0, 2, 3, 5, 7, 9, 10],
            Self::Phrygian => &[0, 1, 3, 5, 7, 8, 10],
            Self::Lydian => &[0, 2, 4, 6, 7, 9, 11],
            Self::Mixolydian => &[0, 2, 4, 5, 7, 9, 10],
            Self::Locrian => &[0, 1, 3, 5, 6, 8, 10],
            Self::HarmonicMinor => &[0, 2, 3, 5, 7, 8, 11],
            Self::MelodicMinor => &[0, 2, 3, 5, 7, 9, 11],
            Self::MajorPentatonic => &[0, 2, 4, 7, 9],
            Self::MinorPentatonic => &[0, 3, 5, 7, 10],
            Self::Blues => &[0, 3, 5, 6, 7, 10],
            Self::WholeTone => &[0, 2, 4, 6, 8, 10],
            Self::Chromatic => return 0xfff,
        };
        degrees.iter().fold(0, |mask, degree| mask | 1 << degree)
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "" | "ionian" | "maj" => Some(Self::Major),
            "m" | "min" | "aeolian" | "natural minor" => Some(Self::Minor),
            "pentatonic" => Some(Self::MajorPentatonic),
            _ => Self::ALL.into_iter().find(|mode| mode.name() == text),
        }
    }
}

/// A scale. Its text is the root and the mode: "F# harmonic minor".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scale {
    root: u8,
    mode: Mode,
}

impl Scale {
    /// What the twelve roots are called.
    pub const ROOT_NAMES: [&str; 12] = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];

    /// A scale on a pitch (its octave does not matter).
    #[must_use]
    pub fn new(root: u8, mode: Mode) -> Self {
        Self { root: root % 12, mode }
    }

    /// The root's pitch class, 0 for C.
    #[must_use]
    pub fn root(&self) -> u8 {
        self.root
    }

    /// The mode.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Bit k is set if pitch class k belongs to the scale.
    #[must_use]
    pub fn mask(&self) -> u16 {
        let mask = self.mode.mask() << self.root;
        (mask | self.mode.mask() >> (12 - self.root)) & 0xfff
    }

    /// Whether a pitch belongs to the scale.
    #[must_use]
    pub fn contains(&self, pitch: u8) -> bool {
        self.mask() >> (pitch % 12) & 1 == 1
    }

    /// The nearest MIDI pitch in the scale, the lower of two as near.
    #[must_use]
    pub fn nearest(&self, pitch: u8) -> u8 {
        let pitch = pitch.min(127);
        (0..12)
            .flat_map(|distance| [pitch.checked_sub(distance), pitch.checked_add(distance)])
            .flatten()
            .find(|&near| near < 128 && self.contains(near))
            .unwrap_or(pitch)
    }

    /// The names of the modes, in the order menus show them.
    #[must_use]
    pub fn names() -> [&'static str; Mode::ALL.len()] {
        Mode::ALL.map(Mode::name)
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", Self::ROOT_NAMES[usize::from(self.root)], self.mode.name())
    }
}

/// A text that is no scale.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScaleError {
    /// The text does not start with a note name.
    #[error(
        "“{0}” starts with no note name. A scale is a note from A to G, sharp (#) or flat (b), and a mode: “D dorian”."
    )]
    Root(String),
    /// The rest is no mode.
    #[error("“{0}” is no mode. Use one of: {names}.", names = Scale::names().join(", "))]
    Mode(String),
}

impl FromStr for Scale {
    type Err = ScaleError;

    /// Reads "D dorian", "c# Minor", "Bb blues", "F♯m" or a bare "G" (major).
    fn from_str(text: &str) -> Result<Self, ScaleError> {
        let text: String = text.trim().chars().take(64).collect();
        let no_root = || ScaleError::Root(text.clone());
        let mut rest = text.chars();
        let natural = match rest.next().ok_or_else(no_root)?.to_ascii_uppercase() {
            'C' => 0,
            'D' => 2,
            'E' => 4,
            'F' => 5,
            'G' => 7,
            'A' => 9,
            'B' => 11,
            _ => return Err(no_root()),
        };
        let mut mode = rest.as_str();
        let mut root = natural;
        while let Some(after) = mode.strip_prefix(['#', '♯']) {
            (root, mode) = (root + 1, after);
        }
        if root == natural {
            while let Some(after) = mode.strip_prefix(['b', '♭']).filter(|_| !mode.starts_with("blues")) {
                (root, mode) = (root + 11, after);
            }
        }
        let words: Vec<String> = mode.split([' ', '_', '-', '\t']).map(str::to_lowercase).collect();
        let mode = words.iter().filter(|word| !word.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ");
        let mode = Mode::parse(&mode).ok_or(ScaleError::Mode(mode))?;
        Ok(Self::new(u8::try_from(root % 12).unwrap_or(0), mode))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_name_scales() {
        let cases = [
            ("D dorian", "D dorian", 2),
            ("C# minor", "C# minor", 1),
            ("F major pentatonic", "F major pentatonic", 5),
            ("Bb blues", "Bb blues", 10),
            ("b blues", "B blues", 11),
            ("bblues", "B blues", 11),
            (" c  Ionian ", "C major", 0),
            ("A aeolian", "A minor", 9),
            ("Am", "A minor", 9),
            ("G", "G major", 7),
            ("E♭ lydian", "Eb lydian", 3),
            ("Cb major", "B major", 11),
            ("F## harmonic_minor", "G harmonic minor", 7),
            ("E whole-tone", "E whole tone", 4),
            ("A chromatic", "A chromatic", 9),
        ];
        for (text, name, root) in cases {
            let scale: Scale = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((scale.to_string().as_str(), scale.root()), (name, root), "{text}");
        }
    }

    #[test]
    fn masks_hold_the_named_notes() {
        let cases: [(&str, &[u8]); 8] = [
            ("C major", &[0, 2, 4, 5, 7, 9, 11]),
            ("A minor", &[0, 2, 4, 5, 7, 9, 11]),
            ("D dorian", &[0, 2, 4, 5, 7, 9, 11]),
            ("E phrygian", &[0, 2, 4, 5, 7, 9, 11]),
            ("F lydian", &[0, 2, 4, 5, 7, 9, 11]),
            ("B locrian", &[0, 2, 4, 5, 7, 9, 11]),
            ("A harmonic minor", &[0, 2, 4, 5, 8, 9, 11]),
            ("Bb blues", &[1, 3, 4, 5, 8, 10]),
        ];
        for (text, pitch_classes) in cases {
            let scale: Scale = text.parse().unwrap();
            let members: Vec<u8> = (0..12).filter(|&pitch| scale.contains(pitch)).collect();
            assert_eq!(members, pitch_classes, "{text}");
        }
    }

    #[test]
    fn every_scale_s_text_reads_back() {
        for root in 0..12 {
            for mode in Mode::ALL {
                let scale = Scale::new(root, mode);
                assert_eq!(scale.to_string().parse(), Ok(scale));
            }
        }
    }

    #[test]
    fn other_texts_are_refused_with_what_would_work() {
        let cases = [
            ("", "starts with no note name"),
            ("H major", "“H major” starts with no note name"),
            ("D dorain", "“dorain” is no mode. Use one of: major, minor, dorian"),
            ("C#b major", "is no mode"),
        ];
        for (text, part) in cases {
            let error = text.parse::<Scale>().unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn the_nearest_note_of_a_scale() {
        let c_major: Scale = "C major".parse().unwrap();
        let pentatonic: Scale = "Eb minor pentatonic".parse().unwrap();
        for (scale, pitch, nearest) in
            [(c_major, 60, 60), (c_major, 61, 60), (c_major, 126, 125), (pentatonic, 0, 1), (pentatonic, 127, 126)]
        {
            assert_eq!(scale.nearest(pitch), nearest, "{scale} {pitch}");
        }
        for pitch in 0..128 {
            assert!(c_major.contains(c_major.nearest(pitch)));
        }
    }
}
