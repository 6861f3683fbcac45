//! Parquet's hybrid of run lengths and packed bits, for the keys of dictionaries and for what is null.
//!
//! Source: Apache Parquet format, Encodings, "Run Length Encoding / Bit-Packing Hybrid (RLE = 3)". The library's own encoder
//! is reached only through writers that look every value up by its text.

/// Values that are packed together.
const GROUP: usize = 8;

/// Bits that numbers up to `most` need.
pub(super) fn width_of(most: u32) -> u8 {
    (u32::BITS - most.leading_zeros()) as u8
}

/// Appends values of `width` bits each.
pub(super) fn encode(values: &[u32], width: u8, out: &mut Vec<u8>) {
    // The first value that no run holds yet.
    let mut start = 0;
    let mut at = 0;
    while let Some(group) = values.get(at..).and_then(<[u32]>::first_chunk::<GROUP>) {
        let first = group[0];
        // One look at all together, which costs less than looking for the first that differs.
        if group.iter().fold(0, |differ, value| differ | (value ^ first)) != 0 {
            at += GROUP;
            continue;
        }
        pack(&values[start..at], width, out);
        let length = GROUP + values[at + GROUP..].iter().take_while(|value| **value == first).count();
        run(first, length, width, out);
        at += length;
        start = at;
    }
    pack(&values[start..], width, out);
}

/// Appends one value so many times.
pub(super) fn run(value: u32, length: usize, width: u8, out: &mut Vec<u8>) {
    number((length as u64) << 1, out);
    out.extend_from_slice(&value.to_le_bytes()[..usize::from(width.div_ceil(8))]);
}

/// Appends values as groups of packed bits.
fn pack(values: &[u32], width: u8, out: &mut Vec<u8>) {
    if !values.is_empty() {
        number((values.len().div_ceil(GROUP) as u64) << 1 | 1, out);
        pack_bits(values, width, out);
    }
}

/// Appends the bits of values, eight at a time; zeros fill the last eight.
pub(super) fn pack_bits(values: &[u32], width: u8, out: &mut Vec<u8>) {
    let (groups, rest) = values.as_chunks::<GROUP>();
    let mut last = [0; GROUP];
    last[..rest.len()].copy_from_slice(rest);
    let groups = groups.iter().chain((!rest.is_empty()).then_some(&last));
    // Eight values of any width end at a whole byte. Those of the widths of almost all columns fit one number.
    let bytes = usize::from(width);
    match width {
        0..=8 => groups.for_each(|group| {
            let put = |bits, (at, value): (usize, &u32)| bits | u64::from(*value) << (at * bytes);
            out.extend_from_slice(&group.iter().enumerate().fold(0, put).to_le_bytes()[..bytes]);
        }),
        9..=16 => groups.for_each(|group| {
            let put = |bits, (at, value): (usize, &u32)| bits | u128::from(*value) << (at * bytes);
            out.extend_from_slice(&group.iter().enumerate().fold(0, put).to_le_bytes()[..bytes]);
        }),
        _ => groups.for_each(|group| pack_wide(group, width, out)),
    }
}

/// Appends one group, however wide its values.
fn pack_wide(group: &[u32; GROUP], width: u8, out: &mut Vec<u8>) {
    let (mut bits, mut held) = (0_u64, 0);
    for value in group {
        bits |= u64::from(*value) << held;
        held += u32::from(width);
        if held >= 32 {
            out.extend_from_slice(&(bits as u32).to_le_bytes());
            bits >>= 32;
            held -= 32;
        }
    }
    out.extend_from_slice(&bits.to_le_bytes()[..held as usize / 8]);
}

/// Appends a number, seven bits a byte.
pub(super) fn number(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads what [`encode`] wrote, by the words of the format.
    fn decoded(mut bytes: &[u8], width: u8, count: usize) -> Vec<u32> {
        let mut values = Vec::new();
        while values.len() < count {
            let (mut header, mut shift) = (0_u64, 0);
            loop {
                let (byte, rest) = bytes.split_first().unwrap();
                bytes = rest;
                header |= u64::from(byte & 0x7f) << shift;
                shift += 7;
                if byte & 0x80 == 0 {
                    break;
                }
            }
            if header & 1 == 0 {
                let length = usize::from(width.div_ceil(8));
                let mut value = [0; 4];
                value[..length].copy_from_slice(&bytes[..length]);
                bytes = &bytes[length..];
                values.extend(std::iter::repeat_n(u32::from_le_bytes(value), (header >> 1) as usize));
            } else {
                let packed = (header >> 1) as usize * usize::from(width);
                let bit = |at: usize| bytes[at / 8] >> (at % 8) & 1;
                for value in 0..(header >> 1) as usize * 8 {
                    let of = |bit_at| u32::from(bit(value * usize::from(width) + bit_at)) << bit_at;
                    values.push((0..usize::from(width)).map(of).sum());
                }
                bytes = &bytes[packed..];
            }
        }
        assert!(bytes.is_empty());
        assert!(values[count..].iter().all(|value| *value == 0));
        values.truncate(count);
        values
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read(
            runs in proptest::collection::vec((0_u32..1_100_000, 1_usize..40), 0..60), width in 0_u8..=20
        ) {
            let most = if width == 0 { 0 } else { u32::MAX >> (32 - width) };
            let values: Vec<u32> =
                runs.iter().flat_map(|(value, count)| std::iter::repeat_n(value & most, *count)).collect();
            let mut bytes = Vec::new();
            encode(&values, width, &mut bytes);
            proptest::prop_assert_eq!(decoded(&bytes, width, values.len()), values);
        }
    }

    #[test]
    fn widths_are_the_least() {
        assert_eq!([0, 1, 2, 3, 255, 256, u32::MAX].map(width_of), [0, 1, 2, 2, 8, 9, 32]);
        let mut bytes = Vec::new();
        encode(&vec![7; 1_000], 32, &mut bytes);
        assert_eq!(bytes, [0xd0, 0x0f, 7, 0, 0, 0]);
    }
}
