//! The drugs that are given, each with doses whose units and waste were worked out by hand.

/// One dose: amount, vial size, vials, billing units given, whole units left in the vials.
pub(super) type Dose = (&'static str, &'static str, i64, i64, i64);

pub(super) struct Drug {
    pub code: &'static str,
    pub name: &'static str,
    pub unit: &'static str,
    /// Separately payable to a hospital (OPPS status G, K, K1).
    pub hospital: bool,
    /// Has a Medicare payment limit, so separately payable to a practice.
    pub practice: bool,
    pub doses: &'static [Dose],
    pub multi_dose: bool,
    /// Rough allowed cents of one unit.
    pub cents: i64,
}

const fn drug(
    (code, name, unit): (&'static str, &'static str, &'static str),
    hospital: bool,
    cents: i64,
    doses: &'static [Dose],
) -> Drug {
    Drug { code, name, unit, hospital, practice: true, doses, multi_dose: false, cents }
}

/// Given by infusion, not chemotherapy.
pub(super) const INFUSED: &[Drug] = &[
    drug(("J0696", "ceftriaxone", "mg"), false, 39, &[("1000", "1000", 1, 4, 0), ("2000", "2000", 1, 8, 0)]),
    drug(("J3373", "vancomycin", "mg"), false, 3, &[("1000", "1000", 1, 100, 0), ("1250", "1250", 1, 125, 0)]),
    drug(
        ("J2543", "piperacillin-tazobactam", "g"),
        false,
        118,
        &[("4.5", "4.5", 1, 4, 0), ("3.375", "3.375", 1, 3, 0)],
    ),
    drug(("J1335", "ertapenem", "g"), false, 583, &[("1", "1", 1, 2, 0)]),
    drug(("J2185", "meropenem", "mg"), false, 36, &[("1000", "1000", 1, 10, 0)]),
    drug(("J1756", "iron sucrose", "mg"), false, 22, &[("200", "100", 2, 200, 0), ("300", "100", 3, 300, 0)]),
    drug(("J1439", "ferric carboxymaltose", "mg"), true, 112, &[("750", "750", 1, 750, 0)]),
    drug(("J1569", "immune globulin", "g"), true, 4950, &[("30", "10", 3, 60, 0), ("20", "20", 1, 40, 0)]),
    drug(
        ("J1437", "ferric derisomaltose", "mg"),
        true,
        2188,
        &[("1000", "1000", 1, 100, 0), ("950", "1000", 1, 95, 5)],
    ),
    drug(("J3489", "zoledronic acid", "mg"), false, 1767, &[("4", "4", 1, 4, 0)]),
    drug(("J1453", "fosaprepitant", "mg"), false, 11, &[("150", "150", 1, 150, 0)]),
    drug(("J0641", "levoleucovorin", "mg"), false, 5, &[("175", "175", 1, 350, 0)]),
];

/// Given by push, not chemotherapy.
pub(super) const PUSHED: &[Drug] = &[
    drug(("J2405", "ondansetron", "mg"), false, 8, &[("4", "4", 1, 4, 0)]),
    drug(("J1885", "ketorolac", "mg"), true, 57, &[("30", "30", 1, 2, 0), ("15", "15", 1, 1, 0)]),
    drug(("J2270", "morphine", "mg"), false, 726, &[("4", "4", 1, 1, 0), ("2", "2", 1, 1, 0)]),
    drug(("J1100", "dexamethasone", "mg"), false, 10, &[("10", "10", 1, 10, 0), ("4", "4", 1, 4, 0)]),
    drug(("J1200", "diphenhydramine", "mg"), false, 86, &[("25", "50", 1, 1, 0), ("50", "50", 1, 1, 0)]),
    drug(("J2060", "lorazepam", "mg"), false, 220, &[("2", "2", 1, 1, 0), ("1", "2", 1, 1, 0)]),
    drug(("J2765", "metoclopramide", "mg"), false, 89, &[("10", "10", 1, 1, 0)]),
    drug(("J2469", "palonosetron", "mg"), false, 47, &[("0.25", "0.25", 1, 10, 0)]),
];

/// Antineoplastics and complex biologics by infusion.
pub(super) const CHEMO_INFUSED: &[Drug] = &[
    drug(("J9267", "paclitaxel", "mg"), false, 11, &[("300", "300", 1, 300, 0)]),
    drug(("J9045", "carboplatin", "mg"), false, 310, &[("450", "450", 1, 9, 0), ("600", "150", 4, 12, 0)]),
    drug(("J9271", "pembrolizumab", "mg"), true, 6225, &[("200", "100", 2, 200, 0), ("150", "100", 2, 150, 50)]),
    drug(("J9312", "rituximab", "mg"), true, 7209, &[("700", "100", 7, 70, 0), ("750", "100", 8, 75, 5)]),
    drug(("J9035", "bevacizumab", "mg"), true, 7549, &[("400", "400", 1, 40, 0), ("460", "100", 5, 46, 4)]),
    drug(("J9075", "cyclophosphamide", "mg"), true, 69, &[("1000", "1000", 1, 200, 0), ("900", "500", 2, 180, 20)]),
    drug(("J9171", "docetaxel", "mg"), false, 47, &[("145", "160", 1, 145, 15), ("160", "160", 1, 160, 0)]),
    drug(("J9263", "oxaliplatin", "mg"), false, 9, &[("150", "50", 3, 300, 0), ("170", "100", 2, 340, 60)]),
    drug(("J1745", "infliximab", "mg"), true, 2986, &[("300", "100", 3, 30, 0), ("350", "100", 4, 35, 5)]),
    drug(("J2323", "natalizumab", "mg"), true, 2393, &[("300", "300", 1, 300, 0)]),
    drug(("J3380", "vedolizumab", "mg"), true, 2095, &[("300", "300", 1, 300, 0)]),
];

/// Antineoplastics by push.
pub(super) const CHEMO_PUSHED: &[Drug] = &[
    drug(("J9000", "doxorubicin", "mg"), false, 312, &[("100", "50", 2, 10, 0)]),
    drug(("J9370", "vincristine", "mg"), false, 943, &[("2", "2", 1, 2, 0)]),
];

/// By a pump that the patient wears home.
pub(super) const PUMPED: Drug = Drug {
    code: "J9190",
    name: "fluorouracil",
    unit: "mg",
    hospital: false,
    practice: false,
    doses: &[("4500", "2500", 2, 9, 0), ("4000", "2500", 2, 8, 0)],
    multi_dose: false,
    cents: 210,
};

/// Injections with the administration code that each earns.
pub(super) const INJECTED: &[(&str, &str, Drug)] = &[
    (
        "96372",
        "IM",
        Drug {
            code: "J3420",
            name: "cyanocobalamin",
            unit: "mcg",
            hospital: false,
            practice: true,
            doses: &[("1000", "1000", 1, 1, 0)],
            multi_dose: true,
            cents: 65,
        },
    ),
    ("96372", "IM", drug(("J1885", "ketorolac", "mg"), true, 57, &[("60", "60", 1, 4, 0)])),
    (
        "96372",
        "SC",
        drug(("J2357", "omalizumab", "mg"), true, 4569, &[("150", "150", 1, 30, 0), ("225", "75", 3, 45, 0)]),
    ),
    ("96372", "SC", drug(("J0897", "denosumab", "mg"), true, 2986, &[("60", "60", 1, 60, 0)])),
    (
        "96401",
        "SC",
        drug(("J9041", "bortezomib", "mg"), false, 263, &[("2.5", "3.5", 1, 25, 10), ("3.5", "3.5", 1, 35, 0)]),
    ),
    (
        "96402",
        "IM",
        drug(("J9217", "leuprolide", "mg"), true, 18_885, &[("22.5", "22.5", 1, 3, 0), ("7.5", "7.5", 1, 1, 0)]),
    ),
];

/// Drugs that only some planted errors need.
pub(super) const SPECIAL: &[Drug] = &[
    // Waste of less than a unit.
    drug(("J1745", "infliximab", "mg"), true, 2986, &[("395", "100", 4, 40, 0)]),
    // A combination of sizes that wastes more than it need.
    drug(("J9312", "rituximab", "mg"), true, 7209, &[("600", "500", 2, 60, 40)]),
    drug(("J3262", "tocilizumab", "mg"), true, 533, &[("400", "400", 1, 400, 0)]),
    drug(("J1938", "furosemide", "mg"), false, 2, &[("40", "40", 1, 40, 0)]),
    Drug {
        code: "J3490",
        name: "trial compound",
        unit: "mg",
        hospital: false,
        practice: false,
        doses: &[("100", "100", 1, 1, 0)],
        multi_dose: false,
        cents: 15_000,
    },
];

/// Fluids.
pub(super) const FLUIDS: &[Drug] = &[
    drug(("J7030", "sodium chloride 0.9%", "mL"), false, 226, &[("1000", "", 0, 1, 0)]),
    drug(("J7120", "lactated ringers", "mL"), false, 237, &[("1000", "", 0, 1, 0), ("500", "", 0, 1, 0)]),
];
