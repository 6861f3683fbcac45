//! Parquet's packed differences of numbers, for the lengths of texts.
//!
//! Source: Apache Parquet format, Encodings, "Delta Encoding (DELTA_BINARY_PACKED = 5)".

use super::hybrid::{number, pack_bits, width_of};

/// Differences of a block, and of each of its parts.
const BLOCK: usize = 128;
const PART: usize = 32;

/// Appends lengths, all of them below 2^31.
pub(super) fn encode(lengths: &[u32], out: &mut Vec<u8>) {
    number(BLOCK as u64, out);
    number((BLOCK / PART) as u64, out);
    number(lengths.len() as u64, out);
    let first = lengths.first().copied().unwrap_or(0);
    signed(i64::from(first), out);
    let (mut last, mut differences) = (first, [0; BLOCK]);
    for block in lengths.get(1..).unwrap_or_default().chunks(BLOCK) {
        for (difference, length) in differences.iter_mut().zip(block) {
            *difference = i64::from(*length) - i64::from(last);
            last = *length;
        }
        let differences = &differences[..block.len()];
        let least = differences.iter().copied().min().unwrap_or(0);
        signed(least, out);
        let widths = out.len();
        out.extend_from_slice(&[0; BLOCK / PART]);
        for (at, differences) in differences.chunks(PART).enumerate() {
            let mut part = [0; PART];
            for (above, difference) in part.iter_mut().zip(differences) {
                *above = (difference - least) as u32;
            }
            let width = width_of(part.iter().fold(0, |all, above| all | above));
            out[widths + at] = width;
            pack_bits(&part, width, out);
        }
    }
}

/// Appends a number that may be below nought.
fn signed(value: i64, out: &mut Vec<u8>) {
    number((value << 1 ^ value >> 63).cast_unsigned(), out);
}
