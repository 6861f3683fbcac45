//! Bars on a time axis, one block of rows per access site.

use super::plain;
use super::read::Administration;
use std::fmt::Write as _;

const HOUR: i64 = 3_600;

/// Seconds on the local clock at which the axis begins, its length, and its width in columns.
struct Axis {
    start: i64,
    seconds: i64,
    columns: usize,
}

impl Axis {
    fn column(&self, at: i64) -> usize {
        let columns = i64::try_from(self.columns).unwrap_or(1);
        usize::try_from((at - self.start) * columns / self.seconds.max(1)).unwrap_or(0).min(self.columns - 1)
    }

    /// Hours between labels, so that a label fits.
    fn step(&self) -> i64 {
        let hours = self.seconds / HOUR;
        let room = i64::try_from(self.columns / 8).unwrap_or(1).max(1);
        [1, 2, 3, 4, 6, 12, 24, 48, 168].into_iter().find(|step| hours / step <= room).unwrap_or(720)
    }

    fn ruler(&self) -> String {
        let mut ruler = vec![' '; self.columns];
        let mut at = self.start;
        while at < self.start + self.seconds {
            let column = self.column(at);
            let day_seconds = at.rem_euclid(24 * HOUR);
            // Midnight shows the day instead of the hour.
            let label = if day_seconds == 0 {
                let day = crate::model::Date(i32::try_from(at.div_euclid(24 * HOUR)).unwrap_or(0)).civil();
                format!("|{:02}-{:02}", day.month(), day.day())
            } else {
                format!("|{:02}:00", day_seconds / HOUR)
            };
            for (offset, letter) in label.chars().enumerate() {
                if let Some(place) = ruler.get_mut(column + offset) {
                    *place = letter;
                }
            }
            at += self.step() * HOUR;
        }
        ruler.into_iter().collect()
    }

    fn bar(&self, given: &Administration) -> String {
        let mut bar = vec![' '; self.columns];
        match (given.start, given.stop) {
            (Some(start), Some(stop)) if stop > start => {
                let fill = match given.technique.as_str() {
                    "hydration" => '░',
                    "push" => '▌',
                    "unsupported" => '·',
                    _ if given.family.is_empty() => '·',
                    _ => '█',
                };
                let (first, last) = (self.column(start), self.column(stop - 1));
                for place in bar.iter_mut().take(last + 1).skip(first) {
                    *place = fill;
                }
            }
            (Some(at), _) | (None, Some(at)) => bar[self.column(at)] = '▲',
            (None, None) => {}
        }
        bar.into_iter().collect()
    }
}

pub(super) fn draw(administrations: &[Administration], width: usize) -> String {
    let mut text = String::new();
    let times = || administrations.iter().flat_map(|given| [given.start, given.stop]).flatten();
    if let (Some(first), Some(last)) = (times().min(), times().max()) {
        let start = first.div_euclid(HOUR) * HOUR;
        let axis = Axis { start, seconds: (last - start).max(HOUR) + HOUR / 4, columns: width / 2 };
        let mut sites: Vec<&str> = administrations.iter().map(|given| given.site.as_str()).collect();
        sites.sort_unstable();
        sites.dedup();
        for site in sites {
            let here = administrations.iter().filter(|given| given.site == site);
            let here: Vec<_> = here.filter(|given| given.start.or(given.stop).is_some()).collect();
            if here.is_empty() {
                continue;
            }
            let _ =
                writeln!(text, "  {}", if site.is_empty() { "no access site charted".to_owned() } else { plain(site) });
            let _ = writeln!(text, "  {}", axis.ruler().trim_end());
            for given in here {
                let _ = writeln!(text, "  {} {}", axis.bar(given), plain(&given.label()));
            }
        }
    }
    for given in administrations.iter().filter(|given| given.start.or(given.stop).is_none()) {
        let _ = writeln!(text, "  no time charted: {}", plain(&given.label()));
    }
    text.push_str(
        "  █ infusion  ▌ push with both times  ░ hydration  ▲ one time charted  · earns no administration line\n",
    );
    text
}
