//! Ranges of encounter ids.

/// Consecutive ranges of ids: bucket 0 holds the ids below the first bound, the last those from the last bound on.
#[derive(Debug, Clone, Default)]
pub struct Ranges {
    bounds: Vec<Box<[u8]>>,
    /// Bytes that all bounds share in front.
    common: usize,
    /// The eight bytes of each bound behind those.
    keys: Vec<u64>,
    cells: Cells,
}

/// Cells that keys are looked up in first: a bucket is then one of the few that begin in a cell. So many, since ids are mostly
/// digits, which take ten of the 256 values of a byte and leave most cells empty.
const CELLS: usize = 1 << 16;

/// Equal parts of the numbers from the first bound's key to the last's.
#[derive(Debug, Clone, Default)]
struct Cells {
    least: u64,
    shift: u32,
    /// The first key of each cell or of those above it, and the number of keys.
    starts: Vec<u32>,
}

impl Cells {
    /// Of keys in their order.
    fn new(keys: &[u64]) -> Self {
        let (least, most) = (keys.first().copied().unwrap_or(0), keys.last().copied().unwrap_or(0));
        let shift = (u64::BITS - (most - least).leading_zeros()).saturating_sub(CELLS.trailing_zeros());
        let mut cells = Self { least, shift, starts: vec![0; CELLS + 1] };
        for key in keys {
            let cell = cells.cell_of(*key);
            cells.starts[cell + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut cells.starts {
            sum += *start;
            *start = sum;
        }
        cells
    }

    #[inline]
    fn cell_of(&self, key: u64) -> usize {
        ((key.saturating_sub(self.least) >> self.shift) as usize).min(CELLS - 1)
    }

    /// How many of the keys are less than one.
    #[inline]
    fn count_below(&self, keys: &[u64], key: u64) -> usize {
        let cell = self.cell_of(key);
        let (start, end) = (self.starts[cell] as usize, self.starts[cell + 1] as usize);
        start + keys[start..end].partition_point(|bound| *bound < key)
    }
}

/// Up to eight bytes from `at` on as a number that sorts as they do.
#[inline]
pub(crate) fn key_at(id: &[u8], at: usize) -> u64 {
    let rest = id.get(at..).unwrap_or_default();
    if let Some(bytes) = rest.first_chunk() {
        return u64::from_be_bytes(*bytes);
    }
    match id.last_chunk() {
        // What stands before the rest is moved out.
        Some(bytes) => u64::from_be_bytes(*bytes).checked_shl(u64::BITS - 8 * rest.len() as u32).unwrap_or(0),
        None => {
            rest.iter().zip([56, 48, 40, 32, 24, 16, 8]).fold(0, |key, (byte, shift)| key | u64::from(*byte) << shift)
        }
    }
}

/// How many bytes two ids share in front.
#[inline]
pub(crate) fn shared(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

impl Ranges {
    /// About `buckets` ranges that hold equal shares of a sample of ids.
    #[must_use]
    pub fn from_sample(mut sample: Vec<Box<[u8]>>, buckets: usize) -> Self {
        sample.sort_unstable();
        let mut bounds: Vec<Box<[u8]>> =
            (1..buckets).filter_map(|at| sample.get(at * sample.len() / buckets.max(1)).cloned()).collect();
        bounds.dedup();
        let common = match (bounds.first(), bounds.last()) {
            (Some(first), Some(last)) => shared(first, last),
            _ => 0,
        };
        let keys: Vec<u64> = bounds.iter().map(|bound| key_at(bound, common)).collect();
        let cells = Cells::new(&keys);
        Self { bounds, common, keys, cells }
    }

    #[must_use]
    pub fn count(&self) -> usize {
        self.bounds.len() + 1
    }

    /// The first id that is beyond a bucket; `None` for the last bucket.
    #[must_use]
    pub fn upper(&self, bucket: usize) -> Option<&[u8]> {
        self.bounds.get(bucket).map(AsRef::as_ref)
    }

    /// How many bytes all ids of a bucket share in front; `None` for the first and the last bucket, whose ids are not bounded.
    #[must_use]
    pub fn common_of(&self, bucket: usize) -> Option<usize> {
        let below = self.bounds.get(bucket.checked_sub(1)?)?;
        self.bounds.get(bucket).map(|above| shared(below, above))
    }

    /// The bucket of an id.
    #[inline]
    #[must_use]
    pub fn bucket_of(&self, id: &[u8]) -> usize {
        let Some(first) = self.bounds.first() else { return 0 };
        if !id.starts_with(&first[..self.common]) {
            // Outside of what the bounds have in common it is below or above them all.
            return if *id < **first { 0 } else { self.bounds.len() };
        }
        let key = key_at(id, self.common);
        let mut at = self.cells.count_below(&self.keys, key);
        // Bounds whose eight bytes are the id's own are told apart by the rest.
        while self.keys.get(at) == Some(&key) && *self.bounds[at] <= *id {
            at += 1;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_bytes_from_a_place_on() {
        let id = b"E0123456789";
        for (length, at) in (0..=id.len()).flat_map(|length| (0..=length + 1).map(move |at| (length, at))) {
            let rest = id[..length].get(at..).unwrap_or_default();
            let slow = (0..8).fold(0, |key, at| key << 8 | u64::from(rest.get(at).copied().unwrap_or(0)));
            assert_eq!(key_at(&id[..length], at), slow, "{length} {at}");
        }
    }

    #[test]
    fn a_bucket_is_what_a_search_through_the_bounds_finds() {
        let ids: Vec<String> = (0..997_u32).map(|at| format!("E{}{:07}", at % 3, at * 7_919 % 9_000_011)).collect();
        let mut odd: Vec<String> = ids.clone();
        odd.extend(["", "A", "E", "E0", "E0000000", "EZ", "z", "E0000000000000000000"].map(str::to_owned));
        for buckets in [1, 2, 7, 64, 2_000] {
            let sample = ids.iter().step_by(3).map(|id| id.as_bytes().into()).collect();
            let ranges = Ranges::from_sample(sample, buckets);
            for id in &odd {
                let slow = ranges.bounds.iter().filter(|bound| ***bound <= *id.as_bytes()).count();
                assert_eq!(ranges.bucket_of(id.as_bytes()), slow, "{id} of {buckets}");
                let fellow = slow.checked_sub(1).map_or("", |at| std::str::from_utf8(&ranges.bounds[at]).unwrap());
                let common = ranges.common_of(slow).unwrap_or_default();
                assert_eq!(id.as_bytes()[..common], fellow.as_bytes()[..common], "{id} of {buckets}");
            }
        }
    }
}
