//! The streaming core: row groups are decoded and scattered, buckets are worked on as soon as no row of theirs can still
//! come, and what comes of them is written in their order; all at once, on every core.
//!
//! Row groups are read in the order of the least encounter id that their footer names. Where ids grow with time, as
//! they do in most systems, the buckets of a month are done when the next month's files begin, and memory holds what
//! straddles the two. Where footers tell nothing, every bucket waits for the last row group, and rows that memory has
//! no room for wait on disk. The results are the same.

use crate::error::Error;
use crate::interrupt;
use crate::partition::{BucketBytes, Partition, ScatterError};
use crate::scan::Task;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Pieces that may wait for one output.
const MOST_WAITING: usize = 16;

/// What the sweep calls.
pub(super) trait Work: Sync {
    /// What one bucket comes to, one piece for each output.
    type Piece: Send;

    /// Decodes one row group and scatters its rows.
    fn read(&self, task: &Task, partition: &Partition) -> Result<(), ScatterError>;

    /// Works on one bucket; out: as many pieces as there are outputs.
    fn bucket(&self, rows: &BucketBytes) -> Result<Vec<Self::Piece>, Error>;

    /// Writes a piece to an output; of each output, in the order of the buckets.
    fn write(&self, output: usize, piece: Self::Piece) -> Result<(), Error>;
}

/// One output: the bucket whose piece it waits for, pieces that came early, and whether a worker is writing.
struct Lane<P> {
    next: usize,
    waiting: VecDeque<Option<P>>,
    busy: bool,
}

struct State<P> {
    next_task: usize,
    /// Indexes of the tasks that are being read.
    reading: Vec<usize>,
    next_bucket: usize,
    lanes: Vec<Lane<P>>,
    failure: Option<ScatterError>,
}

enum Job<P> {
    Read(usize),
    Bucket(usize),
    Write(usize, P),
    Wait,
    Done,
}

struct Sweep<'s, W: Work> {
    work: &'s W,
    /// In the order of their least ids.
    tasks: &'s [(Box<[u8]>, Task)],
    partition: &'s Partition,
    state: Mutex<State<W::Piece>>,
    changed: Condvar,
}

/// Runs the sweep on the current thread pool. `tasks` are sorted by the least encounter id that they may hold.
///
/// # Errors
/// What the work returned first; [`ScatterError::Late`] when a task held an id below its least.
pub(super) fn sweep<W: Work>(
    work: &W,
    tasks: &[(Box<[u8]>, Task)],
    partition: &Partition,
    outputs: usize,
) -> Result<(), ScatterError> {
    let lane = || Lane { next: 0, waiting: VecDeque::new(), busy: false };
    let state = State {
        next_task: 0,
        reading: Vec::new(),
        next_bucket: 0,
        lanes: (0..outputs).map(|_| lane()).collect(),
        failure: None,
    };
    let sweep = Sweep { work, tasks, partition, state: Mutex::new(state), changed: Condvar::new() };
    rayon::scope(|scope| {
        for _ in 0..rayon::current_num_threads() {
            scope.spawn(|_| sweep.worker());
        }
    });
    let state = sweep.state.into_inner().unwrap_or_else(PoisonError::into_inner);
    state.failure.map_or(Ok(()), Err)
}

impl<W: Work> Sweep<'_, W> {
    fn state(&self) -> MutexGuard<'_, State<W::Piece>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn worker(&self) {
        let _alarm = Alarm(self);
        let mut state = self.state();
        loop {
            let job = self.next_job(&mut state);
            state = match job {
                Job::Done => {
                    self.changed.notify_all();
                    return;
                }
                Job::Wait => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                job => {
                    drop(state);
                    let done = self.carry_out(job);
                    let mut state = self.state();
                    self.settle(&mut state, done);
                    self.changed.notify_all();
                    state
                }
            };
        }
    }

    /// Memory is freed first: write before new results, results before new rows.
    fn next_job(&self, state: &mut State<W::Piece>) -> Job<W::Piece> {
        if state.failure.is_some() {
            return Job::Done;
        }
        for (output, lane) in state.lanes.iter_mut().enumerate().filter(|(_, lane)| !lane.busy) {
            if let Some(Some(_)) = lane.waiting.front()
                && let Some(Some(piece)) = lane.waiting.pop_front()
            {
                lane.busy = true;
                lane.next += 1;
                return Job::Write(output, piece);
            }
        }
        let buckets = self.partition.ranges().count();
        // Results wait for a slow output, and rows for the results.
        if state.lanes.iter().any(|lane| lane.busy && lane.waiting.len() > MOST_WAITING) {
            return Job::Wait;
        }
        if state.next_bucket < buckets && self.is_complete(state, state.next_bucket) {
            state.next_bucket += 1;
            self.partition.close_below(state.next_bucket);
            return Job::Bucket(state.next_bucket - 1);
        }
        if state.next_task < self.tasks.len() {
            state.reading.push(state.next_task);
            state.next_task += 1;
            return Job::Read(state.next_task - 1);
        }
        let written = state.lanes.iter().all(|lane| lane.next == buckets && !lane.busy);
        if written && state.next_bucket == buckets && state.reading.is_empty() { Job::Done } else { Job::Wait }
    }

    /// Whether no row of a bucket can still come.
    fn is_complete(&self, state: &State<W::Piece>, bucket: usize) -> bool {
        let unread = state.reading.iter().copied().min().unwrap_or(state.next_task).min(state.next_task);
        let Some((least, _)) = self.tasks.get(unread) else { return true };
        self.partition.ranges().upper(bucket).is_some_and(|upper| *upper <= **least)
    }

    fn carry_out(&self, job: Job<W::Piece>) -> Result<Settled<W::Piece>, ScatterError> {
        interrupt::check()?;
        match job {
            Job::Read(task) => {
                self.work.read(&self.tasks[task].1, self.partition)?;
                Ok(Settled::Read(task))
            }
            Job::Bucket(bucket) => {
                let rows = self.partition.take(bucket)?;
                let pieces = self.work.bucket(&rows)?;
                self.partition.give_back(rows);
                Ok(Settled::Bucket(bucket, pieces))
            }
            Job::Write(output, piece) => {
                self.work.write(output, piece)?;
                Ok(Settled::Written(output))
            }
            Job::Wait | Job::Done => Ok(Settled::Nothing),
        }
    }

    fn settle(&self, state: &mut State<W::Piece>, done: Result<Settled<W::Piece>, ScatterError>) {
        match done {
            Ok(Settled::Read(task)) => state.reading.retain(|&other| other != task),
            Ok(Settled::Bucket(bucket, pieces)) => {
                for (lane, piece) in state.lanes.iter_mut().zip(pieces) {
                    let at = bucket - lane.next;
                    while lane.waiting.len() <= at {
                        lane.waiting.push_back(None);
                    }
                    lane.waiting[at] = Some(piece);
                }
            }
            Ok(Settled::Written(output)) => state.lanes[output].busy = false,
            Ok(Settled::Nothing) => {}
            Err(cause) => {
                state.failure.get_or_insert(cause);
            }
        }
    }
}

/// Wakes the other workers when one panics: what it was doing will never be done, and they would wait for it.
struct Alarm<'s, 'w, W: Work>(&'s Sweep<'w, W>);

impl<W: Work> Drop for Alarm<'_, '_, W> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let cause = Error::Table("a worker ended early".to_owned());
            self.0.state().failure.get_or_insert(ScatterError::Failed(cause));
            self.0.changed.notify_all();
        }
    }
}

enum Settled<P> {
    Read(usize),
    Bucket(usize, Vec<P>),
    Written(usize),
    Nothing,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::partition::{Carried, Ranges};

    struct Panics;

    impl Work for Panics {
        type Piece = ();

        fn read(&self, _: &Task, _: &Partition) -> Result<(), ScatterError> {
            panic!("a defect")
        }

        fn bucket(&self, _: &BucketBytes) -> Result<Vec<()>, Error> {
            Ok(Vec::new())
        }

        fn write(&self, _: usize, (): ()) -> Result<(), Error> {
            Ok(())
        }
    }

    #[test]
    fn a_worker_that_panics_ends_the_run_instead_of_leaving_the_others_waiting() {
        let partition = Partition::new(Carried::Whole, Ranges::default(), 1, &std::env::temp_dir(), 0);
        let tasks = [(Box::default(), Task { file: 0, row_group: 0, first_row: 0, rows: 0 })];
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        let run = || pool.install(|| sweep(&Panics, &tasks, &partition, 1));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
    }
}
