//! Which columns each kind is read from, under the names that its publishers give them.

use super::Kind;

/// A column by what it is for, with the beginnings of its names; the first that fits is taken, whole names first.
pub(super) struct Wanted {
    pub role: &'static str,
    pub names: &'static [&'static str],
    pub required: bool,
}

const fn must(role: &'static str, names: &'static [&'static str]) -> Wanted {
    Wanted { role, names, required: true }
}

const fn may(role: &'static str, names: &'static [&'static str]) -> Wanted {
    Wanted { role, names, required: false }
}

/// Headings of the code in files that users make.
const USERS_CODE: &[&str] = &[
    "hcpcs",
    "hcpcs code",
    "hcpcs_code",
    "cpt/hcpcs",
    "hcpcs/cpt",
    "cpt code",
    "cpt_code",
    "procedure code",
    "procedure_code",
    "code",
    "cpt",
];

impl Kind {
    /// The headings that a file of this kind may have, by column: `hcpcs (or hcpcs code, cpt), amount (optional)`.
    pub(super) fn headings(self) -> String {
        let shown = |wanted: &Wanted| {
            let (first, others) = wanted.names.split_first().unwrap_or((&wanted.role, &[]));
            let mut told = Vec::new();
            if !others.is_empty() {
                told.push(format!("or {}", others.join(", ")));
            }
            if !wanted.required {
                told.push("optional".to_owned());
            }
            if told.is_empty() { (*first).to_owned() } else { format!("{first} ({})", told.join("; ")) }
        };
        let all: Vec<String> = self.wanted().iter().map(shown).collect();
        let either = if self == Kind::FeeSchedule { "; amount or percent_of_charge is needed" } else { "" };
        format!("{}{either}", all.join(", "))
    }

    /// The columns by which the header is known.
    pub(super) fn wanted(self) -> &'static [Wanted] {
        match self {
            Kind::OppsAddendumB => {
                const {
                    &[
                        must("hcpcs", &["hcpcs code", "hcpcscode", "hcpcs"]),
                        must("status", &["si", "statusindicator", "status indicator"]),
                        may("apc", &["apc"]),
                        must("rate", &["payment rate", "paymentrate"]),
                    ]
                }
            }
            // The header is built of several lines; the last one repeats names, which are told apart by their order.
            Kind::MpfsRelativeValues => {
                const {
                    &[
                        must("hcpcs", &["hcpcs"]),
                        must("modifier", &["mod"]),
                        must("status", &["code", "status"]),
                        must("total", &["total", "non-facility total"]),
                        must("factor", &["factor", "conv factor", "conversion factor"]),
                    ]
                }
            }
            Kind::AspPaymentLimits => {
                const { &[must("hcpcs", &["hcpcs code", "hcpcs"]), must("limit", &["payment limit"])] }
            }
            Kind::AspNdcCrosswalk => {
                const {
                    &[
                        must(
                            "hcpcs",
                            &[
                                "_2024_code",
                                "_2025_code",
                                "_2026_code",
                                "_2027_code",
                                "_2028_code",
                                "hcpcs code",
                                "hcpcs",
                            ],
                        ),
                        must("ndc", &["ndc2", "ndc"]),
                        may("name", &["drug name"]),
                        may("size", &["pkg size"]),
                        must("quantity", &["pkg qty"]),
                        must("units", &["billunits"]),
                        must("package", &["billunitspkg"]),
                    ]
                }
            }
            Kind::NcciPtpPractitioner | Kind::NcciPtpHospital => {
                const {
                    &[
                        must("column1", &["column1", "column 1"]),
                        must("column2", &["column2", "column 2"]),
                        may("from", &["effective date", "effective", "effective_date"]),
                        must("to", &["deletion date", "deletion", "deletion_date"]),
                        must("indicator", &["modifier_indicator", "modifier"]),
                    ]
                }
            }
            Kind::MuePractitioner | Kind::MueHospital => {
                const {
                    &[
                        must("hcpcs", &["hcpcs/cpt code", "hcpcs_code", "hcpcs"]),
                        must(
                            "units",
                            &[
                                "practitioner services mue values",
                                "outpatient hospital services mue values",
                                "mue_units",
                                "mue values",
                            ],
                        ),
                        must("indicator", &["mue adjudication indicator", "mue_mai"]),
                    ]
                }
            }
            Kind::HcpcsLevel2 => {
                const {
                    &[
                        must("hcpcs", &["hcpc", "hcpcs_code", "hcpcs"]),
                        must("from", &["add dt", "date_added", "add date", "added date"]),
                        must("to", &["term dt", "date_term", "term date", "termination date"]),
                    ]
                }
            }
            Kind::FeeSchedule => {
                const {
                    &[
                        must("hcpcs", USERS_CODE),
                        may("payer", &["payer"]),
                        may("modifier", &["modifier", "mod"]),
                        may("amount", &["amount", "allowed", "rate", "fee"]),
                        may("percent", &["percent_of_charge", "percent of charge"]),
                    ]
                }
            }
            Kind::DrugDiagnoses => {
                const { &[must("hcpcs", USERS_CODE), must("icd10", &["icd10", "icd-10", "diagnosis"])] }
            }
        }
    }
}
