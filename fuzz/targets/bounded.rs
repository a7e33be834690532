//! Memory with an end: a parser that takes more for an input of some kilobytes believes what the input claims.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering},
};

/// What may be taken at once, by everything together.
const LIMIT_BYTES: usize = 200 * 1024 * 1024;

struct Bounded(AtomicUsize);

#[global_allocator]
static MEMORY: Bounded = Bounded(AtomicUsize::new(0));

// SAFETY: the system's allocator does the work; what is counted decides only whether the process goes on.
unsafe impl GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if self.0.fetch_add(layout.size(), Ordering::Relaxed) + layout.size() > LIMIT_BYTES {
            std::process::abort();
        }
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        self.0.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(at, layout) }
    }
}
