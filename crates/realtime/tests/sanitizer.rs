//! Nothing on the audio thread allocates, frees, locks, sleeps or makes another call to the system that may wait:
//! LLVM's RealtimeSanitizer looks on. It comes with Rust's own toolchain for Linux, so nothing is downloaded:
//!
//! ```sh
//! RTSAN_ENABLE=1 \
//! RTSAN_LIB_PATH="$(rustc --print sysroot)/lib/rustlib/x86_64-unknown-linux-gnu/lib/librustc-stable_rt.rtsan.a" \
//! cargo test -p solferino-realtime --features rtsan
//! ```
//!
//! Use a target folder of its own (`CARGO_TARGET_DIR`), or each switch builds anew.
#![allow(clippy::unwrap_used, reason = "a test may fail, and its numbers are small")]
#![cfg(feature = "rtsan")]

#[path = "shared/torture.rs"]
mod torture;

use solferino_realtime::{Loop, Player, Synth, Transport};
use std::process::Command;
use std::sync::Arc;

/// Set in the process that misbehaves.
const MISBEHAVE: &str = "SOLFERINO_MISBEHAVE";

#[test]
fn the_audio_thread_never_waits() {
    torture::run(&mut |audio| audio());
}

/// Plays a clip and, if asked to, does something forbidden for each of its notes.
#[test]
fn misbehave() {
    let mut player = Player::new();
    player.swap(Some(Arc::new(Loop::new(0, &torture::clip(3840)))));
    let transport = Transport { playing: true, position: Some(0.0), ..Transport::default() };
    let mut synth = Synth::new(48_000.0);
    let mut made_before = vec![vec![0_u8; 1000]; 1000];
    let how = std::env::var(MISBEHAVE).unwrap_or_default();
    let mut notes = 0;
    player.process(&transport, 512, &mut |event| {
        synth.play(event);
        notes += 1;
        match how.as_str() {
            "allocate" => std::mem::forget(std::hint::black_box(vec![0_u8; 1000])),
            "free" => drop(made_before.pop()),
            "open a file" => drop(std::fs::File::open(".")),
            "print" => println!("{event:?}"),
            _ => (),
        }
    });
    assert!(notes > 0, "the clip played no notes");
}

/// The sanitizer stops a process that misbehaves, and only such a one.
#[test]
fn the_sanitizer_looks_on() {
    for (how, harmless) in
        [("nothing", true), ("allocate", false), ("free", false), ("open a file", false), ("print", false)]
    {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "misbehave", "--nocapture"])
            .env(MISBEHAVE, how)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.success(), harmless, "when asked to {how:?}; was RTSAN_ENABLE=1 set?\n{errors}");
        assert_eq!(errors.contains("RealtimeSanitizer"), !harmless, "when asked to {how:?}\n{errors}");
    }
}
