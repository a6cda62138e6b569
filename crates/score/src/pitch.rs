//! What pitches are called.

use crate::Scale;

/// The octave of pitch 0: pitch 60 is C3, as in Live and Bitwig.
const LOWEST_OCTAVE: i32 = -2;

/// The name of a MIDI pitch: "C3" for 60, "Bb-1" for 22.
#[must_use]
pub fn pitch_name(pitch: u8) -> String {
    format!("{}{}", Scale::ROOT_NAMES[usize::from(pitch % 12)], i32::from(pitch / 12) + LOWEST_OCTAVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_is_c3() {
        for (pitch, name) in [(60, "C3"), (59, "B2"), (61, "C#3"), (0, "C-2"), (22, "Bb-1"), (127, "G8")] {
            assert_eq!(pitch_name(pitch), name);
        }
    }
}
