//! Which lanes of a clip are continued.

use serde::{Deserialize, Serialize};
use solferino_score::{Clip, Lane, LaneKind};

/// What is continued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// One pitched voice.
    Melody,
    /// The drums.
    Drums,
}

impl Part {
    /// What it is called in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Melody => "a melody",
            Self::Drums => "drums",
        }
    }
}

/// The part that is continued when none is asked for: the drums if nothing else has notes, else the melody.
#[must_use]
pub fn part_of(clip: &Clip) -> Part {
    let mut sounding = clip.lanes.iter().filter(|lane| !lane.notes.is_empty()).peekable();
    if sounding.peek().is_some() && sounding.all(|lane| lane.kind == LaneKind::Drums) {
        Part::Drums
    } else {
        Part::Melody
    }
}

/// The lanes with notes that make up a part, the one that gets new notes by default first.
///
/// Melody: one lane, the first of kind melody, else chords, else bass, else drums; of several the one with the most
/// notes. Drums: every drum lane; in a clip without one, the lane with the most notes, taken as drums (pads are often
/// recorded on channel 1). Empty only if the clip has no notes.
pub(crate) fn lanes_of(clip: &Clip, part: Part) -> Vec<usize> {
    let with = |fits: &dyn Fn(&Lane) -> bool| -> Vec<usize> {
        (0..clip.lanes.len()).filter(|&i| !clip.lanes[i].notes.is_empty() && fits(&clip.lanes[i])).collect()
    };
    // The first of the lanes with the most notes.
    let fullest = |lanes: Vec<usize>| lanes.into_iter().rev().max_by_key(|&i| clip.lanes[i].notes.len());
    if part == Part::Drums {
        let drums = with(&|lane| lane.kind == LaneKind::Drums);
        return if drums.is_empty() { fullest(with(&|_| true)).into_iter().collect() } else { drums };
    }
    [LaneKind::Melody, LaneKind::Chords, LaneKind::Bass, LaneKind::Drums]
        .into_iter()
        .find_map(|kind| fullest(with(&|lane| lane.kind == kind)))
        .into_iter()
        .collect()
}
