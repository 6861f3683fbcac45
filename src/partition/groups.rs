//! The rows of a batch by bucket.

/// Links the rows of each bucket to one another, which takes no sorting.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// The first and the last row of each bucket, counted from 1; 0 where it has none.
    ends: Vec<(u32, u32)>,
    /// The row behind each row in its bucket, counted from 1, by row.
    next: Vec<u32>,
    /// Buckets that have rows.
    found: Vec<u32>,
}

impl Groups {
    /// Forgets all rows; there are so many buckets.
    pub(super) fn clear(&mut self, buckets: usize) {
        for bucket in self.found.drain(..) {
            self.ends[bucket as usize] = (0, 0);
        }
        self.ends.resize(buckets, (0, 0));
        self.next.clear();
    }

    /// Adds the next row of the batch; one without a bucket is in no group.
    #[inline]
    pub(super) fn push(&mut self, bucket: Option<usize>) {
        self.next.push(0);
        let Some(bucket) = bucket else { return };
        let row = self.next.len() as u32;
        match &mut self.ends[bucket] {
            (0, _) => {
                self.ends[bucket] = (row, row);
                self.found.push(bucket as u32);
            }
            (_, last) => {
                self.next[*last as usize - 1] = row;
                *last = row;
            }
        }
    }

    /// Buckets that have rows, each once.
    pub(super) fn buckets(&self) -> impl Iterator<Item = usize> + '_ {
        self.found.iter().map(|bucket| *bucket as usize)
    }

    /// The rows of a bucket, in their order.
    #[inline]
    pub(super) fn rows(&self, bucket: usize) -> impl Iterator<Item = usize> + '_ {
        let mut next = self.ends[bucket].0;
        std::iter::from_fn(move || {
            let row = (next as usize).checked_sub(1)?;
            next = self.next[row];
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
                let of: Vec<usize> = groups.rows(bucket).collect();
                assert_eq!(of, (0..rows.len()).filter(|row| rows[*row] == Some(bucket)).collect::<Vec<_>>());
            }
        }
    }
}
