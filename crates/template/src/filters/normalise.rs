//! Filters that bring e-mail addresses, phone numbers, names and amounts into one form. What has no such form is a
//! complaint, never passed on as it was.

use super::Input;
use crate::error::Complaint;
use crate::values::{printed, shortened, shown};
use phonenumber::country::Id;
use phonenumber::metadata::{DATABASE, Descriptor};
use phonenumber::{Mode, Type};
use serde_json::Value;

/// Trimmed and in small letters. Refuses what cannot be an address: RFC 5321's lengths, one `@`, a domain with a dot.
pub(super) fn email(input: &Input<'_>) -> Result<Value, Complaint> {
    let address = input.text()?.trim().to_lowercase();
    if !is_address(&address) {
        return Err(Complaint::other(format!("is '{}', which is no e-mail address", shortened(&address))));
    }
    Ok(Value::String(address))
}

fn is_address(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return false;
    };
    let local_fits = !local.is_empty()
        && local.len() <= 64
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(|letter| letter.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(letter));
    let label_fits = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-')
    };
    local_fits && address.len() <= 254 && domain.contains('.') && domain.split('.').all(label_fits)
}

/// E.164, as `+441632960001`. The country is for numbers written without one.
pub(super) fn phone(input: &Input<'_>) -> Result<Value, Complaint> {
    const LONGEST: usize = 60;
    let text = input.text()?;
    let text = text.trim();
    let country = match input.text_argument(0)? {
        Some(code) => Some(country(code).ok_or_else(|| {
            Complaint::other(format!(
                "is read by the rules of '{}', which is no country code",
                shortened(code)
            ))
        })?),
        None => None,
    };
    let no_number = || {
        let place = match input.text_argument(0) {
            Ok(Some(code)) => format!(" in {code}"),
            _ => " with a country code. Say the country: `| phone('US')`".to_owned(),
        };
        Complaint::other(format!("is '{}', which is no phone number{place}", shortened(text)))
    };
    if text.len() > LONGEST {
        return Err(no_number());
    }
    let number = phonenumber::parse(country, text).map_err(|_| no_number())?;
    // Shape, not assignment: numbers of areas not given out yet are real to the people who hold or try them.
    let digits = number.national().to_string().len();
    let fits = DATABASE.by_code(&number.code().value()).is_some_and(|regions| {
        regions.iter().any(|region| {
            let lengths = |kind| region.descriptors().get(kind).map_or(&[][..], Descriptor::possible_length);
            NUMBER_TYPES.iter().flat_map(|kind| lengths(*kind)).any(|length| usize::from(*length) == digits)
        })
    });
    if !fits {
        return Err(no_number());
    }
    Ok(Value::String(number.format().mode(Mode::E164).to_string()))
}

/// The types whose lengths a number may have. Short codes and emergency numbers are nobody's own.
const NUMBER_TYPES: [Type; 8] = [
    Type::FixedLine,
    Type::Mobile,
    Type::TollFree,
    Type::PremiumRate,
    Type::SharedCost,
    Type::PersonalNumber,
    Type::Voip,
    Type::Uan,
];

fn country(code: &str) -> Option<Id> {
    code.trim().to_uppercase().parse().ok()
}

pub(super) fn wrong_country(code: &Value) -> Option<String> {
    let known = code.as_str().and_then(country).is_some();
    (!known).then(|| format!("{} is no two-letter country code such as 'GB'", shown(code)))
}

/// Each word of a name that is all small or all capital letters gets one capital; `McDonald` stays.
pub(super) fn title_name(input: &Input<'_>) -> Result<Value, Complaint> {
    let text = input.text()?;
    let words: Vec<String> = text.split_whitespace().map(title_word).collect();
    Ok(Value::String(words.join(" ")))
}

fn title_word(word: &str) -> String {
    let mixed = word.chars().any(char::is_lowercase) && word.chars().skip(1).any(char::is_uppercase);
    if mixed {
        return word.to_owned();
    }
    let mut title = String::with_capacity(word.len());
    let mut starts = true;
    for letter in word.chars() {
        title.push(if starts {
            one(letter.to_uppercase(), letter)
        } else {
            one(letter.to_lowercase(), letter)
        });
        starts = matches!(letter, '-' | '\'' | '’' | '.');
    }
    title
}

/// A letter in the other case, where that is one letter too: `ß` in front stays what it is.
fn one(mut cased: impl ExactSizeIterator<Item = char>, letter: char) -> char {
    if cased.len() == 1 { cased.next().unwrap_or(letter) } else { letter }
}

/// `€1,234.50`. Currencies without a well-known sign keep their code: `1,234.50 CHF`.
pub(super) fn money(input: &Input<'_>) -> Result<Value, Complaint> {
    let Value::Number(number) = input.value else {
        return Err(input.needs("a number", input.value));
    };
    let amount = number.as_f64().unwrap_or(0.0);
    let code = input.text_argument(0)?.unwrap_or_default().trim().to_uppercase();
    if !is_currency(&code) {
        return Err(Complaint::other(format!(
            "is to be an amount in '{}', which is no currency",
            shortened(&code)
        )));
    }
    let decimals = if matches!(code.as_str(), "JPY" | "KRW" | "VND" | "CLP" | "ISK" | "UGX") { 0 } else { 2 };
    let digits = format!("{:.decimals$}", amount.abs());
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let minus =
        if amount < 0.0 && digits.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) { "-" } else { "" };
    let sign = match code.as_str() {
        "EUR" => "€",
        "USD" => "$",
        "GBP" => "£",
        "JPY" => "¥",
        "INR" => "₹",
        _ => return Ok(Value::String(format!("{minus}{grouped}{rest} {code}"))),
    };
    Ok(Value::String(format!("{minus}{sign}{grouped}{rest}")))
}

fn is_currency(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

pub(super) fn wrong_currency(code: &Value) -> Option<String> {
    let fits = code.as_str().is_some_and(|code| is_currency(&code.trim().to_uppercase()));
    (!fits).then(|| format!("{} is no currency code such as 'EUR'", shown(code)))
}

/// Small letters, digits and single hyphens, for addresses and keys.
pub(super) fn slug(input: &Input<'_>) -> Result<Value, Complaint> {
    let mut slug = String::new();
    for letter in input.text()?.chars().flat_map(char::to_lowercase) {
        match plain(letter) {
            "" if letter.is_ascii_alphanumeric() => slug.push(letter),
            "" if letter == '\'' || letter == '’' => {}
            "" if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            plain => slug.push_str(plain),
        }
    }
    Ok(Value::String(slug.trim_end_matches('-').to_owned()))
}

/// The plain letters for one with marks, of the European languages; empty where there are none.
fn plain(letter: char) -> &'static str {
    match letter {
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ä' | 'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => "i",
        'ł' | 'ľ' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ø' | 'ō' | 'ő' => "o",
        'ö' | 'œ' => "oe",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ß' => "ss",
        'ť' | 'ț' | 'ţ' => "t",
        'ù' | 'ú' | 'û' | 'ū' | 'ů' | 'ű' => "u",
        'ü' => "ue",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => "",
    }
}

/// SHA-256 in hexadecimal: of a text its bytes, of anything else its JSON.
pub(super) fn hash(input: &Input<'_>) -> Result<Value, Complaint> {
    let text = match input.value {
        Value::String(text) => text.clone(),
        Value::Number(_) => printed(input.value),
        Value::Null => return Err(input.needs("a value", input.value)),
        other => other.to_string(),
    };
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    let half = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    Ok(Value::String(digest.as_ref().iter().flat_map(|byte| [half(byte >> 4), half(byte & 15)]).collect()))
}
