//! Files that are no Parquet, named as what they are.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes looked at.
const HEAD: u64 = 8_192;

/// Endings of files in which claims and charts come besides Parquet.
const OTHERS: [&str; 14] =
    ["csv", "tsv", "txt", "xlsx", "xls", "json", "ndjson", "jsonl", "gz", "zip", "x12", "edi", "parq", "sas7bdat"];

/// Kind of a file by its first bytes, such as `CSV text with 13 columns`; `None` where they tell nothing.
#[must_use]
pub fn what_it_is(path: &Path) -> Option<String> {
    let mut head = Vec::new();
    File::open(path).ok()?.take(HEAD).read_to_end(&mut head).ok()?;
    named(&head)
}

fn named(head: &[u8]) -> Option<String> {
    let begins = |with: &[u8]| head.starts_with(with);
    let holds = |text: &[u8]| head.windows(text.len()).any(|window| window == text);
    let fixed = if begins(b"PAR1") || head.is_empty() {
        return None;
    } else if begins(b"PK\x03\x04") {
        if holds(b"xl/") || holds(b"[Content_Types].xml") { "an Excel workbook" } else { "a zip archive" }
    } else if begins(b"\xd0\xcf\x11\xe0") {
        "an Excel workbook of the old form (.xls)"
    } else if begins(b"\x1f\x8b") {
        "a gzip archive"
    } else if begins(b"ISA") && head.get(3).is_some_and(|byte| !byte.is_ascii_alphanumeric()) {
        match head.get(3).map(|separator| [b"ST", [*separator].as_slice()].concat()) {
            Some(set) if holds(&[&set, b"837".as_slice()].concat()) => "an X12 837 file of claims",
            Some(set) if holds(&[&set, b"835".as_slice()].concat()) => "an X12 835 file of remittances",
            _ => "an X12 file",
        }
    } else if begins(b"MSH|") || begins(b"FHS|") || begins(b"BHS|") {
        "an HL7 version 2 file"
    } else if begins(b"ARROW1") {
        "an Arrow IPC (Feather) file"
    } else if begins(b"Obj\x01") {
        "an Avro file"
    } else if begins(b"ORC") {
        "an ORC file"
    } else if begins(b"SQLite format 3") {
        "an SQLite database"
    } else {
        return delimited(head);
    };
    Some(fixed.to_owned())
}

/// Text with a header line of names between separators, or JSON.
fn delimited(head: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head));
    if text.contains('\0') {
        return None;
    }
    let line = text.lines().find(|line| !line.trim().is_empty())?.trim();
    if line.starts_with('{') || line.starts_with('[') {
        return Some("JSON text".to_owned());
    }
    let (separator, name) = [
        (',', "CSV text"),
        ('\t', "tab-separated text"),
        ('|', "pipe-separated text"),
        (';', "CSV text with semicolons"),
    ]
    .into_iter()
    .max_by_key(|(separator, _)| line.matches(*separator).count())?;
    let columns = line.matches(separator).count() + 1;
    (columns > 1).then(|| format!("{name} of {columns} columns"))
}

/// The ending of a file in which data come besides Parquet.
#[must_use]
pub(super) fn other_ending(path: &Path) -> Option<&'static str> {
    let ending = path.extension()?.to_str()?.to_lowercase();
    OTHERS.into_iter().find(|other| *other == ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_as_what_they_are() {
        for (head, wanted) in [
            (b"claim_id,line_number,hcpcs\n1,2,96365\n".as_slice(), "CSV text of 3 columns"),
            (b"\xef\xbb\xbfclaim_id|line\n", "pipe-separated text of 2 columns"),
            (b"ISA*00*          *00*~GS*HC*~ST*837*0001~", "an X12 837 file of claims"),
            (b"ISA|00|~ST|835|0001~", "an X12 835 file of remittances"),
            (b"PK\x03\x04....[Content_Types].xml", "an Excel workbook"),
            (b"{\"resourceType\":\"Bundle\"}", "JSON text"),
        ] {
            assert_eq!(named(head).as_deref(), Some(wanted));
        }
        assert_eq!(named(b"PAR1\0\0"), None);
        assert_eq!(named(&[0, 1, 2, 3]), None);
    }
}
