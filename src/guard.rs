//! Libraries that panic on damaged input: the run goes on to say so in one line.

#![allow(clippy::print_stderr, reason = "a fault of the program is told when nothing else can tell it")]

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs a library's code; `None` when it panicked. What it worked on must not be used any more then.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    let outer = GUARDED.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outer);
    done.ok()
}

/// Keeps guarded panics silent, and tells others by their place alone: what they say could hold a value of a row.
pub fn quiet_panics() {
    set_hook(Box::new(|panic| {
        if !GUARDED.get() {
            let place = panic.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
            eprintln!("infusion-audit: internal error{place}; please report this");
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_nothing_and_all_else_is_passed_on() {
        quiet_panics();
        assert_eq!(guarded(|| 7), Some(7));
        assert_eq!(guarded(|| [1][usize::from(std::hint::black_box(true))]), None);
        assert_eq!(guarded(|| guarded(|| 3)), Some(Some(3)));
    }
}
