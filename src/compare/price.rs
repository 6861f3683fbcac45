//! What one unit of a code is worth, on which basis, by which table.

use crate::coding::{Coded, FACILITY_PLACES_OF_SERVICE};
use crate::findings::PriceBasis;
use crate::model::{
    Cents, ClaimLine, Date, Encounter, HcpcsCode, Modifiers, PayerType, ProviderBasedDepartment, Setting, UnitPrice,
};
use crate::policy::{Policy, PricePreference};
use crate::reference::{CodeRole, Fee, Listed, OppsStatus, Reference, TableId};

const OBSERVATION_HOUR: HcpcsCode = HcpcsCode::new("G0378");
/// Hours of observation from which a visit and everything beside it are one payment (C-APC 8011).
const COMPREHENSIVE_HOURS: i64 = 8;
/// What a non-excepted off-campus department is paid of the OPPS rate (42 CFR 419.48, PFS relativity adjuster).
const NONEXCEPTED_PERCENT: i64 = 40;

/// The price of one billing unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quote {
    pub price: UnitPrice,
    pub basis: PriceBasis,
    /// The table that says so, where one does.
    pub table: Option<TableId>,
}

/// Prices the codes of one encounter under one setting.
///
/// In order: the payer's own schedule or share of the charge where the policy prefers them; the national table of the
/// setting and day; the code's own allowed, paid, charged amount per unit. An unknown price falls through to the next
/// basis and is never zero; a code that OPPS packages is known to pay nothing to a Medicare provider.
pub(super) struct Pricing<'a> {
    encounter: &'a Encounter<'a>,
    coded: &'a Coded,
    policy: &'a Policy,
    reference: &'a Reference,
    /// Whether the payer pays a facility by OPPS.
    opps_payer: bool,
    comprehensive: bool,
}

impl<'a> Pricing<'a> {
    pub(super) fn new(
        encounter: &'a Encounter<'a>,
        coded: &'a Coded,
        policy: &'a Policy,
        reference: &'a Reference,
    ) -> Self {
        let opps = matches!(encounter.payer_type, Some(PayerType::Medicare | PayerType::MedicareAdvantage));
        let opps_payer = opps && coded.setting == Setting::Facility;
        let mut pricing = Self { encounter, coded, policy, reference, opps_payer, comprehensive: false };
        pricing.comprehensive = pricing.is_comprehensive();
        pricing
    }

    fn lines(&self) -> impl Iterator<Item = &'a ClaimLine<'a>> + Clone + use<'a> {
        let setting = self.coded.setting;
        self.encounter.claim_lines.iter().filter(move |line| Setting::of_claim(line.claim_type) == setting)
    }

    /// Eight hours of observation beside a visit, and no procedure that outranks them.
    fn is_comprehensive(&self) -> bool {
        if !self.policy.observation_comprehensive_apc || !self.opps_payer {
            return false;
        }
        let hours: i64 = self.lines().filter(|line| line.hcpcs == Some(OBSERVATION_HOUR)).map(|line| line.units).sum();
        let visit = |code| self.reference.administration(code).is_some_and(|known| known.role == CodeRole::Visit);
        let procedure = |line: &ClaimLine<'_>| {
            let status = line.hcpcs.and_then(|code| self.reference.opps_status(code, Some(line.service_date)));
            matches!(status, Some("T" | "J1"))
        };
        hours >= COMPREHENSIVE_HOURS
            && self.lines().any(|line| line.hcpcs.is_some_and(visit))
            && !self.lines().any(procedure)
    }

    pub(super) fn quote(&self, code: HcpcsCode, modifiers: Modifiers, date: Option<Date>) -> Quote {
        let of_code = self.lines().filter(|line| line.hcpcs == Some(code));
        let known = match self.policy.price_preference {
            PricePreference::Schedule => self.payers_own(code, modifiers, date).or_else(|| self.national(code, date)),
            PricePreference::National => self.national(code, date),
            PricePreference::PercentOfCharge => {
                self.share_of_charge(code, self.policy.percent_of_charge).or_else(|| self.national(code, date))
            }
        };
        let billed = |basis, price| Quote { price, basis, table: None };
        known
            .or_else(|| per_unit(of_code.clone(), |line| line.allowed).map(|price| billed(PriceBasis::Allowed, price)))
            .or_else(|| per_unit(of_code.clone(), |line| line.paid).map(|price| billed(PriceBasis::Paid, price)))
            .or_else(|| per_unit(of_code, |line| line.charge).map(|price| billed(PriceBasis::Charge, price)))
            .unwrap_or(Quote { price: UnitPrice::default(), basis: PriceBasis::Unpriced, table: None })
    }

    /// The payer's imported schedule.
    fn payers_own(&self, code: HcpcsCode, modifiers: Modifiers, date: Option<Date>) -> Option<Quote> {
        let (table, fee) = self.reference.fee(self.encounter.payer?, code, modifiers.iter().next(), date?)?;
        match fee {
            Fee::Amount(price) => Some(Quote { price: *price, basis: PriceBasis::FeeSchedule, table: Some(table) }),
            Fee::PercentOfCharge(percent) => {
                self.share_of_charge(code, Some(*percent)).map(|quote| Quote { table: Some(table), ..quote })
            }
        }
    }

    fn share_of_charge(&self, code: HcpcsCode, percent: Option<i64>) -> Option<Quote> {
        let charged = self.lines().filter(|line| line.hcpcs == Some(code));
        let charge = per_unit(charged, |line| line.charge)?;
        Some(Quote { price: charge.percent(percent?), basis: PriceBasis::PercentOfCharge, table: None })
    }

    fn national(&self, code: HcpcsCode, date: Option<Date>) -> Option<Quote> {
        let listed = |basis| move |Listed { price, table }| Quote { price, basis, table: Some(table) };
        let nothing = |basis| Some(Quote { price: UnitPrice::default(), basis, table: None });
        if self.comprehensive && !self.passes_through(code, date) {
            return nothing(PriceBasis::ComprehensiveApc);
        }
        let date = date?;
        let Some(known) = self.reference.administration(code) else {
            let drug = self.reference.drug(code)?;
            if self.opps_payer && self.reference.drug_status(drug, Some(date)) == OppsStatus::Packaged {
                return nothing(PriceBasis::OppsPackaged);
            }
            return self.reference.drug_limit(code, date).map(listed(PriceBasis::DrugPaymentLimit));
        };
        if self.coded.setting == Setting::Professional {
            let place = self.encounter.place_of_service.map(str::trim);
            let in_facility = place.is_some_and(|place| FACILITY_PLACES_OF_SERVICE.contains(&place));
            return self.reference.mpfs_rate(code, in_facility, date).map(listed(PriceBasis::MpfsRate));
        }
        match self.reference.opps_status_of(known, Some(date)).filter(|_| self.opps_payer) {
            Some("N") => return nothing(PriceBasis::OppsPackaged),
            Some("Q1") if self.packages(code, date) => {
                return nothing(PriceBasis::OppsConditionallyPackaged);
            }
            _ => {}
        }
        let quote = self.reference.opps_rate_of(code, Some(known), date).map(listed(PriceBasis::OppsRate))?;
        Some(Quote { price: quote.price.percent(self.off_campus_percent()), ..quote })
    }

    /// Whether a drug is paid apart even beside a comprehensive service.
    fn passes_through(&self, code: HcpcsCode, date: Option<Date>) -> bool {
        self.reference.opps_status(code, date) == Some("G")
            || self.reference.drug(code).is_some_and(|drug| drug.pass_through)
    }

    /// Whether another service of the day takes a Q1 code into its own payment: any with status S, T, V or J.
    fn packages(&self, code: HcpcsCode, date: Date) -> bool {
        let supported = self.coded.lines.iter().filter(|line| line.service_date.is_none_or(|of| of == date));
        let supported = supported.map(|line| line.code);
        let billed = self.lines().filter(|line| line.service_date == date).filter_map(|line| line.hcpcs);
        supported.chain(billed).filter(|other| *other != code).any(|other| {
            let visit = self.reference.administration(other).is_some_and(|known| known.role == CodeRole::Visit);
            visit || matches!(self.reference.opps_status(other, Some(date)), Some("S" | "T" | "V" | "J1" | "J2"))
        })
    }

    fn off_campus_percent(&self) -> i64 {
        let medicare = self.encounter.payer_type == Some(PayerType::Medicare);
        match self.encounter.provider_based_department.filter(|_| medicare) {
            Some(ProviderBasedDepartment::NonexceptedOffCampus) => NONEXCEPTED_PERCENT,
            Some(ProviderBasedDepartment::ExceptedOffCampus) => self.policy.excepted_off_campus_percent,
            Some(ProviderBasedDepartment::OnCampus) | None => 100,
        }
    }
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
