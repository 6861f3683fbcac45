//! Hydration of one site: the minutes outside every drug infusion.

use super::super::Reason;
use super::super::initial::{HYDRATION_MIN_MINUTES, Initial, SitePlan};
use super::super::intervals;
use super::{Roles, additional_hours, is_initial};

impl Roles<'_, '_> {
    pub(super) fn code_hydration(&mut self, plan: &SitePlan) {
        if plan.hydration.is_empty() {
            return;
        }
        let alone = plan.hydration_alone.as_slice();
        let minutes = intervals::total(alone);
        if minutes < HYDRATION_MIN_MINUTES {
            self.leave_idle(&plan.hydration, "hydration-under-31-minutes");
            return;
        }
        let hours = Reason::of_minutes("hydration", "minutes alone, outside every drug infusion", minutes);
        if is_initial(plan, Initial::Hydration) {
            let about = "hydration alone, no drug infusion or push on this access site";
            self.add("96360", 1, &plan.hydration, plan.site, Reason::of_minutes("initial", about, minutes));
            self.add_hours("96361", additional_hours(minutes), 1, &plan.hydration, plan.site, (alone, hours));
        } else {
            self.add_hours("96361", (minutes + 29) / 60, 0, &plan.hydration, plan.site, (alone, hours));
        }
    }
}
