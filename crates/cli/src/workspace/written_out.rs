//! Secrets that are written out in `bellhop.yaml`, where only the name of one belongs: each is a complaint, and none is shown.
//!
//! What is shown of the file is [`hidden`]: as long as the file, with stars for whatever may be a secret. It keeps no secret from
//! whoever can read the file; it keeps them out of terminals, logs and questions to others.

use bellhop_source::{Address, Diagnostic, Node, NodeValue, Span};

use crate::codes::SECRET_WRITTEN_OUT;

/// Keys whose value is where a secret is to be found, never the secret.
const PLACES: [&str; 8] =
    ["token", "client_secret", "refresh_token", "access_token", "api_key", "password", "bearer", "secret"];
/// How the tokens of well-known services begin.
const BEGINNINGS: [&str; 6] = ["pit-", "xoxb-", "xoxp-", "xoxa-", "xapp-", "sk_live_"];
/// An address that is a secret as a whole.
const SLACK_HOOKS: &str = "hooks.slack.com/services/";

/// A secret in the file, or what may be one.
struct Found {
    span: Span,
    address: Address,
    /// Whether a complaint is due: it stands where a secret's name belongs.
    in_its_place: bool,
}

/// The complaints about a file whose other complaints are `told`. They stand for those about the secrets themselves.
pub(super) fn complain(root: &Node, told: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    look(root, &Address::root(), false, &mut found);
    found.retain(|one| one.in_its_place);
    let is_inside =
        |span: Span| found.iter().any(|one| one.span.start <= span.start && span.end <= one.span.end);
    let mut told: Vec<Diagnostic> = told.into_iter().filter(|one| !is_inside(one.span)).collect();
    told.extend(found.into_iter().map(|one| {
        let message = "a secret is written out here, where only its name belongs";
        let way = if one.address.as_str().ends_with("/auth") { "token: { secret: NAME }" } else { "secret: NAME" };
        let help = format!(
            "Keep it with `bellhop secrets set NAME`, and write `{{ {way} }}` here; or `env` for `secret` where it is a variable of the environment."
        );
        Diagnostic::error(SECRET_WRITTEN_OUT, one.span, one.address, message).help(help)
    }));
    told.sort_by_key(|one| one.span.start);
    told
}

/// The file's text with stars for secrets; every place in it stays where it is.
pub(super) fn hidden(text: &str, root: Option<&Node>) -> String {
    let mut found = Vec::new();
    if let Some(root) = root {
        look(root, &Address::root(), false, &mut found);
    }
    let mut spans: Vec<Span> = found.into_iter().map(|one| one.span).collect();
    let mut start = 0;
    for word in text.split_inclusive(ends_a_word) {
        let bare = word.trim_end_matches(ends_a_word);
        if is_token(bare) {
            spans.push(Span::new(start, start + bare.len()));
        }
        start += word.len();
    }
    let is_hidden = |at: usize| spans.iter().any(|span| (span.start..span.end).contains(&at));
    let shown = |(at, letter): (usize, char)| match letter {
        '\n' | '\r' => letter.to_string(),
        _ if is_hidden(at) => "*".repeat(letter.len_utf8()),
        _ => letter.to_string(),
    };
    text.char_indices().map(shown).collect()
}

fn ends_a_word(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '"' | '\'' | ',' | '{' | '}' | '[' | ']')
}

fn look(node: &Node, address: &Address, in_auth: bool, found: &mut Vec<Found>) {
    match &node.value {
        NodeValue::Scalar { .. } => {}
        NodeValue::List(items) => {
            for (index, item) in items.iter().enumerate() {
                look(item, &address.index(index), in_auth, found);
            }
        }
        NodeValue::Mapping(members) => {
            for (key, value) in members {
                let (key, address) = (key.text.as_str(), address.key(&key.text));
                if let Some(text) = value.text().filter(|text| !text.is_empty() && !value.is_null()) {
                    let in_its_place = is_written_out(key, text, in_auth);
                    if in_its_place || is_token(text) {
                        found.push(Found { span: value.span, address, in_its_place });
                    }
                } else {
                    look(value, &address, in_auth || key == "auth", found);
                }
            }
        }
    }
}

fn is_written_out(key: &str, text: &str, in_auth: bool) -> bool {
    match key {
        "secret" | "env" => is_token(text) || !text.chars().all(is_of_a_name),
        "auth" => text != "none",
        "client_id" => false,
        _ => PLACES.contains(&key) || in_auth,
    }
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-')
}

fn is_token(text: &str) -> bool {
    let has_password = text.split_once("://").is_some_and(|(_, rest)| {
        let host = rest.split('/').next().unwrap_or_default();
        host.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
    });
    has_password || text.contains(SLACK_HOOKS) || BEGINNINGS.iter().any(|begin| text.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use bellhop_source::{Source, parse};

    use super::*;

    fn told(text: &str) -> (usize, String) {
        let (root, _) = parse(&Source::new("bellhop.yaml", text));
        let root = root.expect("YAML");
        (complain(&root, Vec::new()).len(), hidden(text, Some(&root)))
    }

    #[test]
    fn a_secret_is_hidden_and_complained_of_wherever_it_stands() {
        for (before, secret, after) in [
            ("a: { auth: { token: ", "hunter2", " } }"),
            ("a: { auth: { token: { value: ", "hunter2", " } } }"),
            ("a: { auth: ", "hunter2", " }"),
            ("a: { token: ", "\"hunter 2\"", " }"),
            ("a: { auth: { oauth: { client_id: x, client_secret: ", "hunter2", " } } }"),
            ("a: { auth: { token: { secret: ", "pit-hunter2", " } } }"),
            ("a: { auth: { token: { env: ", "\"a token: no\"", " } } }"),
        ] {
            let text = format!("{before}{secret}{after}");
            let shown = format!("{before}{}{after}", "*".repeat(secret.len()));
            assert_eq!(told(&text), (1, shown), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_one_is_hidden_without_a_word() {
        for (before, secret, after) in [
            ("store: ", "postgres://u:hunter2@127.0.0.1/db", ""),
            ("alerts: { slack: { webhook: ", "https://hooks.slack.com/services/T0/B0/x", " } }"),
            ("list: [", "xoxb-1", "]"),
        ] {
            let text = format!("{before}{secret}{after}");
            assert_eq!(told(&text), (0, format!("{before}{}{after}", "*".repeat(secret.len()))));
        }
        let broken = "a: [\n  token: pit-1é2\n";
        assert_eq!(hidden(broken, None), "a: [\n  token: ********\n", "also where it is no YAML");
    }

    #[test]
    fn names_and_everything_else_stay() {
        for text in [
            "a: { auth: { token: { secret: ghl_token } } }",
            "a: { auth: { token: { env: BELLHOP_TOKEN } } }",
            "a: { auth: none, base_url: https://example.com:8080/x@y, webhook: { ed25519_public_key: MCow+/= } }",
            "a: { auth: { oauth: { client_id: 5a-x, client_secret: { secret: app }, refresh_token: { env: R } } } }",
        ] {
            assert_eq!(told(text), (0, text.to_owned()));
        }
    }
}
