//! Which lanes of a clip are continued.

use solferino_score::{Clip, Lane, LaneKind};

/// What is continued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
/// Melody: [`Clip::melody_lane`]; in a clip of nothing but drums, their fullest lane. Drums: every drum lane, the fullest
/// first; in a clip without one, the lane with the most notes, taken as drums (pads are often recorded on channel 1).
/// Empty only if the clip has no notes.
pub(super) fn lanes_of(clip: &Clip, part: Part) -> Vec<usize> {
    let first = match part {
        Part::Melody => clip.melody_lane().or_else(|| clip.drum_lane()),
        Part::Drums => clip.drum_lane().or_else(|| fullest(clip)),
    };
    let more =
        clip.lanes.iter().enumerate().filter(|(_, lane)| part == Part::Drums && is_drums(lane)).map(|lane| lane.0);
    first.into_iter().chain(more.filter(|lane| first.is_some_and(|first| first != *lane))).collect()
}

/// The first of the lanes with the most notes.
fn fullest(clip: &Clip) -> Option<usize> {
    let lanes = clip.lanes.iter().enumerate().rev().filter(|(_, lane)| !lane.notes.is_empty());
    lanes.max_by_key(|(_, lane)| lane.notes.len()).map(|lane| lane.0)
}

fn is_drums(lane: &Lane) -> bool {
    lane.kind == LaneKind::Drums && !lane.notes.is_empty()
}
