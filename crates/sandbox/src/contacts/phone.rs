//! Phone numbers as they are saved: E.164. A simple reading, good for the sandbox's countries, not a number plan.

/// `+` and 7 to 15 digits; a national number gets the country's prefix. `None` where that is not to be had.
pub(crate) fn to_e164(given: &str, country: &str) -> Option<String> {
    if given.chars().any(|c| !c.is_ascii_digit() && !" +-().\u{a0}/".contains(c)) {
        return None;
    }
    let digits: String = given.chars().filter(char::is_ascii_digit).collect();
    let international = given.trim_start().starts_with('+');
    let number = if international {
        digits
    } else if let Some(rest) = digits.strip_prefix("00") {
        rest.to_owned()
    } else {
        let prefix = prefix(country);
        let national = if prefix == "1" {
            digits.strip_prefix('1').filter(|rest| rest.len() == 10)
        } else {
            digits.strip_prefix('0')
        };
        format!("{prefix}{}", national.unwrap_or(&digits))
    };
    (7..=15).contains(&number.len()).then(|| format!("+{number}"))
}

fn prefix(country: &str) -> &'static str {
    match country {
        "GB" => "44",
        "IE" => "353",
        "DE" => "49",
        "FR" => "33",
        "ES" => "34",
        "NL" => "31",
        "AU" => "61",
        "NZ" => "64",
        "IN" => "91",
        _ => "1",
    }
}

#[cfg(test)]
mod tests {
    use super::to_e164;

    #[test]
    fn numbers_become_e164() {
        for (given, country, wanted) in [
            ("+1 (555) 010-0001", "GB", Some("+15550100001")),
            ("555-010-0001", "US", Some("+15550100001")),
            ("1 555 010 0001", "US", Some("+15550100001")),
            ("0113 555 0100", "GB", Some("+441135550100")),
            ("0044 113 555 0100", "US", Some("+441135550100")),
            ("12", "US", None),
            ("call me", "US", None),
        ] {
            assert_eq!(to_e164(given, country).as_deref(), wanted, "{given}");
        }
    }

    proptest::proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(given in "[+0-9 ()-]{0,20}") {
            if let Some(clean) = to_e164(&given, "GB") {
                assert_eq!(to_e164(&clean, "US"), Some(clean));
            }
        }
    }
}
