//! HCPCS codes and modifiers as small copyable values.

use std::fmt;
use std::str::FromStr;

/// A HCPCS Level I or II code: five upper-case ASCII letters or digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HcpcsCode([u8; 5]);

impl std::hash::Hash for HcpcsCode {
    /// One number, which hashes faster than five bytes and their length.
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        state.write_u64(self.number());
    }
}

/// The text is not a code or modifier of the right length and alphabet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a {what}")]
pub struct InvalidCode {
    what: &'static str,
}

impl HcpcsCode {
    /// A code known at compile time, such as `HcpcsCode::new("96365")`.
    ///
    /// # Panics
    /// At compile time, when the text is not five bytes long.
    #[must_use]
    pub const fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        assert!(bytes.len() == 5, "a HCPCS code has five characters");
        Self([bytes[0], bytes[1], bytes[2], bytes[3], bytes[4]])
    }

    /// The five letters and digits.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 5] {
        &self.0
    }

    /// A code from its bytes, where they are upper-case letters and digits.
    pub(crate) fn from_ascii(bytes: [u8; 5]) -> Option<Self> {
        let upper = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
        bytes.iter().all(upper).then_some(Self(bytes))
    }

    /// The code as a number of 40 bits, which compares as the code does.
    #[inline]
    pub(crate) fn number(self) -> u64 {
        let [a, b, c, d, e] = self.0;
        u64::from_be_bytes([0, 0, 0, a, b, c, d, e])
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        // The constructors admit ASCII only.
        std::str::from_utf8(&self.0).unwrap_or("?????")
    }
}

fn ascii_code<const N: usize>(text: &str, what: &'static str) -> Result<[u8; N], InvalidCode> {
    let trimmed = text.trim().as_bytes();
    let bytes: [u8; N] = trimmed.try_into().map_err(|_| InvalidCode { what })?;
    if bytes.iter().all(u8::is_ascii_alphanumeric) {
        Ok(bytes.map(|byte| byte.to_ascii_uppercase()))
    } else {
        Err(InvalidCode { what })
    }
}

impl FromStr for HcpcsCode {
    type Err = InvalidCode;

    fn from_str(text: &str) -> Result<Self, InvalidCode> {
        ascii_code(text, "HCPCS code").map(Self)
    }
}

impl fmt::Display for HcpcsCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

impl fmt::Debug for HcpcsCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A two-character claim modifier.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Modifier([u8; 2]);

impl Modifier {
    pub const DISTINCT: Modifier = Modifier::new("59");
    pub const DISTINCT_STRUCTURE: Modifier = Modifier::new("XS");
    pub const DISTINCT_ENCOUNTER: Modifier = Modifier::new("XE");
    pub const DISTINCT_PRACTITIONER: Modifier = Modifier::new("XP");
    pub const DISTINCT_UNUSUAL: Modifier = Modifier::new("XU");
    pub const WASTE: Modifier = Modifier::new("JW");
    pub const NO_WASTE: Modifier = Modifier::new("JZ");
    pub const SEPARATE_VISIT: Modifier = Modifier::new("25");

    /// A modifier known at compile time.
    ///
    /// # Panics
    /// At compile time, when the text is not two bytes long.
    #[must_use]
    pub const fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        assert!(bytes.len() == 2, "a modifier has two characters");
        Self([bytes[0], bytes[1]])
    }

    /// The two letters and digits.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 2] {
        &self.0
    }

    /// A modifier from its bytes, where they are upper-case letters and digits.
    pub(crate) fn from_ascii(bytes: [u8; 2]) -> Option<Self> {
        let upper = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
        bytes.iter().all(upper).then_some(Self(bytes))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("??")
    }

    /// 59 and the four X modifiers that stand for parts of it.
    #[must_use]
    pub fn is_distinct_service(self) -> bool {
        [
            Self::DISTINCT,
            Self::DISTINCT_STRUCTURE,
            Self::DISTINCT_ENCOUNTER,
            Self::DISTINCT_PRACTITIONER,
            Self::DISTINCT_UNUSUAL,
        ]
        .contains(&self)
    }
}

impl FromStr for Modifier {
    type Err = InvalidCode;

    fn from_str(text: &str) -> Result<Self, InvalidCode> {
        ascii_code(text, "modifier").map(Self)
    }
}

impl fmt::Display for Modifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

impl fmt::Debug for Modifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Up to four modifiers of one line, in the order in which they stand on it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Modifiers([Option<Modifier>; 4]);

impl Modifiers {
    /// No modifier.
    pub const NONE: Modifiers = Modifiers([None; 4]);

    /// One modifier.
    #[must_use]
    pub const fn one(modifier: Modifier) -> Self {
        Self([Some(modifier), None, None, None])
    }

    /// Adds a modifier behind the others; a fifth, or one that is there already, changes nothing.
    pub fn push(&mut self, modifier: Modifier) {
        if self.contains(modifier) {
            return;
        }
        if let Some(slot) = self.0.iter_mut().find(|slot| slot.is_none()) {
            *slot = Some(modifier);
        }
    }

    /// All of them as one number; zero for none.
    #[inline]
    pub(crate) fn number(self) -> u64 {
        self.0
            .iter()
            .fold(0, |number, slot| number << 16 | slot.map_or(0, |slot| u64::from(u16::from_be_bytes(slot.0))))
    }

    #[must_use]
    pub fn contains(&self, modifier: Modifier) -> bool {
        self.0.contains(&Some(modifier))
    }

    pub fn iter(&self) -> impl Iterator<Item = Modifier> + '_ {
        self.0.iter().flatten().copied()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        // Modifiers stand in front, empty places behind them.
        self.0[0].is_none()
    }

    /// Whether 59 or an X modifier stands on the line.
    #[must_use]
    pub fn has_distinct_service(&self) -> bool {
        self.iter().any(Modifier::is_distinct_service)
    }
}

impl FromIterator<Modifier> for Modifiers {
    fn from_iter<I: IntoIterator<Item = Modifier>>(modifiers: I) -> Self {
        let mut all = Self::NONE;
        for modifier in modifiers {
            all.push(modifier);
        }
        all
    }
}

impl fmt::Display for Modifiers {
    /// Comma-separated, as `59,XS`; empty for none.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, modifier) in self.iter().enumerate() {
            if index > 0 {
                out.write_str(",")?;
            }
            write!(out, "{modifier}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Modifiers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "[{self}]")
    }
}
