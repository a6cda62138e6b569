//! The lock-free way to the audio thread and back.

use crate::{Bank, Loop, NoteEvent, Payload, Player, Transport};
use rtrb::{Consumer, Producer, PushError, RingBuffer};
use std::sync::Arc;

/// How many payloads may be with the audio thread at once: on their way there, in use, or on their way back.
const PAYLOADS: usize = 32;

/// How fast the shown peak falls, in seconds to a tenth.
const PEAK_FALL: f64 = 0.5;

/// What the audio thread last said.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Playhead {
    /// Whether the song moves.
    pub playing: bool,
    /// Quarters from the song's start at the end of the last block; the last known place when it stands still.
    pub song: f64,
    /// Quarters from the clip's start; `None` without a clip.
    pub clip: Option<f64>,
    /// The [`Loop::tag`] of what plays.
    pub tag: Option<u64>,
    /// The [`Bank::choices`] of the bank that plays.
    pub choices: u64,
    /// Quarters a minute.
    pub tempo: f64,
    /// Peak of the left and the right output, falling slowly; 1 is full scale.
    pub peaks: [f32; 2],
}

/// The two ends of a handoff: the desk for the control side, the stage for the audio side.
#[must_use]
pub fn handoff() -> (Desk, Stage) {
    let (payloads_in, payloads_out) = RingBuffer::new(PAYLOADS);
    let (returns_in, returns_out) = RingBuffer::new(PAYLOADS);
    let (playhead_in, playhead_out) = triple_buffer::triple_buffer(&Playhead::default());
    let desk = Desk { payloads: payloads_in, returns: returns_out, playhead: playhead_out, waiting: None, lent: 0 };
    let stage = Stage {
        player: Player::new(),
        bank: None,
        choices: 0,
        payloads: payloads_out,
        returns: returns_in,
        playhead: playhead_in,
        said: Playhead::default(),
        peak_fall: 1.0,
    };
    (desk, stage)
}

/// The control side: any thread but the audio thread, one at a time.
///
/// Guarantees: a call never waits for the audio thread, and the last bank sent is the one that holds, however busy or idle
/// that thread is. A payload that is no longer used is dropped here, in [`Desk::collect`], never over there.
pub struct Desk {
    payloads: Producer<Payload>,
    returns: Consumer<Payload>,
    playhead: triple_buffer::Output<Playhead>,
    /// The last payload, while there is no room to send it.
    waiting: Option<Payload>,
    /// How many payloads the audio thread has; never more than the way back can hold.
    lent: usize,
}

impl Desk {
    /// Sends a payload; it is in use from the next block on.
    pub fn send(&mut self, payload: Payload) {
        self.waiting = Some(payload);
        self.collect();
    }

    /// Drops the payloads that came back, and sends one that had to wait; how many came back. Call it now and then (every
    /// 20 ms or so) while a plug-in lives.
    pub fn collect(&mut self) -> usize {
        let mut collected = 0;
        while self.returns.pop().is_ok() {
            collected += 1;
        }
        self.lent -= collected;
        if self.lent < PAYLOADS
            && let Some(payload) = self.waiting.take()
        {
            match self.payloads.push(payload) {
                Ok(()) => self.lent += 1,
                Err(PushError::Full(payload)) => self.waiting = Some(payload),
            }
        }
        collected
    }

    /// What the audio thread last said.
    pub fn playhead(&mut self) -> Playhead {
        *self.playhead.read()
    }

    /// How many payloads are with the audio thread: waiting, in use, or not collected yet.
    #[must_use]
    pub fn lent(&self) -> usize {
        self.lent
    }
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("lent", &self.lent).finish_non_exhaustive()
    }
}

/// The audio side: a [`Player`] that takes its loops from a [`Desk`]; see [`Bank`] for which of them plays.
///
/// Drop it on any thread but the audio thread.
pub struct Stage {
    player: Player,
    /// Holds every loop that the player plays, so that none is freed here.
    bank: Option<Arc<Bank>>,
    /// The session's choices that have come.
    choices: u64,
    payloads: Consumer<Payload>,
    returns: Producer<Payload>,
    playhead: triple_buffer::Input<Playhead>,
    said: Playhead,
    /// What the shown peaks are multiplied by for the last block.
    peak_fall: f32,
}

impl Stage {
    /// Plays the loop at this place of the bank from the next block's first sample on, also over a choice of the session
    /// that has come. Ignored when the bank has none there; nothing changes when it plays already.
    #[cfg_attr(feature = "rtsan", rtsan_standalone::nonblocking)]
    pub fn choose(&mut self, place: usize) {
        self.receive();
        if let Some(bank) = &self.bank
            && let Some(next) = bank.loops().get(place)
        {
            play(&mut self.player, Some(next));
        }
    }

    /// Takes what has come from the desk into use.
    fn receive(&mut self) {
        while let Ok(Payload::Bank(bank)) = self.payloads.pop() {
            let playing = self.player.clip().map(Loop::tag);
            play(&mut self.player, bank.next(playing, self.choices));
            self.choices = bank.choices();
            if let Some(last) = self.bank.replace(bank)
                && let Err(PushError::Full(last)) = self.returns.push(Payload::Bank(last))
            {
                // The desk lends no more than the way back can hold. Were it otherwise, a leak is better than a free.
                std::mem::forget(last);
            }
        }
    }

    /// Takes what has come from the desk into use, then plays a block; see [`Player::process`].
    #[cfg_attr(feature = "rtsan", rtsan_standalone::nonblocking)]
    #[expect(clippy::cast_possible_truncation, reason = "a factor between 0 and 1")]
    pub fn process(&mut self, transport: &Transport, frames: u32, out: &mut impl FnMut(NoteEvent)) {
        self.receive();
        self.player.process(transport, frames, out);
        let seconds = f64::from(frames) / transport.believed_sample_rate();
        self.peak_fall = 0.1_f64.powf(seconds / PEAK_FALL) as f32;
        let song = self.player.position();
        self.said = Playhead {
            playing: song.is_some(),
            song: song.or(transport.believed_position()).unwrap_or(self.said.song),
            tempo: self.player.tempo(),
            tag: self.player.clip().map(Loop::tag),
            choices: self.choices,
            clip: None,
            peaks: self.said.peaks,
        };
        self.said.clip = self.player.clip().map(|clip| self.said.song.rem_euclid(clip.length()));
    }

    /// Tells the desk where the song is and how loud the block was: the peaks of its left and right output.
    #[cfg_attr(feature = "rtsan", rtsan_standalone::nonblocking)]
    pub fn publish(&mut self, peaks: [f32; 2]) {
        for (shown, peak) in self.said.peaks.iter_mut().zip(peaks) {
            *shown = peak.max(*shown * self.peak_fall);
            if !shown.is_finite() || *shown < 1e-6 {
                *shown = 0.0;
            }
        }
        self.playhead.write(self.said);
    }

    /// Forgets where the song was; see [`Player::reset`].
    #[cfg_attr(feature = "rtsan", rtsan_standalone::nonblocking)]
    pub fn reset(&mut self) {
        self.player.reset();
        self.said.peaks = [0.0; 2];
    }

    /// The player.
    #[must_use]
    pub fn player(&self) -> &Player {
        &self.player
    }
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage").field("player", &self.player).finish_non_exhaustive()
    }
}

/// Has a player play a loop, unless it does already. Its last one is in the stage's bank still, so that letting go of it
/// here frees nothing.
fn play(player: &mut Player, next: Option<&Arc<Loop>>) {
    let same = match (player.clip(), next) {
        (Some(playing), Some(next)) => std::ptr::eq(playing, &raw const **next),
        (playing, next) => playing.is_none() && next.is_none(),
    };
    if !same {
        drop(player.swap(next.cloned()));
    }
}
