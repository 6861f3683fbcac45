//! The rows of a batch by bucket.

/// Links the rows of each bucket to one another, which takes no sorting.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// The last row of each bucket, counted from 1; 0 where it has none.
    last: Vec<u32>,
    /// The row before each row in its bucket, counted from 1, by row.
    before: Vec<u32>,
    /// Buckets that have rows.
    found: Vec<u32>,
}

impl Groups {
    /// Forgets all rows; there are so many buckets.
    pub(super) fn clear(&mut self, buckets: usize) {
        for bucket in self.found.drain(..) {
            self.last[bucket as usize] = 0;
        }
        self.last.resize(buckets, 0);
        self.before.clear();
    }

    /// Adds the next row of the batch; one without a bucket is in no group.
    #[inline]
    pub(super) fn push(&mut self, bucket: Option<usize>) {
        let Some(last) = bucket.and_then(|bucket| self.last.get_mut(bucket)) else {
            self.before.push(0);
            return;
        };
        if *last == 0 {
            self.found.extend(bucket.map(|bucket| bucket as u32));
        }
        self.before.push(*last);
        *last = self.before.len() as u32;
    }

    /// Buckets that have rows, each once.
    pub(super) fn buckets(&self) -> impl Iterator<Item = usize> + '_ {
        self.found.iter().map(|bucket| *bucket as usize)
    }

    /// The rows of a bucket, the last one first.
    pub(super) fn rows(&self, bucket: usize) -> impl Iterator<Item = usize> + '_ {
        let mut next = self.last[bucket];
        std::iter::from_fn(move || {
            let row = (next as usize).checked_sub(1)?;
            next = self.before[row];
            Some(row)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_the_group_of_its_bucket() {
        let mut groups = Groups::default();
        for rows in [vec![Some(3), None, Some(0), Some(3), Some(3)], vec![Some(2), Some(0)], vec![]] {
            groups.clear(4);
            rows.iter().for_each(|bucket| groups.push(*bucket));
            let mut buckets: Vec<usize> = groups.buckets().collect();
            buckets.sort_unstable();
            let mut expected: Vec<usize> = rows.iter().flatten().copied().collect();
            expected.sort_unstable();
            expected.dedup();
            assert_eq!(buckets, expected);
            for bucket in buckets {
                let mut of: Vec<usize> = groups.rows(bucket).collect();
                of.reverse();
                assert_eq!(of, (0..rows.len()).filter(|row| rows[*row] == Some(bucket)).collect::<Vec<_>>());
            }
        }
    }
}
