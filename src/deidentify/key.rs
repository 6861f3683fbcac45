//! The secret, and what is made of it.

use crate::error::Error;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;
use std::path::Path;

/// The environment variable that holds the key where no file is named.
pub const KEY_VARIABLE: &str = "INFUSION_AUDIT_KEY";

/// A shorter key could be guessed.
const LEAST_BYTES: usize = 16;

/// What an identifier names; the same text as another kind has another pseudonym.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identifier {
    Encounter,
    Patient,
    Claim,
    Administration,
    Provider,
    Finding,
}

impl Identifier {
    fn letter(self) -> char {
        match self {
            Identifier::Encounter => 'E',
            Identifier::Patient => 'P',
            Identifier::Claim => 'C',
            Identifier::Administration => 'A',
            Identifier::Provider => 'R',
            Identifier::Finding => 'F',
        }
    }
}

/// A key for pseudonyms. Printed nowhere, stored nowhere.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Key(secret)")
    }
}

impl Key {
    /// A key of these bytes; white space around them does not count.
    ///
    /// # Errors
    /// A key that could be guessed.
    pub fn new(bytes: &[u8]) -> Result<Self, Error> {
        let bytes = bytes.trim_ascii();
        if bytes.len() < LEAST_BYTES {
            return Err(Error::Key(format!(
                "it has {} bytes; take {LEAST_BYTES} or more, such as the output of `openssl rand -hex 32`",
                bytes.len()
            )));
        }
        Hmac::new_from_slice(bytes).map(Self).map_err(|cause| Error::Key(cause.to_string()))
    }

    /// The key in a file, or in the environment where no file is named.
    ///
    /// # Errors
    /// No key, one that cannot be read, and one that could be guessed.
    pub fn load(file: Option<&Path>) -> Result<Self, Error> {
        let bytes = match file {
            Some(file) => std::fs::read(file).map_err(|cause| Error::unreadable(file, cause))?,
            None => std::env::var_os(KEY_VARIABLE)
                .ok_or_else(|| Error::Key(format!("name its file with --key-file, or set {KEY_VARIABLE}")))?
                .into_encoded_bytes(),
        };
        Self::new(&bytes)
    }

    fn digest(&self, of: &str, text: &str) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(of.as_bytes());
        // No name of a kind holds it, so that kind and text cannot run into one another.
        mac.update(&[0x1f]);
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// The pseudonym of an identifier: 80 bits, so that no two of billions are likely to meet.
    #[must_use]
    pub fn pseudonym(&self, kind: Identifier, text: &str) -> String {
        use fmt::Write;
        let letter = kind.letter();
        let mut name = format!("{letter}-");
        for byte in &self.digest(letter.encode_utf8(&mut [0; 4]), text)[..10] {
            let _ = write!(name, "{byte:02x}");
        }
        name
    }

    /// The days by which a patient's dates are moved: 1 to 182, either way.
    #[must_use]
    pub fn shift(&self, patient: &str) -> i32 {
        let [a, b, c, d, ..] = self.digest("days", patient);
        // 364 values: the bias of the remainder is below one in ten million.
        let value = i32::try_from(u32::from_be_bytes([a, b, c, d]) % 364).unwrap_or(0);
        if value < 182 { value - 182 } else { value - 181 }
    }

    /// Tells keys apart without telling anything of them, for the identity of a run.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        self.digest("run", "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pseudonyms_hang_on_key_kind_and_text() {
        let (one, other) = (Key::new(b"0123456789abcdef\n").unwrap(), Key::new(b"0123456789abcdeX").unwrap());
        let name = one.pseudonym(Identifier::Encounter, "E1");
        assert_eq!(name, Key::new(b"0123456789abcdef").unwrap().pseudonym(Identifier::Encounter, "E1"));
        assert!(name.len() == 22 && name.starts_with("E-"));
        assert_ne!(name[2..], one.pseudonym(Identifier::Claim, "E1")[2..]);
        assert_ne!(name, other.pseudonym(Identifier::Encounter, "E1"));
        assert_ne!(one.fingerprint(), other.fingerprint());
        assert_eq!(format!("{one:?}"), "Key(secret)");
        // RFC 4231, test case 2, is what makes this HMAC-SHA256; the key of the case is too short for `new`.
        let mut mac = Hmac::<Sha256>::new_from_slice(b"Jefe").unwrap();
        mac.update(b"what do ya want for nothing?");
        assert_eq!(mac.finalize().into_bytes()[..4], [0x5b, 0xdc, 0xc1, 0x46]);
    }

    #[test]
    fn dates_move_both_ways_and_never_stay() {
        let key = Key::new(b"0123456789abcdef").unwrap();
        let shifts: Vec<i32> = (0..4_000).map(|patient| key.shift(&patient.to_string())).collect();
        assert!(shifts.iter().all(|shift| *shift != 0 && (-182..=182).contains(shift)));
        assert_eq!((shifts.iter().min(), shifts.iter().max()), (Some(&-182), Some(&182)));
    }

    #[test]
    fn a_key_that_could_be_guessed_is_refused() {
        assert!(Key::new(b"  short  ").unwrap_err().to_string().contains("16 or more"));
    }
}
