//! Bytes that are no Parquet file, under the same keys: AES-GCM, as Parquet's modules are.

use super::{INSTALLED, writing_key};
use crate::error::Error;
use ring::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use std::sync::atomic::{AtomicU64, Ordering};

/// What sealed bytes begin with; text that the program writes never does.
const MAGIC: &[u8] = b"\0sealed1";

fn cipher(key: &[u8]) -> Result<LessSafeKey, Error> {
    let algorithm = if key.len() == AES_128_GCM.key_len() { &AES_128_GCM } else { &AES_256_GCM };
    UnboundKey::new(algorithm, key).map(LessSafeKey::new).map_err(|_| Error::Keys("a key has no use".to_owned()))
}

fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    let failed = |_| Error::Keys("the system gives no random numbers".to_owned());
    SystemRandom::new().fill(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

fn encrypt(cipher: &LessSafeKey, nonce: [u8; NONCE_LEN], aad: &[u8], bytes: &mut Vec<u8>) -> Result<(), Error> {
    let nonce = Nonce::assume_unique_for_key(nonce);
    let failed = |_| Error::Keys("bytes too many to encrypt".to_owned());
    cipher.seal_in_place_append_tag(nonce, Aad::from(aad), bytes).map_err(failed)
}

fn decrypt<'b>(cipher: &LessSafeKey, aad: &[u8], bytes: &'b mut [u8]) -> Option<&'b [u8]> {
    let (nonce, text) = bytes.split_first_chunk_mut::<NONCE_LEN>()?;
    let nonce = Nonce::assume_unique_for_key(*nonce);
    cipher.open_in_place(nonce, Aad::from(aad), text).ok().map(|plain| &*plain)
}

/// Bytes as they are to be stored: sealed if the process writes so. `what` is bound to them, so that no other can take
/// their place.
///
/// # Errors
/// A system without random numbers.
pub(crate) fn seal(what: &str, mut bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    let Some(found) = writing_key() else { return Ok(bytes) };
    let nonce = random()?;
    encrypt(&cipher(found.key)?, nonce, what.as_bytes(), &mut bytes)?;
    let name = found.name.as_bytes();
    let length = u16::try_from(name.len()).map_err(|_| Error::Keys("the name of a key is too long".to_owned()))?;
    Ok([MAGIC, &length.to_le_bytes(), name, &nonce, &bytes].concat())
}

/// Bytes as they were before [`seal`]; others stay as they are.
///
/// # Errors
/// A key that is not there, in words; bytes that were changed or moved.
pub(crate) fn unseal(what: &str, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    let Some(rest) = bytes.strip_prefix(MAGIC) else { return Ok(bytes) };
    let broken = || "it is damaged or of another key".to_owned();
    let (length, rest) = rest.split_first_chunk::<2>().ok_or_else(broken)?;
    let (name, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length))).ok_or_else(broken)?;
    let name = std::str::from_utf8(name).map_err(|_| broken())?;
    let keys = INSTALLED.get().map(|installed| installed.keys.as_ref().clone()).unwrap_or_default();
    let found = keys.find(name).map_err(|why| format!("it is encrypted, and of the keys {why}"))?;
    let cipher = cipher(found.key).map_err(|cause| cause.to_string())?;
    decrypt(&cipher, what.as_bytes(), &mut rest.to_vec()).map(<[u8]>::to_vec).ok_or_else(broken)
}

/// Encrypts what only this process will read again, under a key that nobody else ever sees.
pub(crate) struct Sealer {
    cipher: LessSafeKey,
    blocks: AtomicU64,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Sealer(secret)")
    }
}

impl Sealer {
    /// # Errors
    /// A system without random numbers.
    pub(crate) fn new() -> Result<Self, Error> {
        Ok(Self { cipher: cipher(&random::<32>()?)?, blocks: AtomicU64::new(0) })
    }

    /// A block, encrypted.
    pub(crate) fn seal(&self, mut block: Vec<u8>) -> Result<Vec<u8>, Error> {
        let mut nonce = [0; NONCE_LEN];
        // The key lives as long as the count, so no nonce comes twice.
        nonce[..8].copy_from_slice(&self.blocks.fetch_add(1, Ordering::Relaxed).to_le_bytes());
        encrypt(&self.cipher, nonce, b"", &mut block)?;
        Ok([nonce.as_slice(), &block].concat())
    }

    /// The block as it was, or nothing where it was changed.
    pub(crate) fn unseal<'b>(&self, block: &'b mut [u8]) -> Option<&'b [u8]> {
        decrypt(&self.cipher, b"", block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_back_and_changed_ones_do_not() {
        let sealer = Sealer::new().unwrap();
        let (mut one, other) = (sealer.seal(b"patient".to_vec()).unwrap(), sealer.seal(b"patient".to_vec()).unwrap());
        assert!(one != other && !one.windows(7).any(|bytes| bytes == b"patient"));
        assert_eq!(sealer.unseal(&mut one.clone()), Some(b"patient".as_slice()));
        one[14] ^= 1;
        assert_eq!(sealer.unseal(&mut one), None);
        assert_eq!(Sealer::new().unwrap().unseal(&mut other.clone()), None);
        assert_eq!(sealer.unseal(&mut [0; 5]), None);
    }
}
