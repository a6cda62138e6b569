//! The takes of the strip, on the audio thread.

use crate::Loop;
use std::sync::Arc;

/// What the control side sends to the audio thread.
#[derive(Clone, Debug)]
pub enum Payload {
    /// The loops that can be played.
    Bank(Arc<Bank>),
}

/// The loops of the strip in its order, and which of them the session chose. Made off the audio thread, never changed.
///
/// Two sides choose what plays: the session, when a person clicks or takes come, and the host, whose automation calls
/// [`crate::Stage::choose`]. The last choice holds. The session counts its own choices, and a bank carries that count:
/// - a bank with another count than the one before brings a choice of the session: its chosen loop plays;
/// - a bank with the same count brings none, only what the strip now holds: the loop with the tag of the one that plays
///   goes on. If it is gone, the chosen one plays.
///
/// The session hears from [`crate::Playhead`] what plays and which count the audio thread knows. When that is the session's
/// own count, it takes what plays for selected, without counting. A bank that it sends then is an echo and changes nothing,
/// however far automation has moved on meanwhile.
#[derive(Debug, Default)]
pub struct Bank {
    loops: Box<[Arc<Loop>]>,
    chosen: Option<usize>,
    choices: u64,
}

impl Bank {
    /// The most loops of a bank.
    pub const MOST: usize = 64;

    /// A bank of at most [`Bank::MOST`] loops; those beyond are left out, but for the chosen one, which then stands last.
    /// `chosen` is a place among them, `None` for silence; `choices` how many choices the session has made so far.
    #[must_use]
    pub fn new(mut loops: Vec<Arc<Loop>>, chosen: Option<usize>, choices: u64) -> Self {
        let mut chosen = chosen.filter(|&place| place < loops.len());
        if let Some(place) = chosen.filter(|&place| place >= Self::MOST) {
            loops.swap(Self::MOST - 1, place);
            chosen = Some(Self::MOST - 1);
        }
        loops.truncate(Self::MOST);
        Self { loops: loops.into_boxed_slice(), chosen, choices }
    }

    /// The loops in the strip's order.
    #[must_use]
    pub fn loops(&self) -> &[Arc<Loop>] {
        &self.loops
    }

    /// Which of them the session chose.
    #[must_use]
    pub fn chosen(&self) -> Option<usize> {
        self.chosen
    }

    /// How many choices the session had made.
    #[must_use]
    pub fn choices(&self) -> u64 {
        self.choices
    }

    /// The loop that this bank makes play where a loop with this tag plays from a bank with that count.
    pub(crate) fn next(&self, playing: Option<u64>, choices: u64) -> Option<&Arc<Loop>> {
        let goes_on = || self.loops.iter().find(|clip| Some(clip.tag()) == playing);
        let chosen = || self.loops.get(self.chosen?);
        if self.choices == choices { goes_on().or_else(chosen) } else { chosen() }
    }
}
