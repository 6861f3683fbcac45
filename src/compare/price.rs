//! What one unit of a code is worth, and on which basis.

use crate::findings::PriceBasis;
use crate::model::{Cents, ClaimLine, Date, HcpcsCode, PayerType, Setting, UnitPrice};
use crate::reference::{OppsStatus, Reference};

/// The price of one billing unit: the national schedule of the setting and year, else the code's own allowed, paid,
/// charged amount per unit. An unknown price falls through to the next basis and is never zero; a code that OPPS
/// packages (status N) is known to pay nothing to a Medicare provider.
pub(super) fn unit_price<'l>(
    code: HcpcsCode,
    setting: Setting,
    payer_type: Option<PayerType>,
    date: Option<Date>,
    billed: impl Iterator<Item = &'l ClaimLine<'l>> + Clone,
    reference: &Reference,
) -> (UnitPrice, PriceBasis) {
    scheduled(code, setting, payer_type, date, reference)
        .or_else(|| per_unit(billed.clone(), |line| line.allowed).map(|price| (price, PriceBasis::Allowed)))
        .or_else(|| per_unit(billed.clone(), |line| line.paid).map(|price| (price, PriceBasis::Paid)))
        .or_else(|| per_unit(billed, |line| line.charge).map(|price| (price, PriceBasis::Charge)))
        .unwrap_or((UnitPrice::default(), PriceBasis::Unpriced))
}

fn scheduled(
    code: HcpcsCode,
    setting: Setting,
    payer_type: Option<PayerType>,
    date: Option<Date>,
    reference: &Reference,
) -> Option<(UnitPrice, PriceBasis)> {
    let year = date?.year();
    let opps_payer = matches!(payer_type, Some(PayerType::Medicare | PayerType::MedicareAdvantage));
    let packaged = Some((UnitPrice::default(), PriceBasis::OppsPackaged));
    if let Some(known) = reference.administration(code) {
        return match setting {
            Setting::Facility if opps_payer && known.opps_status == "N" => packaged,
            Setting::Facility => known.opps_rate(year).map(|price| (price, PriceBasis::OppsRate)),
            Setting::Professional => known.mpfs_rate(year).map(|price| (price, PriceBasis::MpfsRate)),
        };
    }
    let drug = reference.drug(code)?;
    if setting == Setting::Facility && opps_payer && drug.opps_status == OppsStatus::Packaged {
        return packaged;
    }
    // One quarter's limits stand for the two years that the tables cover.
    drug.payment_limit.filter(|_| (2025..=2026).contains(&year)).map(|price| (price, PriceBasis::DrugPaymentLimit))
}

fn per_unit<'l>(
    lines: impl Iterator<Item = &'l ClaimLine<'l>>,
    amount: impl Fn(&ClaimLine<'l>) -> Option<Cents>,
) -> Option<UnitPrice> {
    let known = lines.filter_map(|line| amount(line).map(|amount| (amount, line.units)));
    let (total, units) =
        known.fold((None, 0), |(total, units), (amount, of)| (Some(total.unwrap_or(Cents::ZERO) + amount), units + of));
    total.map(|total| UnitPrice::from_total(total, units))
}
