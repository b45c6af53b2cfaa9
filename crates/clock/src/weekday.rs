//! The names of the days of the week.

use jiff::civil::Weekday;

/// From Monday.
pub(crate) const NAMES: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The day of a name in lower case, whole or in its usual short form, also in the plural.
pub(crate) fn named(name: &str) -> Option<Weekday> {
    let name = if name.len() > 5 { name.strip_suffix('s').unwrap_or(name) } else { name };
    let at = NAMES.iter().position(|known| {
        *known == name || name.len() >= 3 && name.len() <= 5 && name.is_ascii() && known.starts_with(name)
    })?;
    Weekday::from_monday_zero_offset(i8::try_from(at).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::Weekday;

    use super::named;

    #[test]
    fn names_and_short_forms() {
        assert_eq!(named("monday"), Some(Weekday::Monday));
        assert_eq!(named("mondays"), Some(Weekday::Monday));
        assert_eq!(named("thu"), Some(Weekday::Thursday));
        assert_eq!(named("thurs"), Some(Weekday::Thursday));
        assert_eq!(named("sun"), Some(Weekday::Sunday));
        for name in ["", "mo", "day", "mond ay", "é"] {
            assert_eq!(named(name), None, "{name}");
        }
    }
}
