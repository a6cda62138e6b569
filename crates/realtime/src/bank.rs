//! The takes of the strip, on the audio thread.

use crate::Loop;
use std::sync::Arc;

/// What the control side sends to the audio thread.
#[derive(Clone, Debug)]
pub enum Payload {
    /// The loops that can be played.
    Bank(Arc<Bank>),
}

/// The loops of the strip in its order, and the one that the session chose. Made off the audio thread, never changed.
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
    chosen: Option<Arc<Loop>>,
    choices: u64,
}

impl Bank {
    /// The most loops of a bank; so many places automation can reach.
    pub const MOST: usize = 64;

    /// A bank of at most [`Bank::MOST`] loops; those beyond are left out. `chosen` is the loop that plays by the session's
    /// choice, `None` for silence. It need not be one of the strip's: a preview has no place there. `choices` is how many
    /// choices the session has made so far.
    #[must_use]
    pub fn new(mut loops: Vec<Arc<Loop>>, chosen: Option<Arc<Loop>>, choices: u64) -> Self {
        loops.truncate(Self::MOST);
        Self { loops: loops.into_boxed_slice(), chosen, choices }
    }

    /// The loops in the strip's order.
    #[must_use]
    pub fn loops(&self) -> &[Arc<Loop>] {
        &self.loops
    }

    /// The loop that the session chose.
    #[must_use]
    pub fn chosen(&self) -> Option<&Arc<Loop>> {
        self.chosen.as_ref()
    }

    /// How many choices the session had made.
    #[must_use]
    pub fn choices(&self) -> u64 {
        self.choices
    }

    /// The loop that this bank makes play where a loop with this tag plays from a bank with that count.
    pub(crate) fn next(&self, playing: Option<u64>, choices: u64) -> Option<&Arc<Loop>> {
        let goes_on = || self.loops.iter().chain(&self.chosen).find(|clip| Some(clip.tag()) == playing);
        if self.choices == choices { goes_on().or(self.chosen()) } else { self.chosen() }
    }
}
