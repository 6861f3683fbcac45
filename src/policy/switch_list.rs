//! Every switch as it is documented.

/// One switch as the documentation shows it.
#[derive(Debug, Clone, Copy)]
pub struct Switch {
    pub key: &'static str,
    pub values: &'static str,
    pub default: &'static str,
    pub about: &'static str,
}

const fn switch(key: &'static str, values: &'static str, default: &'static str, about: &'static str) -> Switch {
    Switch { key, values, default, about }
}

/// Every switch, in the order of the coding steps.
pub const SWITCHES: &[Switch] = &[
    switch("push_max_minutes", "minutes, 1 to 60", "15", "an infusion of so many minutes or fewer is a push"),
    switch("continuation_gap_minutes", "minutes, 0 to 120", "5", "rows of one drug this close are one administration"),
    switch("derive_stop_time", "true | false", "false", "calculate a missing stop from volume and rate"),
    switch("missing_stop", "push | no_bill | query", "push", "what a drug infusion without a stop supports"),
    switch(
        "complex_biologic_policy",
        "cpt | payer_list | by_diagnosis | therapeutic_only",
        "cpt",
        "the family of complex biologics",
    ),
    switch("complex_biologic_list", "list of HCPCS codes", "empty", "the drugs meant by payer_list"),
    switch(
        "second_site_initial",
        "documented_site | reason_required | never",
        "documented_site",
        "when a further access site earns its own initial service",
    ),
    switch("distinct_site_modifier", "59 | XS", "59", "the modifier of a further site's initial service"),
    switch("distinct_encounter_modifier", "59 | XE", "59", "the modifier of a second encounter's initial service"),
    switch("partial_overlap", "split | any | threshold", "split", "how a partly overlapping infusion is coded"),
    switch("concurrent_min_overlap_minutes", "minutes, 1 to 600", "16", "the overlap that `threshold` asks for"),
    switch("same_drug_repeat", "add_time | separate", "add_time", "a later infusion of the same drug on the site"),
    switch("bolus_of_infused_drug", "none | push", "none", "a push of a drug that is also infused on the site"),
    switch("concurrent_chemo", "review | unlisted_96549", "review", "chemotherapy run under other chemotherapy"),
    switch("split_dose_injection", "per_injection | per_dose", "per_injection", "one dose given by several injections"),
    switch("unit_rounding", "ceil | floor | nearest | exact", "ceil", "a dose that is not a whole number of units"),
    switch("midnight_dos", "start | split", "start", "the date of hours that run past midnight"),
    switch("jw_jz", "on | off", "on for Medicare", "whether waste modifiers are required"),
    switch("g0498", "true | false", "false", "an office's pump start with community continuation is G0498"),
    switch(
        "volume_rate_tolerance_percent",
        "percent, 1 to 100",
        "25",
        "by how much charted minutes may differ from volume / rate",
    ),
    switch(
        "source_time_tolerance_minutes",
        "minutes, 0 to 60",
        "5",
        "by how much two systems may differ on one administration",
    ),
    switch("hydration_diagnoses", "listed | off", "listed", "whether hydration needs a diagnosis of the built-in list"),
    switch(
        "ed_hydration_bundled",
        "true | false",
        "false",
        "whether the payer counts hydration as part of an ED visit",
    ),
    switch("ncci_edits", "on | off", "on", "whether the payer runs the national code-pair and unit edits"),
    switch(
        "modifier_340b",
        "tb | jg_or_tb | none",
        "none",
        "the modifier of a separately payable drug bought under 340B",
    ),
    switch(
        "self_administered_drugs",
        "list of HCPCS codes",
        "empty",
        "drugs not covered when given under the skin, because patients mostly give them themselves",
    ),
    switch("dual_route_drugs", "list of HCPCS codes", "empty", "drugs that need JA (IV) or JB (under the skin)"),
    switch("filing_limit_days", "days, 1 to 1500", "365", "how long after the day of service a claim may be sent"),
    switch("filing_warning_days", "days, 0 to 365", "30", "how long before that limit unbilled money is urgent"),
    switch(
        "unbilled_grace_days",
        "days, 0 to 120",
        "0",
        "how long before the run's --as-of date an encounter may still be without a claim",
    ),
    switch(
        "price_preference",
        "schedule | national | percent_of_charge",
        "schedule",
        "which price comes first: the payer's own schedule, the national tables, or a share of the charge",
    ),
    switch("percent_of_charge", "percent, 1 to 100", "none", "the share of the charge that the payer pays"),
    switch(
        "observation_comprehensive_apc",
        "on | off",
        "off",
        "whether 8 hours of observation with a visit pay for everything else (C-APC 8011)",
    ),
    switch(
        "excepted_off_campus_percent",
        "percent, 1 to 100",
        "100",
        "what drug administration in an excepted off-campus department pays of the OPPS rate",
    ),
];

/// Switches for which another value is tried before a difference is called an error, with the values to try.
pub const SAME_ANSWER_SWITCHES: &[(&str, &[&str])] = &[
    ("complex_biologic_policy", &["therapeutic_only", "cpt"]),
    ("partial_overlap", &["any", "threshold", "split"]),
    ("missing_stop", &["no_bill"]),
    ("derive_stop_time", &["true"]),
    ("bolus_of_infused_drug", &["push"]),
    ("split_dose_injection", &["per_dose"]),
];

/// The switch whose key is most like the given text.
pub(super) fn nearest_key(key: &str) -> &'static str {
    nearest(key, SWITCHES.iter().map(|switch| switch.key))
}

pub(super) fn nearest<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> &'a str {
    known.min_by_key(|candidate| strsim::damerau_levenshtein(candidate, text)).unwrap_or_default()
}
