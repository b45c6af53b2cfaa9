//! Dates of birth in the eight formats that the API takes (facts 2.7), kept as `YYYY-MM-DD`.

use jiff::civil::Date;

/// `YYYY/MM/DD` or `MM/DD/YYYY`, with `/`, `-`, `.` or `_`; `None` for anything else, and for days that do not exist.
pub(crate) fn to_iso(given: &str) -> Option<String> {
    let given = given.split_once('T').map_or(given, |(date, _)| date);
    let separator = given.chars().find(|c| !c.is_ascii_digit()).filter(|c| "/-._".contains(*c))?;
    let parts: Vec<&str> = given.split(separator).collect();
    let [first, second, third] = parts[..] else { return None };
    let (year, month, day) = if first.len() == 4 { (first, second, third) } else { (third, first, second) };
    if year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok().map(|date| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::to_iso;

    #[test]
    fn the_eight_formats_are_read() {
        for separator in ["/", "-", ".", "_"] {
            assert_eq!(to_iso(&["1988", "03", "14"].join(separator)).as_deref(), Some("1988-03-14"));
            assert_eq!(to_iso(&["03", "14", "1988"].join(separator)).as_deref(), Some("1988-03-14"));
        }
        for wrong in ["1988-02-30", "14/03/1988", "88-03-14", "yesterday", "1988-03", "1988/03-14"] {
            assert_eq!(to_iso(wrong), None, "{wrong}");
        }
    }
}
