//! What the engine returns: the lines that the record supports, and for everything else, why not.

use super::intervals::Intervals;
use crate::model::{ChartTime, Date, HcpcsCode, Indexes, Minutes, Modifiers, Route, Setting, SubstanceClass};
use std::fmt;

/// Index into [`Coded::sites`].
pub type SiteIndex = u16;

/// Names of access sites, nearly always one.
pub type SiteNames = smallvec::SmallVec<[String; 1]>;

/// An encounter as the record supports it, under one setting.
#[derive(Debug, Clone, PartialEq)]
pub struct Coded {
    pub setting: Setting,
    /// The supported lines, ordered by kind, site, code, modifiers and date.
    pub lines: Vec<CodedLine>,
    /// Every administration that earned no administration line, with the reason; in the order of ids.
    pub not_billed: Vec<NotBilled>,
    /// What a person should look at; in the order of ids, then of flags.
    pub flags: Vec<Flag>,
    /// The merged services on which the lines rest.
    pub services: Vec<Service>,
    /// Normalised access-site names; services and lines point here.
    pub sites: SiteNames,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineKind {
    Administration,
    Drug,
}

impl LineKind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            LineKind::Administration => "administration",
            LineKind::Drug => "drug",
        }
    }
}

/// One line that the record supports.
#[derive(Debug, Clone, PartialEq)]
pub struct CodedLine {
    pub kind: LineKind,
    pub code: HcpcsCode,
    pub modifiers: Modifiers,
    /// Billing units.
    pub units: i64,
    /// Absent when nothing in the encounter is dated.
    pub service_date: Option<Date>,
    pub site: Option<SiteIndex>,
    /// The administrations that earned it, in the order of their ids.
    pub administrations: Indexes,
    pub reason: Reason,
}

/// Why a line is supported: the step that made it, and the minutes or units on which it rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// `initial`, `additional-hours`, `sequential`, `concurrent`, `push`, `repeat-push`, `hydration`, `injection`,
    /// `prolonged-initiation`, `drug-units`, `drug-waste` …
    pub step: &'static str,
    /// Our own short wording of the step.
    pub about: &'static str,
    /// Minutes that decided, where minutes decide.
    pub minutes: Option<Minutes>,
}

impl Reason {
    /// Appends it in words, such as `initial: first hour (75 min)`.
    pub fn append(&self, text: &mut String) {
        for part in [self.step, ": ", self.about] {
            text.push_str(part);
        }
        if let Some(minutes) = self.minutes {
            for part in [" (", itoa::Buffer::new().format(minutes), " min)"] {
                text.push_str(part);
            }
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.append(&mut text);
        out.write_str(&text)
    }
}

/// An administration that earned no administration line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotBilled {
    pub administration: u32,
    /// Kebab-case, such as `hydration-under-31-minutes`.
    pub reason: &'static str,
}

/// Something about an administration that a person should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flag {
    pub administration: u32,
    /// Kebab-case, such as `jw-or-jz-unknown`.
    pub flag: &'static str,
}

/// The code family of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    Chemo,
    Therapeutic,
    Hydration,
}

/// How a service was given, as the codes distinguish it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Technique {
    Infusion,
    Push,
    Hydration,
    ProlongedInfusion,
    SubcutaneousInfusion,
    Injection,
    OnBodyInjector,
    IntraArterialPush,
    IntraArterialInfusion,
    IntraArterialProlonged,
    Intrathecal,
    Reservoir,
    Pleural,
    Peritoneal,
    /// Earns no administration line; the reason.
    Unsupported(&'static str),
}

/// One administration after merging: rate changes, bags of one fluid, pauses and restarts are one service.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// In the order of ids.
    pub administrations: Indexes,
    pub site: Option<SiteIndex>,
    pub route: Route,
    pub class: SubstanceClass,
    pub family: Family,
    pub technique: Technique,
    /// Charted intervals on the absolute timeline in minutes, sorted and disjoint.
    pub intervals: Intervals,
    /// The first charted time (a stop where only that is charted).
    pub start: Option<ChartTime>,
    /// Keys of the drugs in it, sorted; equal keys are the same drug.
    pub drugs: Indexes,
    /// The stop was calculated from volume and rate.
    pub derived_stop: bool,
    /// Both start and stop are charted or derived.
    pub timed: bool,
}

impl Service {
    /// Documented minutes: the union of the intervals.
    #[must_use]
    pub fn minutes(&self) -> Minutes {
        self.intervals.iter().map(|(start, stop)| stop - start).sum()
    }
}

impl Family {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Family::Chemo => "chemo",
            Family::Therapeutic => "therapeutic",
            Family::Hydration => "hydration",
        }
    }
}

impl Technique {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Technique::Infusion => "infusion",
            Technique::Push => "push",
            Technique::Hydration => "hydration",
            Technique::ProlongedInfusion => "prolonged-infusion",
            Technique::SubcutaneousInfusion => "subcutaneous-infusion",
            Technique::Injection => "injection",
            Technique::OnBodyInjector => "on-body-injector",
            Technique::IntraArterialPush => "intra-arterial-push",
            Technique::IntraArterialInfusion => "intra-arterial-infusion",
            Technique::IntraArterialProlonged => "intra-arterial-prolonged",
            Technique::Intrathecal => "intrathecal",
            Technique::Reservoir => "reservoir",
            Technique::Pleural => "pleural",
            Technique::Peritoneal => "peritoneal",
            Technique::Unsupported(_) => "unsupported",
        }
    }
}
