//! Several texts in one cell.

use crate::coding::{CodedLine, Reason};
use crate::model::ClaimLine;
use smallvec::SmallVec;

/// A part of a cell. Cells are written by the million, and `std::fmt` takes longer than all else about them.
pub(super) trait Part {
    /// Appends it.
    fn append(&self, text: &mut String);
}

impl Part for &str {
    #[inline]
    fn append(&self, text: &mut String) {
        text.push_str(self);
    }
}

impl Part for Reason {
    fn append(&self, text: &mut String) {
        Reason::append(self, text);
    }
}

impl Part for &CodedLine {
    /// The code as `96365-59`.
    fn append(&self, text: &mut String) {
        text.push_str(self.code.as_str());
        for modifier in self.modifiers.iter() {
            text.push('-');
            text.push_str(modifier.as_str());
        }
    }
}

impl Part for &ClaimLine<'_> {
    /// The claim and its line, as `C1/3`.
    fn append(&self, text: &mut String) {
        text.push_str(self.claim_id);
        text.push('/');
        text.push_str(itoa::Buffer::new().format(self.line_number));
    }
}

/// Pieces of one cell as they are written, behind one another with a separator.
#[derive(Debug)]
pub(super) struct Joined<'t> {
    text: &'t mut String,
    separator: &'static str,
    /// Where each piece lies.
    pieces: SmallVec<[(usize, usize); 4]>,
}

impl<'t> Joined<'t> {
    pub(super) fn new(text: &'t mut String, separator: &'static str) -> Self {
        Self { text, separator, pieces: SmallVec::new() }
    }

    /// Adds a piece.
    #[inline]
    pub(super) fn push(&mut self, piece: impl Part) {
        let start = self.begin();
        piece.append(self.text);
        self.pieces.push((start, self.text.len()));
    }

    /// Adds a piece unless it is there already.
    pub(super) fn push_new(&mut self, piece: impl Part) {
        let before = self.text.len();
        self.push(piece);
        if let Some(((start, end), earlier)) = self.pieces.split_last() {
            let of = |(start, end): (usize, usize)| self.text.get(start..end);
            if earlier.iter().any(|piece| of(*piece) == of((*start, *end))) {
                self.pieces.pop();
                self.text.truncate(before);
            }
        }
    }

    /// Adds to the last piece.
    pub(super) fn extend(&mut self, more: &str) {
        self.text.push_str(more);
        if let Some((_, end)) = self.pieces.last_mut() {
            *end = self.text.len();
        }
    }

    fn begin(&mut self) -> usize {
        if !self.pieces.is_empty() {
            self.text.push_str(self.separator);
        }
        self.text.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_stand_once_in_the_order_in_which_they_came() {
        let mut text = String::new();
        let mut joined = Joined::new(&mut text, "; ");
        for piece in ["b", "a", "b", "ab", "a"] {
            joined.push_new(piece);
        }
        assert_eq!(text, "b; a; ab");
        let mut text = String::new();
        let mut joined = Joined::new(&mut text, ";");
        joined.push("a");
        joined.push("a");
        assert_eq!(text, "a;a");
    }
}
