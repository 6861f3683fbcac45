//! Services that never compete for the initial: subcutaneous infusions, injections, intra-arterial and other routes.

use super::super::intervals;
use super::super::{Family, Reason, SiteIndex, Technique};
use super::{Roles, additional_hours};
use crate::model::{Indexes, SubstanceClass, one_index};
use crate::policy::SplitDoseInjection;

impl Roles<'_, '_> {
    fn with(&self, technique: Technique) -> Indexes {
        let mut members = Indexes::new();
        for (at, _) in self.services.iter().enumerate().filter(|(_, service)| service.technique == technique) {
            members.push(at as u32);
        }
        members
    }

    /// Services that never compete for the initial.
    pub(super) fn code_others(&mut self) {
        self.code_subcutaneous();
        self.code_injections();
        self.code_other_routes();
    }

    /// Subcutaneous infusions have their own initial: once, hours on the union, one set-up for a second site.
    fn code_subcutaneous(&mut self) {
        let members = self.with(Technique::SubcutaneousInfusion);
        let Some(&first) = members.first() else { return };
        let time =
            intervals::union(members.iter().flat_map(|&at| self.services[at as usize].intervals.iter().copied()));
        let minutes = intervals::total(&time);
        let site = self.services[first as usize].site;
        let reason = Reason::of_minutes("initial-subcutaneous", "subcutaneous infusion", minutes);
        self.add("96369", 1, &members, site, reason);
        let hours = Reason::of_minutes("additional-hours", "more than 30 minutes past each full hour", minutes);
        self.add_hours("96370", additional_hours(minutes), 1, &members, site, (&time, hours));
        if let Some(&second) = members.iter().find(|&&at| self.services[at as usize].site != site) {
            let reason = Reason::new("pump-set-up", "a second subcutaneous site");
            self.add("96371", 1, &[second], self.services[second as usize].site, reason);
        }
    }

    /// One unit per injection, or per drug and order where the policy counts doses.
    fn code_injections(&mut self) {
        let mut counted: Vec<(&[u32], Option<&str>)> = Vec::new();
        for at in self.with(Technique::Injection) {
            let service = &self.services[at as usize];
            let site = service.site;
            let rows = &self.coder.encounter.administrations;
            let row = service.administrations.first().and_then(|&row| rows.get(row as usize));
            let dose = (service.drugs.as_slice(), row.and_then(|row| row.order_id));
            let (code, about) = match (service.class, service.family) {
                (SubstanceClass::HormonalAntineoplastic, _) => ("96402", "injection of a hormonal antineoplastic"),
                (_, Family::Chemo) => ("96401", "injection of an antineoplastic or complex drug"),
                _ => ("96372", "injection"),
            };
            if self.coder.policy.split_dose_injection == SplitDoseInjection::PerDose {
                if counted.contains(&dose) {
                    self.leave_idle(&[at], "part-of-a-split-dose");
                    continue;
                }
                counted.push(dose);
            }
            self.add(code, 1, &[at], site, Reason::new("injection", about));
        }
        for at in self.with(Technique::OnBodyInjector) {
            let site = self.services[at as usize].site;
            self.add("96377", 1, &[at], site, Reason::new("injection", "application of an on-body injector"));
        }
    }

    fn code_other_routes(&mut self) {
        for at in self.with(Technique::IntraArterialPush) {
            let service = &self.services[at as usize];
            let code = if service.family == Family::Chemo { "96420" } else { "96373" };
            let site = service.site;
            self.add(code, 1, &[at], site, Reason::new("intra-arterial", "intra-arterial push or injection"));
        }
        for (members, site) in self.by_drug_and_site(Technique::IntraArterialInfusion) {
            let time =
                intervals::union(members.iter().flat_map(|&at| self.services[at as usize].intervals.iter().copied()));
            let minutes = intervals::total(&time);
            let reason = Reason::of_minutes("intra-arterial", "intra-arterial chemotherapy infusion", minutes);
            self.add("96422", 1, &members, site, reason);
            let hours = Reason::of_minutes("additional-hours", "more than 30 minutes past each full hour", minutes);
            self.add_hours("96423", additional_hours(minutes), 1, &members, site, (&time, hours));
        }
        for (members, site) in self.by_drug_and_site(Technique::IntraArterialProlonged) {
            let reason = Reason::new("prolonged-initiation", "intra-arterial pump for more than eight hours");
            self.add("96425", 1, &members, site, reason);
        }
        for (technique, code, about) in [
            (Technique::Intrathecal, "96450", "chemotherapy into the spinal canal"),
            (Technique::Reservoir, "96542", "chemotherapy through a reservoir"),
            (Technique::Pleural, "96440", "chemotherapy into the pleural cavity"),
            (Technique::Peritoneal, "96446", "chemotherapy into the peritoneal cavity"),
        ] {
            let members = self.with(technique);
            if let Some(&first) = members.first() {
                self.add(code, 1, &members, self.services[first as usize].site, Reason::new("other-route", about));
            }
        }
    }

    fn by_drug_and_site(&self, technique: Technique) -> Vec<(Indexes, Option<SiteIndex>)> {
        let mut groups: Vec<(Indexes, Option<SiteIndex>)> = Vec::new();
        for at in self.with(technique) {
            let service = &self.services[at as usize];
            let same = groups.iter_mut().find(|(members, site)| {
                *site == service.site && self.services[members[0] as usize].drugs == service.drugs
            });
            match same {
                Some((members, _)) => members.push(at),
                None => groups.push((one_index(at), service.site)),
            }
        }
        groups
    }
}
