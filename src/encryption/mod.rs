//! Parquet modular encryption: keys that the process was given, for what it reads and for what it writes.
//!
//! Keys belong to the process, as its environment does: they are installed once, before the first file is opened, and every
//! reader and writer of Parquet asks here.

mod keyring;
mod sealed;

pub use keyring::{KEYS_VARIABLE, Keyring};
pub(crate) use sealed::{Sealer, seal, unseal};

use crate::error::Error;
use keyring::Found;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::encryption::decrypt::FileDecryptionProperties;
use parquet::encryption::encrypt::FileEncryptionProperties;
use parquet::file::properties::WriterPropertiesBuilder;
use std::sync::{Arc, OnceLock};

/// What the process was given.
#[derive(Debug, Default)]
struct Installed {
    keys: Arc<Keyring>,
    /// The name of the key for what is written.
    writing: Option<String>,
}

static INSTALLED: OnceLock<Installed> = OnceLock::new();

/// Gives the process its keys; `writing` names the one for what it writes, or `None` to write in clear. Only the first
/// call counts.
///
/// # Errors
/// `writing` names no key.
pub fn install(keys: Keyring, writing: Option<&str>) -> Result<(), Error> {
    if let Some(name) = writing {
        keys.find(name).map_err(Error::Keys)?;
    }
    let _ = INSTALLED.set(Installed { keys: Arc::new(keys), writing: writing.map(str::to_owned) });
    Ok(())
}

/// The name of the key for what is written.
#[must_use]
pub fn writing() -> Option<&'static str> {
    INSTALLED.get()?.writing.as_deref()
}

/// Whether the process deals with encrypted data, so that what it keeps aside must not be in clear either.
pub(crate) fn in_use() -> bool {
    INSTALLED.get().is_some_and(|installed| !installed.keys.is_empty())
}

fn writing_key() -> Option<Found<'static>> {
    let installed = INSTALLED.get()?;
    installed.keys.find(installed.writing.as_deref()?).ok()
}

/// How a Parquet file is opened: with the keys, whether it is encrypted or not.
///
/// # Errors
/// None that keys can bring about; the library's signature asks for it.
pub(crate) fn reader_options() -> Result<ArrowReaderOptions, parquet::errors::ParquetError> {
    let keys = INSTALLED.get().map(|installed| Arc::clone(&installed.keys)).unwrap_or_default();
    let properties = FileDecryptionProperties::with_key_retriever(keys).build()?;
    Ok(ArrowReaderOptions::default().with_file_decryption_properties(properties))
}

/// Encrypts footer and columns of a file that is written, if the process writes so. The file names its key.
///
/// # Errors
/// None that keys can bring about; the library's signature asks for it.
pub(crate) fn protect(
    properties: WriterPropertiesBuilder,
) -> Result<WriterPropertiesBuilder, parquet::errors::ParquetError> {
    let Some(found) = writing_key() else { return Ok(properties) };
    let encryption = FileEncryptionProperties::builder(found.key.to_vec())
        .with_footer_key_metadata(found.name.as_bytes().to_vec())
        .build()?;
    Ok(properties.with_file_encryption_properties(encryption))
}
