//! Habits of other languages that change a whole expression: `a between 1 and 2`, `now + timedelta(days=2)`, curly quotes,
//! `x is older than '7 days'`. Only ever asked about expressions that are wrong.

use crate::error::SyntaxError;
use crate::node::is_name;
use std::ops::Range;

/// The first such habit, with the whole expression as it is written here.
pub(crate) fn whole(text: &str) -> Option<SyntaxError> {
    let (message, better) =
        curly_quotes(text).or_else(|| timedelta(text)).or_else(|| older(text)).or_else(|| between(text))?;
    let start = text.len() - text.trim_start().len();
    let place = start..text.trim_end().len();
    Some(SyntaxError::new(message, place.clone()).help(format!("Write `{better}`.")).suggest(place, better))
}

/// `contact firstName`: two names with nothing between them, the second at `at`.
pub(crate) fn blank_for_dot(text: &str, at: &Range<usize>) -> Option<SyntaxError> {
    let field = text.get(at.clone()).filter(|word| is_name(word))?;
    let before = text.get(..at.start)?;
    let name = before.trim_end();
    let blank = name.len()..at.start;
    let start = name.rfind(|letter: char| !letter.is_alphanumeric() && letter != '_').map_or(0, |at| at + 1);
    let plain =
        is_name(&name[start..]) && !["and", "or", "not", "is", "in", "if", "else"].contains(&&name[start..]);
    (plain && !blank.is_empty() && !name[..start].ends_with(['.', '|'])).then(|| {
        let whole = format!("{}.{field}", &name[start..]);
        SyntaxError::new(
            format!("Between `{}` and `{field}` something is missing.", &name[start..]),
            at.clone(),
        )
        .help(format!("For a field of it, write `{whole}`."))
        .suggest(blank, ".")
    })
}

/// `{% if a %}b{% else %}c{% endif %}` as one expression.
pub(crate) fn choice(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("{% if ")?;
    let (asked, rest) = rest.split_once(" %}")?;
    let (inside, _) = rest.split_once("{% endif %}")?;
    let (yes, no) = inside.split_once("{% else %}").unwrap_or((inside, ""));
    let plain = [asked, yes, no].iter().all(|part| !part.contains(['\'', '{', '}']));
    plain.then(|| format!("{{{{ '{yes}' if {} else '{no}' }}}}", asked.trim()))
}

fn curly_quotes(text: &str) -> Option<(&'static str, String)> {
    let better = text.trim().replace(['\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}', '\u{201e}'], "'");
    (better != text.trim())
        .then_some(("Curly quotes are not understood here; texts stand in plain ones.", better))
}

/// `now + timedelta(days=2)` and `now() - timedelta(hours=3)`.
fn timedelta(text: &str) -> Option<(&'static str, String)> {
    let (before, rest) = text.trim().split_once("timedelta(")?;
    let (inside, after) = rest.split_once(')')?;
    let (unit, count) = inside.split_once('=')?;
    let (value, sign) = match before.trim_end() {
        before if before.ends_with('+') => (before.trim_end_matches('+'), "plus"),
        before if before.ends_with('-') => (before.trim_end_matches('-'), "minus"),
        _ => return None,
    };
    let value = value.trim().replace("now()", "now").replace("utcnow()", "now");
    Some((
        "Time is added by `plus` and taken away by `minus`.",
        format!("{value} | {sign}('{} {}'){after}", count.trim(), unit.trim()),
    ))
}

/// `contact.dateAdded is older than '7 days'` and `newer than`.
fn older(text: &str) -> Option<(&'static str, String)> {
    let text = text.trim();
    let (phrase, order) = [
        (" is older than ", "before"),
        (" older than ", "before"),
        (" is newer than ", "after"),
        (" newer than ", "after"),
        (" is more recent than ", "after"),
    ]
    .into_iter()
    .find(|(phrase, _)| text.contains(phrase))?;
    let (value, age) = text.split_once(phrase)?;
    let bare = age.trim().trim_matches(['\'', '"']);
    let one =
        !bare.contains(['\'', '"', '(', ')']) && ![" and ", " or "].iter().any(|word| age.contains(word));
    one.then(|| {
        (
            "How old a moment is is said by what it is before or after.",
            format!("{value} is {order} (now | minus('{bare}'))"),
        )
    })
}

/// `score between 50 and 80`.
fn between(text: &str) -> Option<(&'static str, String)> {
    let text = text.trim();
    let (value, rest) = text.split_once(" is between ").or_else(|| text.split_once(" between "))?;
    let (least, most) = rest.split_once(" and ")?;
    let path = value.split('.').all(is_name);
    let plain = |text: &str| !text.contains([' ', '(', ')']);
    (path && plain(least) && plain(most))
        .then(|| ("There is no `between`.", format!("{value} >= {least} and {value} <= {most}")))
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn the_whole_expression_is_written_anew() {
        for (text, better) in [
            ("score between 50 and 80", Some("score >= 50 and score <= 80")),
            ("a.b is older than '7 days'", Some("a.b is before (now | minus('7 days'))")),
            ("now() + timedelta(days=2)", Some("now | plus('2 days')")),
            ("a == \u{201c}b\u{201d}", Some("a == 'b'")),
            ("a between b", None),
            ("a == 'b'", None),
        ] {
            let found = whole(text).and_then(|error| error.suggestion).map(|(_, better)| better);
            assert_eq!(found.as_deref(), better, "{text}");
        }
    }
}
