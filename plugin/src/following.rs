//! The selected take follows the controls: while one of Continue's controls moves in the window, a preview of the same take
//! with the new values plays in its place, until it is kept or undone.

use crate::params::SolferinoParams;
use solferino_session::{Asked, Slot, Snapshot, Take};
use solferino_tools::{Request, Tool};
use std::time::{Duration, Instant};

/// How long after the last move of a control its value is still looked at: a host may take a while to set it.
const LINGER: Duration = Duration::from_millis(500);
/// How long a preview may take before a newer one is asked for in its place.
const PATIENCE: Duration = Duration::from_millis(150);

/// Whether a control moves, and what was asked for because of it.
#[derive(Debug, Default)]
pub struct Following {
    until: Option<Instant>,
    asked: Option<(Request, Instant)>,
}

impl Following {
    /// A control has moved.
    pub fn begin(&mut self, now: Instant) {
        self.until = Some(now + LINGER);
    }

    /// No control moves any more.
    pub fn end(&mut self) {
        *self = Self::default();
    }

    /// What to ask for as a preview now, if there is something new. It is taken as asked for.
    pub fn next(&mut self, params: &SolferinoParams, snapshot: &Snapshot, now: Instant) -> Option<Request> {
        if self.until? < now {
            self.end();
            return None;
        }
        let wanted = wanted(params, snapshot)?;
        let shown = snapshot.preview.as_ref().or(snapshot.selected_take()).and_then(|take| request(take));
        if let Some((asked, at)) = &self.asked {
            let waiting = shown != Some(asked) && now < *at + PATIENCE;
            if *asked == wanted || waiting {
                return None;
            }
        } else if shown.is_some_and(|shown| same_but_takes(shown, &wanted)) {
            return None;
        }
        self.asked = Some((wanted.clone(), now));
        Some(wanted)
    }
}

/// The selected take's request with the values of the controls, up to that take: so it stays the same take. Only if
/// Continue made it of what is in source A.
fn wanted(params: &SolferinoParams, snapshot: &Snapshot) -> Option<Request> {
    let take = snapshot.selected_take()?;
    let source = snapshot.source(Slot::A)?;
    let [parent] = &take.provenance.parents[..] else { return None };
    if (parent.slot, &parent.name, parent.take) != (Slot::A, &source.clip.name, source.origin) {
        return None;
    }
    let asked = request(take)?;
    let Tool::Continue(_) = asked.tool;
    let mut wanted = params.continue_request(0, snapshot.settings.model.clone());
    wanted.common.seed = asked.common.seed;
    wanted.common.takes = take.provenance.number + 1;
    Some(wanted)
}

fn request(take: &Take) -> Option<&Request> {
    match &take.provenance.tool {
        Asked::Known(request) => Some(request),
        Asked::Unknown(_) => None,
    }
}

/// Whether two requests differ in nothing but how many takes they ask for: take k is the same then.
fn same_but_takes(a: &Request, b: &Request) -> bool {
    let mut a = a.clone();
    a.common.takes = b.common.takes;
    a == *b
}
