//! Nothing allocates or frees on the audio thread.
#![allow(clippy::unwrap_used, reason = "a test may fail, and its numbers are small")]

#[path = "shared/torture.rs"]
mod torture;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    /// Allocations, reallocations and frees of this thread.
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: everything is passed on to the system's allocator unchanged; the counter is a thread-local without
// destructor or lazy initialisation, so that touching it cannot allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn counted(act: &mut dyn FnMut()) -> usize {
    let before = COUNT.get();
    act();
    COUNT.get() - before
}

#[test]
fn the_audio_thread_neither_allocates_nor_frees() {
    let mut count = 0;
    torture::run(&mut |audio| count += counted(audio));
    assert_eq!(count, 0);
}

#[test]
fn the_counter_counts() {
    assert_eq!(counted(&mut || drop(std::hint::black_box(vec![0_u8; 64]))), 2);
}
