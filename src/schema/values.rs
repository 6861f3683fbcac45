//! Numbers, money, dates and times: every accepted type to the one the audit works with.

use super::decode::{Bad, Bads, DecodeOptions, IntegerMoney};
use super::slots::{self, Filled, Quantities};
use super::text::plain;
use super::{Column, DateForm, holds_integers};
use crate::model::{ChartTime, Date, MOST_QUANTITY, is_absurd_quantity, parse_quantity, quantity_from_f64};
use arrow::array::{Array, ArrayRef, AsArray, Date32Array, Int16Array, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use arrow::error::ArrowError;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::sync::Arc;

/// Decimals, integers, floats or text as exact decimals; the value of each row, or why it is none.
fn decimals(array: &ArrayRef) -> Result<Vec<Result<Option<Decimal>, ()>>, ArrowError> {
    let read = |value: Option<Decimal>| value.map(Some).ok_or(());
    Ok(match array.data_type() {
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => {
            let scale = match array.data_type() {
                DataType::Decimal32(_, scale)
                | DataType::Decimal64(_, scale)
                | DataType::Decimal128(_, scale)
                | DataType::Decimal256(_, scale) => (*scale).max(0),
                _ => 0,
            };
            let wide = cast(array, &DataType::Decimal128(38, scale))?;
            let exact = |value: i128| Decimal::try_from_i128_with_scale(value, u32::from(scale.unsigned_abs())).ok();
            let values = wide.as_primitive::<Decimal128Type>();
            values.iter().map(|value| value.map_or(Ok(None), |value| read(exact(value)))).collect()
        }
        other if other.is_floating() => {
            let wide = cast(array, &DataType::Float64)?;
            let values = wide.as_primitive::<Float64Type>();
            values.iter().map(|value| value.map_or(Ok(None), |value| read(quantity_from_f64(value)))).collect()
        }
        other if other.is_integer() => {
            let wide = cast(array, &DataType::Int64)?;
            let values = wide.as_primitive::<Int64Type>();
            values.iter().map(|value| Ok(value.map(Decimal::from))).collect()
        }
        _ => {
            let text = plain(array)?;
            text.iter().map(|value| value.map_or(Ok(None), |value| read(parse_quantity(value)))).collect()
        }
    })
}

/// Whole numbers within the column's bounds.
pub(super) fn integers(column: &Column, array: &ArrayRef, bads: &mut Bads<'_>) -> Result<ArrayRef, ArrowError> {
    let values: Int64Array = if array.data_type().is_integer() {
        cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone()
    } else {
        let mut values = Vec::with_capacity(array.len());
        for (row, value) in decimals(array)?.into_iter().enumerate() {
            let whole = value.map(|value| value.map(|value| value.is_integer().then(|| value.to_i64()).flatten()));
            values.push(match whole {
                Ok(None) => None,
                Ok(Some(Some(value))) => Some(value),
                Ok(Some(None)) | Err(()) => {
                    bads.push(Bad { row, reason: "not-a-whole-number" });
                    None
                }
            });
        }
        values.into()
    };
    let (least, most) = (column.minimum.unwrap_or(i64::MIN), column.maximum.unwrap_or(i64::MAX));
    // One look at all together, since hardly ever one is out of bounds.
    if values.values().iter().fold(true, |all, value| all & (least <= *value) & (*value <= most)) {
        return Ok(Arc::new(values));
    }
    for (row, value) in values.iter().enumerate() {
        let Some(value) = value else { continue };
        if value < 0 && column.minimum.is_some() {
            bads.push(Bad { row, reason: if column.name == "units" { "negative-units" } else { "negative-number" } });
        } else if column.minimum.is_some_and(|least| value < least) || column.maximum.is_some_and(|most| value > most) {
            bads.push(Bad { row, reason: if column.name == "units" { "absurd-units" } else { "out-of-range" } });
        }
    }
    Ok(Arc::new(values))
}

/// Cents: a column of whole numbers alone holds what `integers` says, everything else is dollars rounded half-even. Out: the
/// cents, and how many floating-point values were rounded.
pub(super) fn money(
    array: &ArrayRef,
    integers: Option<IntegerMoney>,
    bads: &mut Bads<'_>,
) -> Result<(Filled, u64), ArrowError> {
    if holds_integers(array.data_type()) && integers != Some(IntegerMoney::Dollars) {
        return Ok((slots::numbers(cast(array, &DataType::Int64)?.as_primitive::<Int64Type>()), 0));
    }
    if let DataType::Decimal128(_, 2) = array.data_type() {
        let values = array.as_primitive::<Decimal128Type>();
        let fits = |value: i128| i64::try_from(value).is_ok();
        if values.values().iter().fold(true, |all, value| all & fits(*value)) {
            return Ok((slots::cents(values.values(), values.nulls()), 0));
        }
        let mut cents = Vec::with_capacity(values.len());
        for (row, value) in values.iter().enumerate() {
            let whole = value.and_then(|value| i64::try_from(value).ok());
            if value.is_some() && whole.is_none() {
                bads.push(Bad { row, reason: "unparsable-money" });
            }
            cents.push(whole);
        }
        return Ok((slots::numbers(&Int64Array::from(cents)), 0));
    }
    let floating = array.data_type().is_floating();
    let mut floats = 0;
    let mut cents = Vec::with_capacity(array.len());
    for (row, value) in decimals(array)?.into_iter().enumerate() {
        let read = value.map(|value| {
            value.map(|dollars| {
                let cents = dollars.checked_mul(Decimal::from(100))?;
                cents.round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointNearestEven).to_i64()
            })
        });
        cents.push(match read {
            Ok(None) => None,
            Ok(Some(Some(value))) => {
                floats += u64::from(floating);
                Some(value)
            }
            Ok(Some(None)) | Err(()) => {
                bads.push(Bad { row, reason: "unparsable-money" });
                None
            }
        });
    }
    Ok((slots::numbers(&Int64Array::from(cents)), floats))
}

/// Digits of which up to nine are decimals, without the zeros at the end of these.
#[inline]
fn without_zeros(mut digits: i64, mut scale: u32) -> (i64, u32) {
    for (power, zeros) in [(10_000, 4), (10_000, 4), (100, 2), (10, 1)] {
        if scale >= zeros && digits % power == 0 {
            digits /= power;
            scale -= zeros;
        }
    }
    (digits, scale)
}

/// Exact decimals, normalised; more digits than fit eight bytes never pass.
pub(super) fn quantities(array: &ArrayRef, bads: &mut Bads<'_>) -> Result<Filled, ArrowError> {
    let mut of = Quantities::new(array.len());
    let mut bad = |row: usize, reason| bads.push(Bad { row, reason });
    if let DataType::Decimal128(_, scale @ 0..=9) = array.data_type() {
        let values = array.as_primitive::<Decimal128Type>();
        let limit = i128::from(MOST_QUANTITY) * 10_i128.pow(u32::from(scale.unsigned_abs()));
        for (row, value) in values.iter().enumerate() {
            let Some(value) = value else { continue };
            if value < 0 {
                bad(row, "negative-quantity");
            } else if value > limit {
                bad(row, "absurd-quantity");
            } else {
                let (digits, scale) = without_zeros(value as i64, u32::from(scale.unsigned_abs()));
                of.put(row, scale, digits);
            }
        }
        return Ok(of.finish());
    }
    for (row, value) in decimals(array)?.into_iter().enumerate() {
        match value {
            Ok(None) => {}
            Ok(Some(value)) if value.is_sign_negative() && !value.is_zero() => bad(row, "negative-quantity"),
            Ok(Some(value)) if is_absurd_quantity(value) => bad(row, "absurd-quantity"),
            Ok(Some(value)) => {
                let mut value = value.normalize();
                // A billionth of a billing unit earns nothing; beyond it only noise of a conversion is written.
                if i64::try_from(value.mantissa()).is_err() {
                    value = value.round_dp(9).normalize();
                }
                match i64::try_from(value.mantissa()) {
                    Ok(digits) => of.put(row, value.scale(), digits),
                    Err(_) => bad(row, "unparsable-number"),
                }
            }
            Err(()) => bad(row, "unparsable-number"),
        }
    }
    Ok(of.finish())
}

/// Times on the local clock, with their offsets.
pub(super) fn time_slots(
    array: &ArrayRef,
    options: &DecodeOptions,
    column: &str,
    bads: &mut Bads<'_>,
) -> Result<Filled, ArrowError> {
    if let (DataType::Timestamp(unit, None), None) = (array.data_type(), options.zone_of_bare()) {
        return local_slots(array, *unit);
    }
    let (local, offsets) = times(array, options, column, bads)?;
    Ok(slots::times(&local, &offsets))
}

/// Times without a zone as a number of units, and how many units are a minute of them.
fn without_zone(array: &ArrayRef, unit: TimeUnit) -> Result<(Int64Array, i64), ArrowError> {
    let minute = match unit {
        TimeUnit::Second => 60,
        TimeUnit::Millisecond => 60_000,
        TimeUnit::Microsecond => 60_000_000,
        TimeUnit::Nanosecond => 60_000_000_000,
    };
    let units = cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone();
    // Seconds and milliseconds that overflow as microseconds are no times.
    let most = i64::MAX / (60_000_000 / minute).max(1);
    if units.values().iter().fold(true, |all, value| all & (-most <= *value) & (*value <= most)) {
        return Ok((units, minute));
    }
    let micros = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
    Ok((cast(&micros, &DataType::Int64)?.as_primitive::<Int64Type>().clone(), 60_000_000))
}

/// The minute of a time in units; what is smaller than a microsecond is cut off first.
#[inline]
fn minute_of(units: i64, minute: i64) -> i64 {
    if minute > 60_000_000 { (units / 1_000).div_euclid(60_000_000) } else { units.div_euclid(minute) }
}

/// Times without a zone, in minutes as [`times`] reads them.
fn local_slots(array: &ArrayRef, unit: TimeUnit) -> Result<Filled, ArrowError> {
    let (units, minute) = without_zone(array, unit)?;
    let (units, nulls) = (units.values(), units.nulls());
    // The usual divisors are written out, for division by what the compiler knows is a multiplication.
    Ok(match minute {
        60_000_000 => slots::local_times(units, nulls, |units| minute_of(units, 60_000_000)),
        60_000 => slots::local_times(units, nulls, |units| minute_of(units, 60_000)),
        _ => slots::local_times(units, nulls, |units| minute_of(units, minute)),
    })
}

/// Times on the local clock in minutes, and their offsets.
pub(super) fn times(
    array: &ArrayRef,
    options: &DecodeOptions,
    column: &str,
    bads: &mut Bads<'_>,
) -> Result<(Int64Array, Int16Array), ArrowError> {
    if let DataType::Timestamp(_, zone) = array.data_type() {
        let zone = match zone.as_deref() {
            Some(name) => Some(options.zone(name)?),
            None => options.zone_of_bare().cloned(),
        };
        let micros = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
        let micros = micros.as_primitive::<TimestampMicrosecondType>();
        let times = micros.iter().map(|value| value.map(|value| zoned(value.div_euclid(1_000_000), zone.as_ref())));
        return Ok(times.map(|time| (time.map(|time| time.local), time.and_then(|time| time.offset))).unzip_arrays());
    }
    let text = plain(array)?;
    let form = options.date_form(column);
    let read = |value: &str| match form {
        Some(form @ DateForm::Epoch { .. }) => form.time(value),
        _ => value.parse::<ChartTime>().ok().or_else(|| form?.time(value)),
    };
    let read = |value: &str| read(value).map(|time| at_facility(time, options));
    let mut times = Vec::with_capacity(text.len());
    for (row, value) in text.iter().enumerate() {
        let parsed = value.map(read);
        if matches!(parsed, Some(None)) {
            bads.push(Bad { row, reason: "unparsable-time" });
        }
        times.push(parsed.flatten());
    }
    Ok(times.into_iter().map(|time| (time.map(|time| time.local), time.and_then(|time| time.offset))).unzip_arrays())
}

/// The minutes on the local clock of a time column; what is no time is none.
pub(crate) fn local_minutes(array: &ArrayRef, options: &DecodeOptions, column: &str) -> Result<Int64Array, ArrowError> {
    let array = match array.data_type() {
        DataType::Dictionary(_, value) => &cast(array, value)?,
        DataType::Null => return Ok(Int64Array::new_null(array.len())),
        DataType::Timestamp(unit, None) if options.zone_of_bare().is_none() => {
            let (units, minute) = without_zone(array, *unit)?;
            return Ok(match minute {
                60_000_000 => units.unary(|units| minute_of(units, 60_000_000)),
                60_000 => units.unary(|units| minute_of(units, 60_000)),
                _ => units.unary(|units| minute_of(units, minute)),
            });
        }
        _ => array,
    };
    let mut unread = Vec::new();
    Ok(times(array, options, column, &mut Bads { column: 0, all: &mut unread })?.0)
}

/// A time as text at the facility: what is UTC, by its `Z` or because bare times are, moves to the facility's zone.
fn at_facility(time: ChartTime, options: &DecodeOptions) -> ChartTime {
    let zone = match time.offset {
        Some(0) => options.time_zone.as_ref(),
        Some(_) => None,
        None => options.zone_of_bare(),
    };
    zone.map_or(time, |zone| zoned(time.local * 60, Some(zone)))
}

/// The local clock of an instant in a zone; without a zone the value is the local clock already.
fn zoned(seconds: i64, zone: Option<&jiff::tz::TimeZone>) -> ChartTime {
    let Some(zone) = zone else { return ChartTime::from_local_seconds(seconds) };
    let offset =
        jiff::Timestamp::from_second(seconds).map_or(0, |instant| i64::from(zone.to_offset(instant).seconds()));
    let local = ChartTime::from_local_seconds(seconds + offset).local;
    ChartTime { local, offset: i16::try_from(offset / 60).ok() }
}

trait UnzipArrays {
    fn unzip_arrays(self) -> (Int64Array, Int16Array);
}

impl<I: Iterator<Item = (Option<i64>, Option<i16>)>> UnzipArrays for I {
    fn unzip_arrays(self) -> (Int64Array, Int16Array) {
        let (local, offset): (Vec<_>, Vec<_>) = self.unzip();
        (local.into(), offset.into())
    }
}

/// The day of ISO 8601 text. `2026-01-15T00:00:00` is what some extracts make of a date.
pub(super) fn iso_date(text: &str) -> Option<Date> {
    text.get(..10).unwrap_or(text).parse().ok()
}

/// Calendar days; of a timestamp the local day.
pub(super) fn dates(
    array: &ArrayRef,
    options: &DecodeOptions,
    column: &str,
    bads: &mut Bads<'_>,
) -> Result<ArrayRef, ArrowError> {
    match array.data_type() {
        DataType::Date32 | DataType::Date64 | DataType::Null => cast(array, &DataType::Date32),
        DataType::Timestamp(..) => {
            // A bare timestamp of a date column is midnight of its day in any zone.
            let options = &DecodeOptions { utc_times: false, ..options.clone() };
            let (local, offset) = times(array, options, column, bads)?;
            debug_assert_eq!(local.len(), offset.len());
            let day = |minutes: i64| ChartTime { local: minutes, offset: None }.date().0;
            Ok(Arc::new(local.iter().map(|minutes| minutes.map(day)).collect::<Date32Array>()))
        }
        _ => {
            let text = plain(array)?;
            let form = options.date_form(column);
            let read = |value: &str| match form {
                Some(form @ DateForm::Epoch { .. }) => form.date(value),
                _ => iso_date(value).or_else(|| form?.date(value)),
            };
            let mut days: Vec<Option<i32>> = Vec::with_capacity(text.len());
            for (row, value) in text.iter().enumerate() {
                let parsed = value.map(read);
                if matches!(parsed, Some(None)) {
                    bads.push(Bad { row, reason: "unparsable-date" });
                }
                days.push(parsed.flatten().map(|day| day.0));
            }
            let days: arrow::array::PrimitiveArray<Date32Type> = days.into();
            Ok(Arc::new(days))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_behind_the_last_decimal_go_and_no_others() {
        for digits in [0, 1, 10, 1_000, 1_200_000_000, 1_234_500_000, 7_000_000_000_000, 15_001] {
            for scale in 0..=9 {
                let (mut one, mut by_one) = (digits, scale);
                while by_one > 0 && one % 10 == 0 {
                    (one, by_one) = (one / 10, by_one - 1);
                }
                assert_eq!(without_zeros(digits, scale), (one, by_one), "{digits} {scale}");
            }
        }
    }
}
