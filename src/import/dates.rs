//! From when to when a file holds: what the user says, else what the file or its name says.

use super::{ImportError, ImportOptions, Kind};
use crate::model::Date;
use jiff::ToSpan;
use jiff::civil;

type Window = (civil::Date, Option<civil::Date>);

/// The first and last day of a file.
pub(super) fn effective(
    kind: Kind,
    file: &str,
    preamble: &str,
    options: &ImportOptions,
) -> Result<(Date, Option<Date>), ImportError> {
    let said = written_out(preamble).or_else(|| of_name(kind, file, preamble));
    let from = options.effective_from.or(said.map(|(from, _)| Date::from_civil(from)));
    let from = from.ok_or_else(|| ImportError::NoDate { file: file.to_owned() })?;
    // The file's own end belongs to its own beginning.
    let own_end = said.and_then(|(_, to)| to).filter(|_| options.effective_from.is_none());
    let to = options.effective_to.or(own_end.map(Date::from_civil));
    match to {
        Some(to) if to < from => Err(ImportError::DatesReversed { file: file.to_owned(), from }),
        to => Ok((from, to)),
    }
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// `Effective January 1, 2026 through March 31, 2026`.
fn written_out(preamble: &str) -> Option<Window> {
    let begin = preamble.to_lowercase().find("effective")?;
    let words: Vec<String> = words(preamble.get(begin..)?);
    let mut days = Vec::new();
    for window in words.windows(3) {
        let [month, day, year] = window else { continue };
        let (Some(month), Ok(day), Some(year)) = (month_of(month), day.parse::<i8>(), year_of(year)) else { continue };
        days.extend(civil::Date::new(year, month, day).ok());
        if days.len() == 2 {
            break;
        }
    }
    Some((*days.first()?, days.get(1).copied()))
}

/// A month, quarter or day in the file's name, or the year and release in its first lines.
fn of_name(kind: Kind, file: &str, preamble: &str) -> Option<Window> {
    let name = words(file);
    let quarter = |year: i16, month: i8| -> Option<Window> {
        let first = civil::Date::new(year, (month - 1) / 3 * 3 + 1, 1).ok()?;
        Some((first, first.checked_add(3.months()).and_then(|next| next.checked_sub(1.day())).ok()))
    };
    // 2024Q3
    let by_quarter = name.iter().find_map(|word| {
        let (year, number) = word.split_once('q')?;
        let number: i8 = number.parse().ok().filter(|number| (1..=4).contains(number))?;
        quarter(year_of(year)?, number * 3)
    });
    // 01-01-2026
    let by_day = name.windows(3).find_map(|window| {
        let [month, day, year] = window else { return None };
        let from = civil::Date::new(year_of(year)?, month.parse().ok()?, day.parse().ok()?).ok()?;
        quarter(from.year(), from.month()).map(|(_, to)| (from, to))
    });
    let year = |of: &[String]| of.iter().find_map(|word| year_of(word));
    let month = |of: &[String]| of.iter().find_map(|word| month_of(word));
    let first_lines = words(preamble);
    if kind == Kind::MpfsRelativeValues {
        let release = first_lines.iter().position(|word| word == "release")?;
        let month = month_of(first_lines.get(release.checked_sub(1)?)?)?;
        let year = year(&first_lines)?;
        return Some((civil::Date::new(year, month, 1).ok()?, civil::Date::new(year, 12, 31).ok()));
    }
    let by_month = || quarter(year(&name).or_else(|| year(&first_lines))?, month(&name)?);
    let by_year = || {
        let at = first_lines.iter().position(|word| word == "cy")?;
        let year = year_of(first_lines.get(at + 1)?)?;
        Some((civil::Date::new(year, 1, 1).ok()?, civil::Date::new(year, 12, 31).ok()))
    };
    by_quarter.or(by_day).or_else(by_month).or_else(by_year)
}

/// Lower-case runs of letters and digits; letters and digits apart but for `2024q3`.
fn words(text: &str) -> Vec<String> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn month_of(word: &str) -> Option<i8> {
    let at = MONTHS.iter().position(|month| word.starts_with(month))?;
    let full = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    full[at].starts_with(word).then(|| i8::try_from(at + 1).ok()).flatten()
}

fn year_of(word: &str) -> Option<i16> {
    let digits = word.strip_prefix("hcpc").unwrap_or(word);
    digits.parse().ok().filter(|year| (2000..=2100).contains(year))
}
