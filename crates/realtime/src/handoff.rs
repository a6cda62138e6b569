//! The lock-free way to the audio thread and back.

use crate::{Loop, NoteEvent, Player, Transport};
use rtrb::{Consumer, Producer, PushError, RingBuffer};
use std::sync::Arc;

/// How many loops may be with the audio thread at once: on their way there, playing, or on their way back.
const LOOPS: usize = 32;

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
    /// Quarters a minute.
    pub tempo: f64,
    /// Peak of the left and the right output, falling slowly; 1 is full scale.
    pub peaks: [f32; 2],
}

/// What the control side asks for.
enum Order {
    Play(Arc<Loop>),
    Stop,
}

/// The two ends of a handoff: the desk for the control side, the stage for the audio side.
#[must_use]
pub fn handoff() -> (Desk, Stage) {
    let (orders_in, orders_out) = RingBuffer::new(LOOPS);
    let (returns_in, returns_out) = RingBuffer::new(LOOPS);
    let (playhead_in, playhead_out) = triple_buffer::triple_buffer(&Playhead::default());
    let desk = Desk { orders: orders_in, returns: returns_out, playhead: playhead_out, waiting: None, lent: 0 };
    let stage = Stage {
        player: Player::new(),
        orders: orders_out,
        returns: returns_in,
        playhead: playhead_in,
        said: Playhead::default(),
        peak_fall: 1.0,
    };
    (desk, stage)
}

/// The control side: any thread but the audio thread, one at a time.
///
/// Guarantees: a call never waits for the audio thread, and the last order given is the one that holds, however busy or
/// idle that thread is. A loop that is no longer played is dropped here, in [`Desk::collect`], never over there.
pub struct Desk {
    orders: Producer<Order>,
    returns: Consumer<Arc<Loop>>,
    playhead: triple_buffer::Output<Playhead>,
    /// The last order, while there is no room to send it.
    waiting: Option<Order>,
    /// How many loops the audio thread has; never more than the way back can hold.
    lent: usize,
}

impl Desk {
    /// Plays a loop from the next block on.
    pub fn play(&mut self, clip: Arc<Loop>) {
        self.waiting = Some(Order::Play(clip));
        self.collect();
    }

    /// Plays nothing from the next block on.
    pub fn stop(&mut self) {
        self.waiting = Some(Order::Stop);
        self.collect();
    }

    /// Drops the loops that came back, and sends an order that had to wait; how many loops came back. Call it now and
    /// then (every 20 ms or so) while a plug-in lives.
    pub fn collect(&mut self) -> usize {
        let mut collected = 0;
        while self.returns.pop().is_ok() {
            collected += 1;
        }
        self.lent -= collected;
        if let Some(order) = self.waiting.take() {
            self.send(order);
        }
        collected
    }

    /// What the audio thread last said.
    pub fn playhead(&mut self) -> Playhead {
        *self.playhead.read()
    }

    /// How many loops are with the audio thread: waiting, playing, or not collected yet.
    #[must_use]
    pub fn lent(&self) -> usize {
        self.lent
    }

    fn send(&mut self, order: Order) {
        let lent = self.lent + usize::from(matches!(order, Order::Play(_)));
        if lent > LOOPS {
            self.waiting = Some(order);
            return;
        }
        match self.orders.push(order) {
            Ok(()) => self.lent = lent,
            Err(PushError::Full(order)) => self.waiting = Some(order),
        }
    }
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("lent", &self.lent).finish_non_exhaustive()
    }
}

/// The audio side: a [`Player`] that takes its loops from a [`Desk`].
///
/// Drop it on any thread but the audio thread.
pub struct Stage {
    player: Player,
    orders: Consumer<Order>,
    returns: Producer<Arc<Loop>>,
    playhead: triple_buffer::Input<Playhead>,
    said: Playhead,
    /// What the shown peaks are multiplied by for the last block.
    peak_fall: f32,
}

impl Stage {
    /// Takes the orders that have come, then plays a block; see [`Player::process`].
    #[cfg_attr(feature = "rtsan", rtsan_standalone::nonblocking)]
    #[expect(clippy::cast_possible_truncation, reason = "a factor between 0 and 1")]
    pub fn process(&mut self, transport: &Transport, frames: u32, out: &mut impl FnMut(NoteEvent)) {
        while let Ok(order) = self.orders.pop() {
            let next = match order {
                Order::Play(clip) => Some(clip),
                Order::Stop => None,
            };
            if let Some(last) = self.player.swap(next)
                && let Err(PushError::Full(last)) = self.returns.push(last)
            {
                // The desk lends no more than the way back can hold. Were it otherwise, a leak is better than a free.
                std::mem::forget(last);
            }
        }
        self.player.process(transport, frames, out);
        let seconds = f64::from(frames) / transport.believed_sample_rate();
        self.peak_fall = 0.1_f64.powf(seconds / PEAK_FALL) as f32;
        let song = self.player.position();
        self.said = Playhead {
            playing: song.is_some(),
            song: song.or(transport.believed_position()).unwrap_or(self.said.song),
            tempo: self.player.tempo(),
            tag: self.player.clip().map(Loop::tag),
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
