//! The factory clips, embedded: something to continue before there is anything else.

/// A clip that comes with Solferino; where each is from is in assets/README.md.
#[derive(Clone, Copy, Debug)]
pub struct FactoryClip {
    /// What the menu calls it.
    pub title: &'static str,
    /// The MIDI file.
    pub bytes: &'static [u8],
}

/// The clips in the menu's order.
pub const CLIPS: [FactoryClip; 10] = [
    FactoryClip { title: "Melody", bytes: include_bytes!("../../assets/clips/melody.mid") },
    FactoryClip { title: "Jig", bytes: include_bytes!("../../assets/clips/jig.mid") },
    FactoryClip { title: "Waltz", bytes: include_bytes!("../../assets/clips/waltz.mid") },
    FactoryClip { title: "Chorale", bytes: include_bytes!("../../assets/clips/chorale.mid") },
    FactoryClip { title: "Drums", bytes: include_bytes!("../../assets/clips/drums.mid") },
    FactoryClip { title: "Drums, fusion", bytes: include_bytes!("../../assets/clips/drums-fusion.mid") },
    FactoryClip { title: "House", bytes: include_bytes!("../../assets/clips/house.mid") },
    FactoryClip { title: "Trap", bytes: include_bytes!("../../assets/clips/trap.mid") },
    FactoryClip { title: "Arpeggio", bytes: include_bytes!("../../assets/clips/arpeggio.mid") },
    FactoryClip { title: "Bass riff", bytes: include_bytes!("../../assets/clips/bass.mid") },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_factory_clip_has_notes() {
        for clip in CLIPS {
            let read = solferino_score::midi::read(clip.bytes).unwrap();
            assert!(!read.clip.is_empty(), "{}", clip.title);
        }
    }
}
