//! Which modifiers stand on a line, of those that rules ask about.

use crate::model::Modifiers;

/// A set of kinds of modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Carried(u16);

impl Carried {
    /// Any modifier at all.
    pub const ANY: Carried = Carried(1);
    /// JW.
    pub const WASTE: Carried = Carried(1 << 1);
    /// JZ.
    pub const NO_WASTE: Carried = Carried(1 << 2);
    /// 59 or an X modifier.
    pub const DISTINCT: Carried = Carried(1 << 3);
    /// 25.
    pub const SEPARATE_VISIT: Carried = Carried(1 << 4);
    /// 76, 77 or 91.
    pub const REPEATED: Carried = Carried(1 << 5);
    /// TB or JG.
    pub const PROGRAM_340B: Carried = Carried(1 << 6);
    /// PO.
    pub const EXCEPTED: Carried = Carried(1 << 7);
    /// PN.
    pub const NONEXCEPTED: Carried = Carried(1 << 8);

    /// What stands on a line.
    #[must_use]
    pub fn of(modifiers: &Modifiers) -> Self {
        modifiers.iter().fold(Self::default(), |all, modifier| {
            let one = match modifier.as_bytes() {
                b"JW" => Self::WASTE,
                b"JZ" => Self::NO_WASTE,
                b"59" | b"XS" | b"XE" | b"XP" | b"XU" => Self::DISTINCT,
                b"25" => Self::SEPARATE_VISIT,
                b"76" | b"77" | b"91" => Self::REPEATED,
                b"TB" | b"JG" => Self::PROGRAM_340B,
                b"PO" => Self::EXCEPTED,
                b"PN" => Self::NONEXCEPTED,
                _ => Self::ANY,
            };
            all.and(one).and(Self::ANY)
        })
    }

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: Carried) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether any of `other` is there.
    #[must_use]
    pub const fn any(self, other: Carried) -> bool {
        self.0 & other.0 != 0
    }

    /// What of `other` is there.
    #[must_use]
    pub const fn of_these(self, other: Carried) -> Self {
        Self(self.0 & other.0)
    }
}
