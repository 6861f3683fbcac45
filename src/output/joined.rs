//! Several texts in one cell.

use smallvec::SmallVec;
use std::fmt::{self, Write};

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
    pub(super) fn push(&mut self, piece: impl fmt::Display) {
        let start = self.begin();
        // Writing to memory does not fail.
        let _ = write!(self.text, "{piece}");
        self.pieces.push((start, self.text.len()));
    }

    /// Adds a piece unless it is there already.
    pub(super) fn push_new(&mut self, piece: impl fmt::Display) {
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
