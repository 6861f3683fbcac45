//! How deep the columns of a file are nested, read from its footer before the Parquet library is: the library goes down one
//! level of the stack for each, and a footer of a few kilobytes can claim more levels than any stack has.
//!
//! A footer is a `FileMetaData` in Thrift's compact protocol; its schema is one list of elements, each with the number of
//! those that lie in it (Apache Parquet format, `parquet.thrift`; Thrift compact protocol specification).

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// Levels that columns may be nested; lists of the contracts have three.
const MOST_LEVELS: usize = 64;

/// Structures within structures that are passed over; those of the format lie five deep.
const MOST_PASSED: usize = 32;

/// Bytes at the end of a file: the length of the footer, and the format's name.
const TAIL: u64 = 8;

const SCHEMA: i16 = 2;
const NUMBER_OF_CHILDREN: i16 = 5;

/// Why a file's footer must not be given to the library, if so. What is no footer, or one that is encrypted, is left to it.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn problem(file: &mut File) -> io::Result<Option<String>> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut tail = [0; TAIL as usize];
    if length < TAIL {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(length - TAIL))?;
    file.read_exact(&mut tail)?;
    let [a, b, c, d, magic @ ..] = tail;
    let footer = u64::from(u32::from_le_bytes([a, b, c, d]));
    if &magic != b"PAR1" || footer > length - TAIL {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(length - TAIL - footer))?;
    let mut bytes = vec![0; footer as usize];
    file.read_exact(&mut bytes)?;
    Ok(match Compact(&bytes).footer_is_too_deep() {
        Some(false) => None,
        Some(true) => Some(format!("a column of it is nested more than {MOST_LEVELS} levels deep")),
        None => Some("its footer is damaged".to_owned()),
    })
}

/// Bytes of the compact protocol; every reader gives nothing where they end too soon.
struct Compact<'b>(&'b [u8]);

/// The kinds of values.
mod kind {
    pub(super) const STOP: u8 = 0;
    pub(super) const FALSE: u8 = 2;
    pub(super) const BYTE: u8 = 3;
    pub(super) const I32: u8 = 5;
    pub(super) const I64: u8 = 6;
    pub(super) const DOUBLE: u8 = 7;
    pub(super) const BINARY: u8 = 8;
    pub(super) const LIST: u8 = 9;
    pub(super) const SET: u8 = 10;
    pub(super) const MAP: u8 = 11;
    pub(super) const STRUCT: u8 = 12;
    pub(super) const UUID: u8 = 13;
}

impl Compact<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn pass(&mut self, bytes: usize) -> Option<()> {
        self.0 = self.0.get(bytes..)?;
        Some(())
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// The id and kind of the next field behind the field `last`; kind [`kind::STOP`] ends the structure.
    fn field(&mut self, last: i16) -> Option<(i16, u8)> {
        let head = self.byte()?;
        let (step, kind) = (i16::from(head >> 4), head & 0x0f);
        if kind == kind::STOP {
            return Some((0, kind));
        }
        let id = if step == 0 { i16::try_from(self.signed()?).ok()? } else { last.checked_add(step)? };
        Some((id, kind))
    }

    /// How many elements a list has, and their kind.
    fn list(&mut self) -> Option<(u64, u8)> {
        let head = self.byte()?;
        let size = match head >> 4 {
            15 => self.number()?,
            size => u64::from(size),
        };
        Some((size, head & 0x0f))
    }

    /// Passes over one value.
    fn value(&mut self, kind: u8, levels: usize) -> Option<()> {
        let below = levels.checked_sub(1)?;
        match kind {
            // As a field, a flag is its kind.
            1..=kind::FALSE => Some(()),
            kind::BYTE => self.pass(1),
            4..=kind::I64 => self.number().map(|_| ()),
            kind::DOUBLE => self.pass(8),
            kind::BINARY => {
                let length = self.number()?;
                self.pass(usize::try_from(length).ok()?)
            }
            kind::LIST | kind::SET => {
                let (size, kind) = self.list()?;
                (0..size).try_for_each(|_| self.element(kind, below))
            }
            kind::MAP => {
                let size = self.number()?;
                let kinds = if size > 0 { self.byte()? } else { 0 };
                (0..size).try_for_each(|_| {
                    self.element(kinds >> 4, below)?;
                    self.element(kinds & 0x0f, below)
                })
            }
            kind::STRUCT => {
                let mut last = 0;
                loop {
                    let (id, kind) = self.field(last)?;
                    if kind == kind::STOP {
                        return Some(());
                    }
                    self.value(kind, below)?;
                    last = id;
                }
            }
            kind::UUID => self.pass(16),
            _ => None,
        }
    }

    /// Passes over an element of a list, where a flag takes a byte.
    fn element(&mut self, kind: u8, levels: usize) -> Option<()> {
        if (1..=kind::FALSE).contains(&kind) { self.pass(1) } else { self.value(kind, levels) }
    }

    fn footer_is_too_deep(&mut self) -> Option<bool> {
        let mut last = 0;
        loop {
            let (id, kind) = self.field(last)?;
            match (id, kind) {
                (_, kind::STOP) => return Some(false),
                (SCHEMA, kind::LIST) => {
                    if self.schema_is_too_deep()? {
                        return Some(true);
                    }
                }
                _ => self.value(kind, MOST_PASSED)?,
            }
            last = id;
        }
    }

    fn schema_is_too_deep(&mut self) -> Option<bool> {
        // Elements that are still to come, level by level.
        let mut open: Vec<i64> = Vec::new();
        let (size, _) = self.list()?;
        for _ in 0..size {
            let children = self.children()?;
            if let Some(left) = open.last_mut() {
                *left -= 1;
            }
            if children > 0 {
                open.push(children);
            }
            while open.last() == Some(&0) {
                open.pop();
            }
            if open.len() > MOST_LEVELS {
                return Some(true);
            }
        }
        Some(false)
    }

    /// Passes over one element of the schema. Out: how many lie in it.
    fn children(&mut self) -> Option<i64> {
        let (mut last, mut children) = (0, 0);
        loop {
            match self.field(last)? {
                (_, kind::STOP) => return Some(children),
                (NUMBER_OF_CHILDREN, kind::I32) => {
                    children = self.signed()?;
                    last = NUMBER_OF_CHILDREN;
                }
                (id, kind) => {
                    self.value(kind, MOST_PASSED)?;
                    last = id;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Vec<u8> {
        [&[bytes.len() as u8], bytes].concat()
    }

    /// A footer of one column nested so deep.
    fn footer(levels: usize) -> Vec<u8> {
        // name; number of children; end.
        let group = |name: &[u8]| [&[0x48][..], &text(name), &[0x15, 2, 0]].concat();
        // type; name; end.
        let leaf = [&[0x15, 2, 0x38][..], &text(b"leaf"), &[0]].concat();
        let mut schema = group(b"root");
        (1..levels).for_each(|_| schema.extend(group(b"n")));
        schema.extend(leaf);
        let mut size = levels as u64 + 1;
        let mut head = vec![0x15, 2, 0x19, 0xfc];
        while size >= 0x80 {
            head.push(size as u8 | 0x80);
            size >>= 7;
        }
        head.push(size as u8);
        // rows; no row groups; end.
        [&head[..], &schema, &[0x16, 0, 0x19, 0x0c, 0]].concat()
    }

    #[test]
    fn levels_are_counted_and_no_footer_brings_the_count_down() {
        assert_eq!(Compact(&footer(1)).footer_is_too_deep(), Some(false));
        assert_eq!(Compact(&footer(MOST_LEVELS)).footer_is_too_deep(), Some(false));
        assert_eq!(Compact(&footer(MOST_LEVELS + 1)).footer_is_too_deep(), Some(true));
        assert_eq!(Compact(&footer(200_000)).footer_is_too_deep(), Some(true));
        let whole = footer(3);
        for end in 0..whole.len() {
            assert_eq!(Compact(&whole[..end]).footer_is_too_deep(), None);
        }
        // A field that nobody knows, full of structures.
        let mut strange = vec![0xfc];
        strange.extend(vec![0x1c; 100_000]);
        assert_eq!(Compact(&strange).footer_is_too_deep(), None);
    }
}
