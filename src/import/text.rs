//! Text of any of the encodings and separators in which the files come, and the line that names its columns.

use super::{ImportError, Kind};

/// Text of a file as spreadsheets save it: UTF-8 with or without a byte order mark, little-endian UTF-16 with one, or else
/// Latin-1.
pub(crate) fn decode(bytes: &[u8]) -> String {
    if let Some(wide) = bytes.strip_prefix(b"\xFF\xFE") {
        let units = wide.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        return char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// The separator of a table, by its first line: spreadsheets of other locales save semicolons or tabs.
pub(crate) fn separator(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let cells = |separator: &u8| first.split(char::from(*separator)).count();
    // Of equals the last is taken, so commas come last.
    [b'\t', b';', b','].into_iter().max_by_key(cells).unwrap_or(b',')
}

/// True if an amount without signs and spaces has a comma that does not separate thousands.
pub(crate) fn has_decimal_comma(amount: &str) -> bool {
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
    let Some((first, rest)) = whole.split_once(',') else { return fraction.contains(',') };
    let grouped = (1..=3).contains(&first.len()) && rest.split(',').all(|group| group.len() == 3);
    !grouped || fraction.contains(',')
}

/// A file from its header on.
pub(super) struct Sheet {
    /// What stands before the header.
    pub preamble: String,
    /// For each wanted column, every place at which it stands.
    places: Vec<(&'static str, Vec<usize>)>,
    /// Columns of the header.
    width: usize,
    /// Data rows with their lines.
    pub rows: Vec<(u64, csv::StringRecord)>,
}

/// Lines in which a header is looked for.
const HEADER_WITHIN: usize = 60;

fn plain(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

impl Sheet {
    pub(super) fn find(kind: Kind, file: &str, text: &str) -> Result<Self, ImportError> {
        // The separator under which the header has the most columns is the file's own.
        let sheets =
            [b',', b'\t', b';'].into_iter().filter_map(|separator| Self::with_separator(kind, text, separator));
        if let Some(sheet) = sheets.max_by_key(|sheet| sheet.width) {
            return Ok(sheet);
        }
        if let Some(sheet) = pairs_by_shape(kind, text) {
            return Ok(sheet);
        }
        Err(ImportError::no_header(kind, file))
    }

    fn with_separator(kind: Kind, text: &str, separator: u8) -> Option<Self> {
        let records = records(text, separator);
        let at = records.iter().take(HEADER_WITHIN).position(|(_, record)| places(kind, record).is_some())?;
        let places = places(kind, &records[at].1)?;
        let width = records[at].1.len();
        let preamble: Vec<&str> = records.iter().take(at).flat_map(|(_, record)| record.iter()).collect();
        let preamble = preamble.join(" ");
        Some(Self { preamble, places, width, rows: records.into_iter().skip(at + 1).collect() })
    }

    /// The cell of a role, trimmed; empty where the column or the cell is absent.
    pub(super) fn cell<'r>(&self, record: &'r csv::StringRecord, role: &str) -> &'r str {
        self.nth_cell(record, role, 0)
    }

    /// The cell of the n-th column of a role.
    pub(super) fn nth_cell<'r>(&self, record: &'r csv::StringRecord, role: &str, nth: usize) -> &'r str {
        let place = self.places.iter().find(|(of, _)| *of == role).and_then(|(_, all)| all.get(nth));
        place.and_then(|at| record.get(*at)).map(str::trim).unwrap_or_default()
    }

    pub(super) fn has(&self, role: &str) -> bool {
        self.places.iter().any(|(of, all)| *of == role && !all.is_empty())
    }
}

fn records(text: &str, separator: u8) -> Vec<(u64, csv::StringRecord)> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
    let rows = reader.records().filter_map(Result::ok);
    rows.map(|record| (record.position().map_or(0, csv::Position::line), record)).collect()
}

/// Where each wanted column stands, if all the required ones do.
fn places(kind: Kind, record: &csv::StringRecord) -> Option<Vec<(&'static str, Vec<usize>)>> {
    let names: Vec<String> = record.iter().map(plain).collect();
    let mut found = Vec::new();
    for wanted in kind.wanted() {
        let whole = |name: &&str| names.iter().enumerate().filter(|(_, of)| of == name).map(|(at, _)| at).collect();
        let begins = |name: &&str| {
            let fits = |of: &String| name.len() > 3 && of.starts_with(*name);
            names.iter().enumerate().filter(|(_, of)| fits(of)).map(|(at, _)| at).collect()
        };
        let all: Vec<Vec<usize>> = wanted.names.iter().map(whole).chain(wanted.names.iter().map(begins)).collect();
        let first = all.into_iter().find(|places: &Vec<usize>| !places.is_empty());
        match first {
            Some(places) => found.push((wanted.role, places)),
            None if wanted.required => return None,
            None => {}
        }
    }
    Some(found)
}

/// The published pair files name their columns over several lines; their rows are known by their shape: two codes, a
/// mark, two dates, an indicator.
fn pairs_by_shape(kind: Kind, text: &str) -> Option<Sheet> {
    if !matches!(kind, Kind::NcciPtpPractitioner | Kind::NcciPtpHospital) {
        return None;
    }
    let is_code = |cell: &str| cell.len() == 5 && cell.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_day = |cell: &str| cell.len() == 8 && cell.bytes().all(|byte| byte.is_ascii_digit());
    let fits = |record: &csv::StringRecord| {
        let cell = |at: usize| record.get(at).map(str::trim).unwrap_or_default();
        is_code(cell(0)) && is_code(cell(1)) && is_day(cell(3)) && (is_day(cell(4)) || cell(4) == "*")
    };
    [b'\t', b','].into_iter().find_map(|separator| {
        let records = records(text, separator);
        let first = records.iter().position(|(_, record)| fits(record))?;
        let preamble = records.iter().take(first).flat_map(|(_, record)| record.iter()).collect::<Vec<_>>().join(" ");
        let roles = [("column1", 0), ("column2", 1), ("from", 3), ("to", 4), ("indicator", 5)];
        let places = roles.into_iter().map(|(role, at)| (role, vec![at])).collect();
        Some(Sheet { preamble, places, width: 6, rows: records.into_iter().skip(first).collect() })
    })
}
