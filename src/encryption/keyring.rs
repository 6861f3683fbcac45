//! Named keys.

use crate::error::{Error, one_line};
use parquet::encryption::decrypt::KeyRetriever;
use parquet::errors::ParquetError;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// The environment variable that holds the keys where no file is named.
pub const KEYS_VARIABLE: &str = "INFUSION_AUDIT_PARQUET_KEYS";

/// The key of files that name none, where there are several.
const DEFAULT: &str = "default";

/// Bytes of AES-128 and AES-256 keys.
const LENGTHS: [usize; 2] = [16, 32];

/// Keys by the names that files know them under. Printed nowhere, stored nowhere.
#[derive(Clone, Default)]
pub struct Keyring(BTreeMap<String, Vec<u8>>);

/// A key and its name.
#[derive(Clone, Copy)]
pub(super) struct Found<'k> {
    pub name: &'k str,
    pub key: &'k [u8],
}

impl fmt::Debug for Keyring {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Keyring({} secret)", self.0.len())
    }
}

impl Keyring {
    /// Reads `name = key`, one a line or with commas between them; a key is 32 or 64 hexadecimal digits. `#` begins a
    /// comment.
    ///
    /// # Errors
    /// A line that is none such, by its number; never its text.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut keys = BTreeMap::new();
        for (at, line) in (1..).zip(text.lines()) {
            let line = line.split('#').next().unwrap_or_default();
            for entry in line.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
                let bad = |what: &str| Error::Keys(format!("line {at} {what}"));
                let (name, digits) = entry.split_once('=').ok_or_else(|| bad("is not `name = key`"))?;
                let key = bytes(digits.trim()).filter(|key| LENGTHS.contains(&key.len())).ok_or_else(|| {
                    bad("has no key of 32 or 64 hexadecimal digits; `openssl rand -hex 32` makes one")
                })?;
                let name = name.trim();
                if name.is_empty() || keys.insert(name.to_owned(), key).is_some() {
                    return Err(bad("names no key, or one that is there already"));
                }
            }
        }
        Ok(Self(keys))
    }

    /// The keys in a file, or in the environment where no file is named; none where there is neither.
    ///
    /// # Errors
    /// A file that cannot be read or that others may read; lines that are no keys.
    pub fn load(file: Option<&Path>) -> Result<Self, Error> {
        let Some(file) = file else {
            return std::env::var(KEYS_VARIABLE).map_or_else(|_| Ok(Self::default()), |text| Self::parse(&text));
        };
        let text = std::fs::read_to_string(file).map_err(|cause| Error::unreadable(file, cause))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(file).map_err(|cause| Error::unreadable(file, cause))?.permissions().mode();
            if mode & 0o077 != 0 {
                let why = format!("{} can be read by others than its owner; `chmod 600` it", file.display());
                return Err(Error::Keys(why));
            }
        }
        Self::parse(&text)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key of a name; a file that names none has the only key there is, or the one that is called `default`.
    pub(super) fn find(&self, name: &str) -> Result<Found<'_>, String> {
        let found = if name.is_empty() && self.0.len() == 1 {
            self.0.first_key_value()
        } else {
            self.0.get_key_value(if name.is_empty() { DEFAULT } else { name })
        };
        found.map(|(name, key)| Found { name, key }).ok_or_else(|| match (name.is_empty(), self.0.is_empty()) {
            (_, true) => format!("there are none in --parquet-keys or {KEYS_VARIABLE}"),
            (true, _) => format!("a file names no key; call the one to be used `{DEFAULT}`"),
            _ => format!("none is called `{}`", one_line(name)),
        })
    }
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok().filter(|_| pair.len() == 2)).collect()
}

impl KeyRetriever for Keyring {
    fn retrieve_key(&self, key_metadata: &[u8]) -> Result<Vec<u8>, ParquetError> {
        let missing = |why: String| ParquetError::General(format!("it is encrypted, and of the keys {why}"));
        let name = std::str::from_utf8(key_metadata).map_err(|_| missing("none is named in text".to_owned()))?;
        // What key-management services leave in files: the key itself, wrapped by a key that never leaves the service.
        if name.starts_with('{') {
            return Err(missing("the one it needs is held by a key-management service, which is not asked".to_owned()));
        }
        self.find(name).map(|found| found.key.to_vec()).map_err(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "000102030405060708090a0b0c0d0e0f";

    #[test]
    fn keys_are_named_and_found_by_name() {
        let keys = Keyring::parse(&format!("# of 2026\nfeed = {KEY}, default={KEY}{KEY}\n\n")).unwrap();
        assert_eq!(keys.find("feed").unwrap().key, (0..16).collect::<Vec<u8>>());
        assert_eq!(keys.find("").unwrap().key.len(), 32);
        assert!(keys.find("other").is_err_and(|why| why.contains("`other`")));
        assert_eq!(format!("{keys:?}"), "Keyring(2 secret)");
        assert_eq!(Keyring::parse(&format!("feed={KEY}")).unwrap().find("").unwrap().name, "feed");
        let two = Keyring::parse(&format!("a={KEY},b={KEY}")).unwrap();
        assert!(two.find("").is_err_and(|why| why.contains("`default`")));
        assert!(Keyring::default().find("").is_err_and(|why| why.contains("--parquet-keys")));
        assert!(two.retrieve_key(br#"{"keyMaterialType":"PKMT1"}"#).unwrap_err().to_string().contains("service"));
    }

    #[test]
    fn a_bad_line_is_told_by_number_and_never_shown() {
        for bad in ["feed", "feed = 00ff", &format!("feed = {KEY}zz"), &format!("= {KEY}"), &format!("a={KEY},a={KEY}")]
        {
            let told = Keyring::parse(&format!("\n{bad}")).unwrap_err().to_string();
            assert!(told.contains("line 2") && !told.contains(KEY), "{told}");
        }
        // Letters of several bytes fall between the pairs.
        assert!(Keyring::parse(&format!("a = é{}", &KEY[3..])).is_err());
    }
}
