//! Rows of `administrations.parquet`: every charted row, and what it earned or why it earned nothing.

use super::cells::{Numbers, Texts};
use super::joined::Joined;
use super::layouts::ADMINISTRATIONS;
use super::piece::Piece;
use super::spelled::{self, LineCodes, Reasons, SiteWords};
use super::words::{Numbered, Words};
use crate::audit::SideAudit;
use crate::coding::Coded;
use crate::error::Error;
use crate::model::{Administration, Encounter, HcpcsCode};
use smallvec::SmallVec;

/// What an id takes, roughly, in bytes.
const ID_BYTES: usize = 16;

/// What the engine made of one charted row.
#[derive(Default)]
struct Made {
    /// Place of its service.
    service: Option<u32>,
    /// Places of the lines that it earned.
    lines: SmallVec<[u32; 4]>,
    not_billed: Option<&'static str>,
    flags: SmallVec<[&'static str; 4]>,
}

/// The columns as they are filled, in the order of the layout.
pub(super) struct AdministrationRows {
    encounter_id: Words,
    setting: Words,
    administration_id: Texts,
    drug_code: Words,
    drug_name: Words,
    substance_class: Words,
    route: Words,
    family: Words,
    technique: Words,
    access_site: Words,
    start_time: Numbers,
    stop_time: Numbers,
    minutes: Numbers,
    codes: Words,
    reason: Words,
    flags: Words,
    drug_codes: Numbered<HcpcsCode>,
    line_codes: LineCodes,
    reasons: Reasons,
    sites: SiteWords,
    made: Vec<Made>,
}

impl AdministrationRows {
    /// A table of about so many rows.
    pub(super) fn new(rows: usize) -> Self {
        Self {
            encounter_id: Words::new(rows),
            setting: Words::new(rows),
            administration_id: Texts::new(rows, ID_BYTES),
            drug_code: Words::new(rows),
            drug_name: Words::new(rows),
            substance_class: Words::new(rows),
            route: Words::new(rows),
            family: Words::new(rows),
            technique: Words::new(rows),
            access_site: Words::new(rows),
            start_time: Numbers::new(rows),
            stop_time: Numbers::new(rows),
            minutes: Numbers::new(rows),
            codes: Words::new(rows),
            reason: Words::new(rows),
            flags: Words::new(rows),
            drug_codes: Numbered::default(),
            line_codes: LineCodes::default(),
            reasons: Reasons::default(),
            sites: SiteWords::default(),
            made: Vec::new(),
        }
    }

    /// Adds the rows of one encounter on one claim form.
    pub(super) fn add(&mut self, encounter: &Encounter<'_>, side: &SideAudit) {
        if encounter.administrations.is_empty() {
            return;
        }
        let encounter_id = self.encounter_id.add(encounter.encounter_id);
        let setting = self.setting.find_static(side.setting.as_str());
        self.sites.begin(&side.coded);
        let mut made = std::mem::take(&mut self.made);
        look_through(&mut made, encounter.administrations.len(), &side.coded);
        // Behind these lie those of encounters with more rows.
        for (row, made) in encounter.administrations.iter().zip(&made) {
            self.encounter_id.push(encounter_id);
            self.setting.push(setting);
            self.add_charted(row);
            self.add_service(row, made, &side.coded);
            self.add_earned(made, &side.coded);
        }
        self.made = made;
    }

    fn add_charted(&mut self, row: &Administration<'_>) {
        self.administration_id.push(row.administration_id);
        let code = row.drug_code;
        let code =
            code.and_then(|code| self.drug_codes.find(code, &mut self.drug_code, |text| text.push_str(code.as_str())));
        self.drug_code.push(code);
        self.drug_name.push_text(row.drug_name.unwrap_or_default());
        self.route.push_static(row.route.as_str());
        self.start_time.push_time(row.start_time);
        self.stop_time.push_time(row.stop_time);
        self.minutes.push(row.charted_minutes());
    }

    fn add_service(&mut self, row: &Administration<'_>, made: &Made, coded: &Coded) {
        let service = made.service.and_then(|at| coded.services.get(at as usize));
        self.substance_class.push_static(service.map_or("", |service| service.class.as_str()));
        self.family.push_static(service.map_or("", |service| service.family.as_str()));
        self.technique.push_static(service.map_or("", |service| service.technique.as_str()));
        match service.and_then(|service| self.sites.find(coded, service.site, &mut self.access_site)) {
            Some(site) => self.access_site.push(site),
            None => {
                let site = self.access_site.find_written(|text| spelled::upper_case(text, row.access_site));
                self.access_site.push(site);
            }
        }
    }

    /// Codes, reasons and flags.
    fn add_earned(&mut self, made: &Made, coded: &Coded) {
        let lines = || made.lines.iter().filter_map(|&at| coded.lines.get(at as usize));
        let codes = self.line_codes.find(lines(), &mut self.codes);
        let codes = codes.unwrap_or_else(|| self.codes.find_written(|text| spelled::spell_codes(lines(), text)));
        self.codes.push(codes);
        let reasons = self.reasons.find(lines(), made.not_billed, &mut self.reason);
        let reasons = reasons
            .unwrap_or_else(|| self.reason.find_written(|text| spelled::spell_reasons(lines(), made.not_billed, text)));
        self.reason.push(reasons);
        match made.flags.as_slice() {
            [] => self.flags.push(None),
            [flag] => self.flags.push_static(flag),
            flags => {
                let flags = self.flags.find_written(|text| {
                    let mut joined = Joined::new(text, ";");
                    flags.iter().for_each(|flag| joined.push_new(*flag));
                });
                self.flags.push(flags);
            }
        }
    }

    /// The rows as a piece of the table.
    ///
    /// # Errors
    /// Texts of more than two gigabytes.
    pub(super) fn finish(self) -> Result<Piece, Error> {
        let rows = self.administration_id.len();
        let columns = vec![
            self.encounter_id.finish()?,
            self.setting.finish()?,
            self.administration_id.finish()?,
            self.drug_code.finish()?,
            self.drug_name.finish()?,
            self.substance_class.finish()?,
            self.route.finish()?,
            self.family.finish()?,
            self.technique.finish()?,
            self.access_site.finish()?,
            self.start_time.finish_times()?,
            self.stop_time.finish_times()?,
            self.minutes.finish()?,
            self.codes.finish()?,
            self.reason.finish()?,
            self.flags.finish()?,
        ];
        debug_assert_eq!(columns.len(), ADMINISTRATIONS.columns.len());
        Ok(Piece::new(rows, columns))
    }
}

/// What became of each of `rows` charted rows; of services and reasons the first counts.
fn look_through(made: &mut Vec<Made>, rows: usize, coded: &Coded) {
    if made.len() < rows {
        made.resize_with(rows, Made::default);
    }
    for made in made.iter_mut().take(rows) {
        made.service = None;
        made.lines.clear();
        made.not_billed = None;
        made.flags.clear();
    }
    for (at, service) in (0..).zip(&coded.services) {
        for row in &service.administrations {
            if let Some(made) = made.get_mut(*row as usize) {
                made.service.get_or_insert(at);
            }
        }
    }
    for (at, line) in (0..).zip(&coded.lines) {
        for row in &line.administrations {
            if let Some(made) = made.get_mut(*row as usize)
                && made.lines.last() != Some(&at)
            {
                made.lines.push(at);
            }
        }
    }
    for one in &coded.not_billed {
        if let Some(made) = made.get_mut(one.administration as usize) {
            made.not_billed.get_or_insert(one.reason);
        }
    }
    for one in &coded.flags {
        if let Some(made) = made.get_mut(one.administration as usize) {
            made.flags.push(one.flag);
        }
    }
}
