//! What the source of an XDND drag does next: the protocol (version 5) as a machine without any I/O.
//!
//! Source: freedesktop.org, "Drag-and-Drop Protocol for the X Window System".

use std::time::Duration;

/// The version of the protocol that is spoken here.
pub const VERSION: u32 = 5;

/// The oldest version of a target that is served.
pub const OLDEST: u32 = 3;

/// How long a target may take to say whether it would take the files, once the button is released.
pub const STATUS_PATIENCE: Duration = Duration::from_millis(1_000);

/// How long a target may take over the files.
pub const FINISH_PATIENCE: Duration = Duration::from_secs(10);

/// A window that takes drops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The window itself.
    pub window: u32,
    /// The window that messages for it are sent to: itself, or its proxy.
    pub inbox: u32,
    /// The version that both sides speak.
    pub version: u32,
}

/// What the source has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The pointer, at a look.
    Pointer {
        /// From the root window's left edge, in pixels.
        x: i16,
        /// From its top edge.
        y: i16,
        /// Whether the left button is down.
        pressed: bool,
        /// What is under it.
        over: Option<Target>,
    },
    /// A target said whether it would take the files.
    Status {
        /// The window that says so.
        window: u32,
        /// Whether it would.
        accepts: bool,
    },
    /// A target has the files, or does not want them.
    Finished {
        /// The window that says so.
        window: u32,
    },
}

/// What the source has to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Send {
    /// The pointer came over a target.
    Enter(Target),
    /// It moved there.
    Position(Target, i16, i16),
    /// It left.
    Leave(Target),
    /// The button was released over it.
    Drop(Target),
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The button is down.
    Dragging,
    /// It was released before the target had answered; since when.
    Released(Duration),
    /// The target takes the files; since when.
    Dropped(Duration),
    /// The target has them.
    Done,
    /// Nobody wanted them.
    Cancelled,
}

/// The machine.
#[derive(Debug)]
pub struct Source {
    stage: Stage,
    over: Option<Target>,
    accepts: bool,
    /// A position has been sent and not answered; none may be sent until then.
    asked: bool,
    /// Where the pointer is, if the target has not been told.
    untold: Option<(i16, i16)>,
    told: Option<(i16, i16)>,
}

impl Source {
    /// A drag that starts now.
    pub fn new() -> Self {
        Self { stage: Stage::Dragging, over: None, accepts: false, asked: false, untold: None, told: None }
    }

    /// How far it is.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Takes note of what was seen, `now` after some fixed moment, and says what to send.
    pub fn see(&mut self, seen: Seen, now: Duration, send: &mut impl FnMut(Send)) {
        match (self.stage, seen) {
            (Stage::Dragging, Seen::Pointer { x, y, pressed, over }) => {
                self.move_to(over, x, y, send);
                if !pressed {
                    self.release(now, send);
                }
            }
            (Stage::Dragging | Stage::Released(_), Seen::Status { window, accepts })
                if self.over.is_some_and(|over| over.window == window) =>
            {
                self.accepts = accepts;
                self.asked = false;
                // Where the button was released counts, so the target hears of it before the drop.
                self.tell(send);
                if matches!(self.stage, Stage::Released(_)) && !self.asked {
                    self.release(now, send);
                }
            }
            (Stage::Dropped(_), Seen::Finished { window }) if self.over.is_some_and(|over| over.window == window) => {
                self.stage = Stage::Done;
            }
            _ => {}
        }
        self.give_up(now, send);
    }

    fn move_to(&mut self, over: Option<Target>, x: i16, y: i16, send: &mut impl FnMut(Send)) {
        if over != self.over {
            if let Some(left) = self.over {
                send(Send::Leave(left));
            }
            *self = Self { over, ..Self::new() };
            if let Some(entered) = over {
                send(Send::Enter(entered));
            }
        }
        self.untold = Some((x, y)).filter(|at| self.told != Some(*at));
        self.tell(send);
    }

    fn tell(&mut self, send: &mut impl FnMut(Send)) {
        let Some(over) = self.over.filter(|_| !self.asked) else { return };
        if let Some((x, y)) = self.untold.take() {
            send(Send::Position(over, x, y));
            self.told = Some((x, y));
            self.asked = true;
        }
    }

    fn release(&mut self, now: Duration, send: &mut impl FnMut(Send)) {
        self.stage = match self.over {
            Some(_) if self.asked => Stage::Released(now),
            Some(over) if self.accepts => {
                send(Send::Drop(over));
                Stage::Dropped(now)
            }
            _ => self.cancel(send),
        };
    }

    /// A target that is too slow loses the files, or is believed to have them.
    fn give_up(&mut self, now: Duration, send: &mut impl FnMut(Send)) {
        match self.stage {
            Stage::Released(since) if now.saturating_sub(since) >= STATUS_PATIENCE => self.stage = self.cancel(send),
            Stage::Dropped(since) if now.saturating_sub(since) >= FINISH_PATIENCE => self.stage = Stage::Done,
            _ => {}
        }
    }

    fn cancel(&mut self, send: &mut impl FnMut(Send)) -> Stage {
        if let Some(over) = self.over.take() {
            send(Send::Leave(over));
        }
        Stage::Cancelled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Target = Target { window: 1, inbox: 1, version: 5 };
    const B: Target = Target { window: 2, inbox: 3, version: 5 };

    fn at(x: i16, over: Option<Target>) -> Seen {
        Seen::Pointer { x, y: 0, pressed: true, over }
    }

    fn released(x: i16, over: Option<Target>) -> Seen {
        Seen::Pointer { x, y: 0, pressed: false, over }
    }

    fn status(window: u32, accepts: bool) -> Seen {
        Seen::Status { window, accepts }
    }

    #[test]
    fn drags_go_as_the_protocol_says() {
        type Case<'a> = (&'a str, &'a [Seen], &'a [Send], fn(Stage) -> bool);
        let cases: &[Case<'_>] = &[
            ("over nothing", &[at(0, None), released(5, None)], &[], |s| s == Stage::Cancelled),
            (
                "a drop",
                &[at(1, Some(A)), status(1, true), released(1, Some(A)), Seen::Finished { window: 1 }],
                &[Send::Enter(A), Send::Position(A, 1, 0), Send::Drop(A)],
                |s| s == Stage::Done,
            ),
            (
                "positions wait for the answer, and only the last is told",
                &[at(1, Some(A)), at(2, Some(A)), at(3, Some(A)), status(1, true)],
                &[Send::Enter(A), Send::Position(A, 1, 0), Send::Position(A, 3, 0)],
                |s| s == Stage::Dragging,
            ),
            (
                "a pointer that rests is told once",
                &[at(1, Some(A)), status(1, true), at(1, Some(A)), at(1, Some(A))],
                &[Send::Enter(A), Send::Position(A, 1, 0)],
                |s| s == Stage::Dragging,
            ),
            (
                "a target that refuses",
                &[at(1, Some(A)), status(1, false), released(1, Some(A))],
                &[Send::Enter(A), Send::Position(A, 1, 0), Send::Leave(A)],
                |s| s == Stage::Cancelled,
            ),
            (
                "from one target to the next",
                &[at(1, Some(A)), status(1, true), at(9, Some(B)), status(2, true), released(9, Some(B))],
                &[
                    Send::Enter(A),
                    Send::Position(A, 1, 0),
                    Send::Leave(A),
                    Send::Enter(B),
                    Send::Position(B, 9, 0),
                    Send::Drop(B),
                ],
                |s| matches!(s, Stage::Dropped(_)),
            ),
            (
                "an answer of the target before does not count",
                &[at(1, Some(A)), at(9, Some(B)), status(1, true), released(9, Some(B))],
                &[Send::Enter(A), Send::Position(A, 1, 0), Send::Leave(A), Send::Enter(B), Send::Position(B, 9, 0)],
                |s| matches!(s, Stage::Released(_)),
            ),
            (
                "released before the answer, then accepted",
                &[at(1, Some(A)), released(1, Some(A)), status(1, true)],
                &[Send::Enter(A), Send::Position(A, 1, 0), Send::Drop(A)],
                |s| matches!(s, Stage::Dropped(_)),
            ),
            (
                "released elsewhere before the answer",
                &[at(1, Some(A)), released(50, Some(A)), status(1, false), status(1, true)],
                &[Send::Enter(A), Send::Position(A, 1, 0), Send::Position(A, 50, 0), Send::Drop(A)],
                |s| matches!(s, Stage::Dropped(_)),
            ),
            (
                "back where it was before the answer",
                &[at(1, Some(A)), at(5, Some(A)), at(1, Some(A)), status(1, true)],
                &[Send::Enter(A), Send::Position(A, 1, 0)],
                |s| s == Stage::Dragging,
            ),
            (
                "released before the answer, then refused",
                &[at(1, Some(A)), released(1, Some(A)), status(1, false)],
                &[Send::Enter(A), Send::Position(A, 1, 0), Send::Leave(A)],
                |s| s == Stage::Cancelled,
            ),
            (
                "the pointer after the drop is none of its business",
                &[at(1, Some(A)), status(1, true), released(1, Some(A)), at(5, Some(B)), at(6, None)],
                &[Send::Enter(A), Send::Position(A, 1, 0), Send::Drop(A)],
                |s| matches!(s, Stage::Dropped(_)),
            ),
        ];
        for (name, seen, expected, stage) in cases {
            let mut source = Source::new();
            let mut sent = Vec::new();
            for &each in *seen {
                source.see(each, Duration::ZERO, &mut |send| sent.push(send));
            }
            assert_eq!(sent, *expected, "{name}");
            assert!(stage(source.stage()), "{name}: {:?}", source.stage());
        }
    }

    #[test]
    fn slow_targets_are_given_up() {
        let mut sent = Vec::new();
        let mut source = Source::new();
        source.see(at(1, Some(A)), Duration::ZERO, &mut |send| sent.push(send));
        source.see(released(1, Some(A)), Duration::ZERO, &mut |send| sent.push(send));
        source.see(released(1, Some(A)), STATUS_PATIENCE, &mut |send| sent.push(send));
        assert_eq!(source.stage(), Stage::Cancelled);
        assert_eq!(sent.last(), Some(&Send::Leave(A)));

        let mut source = Source::new();
        for seen in [at(1, Some(A)), status(1, true), released(1, Some(A))] {
            source.see(seen, Duration::ZERO, &mut |_| {});
        }
        source.see(released(1, Some(A)), FINISH_PATIENCE, &mut |_| {});
        assert_eq!(source.stage(), Stage::Done, "a target that never finishes may well have the files");
    }
}
