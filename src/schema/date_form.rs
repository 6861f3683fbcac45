//! Forms of dates and times in text besides ISO 8601: read where `--date-format` names them, never guessed.

use super::text::plain;
use super::values::iso_date;
use super::{Column, DecodeOptions, Kind, Table};
use crate::model::{ChartTime, Date};
use arrow::array::ArrayRef;
use arrow::error::ArrowError;
use std::str::FromStr;

/// A form in which a text column writes dates and times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DateForm {
    /// `01/31/2026 2:30 PM`
    MonthFirst,
    /// `31/01/2026 14:30`
    DayFirst,
    /// `2026/01/31 14:30`
    YearFirst,
    /// `31-Jan-2026 14:30`, also `31JAN2026`
    MonthName,
    /// `20260131`, also as an integer; `20260131143000`
    Compact,
    /// Seconds or milliseconds since 1970, as integers or text, on the local clock.
    Epoch { a_second: i64 },
    /// A strptime pattern, such as `%m/%d/%Y %I:%M %p`.
    Pattern(String),
}

/// The form of one column, or of all date and time columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateFormat {
    pub column: Option<String>,
    pub form: DateForm,
}

/// Names on the command line.
const NAMED: [(&str, DateForm); 7] = [
    ("mdy", DateForm::MonthFirst),
    ("dmy", DateForm::DayFirst),
    ("ymd", DateForm::YearFirst),
    ("dmony", DateForm::MonthName),
    ("yyyymmdd", DateForm::Compact),
    ("epoch-seconds", DateForm::Epoch { a_second: 1 }),
    ("epoch-milliseconds", DateForm::Epoch { a_second: 1_000 }),
];

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

impl std::fmt::Display for DateFormat {
    /// As the option takes it.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(column) = &self.column {
            write!(out, "{column}=")?;
        }
        match &self.form {
            DateForm::Pattern(pattern) => out.write_str(pattern),
            form => out.write_str(NAMED.iter().find(|(_, of)| of == form).map_or("", |(name, _)| name)),
        }
    }
}

impl FromStr for DateFormat {
    type Err = String;

    /// Reads `FORM` or `COLUMN=FORM`; a form is a name or a strptime pattern.
    fn from_str(text: &str) -> Result<Self, String> {
        let (column, form) = match text.split_once('=') {
            Some((column, form)) => (Some(dated_column(column)?), form.trim()),
            None => (None, text.trim()),
        };
        let named = NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(form)).map(|(_, form)| form.clone());
        let form = match named {
            Some(form) => form,
            None if form.contains('%') => DateForm::Pattern(form.to_owned()),
            None => {
                let names: Vec<&str> = NAMED.iter().map(|(name, _)| *name).collect();
                return Err(format!(
                    "takes [COLUMN=]FORM; FORM is one of {}, or a pattern such as %m/%d/%Y",
                    names.join(", ")
                ));
            }
        };
        Ok(Self { column, form })
    }
}

/// The name of a date or time column of some table.
fn dated_column(name: &str) -> Result<String, String> {
    let name = name.trim().to_lowercase();
    let columns = || {
        let all = Table::ALL.into_iter().flat_map(|table| &table.contract().columns);
        all.filter(|column| matches!(column.kind, Kind::Date | Kind::Time)).map(|column| column.name.as_str())
    };
    if columns().any(|column| column == name) {
        return Ok(name);
    }
    let mut names: Vec<&str> = columns().collect();
    names.sort_unstable();
    names.dedup();
    Err(format!("`{name}` is no date or time column; one of {}", names.join(", ")))
}

/// Day and minute of the day of a text in some form; the minute is absent where the text has no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Moment {
    day: Date,
    minute: Option<i64>,
}

impl DateForm {
    /// True if the form is written as integers too.
    pub(super) fn takes_integers(&self) -> bool {
        matches!(self, DateForm::Compact | DateForm::Epoch { .. })
    }

    /// The calendar day of a text; a time behind it is left out. `None` where the text is not of this form.
    #[must_use]
    pub fn date(&self, text: &str) -> Option<Date> {
        self.moment(text.trim()).map(|moment| moment.day)
    }

    /// The charted time of a text, on the local clock. `None` where the text is not of this form or has no time of day.
    #[must_use]
    pub fn time(&self, text: &str) -> Option<ChartTime> {
        let moment = self.moment(text.trim())?;
        Some(ChartTime { local: i64::from(moment.day.0) * 1_440 + moment.minute?, offset: None })
    }

    fn moment(&self, text: &str) -> Option<Moment> {
        match self {
            DateForm::Pattern(pattern) => by_pattern(pattern, text),
            DateForm::Compact => compact(text),
            DateForm::Epoch { a_second } => {
                let minutes = text.parse::<i64>().ok()?.div_euclid(a_second * 60);
                let day = Date(i32::try_from(minutes.div_euclid(1_440)).ok()?);
                Some(Moment { day, minute: Some(minutes.rem_euclid(1_440)) })
            }
            DateForm::MonthFirst | DateForm::DayFirst | DateForm::YearFirst | DateForm::MonthName => self.parts(text),
        }
    }

    /// A date of three parts, and perhaps a time.
    fn parts(&self, text: &str) -> Option<Moment> {
        let (date, time) =
            match text.find([' ', 'T', ',']).filter(|at| text[..*at].contains(|of: char| of.is_ascii_digit())) {
                Some(at) if *self != DateForm::MonthName => (&text[..at], text[at + 1..].trim()),
                _ => match text.find(':').and_then(|colon| text[..colon].rfind([' ', 'T'])) {
                    Some(at) => (&text[..at], text[at + 1..].trim()),
                    None => (text, ""),
                },
            };
        let spaced = if *self == DateForm::MonthName { spaced_month(date) } else { date.to_owned() };
        let mut parts = spaced.split(['/', '-', '.', ' ', ',']).filter(|part| !part.is_empty());
        let (one, two, three) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let number = |part: &str| (part.len() <= 2).then(|| part.parse::<i8>().ok()).flatten();
        let (year, month, day) = match self {
            DateForm::MonthFirst => (year(three)?, number(one)?, number(two)?),
            DateForm::DayFirst => (year(three)?, number(two)?, number(one)?),
            DateForm::YearFirst => (year(one).filter(|_| one.len() == 4)?, number(two)?, number(three)?),
            _ => (year(three)?, month_of(two)?, number(one)?),
        };
        let minute = if time.is_empty() { None } else { Some(clock(time)?) };
        Some(Moment { day: Date::from_ymd(year, month, day)?, minute })
    }
}

/// Year of two or four digits; two digits mean 1970 to 2069.
fn year(part: &str) -> Option<i16> {
    let year: i16 = part.parse().ok()?;
    match part.len() {
        4 => Some(year),
        2 => Some(if year < 70 { 2_000 + year } else { 1_900 + year }),
        _ => None,
    }
}

fn month_of(part: &str) -> Option<i8> {
    let part = part.get(..3)?.to_lowercase();
    MONTHS.iter().position(|month| *month == part).and_then(|at| i8::try_from(at + 1).ok())
}

/// `31JAN2026` with spaces around its month.
fn spaced_month(date: &str) -> String {
    let mut spaced = String::new();
    let mut last: Option<char> = None;
    for letter in date.chars() {
        if last.is_some_and(|last| {
            last.is_alphabetic() != letter.is_alphabetic() && last.is_alphanumeric() && letter.is_alphanumeric()
        }) {
            spaced.push(' ');
        }
        spaced.push(letter);
        last = Some(letter);
    }
    spaced
}

/// Minute of the day of `14:30`, `14:30:59.5`, `2:30 PM`.
fn clock(text: &str) -> Option<i64> {
    let lower = text.to_lowercase();
    let (digits, half) = match lower.find(['a', 'p']) {
        Some(at) => (lower[..at].trim(), Some(lower[at..].trim().replace('.', ""))),
        None => (lower.trim(), None),
    };
    let mut parts = digits.split(':');
    let (hour, minute) = (parts.next()?.trim().parse::<i64>().ok()?, parts.next()?.parse::<i64>().ok()?);
    let second = parts.next().map_or(Some(0), |part| part.split('.').next()?.parse::<i64>().ok())?;
    if parts.next().is_some() || !(0..60).contains(&minute) || !(0..60).contains(&second) {
        return None;
    }
    let hour = match half.as_deref() {
        None => hour,
        Some("am") if (1..=12).contains(&hour) => hour % 12,
        Some("pm") if (1..=12).contains(&hour) => hour % 12 + 12,
        Some(_) => return None,
    };
    (0..24).contains(&hour).then_some(hour * 60 + minute)
}

/// `20260131`, with `1430` or `143000` behind it.
fn compact(text: &str) -> Option<Moment> {
    let digits: String = text.chars().filter(|letter| !matches!(letter, ' ' | 'T' | ':')).collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let day = Date::from_ymd(
        digits.get(..4)?.parse().ok()?,
        digits.get(4..6)?.parse().ok()?,
        digits.get(6..8)?.parse().ok()?,
    )?;
    let minute = match digits.len() {
        8 => None,
        12 | 14 => Some(clock(&format!("{}:{}", digits.get(8..10)?, digits.get(10..12)?))?),
        _ => return None,
    };
    Some(Moment { day, minute })
}

fn by_pattern(pattern: &str, text: &str) -> Option<Moment> {
    let parsed = jiff::fmt::strtime::parse(pattern, text).ok()?;
    let day = Date::from_civil(parsed.to_date().ok()?);
    let minute = parsed.to_time().ok().map(|time| i64::from(time.hour()) * 60 + i64::from(time.minute()));
    // A pattern without an hour says nothing of the time of day.
    let minute = minute.filter(|_| parsed.hour().is_some());
    Some(Moment { day, minute })
}

/// In the place of a form: the column holds days without a time, which no form reads as a time.
pub(crate) const NO_TIME: &str = "dates without a time of day";

/// Values of a text column that are looked at before a run reads all of it.
const LOOKED_AT: usize = 500;

/// Says of a text column of dates or times, by its first values, that most of them cannot be read. Out: the form that they
/// seem to have, as the option names it; `None` where most can be read.
///
/// # Errors
/// A column that Arrow cannot read as text.
pub(crate) fn unread_dates(
    column: &Column,
    array: &ArrayRef,
    options: &DecodeOptions,
) -> Result<Option<&'static str>, ArrowError> {
    let text = plain(array)?;
    let form = options.date_form(&column.name);
    let reads = |text: &str| match (&column.kind, form) {
        (Kind::Time, Some(form @ DateForm::Epoch { .. })) => form.time(text).is_some(),
        (Kind::Time, form) => text.parse::<ChartTime>().is_ok() || form.is_some_and(|form| form.time(text).is_some()),
        (_, form) => iso_date(text).is_some() || form.is_some_and(|form| form.date(text).is_some()),
    };
    let values: Vec<&str> = text.iter().flatten().take(LOOKED_AT).collect();
    let unread: Vec<&str> = values.iter().copied().filter(|text| !reads(text)).collect();
    if unread.len() * 2 <= values.len() {
        return Ok(None);
    }
    let dates = |text: &&str| iso_date(text).is_some() || form.is_some_and(|form| form.date(text).is_some());
    if column.kind == Kind::Time && unread.iter().all(dates) {
        return Ok(Some(NO_TIME));
    }
    Ok(Some(form_of(&unread).unwrap_or("%m/%d/%Y %H:%M")))
}

/// The form that some texts have, as the option names it: the only one of the named forms that reads all of them, or both
/// where day and month could be either. `None` where ISO 8601 or no form reads them.
#[must_use]
pub(crate) fn form_of(texts: &[&str]) -> Option<&'static str> {
    let reads = |form: &DateForm| texts.iter().all(|text| form.date(text).is_some());
    let candidates = NAMED.iter().filter(|(_, form)| !matches!(form, DateForm::Epoch { .. }));
    let fits: Vec<&'static str> = candidates.filter(|(_, form)| reads(form)).map(|(name, _)| *name).collect();
    match fits.as_slice() {
        [] => None,
        ["mdy", "dmy", ..] => Some("mdy or dmy"),
        [only, ..] => Some(only),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(form: &str, text: &str) -> Option<String> {
        let format: DateFormat = form.parse().unwrap();
        format
            .form
            .time(text)
            .map(|time| time.to_string())
            .or_else(|| format.form.date(text).map(|day| day.to_string()))
    }

    #[test]
    fn common_forms_are_read() {
        for (form, text, wanted) in [
            ("mdy", "01/31/2026 2:30 PM", "2026-01-31T14:30"),
            ("mdy", "1/31/26 12:05 am", "2026-01-31T00:05"),
            ("mdy", "01-31-2026", "2026-01-31"),
            ("dmy", "31.01.2026 14:30:59", "2026-01-31T14:30"),
            ("ymd", "2026/01/31 07:00", "2026-01-31T07:00"),
            ("dmony", "31-Jan-2026 14:30", "2026-01-31T14:30"),
            ("dmony", "31JAN2026", "2026-01-31"),
            ("dmony", "26 Nov 2015 2:05 PM", "2015-11-26T14:05"),
            ("yyyymmdd", "20260131", "2026-01-31"),
            ("yyyymmdd", "20260131143000", "2026-01-31T14:30"),
            ("epoch-seconds", "1769869859", "2026-01-31T14:30"),
            ("%m/%d/%Y %H.%M", "01/31/2026 14.30", "2026-01-31T14:30"),
            ("start_time=mdy", "01/31/2026 14:30", "2026-01-31T14:30"),
        ] {
            assert_eq!(read(form, text).as_deref(), Some(wanted), "{form} {text}");
        }
        for (form, text) in [
            ("mdy", "31/01/2026"),
            ("mdy", "01/31/2026 25:00"),
            ("mdy", "01/31/2026 2:30 XM"),
            ("dmy", "01/31/2026"),
            ("mdy", "soon"),
            ("dmony", "31-Foo-2026"),
            ("yyyymmdd", "20261331"),
        ] {
            assert_eq!(read(form, text), None, "{form} {text}");
        }
        assert!("us".parse::<DateFormat>().unwrap_err().contains("mdy"));
        assert!("strat_time=mdy".parse::<DateFormat>().unwrap_err().contains("start_time"));
    }

    #[test]
    fn the_form_of_some_texts_is_named() {
        assert_eq!(form_of(&["01/31/2026 2:30 PM", "01/02/2026 2:30 PM"]), Some("mdy"));
        assert_eq!(form_of(&["31/01/2026"]), Some("dmy"));
        assert_eq!(form_of(&["01/02/2026"]), Some("mdy or dmy"));
        assert_eq!(form_of(&["26-Nov-2015"]), Some("dmony"));
        assert_eq!(form_of(&["soon"]), None);
    }
}
