//! Time zones by their IANA names, with did-you-mean. No zone is guessed from the machine.

use jiff::tz::TimeZone;

use crate::WordsError;
use crate::words::shown;

/// What people write for zones that have no such name, and a city of each.
const HABITS: [(&str, &str); 10] = [
    ("pst", "America/Los_Angeles"),
    ("pdt", "America/Los_Angeles"),
    ("pt", "America/Los_Angeles"),
    ("mdt", "America/Denver"),
    ("cst", "America/Chicago"),
    ("cdt", "America/Chicago"),
    ("edt", "America/New_York"),
    ("bst", "Europe/London"),
    ("ist", "Asia/Kolkata"),
    ("cest", "Europe/Berlin"),
];

/// The time zone of an IANA name such as `Europe/Madrid`, in any case; `UTC` too.
pub fn time_zone(name: &str) -> Result<TimeZone, WordsError> {
    let name = name.trim();
    if let Ok(zone) = TimeZone::get(name) {
        return Ok(zone);
    }
    let wanted = bare(name);
    let habit = HABITS.iter().find(|(habit, _)| *habit == wanted).map(|(_, zone)| (*zone).to_owned());
    let suggestion = habit.or_else(|| nearest_zone(&wanted));
    Err(WordsError::new(format!("there is no time zone `{}`", shown(name)))
        .help("Time zones are named after a city, such as `Europe/Madrid` or `America/New_York`.")
        .suggest(suggestion))
}

/// The zone whose name, or whose city, is nearest.
fn nearest_zone(wanted: &str) -> Option<String> {
    let length = wanted.chars().count();
    if !(3..=40).contains(&length) {
        return None;
    }
    let mut best: Option<(usize, String)> = None;
    for zone in jiff::tz::db().available() {
        let whole = bare(zone.as_str());
        let city = whole.rsplit('/').next().unwrap_or(&whole);
        let distance = strsim::osa_distance(wanted, &whole).min(strsim::osa_distance(wanted, city));
        let is_near = distance <= (length / 4).min(3);
        // An area before the city is the name people use; the bare one is there for old programs.
        let rank = distance * 2 + usize::from(!whole.contains('/'));
        if is_near && best.as_ref().is_none_or(|(least, _)| rank < *least) {
            best = Some((rank, zone.as_str().to_owned()));
        }
    }
    best.map(|(_, name)| name)
}

/// The letters that count: lower case, without spaces, underscores and hyphens.
fn bare(name: &str) -> String {
    name.chars().filter(|letter| !matches!(letter, ' ' | '_' | '-')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::time_zone;

    #[test]
    fn known_zones_are_found() {
        for name in ["Europe/Madrid", "America/New_York", "UTC", "europe/madrid", " Asia/Tokyo "] {
            assert!(time_zone(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn others_are_refused_with_the_nearest() {
        for (name, meant) in [
            ("Europe/Madird", Some("Europe/Madrid")),
            ("Madrid", Some("Europe/Madrid")),
            ("New York", Some("America/New_York")),
            ("America/New York", Some("America/New_York")),
            ("PST", Some("America/Los_Angeles")),
            ("", None),
            ("Nowhere at all", None),
        ] {
            let error = time_zone(name).unwrap_err();
            assert_eq!(error.suggestion.as_deref(), meant, "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_name_is_found_or_refused(name in ".{0,30}") {
            if let Err(error) = time_zone(&name) && let Some(meant) = error.suggestion {
                prop_assert!(time_zone(&meant).is_ok());
            }
        }
    }
}
