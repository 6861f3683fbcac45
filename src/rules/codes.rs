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
pub const EMERGENCY_VISITS: [HcpcsCode; 5] =
    [code("99281"), code("99282"), code("99283"), code("99284"), code("99285")];

/// Whether a code is one of [`INITIALS`].
pub fn is_initial(code: HcpcsCode) -> bool {
    matches!(code.as_bytes(), b"96413" | b"96409" | b"96365" | b"96374" | b"96360")
}

/// Whether a code is one of [`HYDRATION`].
pub fn is_hydration(code: HcpcsCode) -> bool {
    matches!(code.as_bytes(), b"96360" | b"96361")
}

/// Whether a code is one of [`UNCLASSIFIED`].
pub fn is_unclassified(code: HcpcsCode) -> bool {
    matches!(code.as_bytes(), b"J3490" | b"J3590" | b"J9999" | b"C9399" | b"J7999")
}

/// Whether a code is one of [`INCLUDED`].
pub fn is_included(code: HcpcsCode) -> bool {
    matches!(code.as_bytes(), b"36000" | b"36410" | b"36591" | b"36592" | b"96523")
}

/// Whether a code is one of [`EMERGENCY_VISITS`].
pub fn is_emergency_visit(code: HcpcsCode) -> bool {
    matches!(code.as_bytes(), b"99281" | b"99282" | b"99283" | b"99284" | b"99285")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_what_their_tests_say() {
        let numbers = (0..100_000).map(|number| format!("{number:05}"));
        let letters =
            ["C", "G", "J"].into_iter().flat_map(|letter| (0..10_000).map(move |at| format!("{letter}{at:04}")));
        for code in numbers.chain(letters).map(|text| HcpcsCode::new(&text)) {
            assert_eq!(is_initial(code), INITIALS.iter().any(|(initial, _)| *initial == code), "{code}");
            assert_eq!(is_hydration(code), HYDRATION.contains(&code), "{code}");
            assert_eq!(is_unclassified(code), UNCLASSIFIED.contains(&code), "{code}");
            assert_eq!(is_included(code), INCLUDED.contains(&code), "{code}");
            assert_eq!(is_emergency_visit(code), EMERGENCY_VISITS.contains(&code), "{code}");
        }
    }
}
