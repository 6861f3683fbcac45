//! The values of switches that are words.

macro_rules! choice {
    ($(#[$about:meta])* $name:ident { $($(#[$item_about:meta])* $item:ident = $text:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$item_about])* $item),+ }
        impl $name {
            pub const TERMS: &'static [&'static str] = &[$($text),+];
            pub(super) fn parse(text: &str) -> Option<Self> {
                [$(($text, $name::$item)),+].into_iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, item)| item)
            }
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $($name::$item => $text),+ }
            }
        }
    };
}

choice! {
    /// What a drug infusion with a start and no stop supports.
    MissingStop { Push = "push", NoBill = "no_bill", Query = "query" }
}
choice! {
    /// Under which family a complex biologic is coded.
    ComplexBiologicPolicy {
        Cpt = "cpt", PayerList = "payer_list", ByDiagnosis = "by_diagnosis", TherapeuticOnly = "therapeutic_only",
    }
}
choice! {
    /// What makes a further access site worth an initial service of its own.
    SecondSiteInitial { DocumentedSite = "documented_site", ReasonRequired = "reason_required", Never = "never" }
}
choice! {
    /// How a therapeutic infusion that overlaps another in part is coded.
    PartialOverlap { Split = "split", Any = "any", Threshold = "threshold" }
}
choice! {
    /// Whether a later infusion of the same drug adds minutes or counts as a new drug.
    SameDrugRepeat { AddTime = "add_time", Separate = "separate" }
}
choice! {
    /// Whether a push of a drug that is also infused on the site is reported.
    BolusOfInfusedDrug { None = "none", Push = "push" }
}
choice! {
    SplitDoseInjection { PerInjection = "per_injection", PerDose = "per_dose" }
}
choice! {
    UnitRounding { Ceil = "ceil", Floor = "floor", Nearest = "nearest", Exact = "exact" }
}
choice! {
    MidnightDateOfService { Start = "start", Split = "split" }
}
choice! {
    /// Which modifier a drug bought under 340B carries.
    Modifier340b { Tb = "tb", JgOrTb = "jg_or_tb", None = "none" }
}
choice! {
    /// Whether hydration needs a diagnosis of the built-in list.
    HydrationDiagnoses { Listed = "listed", Off = "off" }
}
choice! {
    /// Which prices come first.
    PricePreference { Schedule = "schedule", National = "national", PercentOfCharge = "percent_of_charge" }
}
choice! {
    /// What becomes of a chemotherapy infusion whose minutes run under another chemotherapy infusion.
    ConcurrentChemo { Review = "review", Unlisted = "unlisted_96549" }
}
