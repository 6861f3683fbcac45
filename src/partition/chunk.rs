//! Pieces of memory that hold the rows of a bucket, used again and again: fresh memory costs the system as much as filling
//! it.

use std::sync::{Mutex, PoisonError};

/// Smallest and largest piece of memory of a bucket, in bytes.
const BYTES: (usize, usize) = (4 << 10, 128 << 10);

/// Rows of one bucket.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub bytes: Vec<u8>,
    pub rows: u64,
}

/// Chunks of the largest size that nobody uses.
#[derive(Debug)]
pub(super) struct SpareChunks {
    spare: Mutex<Vec<Vec<u8>>>,
    most: usize,
}

impl SpareChunks {
    /// Keeps at most so many bytes.
    pub(super) fn new(bytes: usize) -> Self {
        Self { spare: Mutex::default(), most: bytes / BYTES.1 }
    }

    fn take(&self) -> Option<Vec<u8>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Takes back what is no longer needed.
    pub(super) fn give_back(&self, chunks: impl Iterator<Item = Vec<u8>>) {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let room = self.most.saturating_sub(spare.len());
        spare.extend(chunks.filter(|chunk| chunk.capacity() == BYTES.1).take(room));
    }

    /// So many bytes to be written over.
    pub(super) fn buffer(&self, bytes: usize) -> Vec<u8> {
        let spare = if bytes > BYTES.1 / 2 && bytes <= BYTES.1 { self.take() } else { None };
        let mut buffer = spare.unwrap_or_default();
        // What a chunk held is left in it, so that hardly any of it has to be cleared.
        buffer.resize(bytes, 0);
        buffer
    }

    /// The next chunk of a bucket, which holds `least` bytes at least.
    pub(super) fn next(&self, last: Option<&Chunk>, least: usize) -> Vec<u8> {
        let bytes = last.map_or(BYTES.0, |chunk| (chunk.bytes.capacity() * 2).min(BYTES.1)).max(least);
        let spare = if bytes == BYTES.1 { self.take() } else { None };
        let mut chunk = spare.unwrap_or_else(|| Vec::with_capacity(bytes));
        chunk.clear();
        chunk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_back_is_used_again() {
        let chunks = SpareChunks::new(2 * BYTES.1);
        assert_eq!(chunks.next(None, 10).capacity(), BYTES.0);
        assert_eq!(chunks.next(None, 10 * BYTES.1).capacity(), 10 * BYTES.1);
        let used = || {
            let mut bytes = Vec::with_capacity(BYTES.1);
            bytes.extend_from_slice(&[7; 100]);
            bytes
        };
        // Of three there is room for two, and others than the largest are not kept.
        chunks.give_back([vec![1], used(), used(), used()].into_iter());
        let full = Chunk { bytes: used(), rows: 1 };
        assert!(chunks.next(Some(&full), 10).is_empty());
        let buffer = chunks.buffer(BYTES.1 - 1);
        assert_eq!((buffer.len(), buffer.capacity(), buffer[99]), (BYTES.1 - 1, BYTES.1, 7));
        assert_eq!(chunks.take(), None);
        assert_eq!(chunks.buffer(3), vec![0; 3]);
    }
}
