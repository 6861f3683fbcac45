//! What is known about a rule before it runs.

/// Everything about a rule but its logic.
#[derive(Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// Stable for ever, such as `IA-H01`.
    pub code: &'static str,
    /// Kebab-case, named for the thing found.
    pub name: &'static str,
    /// The first letter of the code's second part, spelled out.
    pub family: &'static str,
    pub direction: Direction,
    pub severity: Severity,
    /// Default probability that a payer denies a line with this finding, in ten-thousandths; 0 for rules that put no
    /// billed line at risk.
    pub probability_basis_points: u32,
    /// Claim adjustment reason codes a denial would carry, separated by `;`.
    pub carc: &'static str,
    /// Remittance advice remark codes a denial would carry, separated by `;`.
    pub rarc: &'static str,
    pub owner: Owner,
    /// The version that brought the rule.
    pub since: &'static str,
    /// The rule's page, its only documentation.
    pub page: &'static str,
}

impl RuleInfo {
    /// The first thing to do, from the rule's page.
    #[must_use]
    pub fn first_step(&self) -> Option<&'static str> {
        let steps = self.page.split("## What to do").nth(1)?;
        let first = steps.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
        Some(first.trim_start_matches(|letter: char| letter.is_ascii_digit() || ".-* ".contains(letter)))
    }
}

/// What a finding means for the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    Leakage,
    Overpayment,
    Denial,
    Documentation,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    High,
    Medium,
    Low,
}

/// Who can mend the root cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    NursingDocumentation,
    Coding,
    ChargeCapture,
    Pharmacy,
    Registration,
}

impl Direction {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::Leakage => "leakage",
            Direction::Overpayment => "overpayment",
            Direction::Denial => "denial",
            Direction::Documentation => "documentation",
        }
    }
}

impl Severity {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
        }
    }
}

impl Owner {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Owner::NursingDocumentation => "nursing_documentation",
            Owner::Coding => "coding",
            Owner::ChargeCapture => "charge_capture",
            Owner::Pharmacy => "pharmacy",
            Owner::Registration => "registration",
        }
    }
}
