//! The text of a recipe that was made from a template: how inputs are filled in, which template it remembers, and whether a
//! person has changed more than was theirs to set.
//!
//! A recipe remembers its template in a comment near its top: `# template: route-new-leads 4f2a19c3d0b78e11`. The second
//! word is the template's version: the digest of its text without what belongs to the author, which are the inputs' defaults,
//! the recipe's `name` and `enabled`. The same digest of the recipe therefore says whether its steps are still the template's.
//! Only places are changed, so comments and layout survive. Start at [`filled_in`]; [`Origin`] is what is remembered.

use std::fmt::Write as _;
use std::ops::Range;

use bellhop_source::{Node, Source, parse};
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value};

/// What the comment begins with.
const MARK: &str = "# template: ";
/// Keys of a recipe that are the author's, whatever the template says.
const OWN: [&str; 2] = ["name", "enabled"];

/// Where a recipe came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The template's id.
    pub(crate) template: String,
    /// The template's version.
    pub(crate) version: String,
}

/// Which template a recipe remembers, where it does.
pub(crate) fn origin(text: &str) -> Option<Origin> {
    let line = comments_at_the_top(text).find_map(|line| line.strip_prefix(MARK))?;
    let mut words = line.split_whitespace();
    Some(Origin { template: words.next()?.to_owned(), version: words.next()?.to_owned() })
}

fn comments_at_the_top(text: &str) -> impl Iterator<Item = &str> {
    text.lines().take_while(|line| line.starts_with('#') || line.trim().is_empty())
}

/// The text with the comment that remembers its template, below the line for editors where there is one.
fn stamped(text: &str, origin: &Origin) -> String {
    let text = unstamped(text);
    let line = format!("{MARK}{} {} (`bellhop update` goes by this line)\n", origin.template, origin.version);
    let at = match text.split_once('\n') {
        Some((first, _)) if first.starts_with("# yaml-language-server:") => first.len() + 1,
        _ => 0,
    };
    format!("{}{line}{}", &text[..at], &text[at..])
}

fn unstamped(text: &str) -> String {
    let top = comments_at_the_top(text).count();
    let lines = text.split_inclusive('\n').enumerate();
    lines.filter(|(index, line)| *index >= top || !line.starts_with(MARK)).map(|(_, line)| line).collect()
}

/// The version of a recipe's or a template's text: 16 hexadecimal digits. Nothing that belongs to the author counts.
pub(crate) fn version(text: &str) -> String {
    let mut text = unstamped(&text.replace("\r\n", "\n"));
    if let Some(root) = tree(&text) {
        let inputs = root.get("inputs").and_then(Node::members).unwrap_or_default();
        let mut away: Vec<Range<usize>> =
            inputs.iter().filter_map(|(_, input)| whole_member(&text, input, "default")).collect();
        away.extend(OWN.iter().filter_map(|key| whole_member(&text, &root, key)));
        away.sort_by_key(|range| range.start);
        for range in away.into_iter().rev() {
            text.replace_range(range, "");
        }
    }
    let mut hex = String::with_capacity(16);
    for byte in &digest(&SHA256, text.trim_end().as_bytes()).as_ref()[..8] {
        // Writing to a text cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// The template's text with these inputs and the comment that remembers it. Inputs that have the value already stay as written.
pub(crate) fn filled_in(template: &str, origin: &Origin, values: &Map<String, Value>) -> String {
    let mut text = template.replace("\r\n", "\n");
    for (name, value) in values {
        if stands_there(&text, name, value) {
            continue;
        }
        if let Some(changed) = with_default(&text, name, &written(value)) {
            text = changed;
        }
    }
    stamped(&text, origin)
}

/// The text with what is the author's in the recipe so far: its name, and whether it is switched on.
pub(crate) fn with_own_of(before: &str, text: String) -> String {
    let Some(root) = tree(before) else { return text };
    OWN.iter().fold(text, |text, key| {
        let kept = root.get(key).map(|node| before[span(node)].to_owned());
        let Some((kept, new)) = kept.zip(tree(&text)) else { return text };
        let mut text = text;
        if let Some(node) = new.get(key) {
            text.replace_range(span(node), &kept);
        } else if let Some(name) = whole_member(&text, &new, "name") {
            text.insert_str(name.end, &format!("{key}: {kept}\n"));
        }
        text
    })
}

fn tree(text: &str) -> Option<Node> {
    parse(&Source::new("recipe", text)).0
}

fn span(node: &Node) -> Range<usize> {
    node.span.start..node.span.end
}

/// Whether this is the default of an input already, however it is quoted.
fn stands_there(text: &str, name: &str, value: &Value) -> bool {
    let default =
        tree(text).and_then(|root| root.get("inputs")?.get(name)?.get("default")?.text().map(str::to_owned));
    match value {
        Value::String(value) => default.as_ref() == Some(value),
        Value::Number(_) => default == Some(value.to_string()),
        _ => false,
    }
}

/// The text with this default of an input; none where it has no such input.
fn with_default(text: &str, name: &str, value: &str) -> Option<String> {
    let root = tree(text)?;
    let input = root.get("inputs")?.get(name)?;
    let mut changed = text.to_owned();
    if let Some((key, old)) = input.member("default") {
        let colon = key.span.end + text[key.span.end..].find(':')? + 1;
        let end = if old.is_null() { colon } else { colon + text[colon..old.span.end].trim_end().len() };
        changed.replace_range(colon..end, &format!(" {value}"));
        return Some(changed);
    }
    let (_, last) = input.members()?.last()?;
    if text[input.span.start..].starts_with('{') {
        changed.insert_str(last.span.end, &format!(", default: {value}"));
        return Some(changed);
    }
    let indent = input.span.start - start_of_line(text, input.span.start);
    let end = end_of_line(text, last.span.end);
    let newline = if text[..end].ends_with('\n') { "" } else { "\n" };
    changed.insert_str(end, &format!("{newline}{}default: {value}\n", " ".repeat(indent)));
    Some(changed)
}

/// Where a member of a group stands with all that belongs to it: its lines, or within brackets it and the comma before it.
fn whole_member(text: &str, group: &Node, name: &str) -> Option<Range<usize>> {
    let members = group.members()?;
    let index = members.iter().position(|(key, _)| key.text == name)?;
    let (key, value) = &members[index];
    let end = if value.is_null() { key.span.end + 1 } else { value.span.end };
    if !text[group.span.start..].starts_with('{') {
        return Some(start_of_line(text, key.span.start)..end_of_line(text, end));
    }
    let before = index.checked_sub(1).map(|before| members[before].1.span.end);
    let after = members.get(index + 1).map(|(key, _)| key.span.start);
    Some(match (before, after) {
        (Some(before), _) => before..end,
        (None, Some(after)) => key.span.start..after,
        (None, None) => key.span.start..end,
    })
}

fn start_of_line(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |found| found + 1)
}

/// Behind the line's end.
fn end_of_line(text: &str, at: usize) -> usize {
    // A block text ends with the end of its last line.
    if text[..at].ends_with('\n') {
        return at;
    }
    text[at..].find('\n').map_or(text.len(), |found| at + found + 1)
}

/// A value as it stands behind a key, also within brackets: plain where that is safe, else in quotes.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

fn is_plain(text: &str) -> bool {
    let harmless = |letter: char| letter.is_alphanumeric() || " -_.@/+".contains(letter);
    text.starts_with(char::is_alphanumeric)
        && !text.ends_with(' ')
        && text.chars().all(harmless)
        && !matches!(text, "null" | "Null" | "NULL")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TEMPLATE: &str = "# yaml-language-server: $schema=x\n# About leads.\nname: Leads # as people call it\n\ninputs:\n  score: # from which\n    type: number\n    default: 80 # a guess\n  tags: { type: tag, many: true, default: [a, b] }\n  list:\n    type: tag\n    many: true\n    default:\n      - a\n      - b\n  who:\n    type: user\n  flow: { type: text }\n\ntrigger: manual\nsteps:\n  - stop: no\n";

    fn origin_of(text: &str) -> Origin {
        Origin { template: "leads".into(), version: version(text) }
    }

    fn values() -> Map<String, Value> {
        let values =
            json!({ "score": 7, "tags": ["x: y", "z"], "list": ["q"], "who": "u1", "flow": "say: hi" });
        values.as_object().expect("an object").clone()
    }

    #[test]
    fn only_defaults_change_and_comments_stay() {
        let text = filled_in(TEMPLATE, &origin_of(TEMPLATE), &values());
        let changed: Vec<&str> = text.lines().filter(|line| !TEMPLATE.contains(line)).collect();
        let version = version(TEMPLATE);
        assert_eq!(
            changed,
            [
                &*format!("# template: leads {version} (`bellhop update` goes by this line)"),
                "    default: 7 # a guess",
                "  tags: { type: tag, many: true, default: [\"x: y\", z] }",
                "    default: [q]",
                "    default: u1",
                "  flow: { type: text, default: \"say: hi\" }",
            ]
        );
        assert!(text.contains("name: Leads # as people call it") && text.contains("score: # from which"));
        let root = tree(&text).expect("YAML");
        let read =
            |name: &str| root.get("inputs").unwrap().get(name).unwrap().get("default").unwrap().to_json();
        for (name, value) in values() {
            assert_eq!(read(&name), value, "{name}");
        }
    }

    #[test]
    fn what_is_the_authors_makes_no_other_version() {
        let made = filled_in(TEMPLATE, &origin_of(TEMPLATE), &values());
        assert_eq!(origin(&made), Some(origin_of(TEMPLATE)));
        assert_eq!(version(&made), version(TEMPLATE));
        let own = made.replace("name: Leads", "name: My leads\nenabled: no");
        assert_eq!(version(&own), version(TEMPLATE));
        assert_eq!(version(&own.replace('\n', "\r\n")), version(TEMPLATE), "another system's line ends");
        for (old, new) in
            [("stop: no", "stop: yes"), ("# from which", "# of what"), ("type: user", "type: text")]
        {
            assert_ne!(version(&own.replace(old, new)), version(TEMPLATE), "{new}");
        }
    }

    #[test]
    fn name_and_switch_are_kept() {
        let before = TEMPLATE.replace("name: Leads", "name: \"My leads\"\nenabled: no");
        let after = with_own_of(&before, TEMPLATE.replace("stop: no", "stop: yes"));
        assert!(after.contains("name: \"My leads\" # as people call it\nenabled: no\n"), "{after}");
        assert!(after.contains("stop: yes"));
    }

    #[test]
    fn a_recipe_without_the_comment_has_no_origin() {
        assert_eq!(origin(TEMPLATE), None);
        assert_eq!(origin("name: x\n# template: a b\n"), None, "only at the top");
        assert_eq!(origin("# template: a\nname: x\n"), None, "without a version");
    }
}
