//! Signals that ask a run to stop: it rolls back at the next row group, bucket or batch; a second one ends it at once.

use crate::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

static ASKED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// The exit status of a program that a signal ended.
const EXIT: i32 = 130;

/// Listens for interrupt, termination and hang-up.
///
/// # Errors
/// A system that refuses handlers.
pub fn listen() -> std::io::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let mut signals = vec![SIGINT, SIGTERM];
    #[cfg(unix)]
    signals.push(signal_hook::consts::SIGHUP);
    for signal in signals {
        // The order matters: the first signal sets the flag, and the next finds it set.
        signal_hook::flag::register_conditional_shutdown(signal, EXIT, ASKED.clone())?;
        signal_hook::flag::register(signal, ASKED.clone())?;
    }
    Ok(())
}

/// Whether to go on.
///
/// # Errors
/// A signal that asked to stop.
pub fn check() -> Result<(), Error> {
    if ASKED.load(Ordering::Relaxed) { Err(Error::Interrupted) } else { Ok(()) }
}
