//! Which administration codes belong together.

use crate::model::HcpcsCode;

const fn code(text: &str) -> HcpcsCode {
    HcpcsCode::new(text)
}

/// Initial services in the order of the facility hierarchy, each with the add-on that the same service earns where it
/// is not the initial one.
pub const INITIALS: [(HcpcsCode, HcpcsCode); 5] = [
    (code("96413"), code("96417")),
    (code("96409"), code("96411")),
    (code("96365"), code("96367")),
    (code("96374"), code("96375")),
    (code("96360"), code("96361")),
];

/// Infusion codes with the push code of the same family and role.
pub const INFUSION_AND_PUSH: [(HcpcsCode, HcpcsCode); 4] = [
    (code("96413"), code("96409")),
    (code("96417"), code("96411")),
    (code("96365"), code("96374")),
    (code("96367"), code("96375")),
];

/// Codes that count further hours, with the codes they extend.
pub const HOURS: [(HcpcsCode, &[HcpcsCode]); 5] = [
    (code("96366"), &[code("96365"), code("96367")]),
    (code("96415"), &[code("96413"), code("96417")]),
    (code("96361"), &[code("96360")]),
    (code("96370"), &[code("96369")]),
    (code("96423"), &[code("96422")]),
];

/// Each chemotherapy code with the therapeutic code of the same place.
pub const CHEMO_AND_THERAPEUTIC: [(HcpcsCode, HcpcsCode); 6] = [
    (code("96413"), code("96365")),
    (code("96409"), code("96374")),
    (code("96417"), code("96367")),
    (code("96411"), code("96375")),
    (code("96415"), code("96366")),
    (code("96401"), code("96372")),
];

pub const REPEAT_PUSH: HcpcsCode = code("96376");
pub const HORMONAL_INJECTION: HcpcsCode = code("96402");
/// Starts of an infusion of more than 8 hours by pump.
pub const PROLONGED: [HcpcsCode; 3] = [code("96416"), code("C8957"), code("G0498")];
/// Line access, blood draws and flushes that an administration includes.
pub const INCLUDED: [HcpcsCode; 5] = [code("36000"), code("36410"), code("36591"), code("36592"), code("96523")];
/// Drugs without a code of their own.
pub const UNCLASSIFIED: [HcpcsCode; 5] = [code("J3490"), code("J3590"), code("J9999"), code("C9399"), code("J7999")];

pub const HYDRATION: [HcpcsCode; 2] = [code("96360"), code("96361")];
pub const SEQUENTIAL: HcpcsCode = code("96367");
pub const CONCURRENT: HcpcsCode = code("96368");
pub const HYDRATION_INITIAL: HcpcsCode = code("96360");
pub const HYDRATION_HOURS: HcpcsCode = code("96361");
pub const NURSE_VISIT: HcpcsCode = code("99211");
