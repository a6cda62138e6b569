//! What runs on the audio thread: [`Playback`], which is all of it, and its parts: the transport follower and clip player,
//! the built-in sound, and the lock-free handoff from and to the rest of the program.
//!
//! Nothing that a [`Playback`], a [`Stage`], a [`Player`] or a [`Synth`] does after its construction allocates, frees,
//! locks, logs, formats or panics; `tests/allocations.rs` and `tests/sanitizer.rs` prove it. Clips are prepared elsewhere
//! as [`Loop`]s, travel through a [`Desk`] to the [`Stage`] in a [`Bank`], and come back through the desk to be freed.
//!
//! ```
//! use solferino_realtime::{Bank, Loop, NoteEvent, Payload, Synth, Transport, handoff};
//! use solferino_score::Clip;
//! use std::sync::Arc;
//!
//! // Any thread but the audio thread:
//! let (mut desk, mut stage) = handoff();
//! let mut synth = Synth::new(48_000.0);
//! let [first, second] = [1, 2].map(|tag| Arc::new(Loop::new(tag, &Clip::default())));
//! desk.send(Payload::Bank(Arc::new(Bank::new(vec![Arc::clone(&first), second], Some(first), 1))));
//!
//! // The audio thread, once a block:
//! let (mut left, mut right) = ([0.0; 64], [0.0; 64]);
//! let transport = Transport { playing: true, tempo: 120.0, position: Some(0.0), looping: None, sample_rate: 48_000.0 };
//! let mut done = 0;
//! // Automation wants the second take from here on.
//! stage.choose(1);
//! stage.process(&transport, 64, &mut |event: NoteEvent| {
//!     let at = event.offset() as usize;
//!     synth.render(&mut left[done..at], &mut right[done..at]);
//!     synth.play(event);
//!     done = at;
//! });
//! synth.render(&mut left[done..], &mut right[done..]);
//! stage.publish([0.0; 2]);
//!
//! // Any other thread, now and then:
//! desk.collect();
//! assert_eq!(desk.playhead().tag, Some(2));
//! ```
#![forbid(unsafe_code)]

mod bank;
mod event;
mod handoff;
mod held;
mod looped;
mod notes_out;
mod playback;
mod player;
mod synth;
mod transport;

pub use bank::{Bank, Payload};
pub use event::{NoteEvent, Voice};
pub use handoff::{Desk, Playhead, Stage, handoff};
pub use looped::Loop;
pub use playback::{Controls, Host, Incoming, Playback, Received};
pub use player::{EVENTS_PER_BLOCK, Player};
pub use synth::Synth;
pub use transport::Transport;
