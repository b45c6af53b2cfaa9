//! The mention of data that ends at a place: `$.lead.em`, `{{ lead.em`, `if: lead.em`. Tells its parts, not what they mean.

use crate::cursor::{Cursor, Part, Slot};

/// How the mention is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tongue {
    /// `$.lead.email`
    Pick,
    /// Inside `{{ }}`, or in a condition.
    Expression,
}

/// Words of the language that follow data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// After `|`.
    Filter,
    /// After `is` and `is not`.
    Test,
}

/// One way down in data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// A name or a field.
    Name(String),
    /// An item of a list.
    Item,
}

/// A mention, as far as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mention {
    /// How it is written.
    pub(crate) tongue: Tongue,
    /// The finished parts; empty where the first name is being written.
    pub(crate) above: Vec<Way>,
    /// The part being written.
    pub(crate) last: String,
    /// Where that part begins.
    pub(crate) start: usize,
}

/// Keys whose text is an expression without braces.
const CONDITIONS: [&str; 6] = ["if", "when", "only_if", "in_order_per", "once_per", "where"];

/// The mention that ends at the cursor; none where no data is being written.
pub(crate) fn at(cursor: &Cursor, text: &str) -> Option<Mention> {
    let typed = cursor.typed(text);
    let (tongue, begins) = begins(cursor, typed)?;
    let expression = typed.get(begins..)?;
    if tongue == Tongue::Expression && (in_quotes(expression) || family(expression).is_some()) {
        return None;
    }
    let from = token(expression);
    let (above, last_at) = parts(expression.get(from..)?)?;
    let last = expression.get(from + last_at..)?.to_owned();
    if above.is_empty() && last.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    Some(Mention { tongue, above, last, start: cursor.start + begins + from + last_at })
}

/// What kind of word of the language is being written at the cursor, and where it begins.
pub(crate) fn word_at(cursor: &Cursor, text: &str) -> Option<(Family, usize)> {
    let typed = cursor.typed(text);
    let (tongue, begins) = begins(cursor, typed)?;
    let expression = typed.get(begins..)?;
    if tongue != Tongue::Expression || in_quotes(expression) {
        return None;
    }
    Some((family(expression)?, cursor.start + begins + token(expression)))
}

/// How the text is read at its end, and where the expression begins that reaches there.
fn begins(cursor: &Cursor, typed: &str) -> Option<(Tongue, usize)> {
    if let Some(open) = typed.rfind("{{") {
        return (!typed.get(open..)?.contains("}}")).then_some((Tongue::Expression, open + 2));
    }
    let bare = typed.trim_start_matches(['"', '\'']);
    let quotes = typed.len() - bare.len();
    if bare.starts_with("$.") {
        return (!bare.contains(' ')).then_some((Tongue::Pick, quotes + 2));
    }
    let condition = cursor.slot == Slot::Value && is_condition(&cursor.path);
    condition.then_some((Tongue::Expression, quotes))
}

fn is_condition(path: &[Part]) -> bool {
    let Some((Part::Key(key), above)) = path.split_last() else { return false };
    // Beside a verb, in a case, or under a trigger; never a field of an operation.
    let place = match above.last() {
        Some(Part::Item) => true,
        Some(Part::Key(_)) => above.first() == Some(&Part::Key("trigger".to_owned())),
        None => false,
    };
    place && CONDITIONS.contains(&key.as_str())
}

fn in_quotes(expression: &str) -> bool {
    let mut quote = None;
    for letter in expression.chars() {
        match quote {
            None if ['"', '\''].contains(&letter) => quote = Some(letter),
            Some(open) if open == letter => quote = None,
            _ => {}
        }
    }
    quote.is_some()
}

/// Whether a filter's or a test's name is being written.
fn family(expression: &str) -> Option<Family> {
    let before = expression.get(..token(expression))?.trim_end();
    if before.ends_with('|') {
        return Some(Family::Filter);
    }
    let is_word = |word: &&str| {
        let rest = before.strip_suffix(*word);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with(|last: char| !last.is_alphanumeric()))
    };
    ["is", "is not"].iter().find(|word| is_word(word)).map(|_| Family::Test)
}

/// Where the last run of letters, digits, dots and brackets begins.
fn token(expression: &str) -> usize {
    let mut begins = expression.len();
    let mut depth = 0_usize;
    for (at, letter) in expression.char_indices().rev() {
        match letter {
            ']' => depth += 1,
            '[' if depth == 0 => break,
            '[' => depth -= 1,
            _ if depth > 0 => {}
            '.' | '_' => {}
            other if other.is_alphanumeric() => {}
            _ => break,
        }
        begins = at;
    }
    begins
}

/// The finished parts of a token, and where its last part begins.
fn parts(token: &str) -> Option<(Vec<Way>, usize)> {
    let mut above = Vec::new();
    let mut start = 0;
    let mut at = 0;
    let mut after_bracket = false;
    while let Some(letter) = token.get(at..).and_then(|rest| rest.chars().next()) {
        match letter {
            '.' => {
                match token.get(start..at)? {
                    "" if after_bracket => {}
                    "" => return None,
                    name => above.push(Way::Name(name.to_owned())),
                }
                start = at + 1;
                after_bracket = false;
            }
            '[' => {
                let name = token.get(start..at)?;
                if !name.is_empty() {
                    above.push(Way::Name(name.to_owned()));
                }
                let end = at + token.get(at..)?.find(']')?;
                let inside = token.get(at + 1..end)?.trim();
                let bare = inside.trim_matches(['"', '\'']);
                above.push(if bare.len() < inside.len() { Way::Name(bare.to_owned()) } else { Way::Item });
                at = end;
                start = end + 1;
                after_bracket = true;
            }
            _ => {}
        }
        at += letter.len_utf8();
    }
    Some((above, start))
}

#[cfg(test)]
mod tests {
    use super::{Tongue, Way, at};
    use crate::cursor::Cursor;

    fn mention(text: &str) -> Option<(Tongue, Vec<String>, String)> {
        let offset = text.find('¦').expect("the text has a mark");
        let text = text.replace('¦', "");
        let found = at(&Cursor::find(&text, offset), &text)?;
        let above = found.above.into_iter().map(|way| match way {
            Way::Name(name) => name,
            Way::Item => "[]".to_owned(),
        });
        assert_eq!(&text[found.start..offset], found.last);
        Some((found.tongue, above.collect(), found.last))
    }

    #[test]
    fn a_mention_is_found_in_picks_braces_and_conditions() {
        use Tongue::{Expression, Pick};
        for (text, tongue, above, last) in [
            ("steps:\n  - a.b:\n      c: $.¦", Pick, &[][..], ""),
            ("steps:\n  - a.b:\n      c: $.le¦ad", Pick, &[], "le"),
            ("steps:\n  - a.b:\n      c: $.lead.na¦", Pick, &["lead"], "na"),
            ("steps:\n  - a.b:\n      c: $.people[0].na¦", Pick, &["people", "[]"], "na"),
            ("steps:\n  - a.b:\n      c: $.people[*].pets[0].¦", Pick, &["people", "[]", "pets", "[]"], ""),
            ("steps:\n  - a.b:\n      c: [$.lead.na¦]", Pick, &["lead"], "na"),
            ("steps:\n  - a.b:\n      c: Hi {{ lead.na¦ }}", Expression, &["lead"], "na"),
            ("steps:\n  - a.b:\n      c: Hi {{¦", Expression, &[], ""),
            ("steps:\n  - a.b:\n      c: \"{{ a.b }} {{ lead.¦ }}\"", Expression, &["lead"], ""),
            ("steps:\n  - a.b:\n      c: |\n        Hi\n        {{ lead.x¦", Expression, &["lead"], "x"),
            ("steps:\n  - if: lead.score > inputs.¦", Expression, &["inputs"], ""),
            ("steps:\n  - if: not ¦", Expression, &[], ""),
            ("trigger:\n  a.b:\n    only_if: trigger['x y'].z¦", Expression, &["trigger", "x y"], "z"),
            ("steps:\n  - choose:\n      - when: ¦", Expression, &[], ""),
        ] {
            let above: Vec<String> = above.iter().map(|one| (*one).to_owned()).collect();
            assert_eq!(mention(text), Some((tongue, above, last.to_owned())), "{text}");
        }
    }

    #[test]
    fn plain_text_filters_tests_and_quotes_mention_nothing() {
        for text in [
            "steps:\n  - a.b:\n      c: lead.¦",
            "steps:\n  - a.b:\n      if: lead.¦",
            "steps:\n  - a.b:\n      c: Hi {{ lead }} ¦",
            "steps:\n  - a.b:\n      c: Hi {{ lead | de¦",
            "steps:\n  - if: lead is em¦",
            "steps:\n  - if: lead is not ¦",
            "steps:\n  - if: lead == 'a.¦",
            "steps:\n  - if: lead > 8¦",
            "name: $¦",
        ] {
            assert_eq!(mention(text), None, "{text}");
        }
    }
}
