//! Expected and billed units side by side.

use super::price::Pricing;
use crate::coding::Coded;
use crate::findings::{LedgerUnits, PriceBasis};
use crate::model::{Cents, Encounter, HcpcsCode, Indexes, Modifier, Modifiers, PayerType, Setting, UnitPrice};
use crate::policy::Policy;
use crate::reference::{CodeRole, Reference, TableId};
use smallvec::SmallVec;

/// One code with its distinguishing modifier: expected against billed, and what rules have explained so far.
#[derive(Debug, Clone)]
pub struct Entry {
    pub code: HcpcsCode,
    /// 59 for any of 59/XS/XE/XP/XU, JW for waste, else none.
    pub modifiers: Modifiers,
    /// Billing units.
    pub expected: i64,
    pub billed: i64,
    pub price: UnitPrice,
    pub basis: PriceBasis,
    pub table: Option<TableId>,
    /// The record cannot say how many units are right, so the billed ones stand.
    pub undetermined: bool,
    /// Indexes into [`Coded::lines`].
    pub coded_lines: Indexes,
    /// Indexes into the encounter's claim lines.
    pub claim_lines: Indexes,
    explained_missing: i64,
    explained_extra: i64,
}

/// The comparison of one encounter under one setting.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// By code, then modifiers.
    pub entries: Vec<Entry>,
    /// Claim lines of the setting that are not compared.
    pub out_of_scope: Vec<u32>,
}

/// Injections: 59 says that one is apart from the infusion beside it, which it always is; it tells no units apart.
pub const INJECTIONS: [HcpcsCode; 4] =
    [HcpcsCode::new("96372"), HcpcsCode::new("96377"), HcpcsCode::new("96401"), HcpcsCode::new("96402")];

/// Drugs and supplies of HCPCS Level II, of which no access site or encounter tells units apart.
fn is_product(code: HcpcsCode) -> bool {
    matches!(code.as_str().as_bytes().first(), Some(b'J' | b'Q' | b'P'))
}

/// The part of a line's modifiers by which units of a code are told apart.
#[must_use]
pub fn key_modifiers(code: HcpcsCode, modifiers: Modifiers) -> Modifiers {
    if modifiers.is_empty() {
        Modifiers::NONE
    } else if modifiers.contains(Modifier::WASTE) {
        Modifiers::one(Modifier::WASTE)
    } else if modifiers.has_distinct_service() && !INJECTIONS.contains(&code) && !is_product(code) {
        Modifiers::one(Modifier::DISTINCT)
    } else {
        Modifiers::NONE
    }
}

/// Whether the audit compares a billed code: administrations that the engine codes, and drugs of the table.
#[must_use]
pub fn in_scope(code: HcpcsCode, reference: &Reference) -> bool {
    match reference.administration(code) {
        Some(known) => known.role == CodeRole::Administration,
        None => reference.drug(code).is_some_and(|drug| !drug.flush),
    }
}

impl Entry {
    /// Expected units that are neither billed nor explained.
    #[must_use]
    pub fn missing(&self) -> i64 {
        (self.expected - self.billed).max(0) - self.explained_missing
    }

    /// Billed units that are neither expected nor explained.
    #[must_use]
    pub fn extra(&self) -> i64 {
        (self.billed - self.expected).max(0) - self.explained_extra
    }

    #[must_use]
    pub fn expected_price(&self) -> Cents {
        self.price.total(self.expected)
    }

    #[must_use]
    pub fn billed_price(&self) -> Cents {
        self.price.total(self.billed)
    }

    /// Consumes up to `units` of what is missing.
    pub fn take_missing(&mut self, units: i64) -> Option<LedgerUnits> {
        let units = units.min(self.missing());
        let from = self.billed + self.explained_missing;
        self.explained_missing += units.max(0);
        self.taken(from, units)
    }

    /// Consumes up to `units` of what is extra.
    pub fn take_extra(&mut self, units: i64) -> Option<LedgerUnits> {
        let units = units.min(self.extra());
        let from = self.expected + self.explained_extra;
        self.explained_extra += units.max(0);
        self.taken(from, units)
    }

    /// Units priced by differences of the running total, so that parts add up to the whole to the cent.
    fn taken(&self, from: i64, units: i64) -> Option<LedgerUnits> {
        (units > 0).then(|| LedgerUnits {
            code: self.code,
            modifiers: self.modifiers,
            units,
            price: self.price.total(from + units) - self.price.total(from),
            basis: self.basis,
            table: self.table,
        })
    }
}

/// A ledger while lines are added to it.
struct Builder {
    ledger: Ledger,
    /// Of each entry, its code and modifiers as one number that orders as they do.
    keys: SmallVec<[u64; 16]>,
}

/// Code and key modifiers as one number, which compares as they do: none before 59 before JW.
fn key(code: HcpcsCode, modifiers: Modifiers) -> u64 {
    let part = if modifiers.is_empty() {
        0
    } else if modifiers.contains(Modifier::WASTE) {
        2
    } else {
        1
    };
    code.number() << 2 | part
}

impl Builder {
    /// The entry of a line's code and modifiers, added where `compared` holds of a code that is not there at all.
    fn entry_of(
        &mut self,
        code: HcpcsCode,
        modifiers: Modifiers,
        compared: impl FnOnce() -> bool,
    ) -> Option<&mut Entry> {
        let modifiers = key_modifiers(code, modifiers);
        let key = key(code, modifiers);
        let entries = &mut self.ledger.entries;
        let known = self.keys.iter().position(|known| *known == key);
        if known.is_none() && !self.keys.iter().any(|key| key >> 2 == code.number()) && !compared() {
            return None;
        }
        let at = known.unwrap_or_else(|| {
            self.keys.push(key);
            entries.push(Entry {
                code,
                modifiers,
                expected: 0,
                billed: 0,
                price: UnitPrice::default(),
                basis: PriceBasis::Unpriced,
                table: None,
                undetermined: false,
                coded_lines: Indexes::new(),
                claim_lines: Indexes::new(),
                explained_missing: 0,
                explained_extra: 0,
            });
            entries.len() - 1
        });
        entries.get_mut(at)
    }
}

impl Ledger {
    /// Sets the supported lines against the billed lines of one setting. With `pending`, an encounter whose claim is not
    /// due yet, nothing is expected.
    #[must_use]
    pub fn new(
        encounter: &Encounter<'_>,
        coded: &Coded,
        policy: &Policy,
        reference: &Reference,
        pending: bool,
    ) -> Self {
        // Most billed lines meet a supported one.
        let entries = Vec::with_capacity(coded.lines.len() + 4);
        let mut builder = Builder { ledger: Self { entries, out_of_scope: Vec::new() }, keys: SmallVec::new() };
        for (at, line) in coded.lines.iter().enumerate() {
            if let Some(entry) = builder.entry_of(line.code, line.modifiers, || true) {
                entry.expected += line.units;
                entry.coded_lines.push(at as u32);
            }
        }
        for (at, line) in encounter.claim_lines.iter().enumerate() {
            if Setting::of_claim(line.claim_type) != coded.setting {
                continue;
            }
            // A code is compared where it is supported, whatever the tables say of it.
            let entry = match line.hcpcs {
                Some(code) => builder.entry_of(code, line.modifiers, || in_scope(code, reference)),
                None => None,
            };
            match entry {
                Some(entry) => {
                    entry.billed += line.units;
                    entry.claim_lines.push(at as u32);
                }
                None => builder.ledger.out_of_scope.push(at as u32),
            }
        }
        let mut ledger = builder.ledger;
        ledger.leave_undetermined(encounter, coded);
        // A payer that asks for no waste modifiers may still pay the line.
        if !policy.jw_jz.unwrap_or(encounter.payer_type == Some(PayerType::Medicare)) {
            ledger.let_stand(|entry| entry.modifiers.contains(Modifier::WASTE));
        }
        if pending {
            ledger.let_stand(|_| true);
        }
        ledger.set_prices(encounter, coded, &Pricing::new(encounter, coded, policy, reference));
        ledger.entries.sort_unstable_by_key(|entry| key(entry.code, entry.modifiers));
        ledger
    }

    /// A drug whose dose is missing or does not convert, and a lesion count nobody charted: the record cannot say how
    /// many units are right, so the bill is not contradicted.
    fn leave_undetermined(&mut self, encounter: &Encounter<'_>, coded: &Coded) {
        const LESION_CODES: [HcpcsCode; 2] = [HcpcsCode::new("96405"), HcpcsCode::new("96406")];
        for flag in &coded.flags {
            let drug = || encounter.administrations.get(flag.administration as usize).and_then(|row| row.drug_code);
            match flag.flag {
                "dose-missing"
                | "dose-unit-not-convertible"
                | "drug-unit-unknown"
                | "dose-not-a-whole-number-of-units"
                | "dose-implausible" => {
                    let drug = drug();
                    self.let_stand(|entry| Some(entry.code) == drug);
                }
                // Without vials or waste charted, whether and how much was discarded is unknown.
                "jw-or-jz-unknown" => {
                    let drug = drug();
                    self.let_stand(|entry| Some(entry.code) == drug && entry.modifiers.contains(Modifier::WASTE));
                }
                "lesion-count-needed" => self.let_stand(|entry| LESION_CODES.contains(&entry.code)),
                _ => {}
            }
        }
    }

    /// The billed units of some entries stand, since the record cannot say how many are right.
    fn let_stand(&mut self, of: impl Fn(&Entry) -> bool) {
        for entry in self.entries.iter_mut().filter(|entry| of(entry)) {
            entry.undetermined = true;
            entry.expected = entry.billed;
        }
    }

    fn set_prices(&mut self, encounter: &Encounter<'_>, coded: &Coded, pricing: &Pricing<'_>) {
        let lines = &encounter.claim_lines;
        for entry in &mut self.entries {
            let billed = entry.claim_lines.iter().filter_map(|&at| lines.get(at as usize));
            let expected = entry.coded_lines.iter().filter_map(|&at| coded.lines.get(at as usize));
            let date = billed
                .map(|line| line.service_date)
                .min()
                .or_else(|| expected.filter_map(|line| line.service_date).min())
                .or_else(|| encounter.date());
            let quote = pricing.quote(entry.code, entry.modifiers, date);
            (entry.price, entry.basis, entry.table) = (quote.price, quote.basis, quote.table);
        }
    }

    /// Expected minus billed, priced: what the findings must add up to.
    #[must_use]
    pub fn difference(&self) -> Cents {
        self.entries.iter().map(|entry| entry.expected_price() - entry.billed_price()).sum()
    }

    /// Whether every difference has been explained.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.iter().all(|entry| entry.missing() == 0 && entry.extra() == 0)
    }
}
