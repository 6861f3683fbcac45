//! How much memory a run takes when it is not told.

/// The most that a run takes of itself: with more it measured no faster.
const MOST: u64 = 512 << 20;

/// A quarter of what the machine, or the container around the process, has: in bytes, at most 512 MiB.
#[must_use]
pub fn default_memory_limit() -> usize {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let machine = system.total_memory();
    let container = system.cgroup_limits().map_or(machine, |limits| limits.total_memory);
    let share = [machine, container].into_iter().filter(|bytes| *bytes > 0).min().unwrap_or(MOST) / 4;
    usize::try_from(share.clamp(64 << 20, MOST)).unwrap_or(usize::MAX)
}
