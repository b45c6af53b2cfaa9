//! Secrets that stand in the fields of a call: what a recipe gives to an app is kept in the history of each run. They are
//! told as doubts, by the names of headers and the form of addresses; what a value is like is not judged.

use bellhop_connector::Operation;
use bellhop_source::{Address, Diagnostic, Key, Node, Span};

use super::Checker;
use crate::codes;

/// Headers whose values are secrets, without their dashes.
const HEADERS: [&str; 11] = [
    "authorization",
    "proxyauthorization",
    "cookie",
    "apikey",
    "xapikey",
    "xapitoken",
    "xkey",
    "xtoken",
    "xauthtoken",
    "xaccesstoken",
    "xauthorization",
];

impl Checker<'_> {
    /// Complains about secrets among the fields of a call; the address is theirs.
    pub(super) fn secrets_written_out(
        &mut self,
        operation: &Operation,
        members: &[(Key, Node)],
        address: &Address,
    ) {
        let headers_from = operation.request.headers_from.as_deref();
        for (key, node) in members {
            let at = address.key(&key.text);
            if headers_from == Some(key.text.as_str()) {
                let headers = node.members().unwrap_or_default();
                for (header, _) in headers.iter().filter(|(header, _)| is_secret(&header.text)) {
                    let what = format!("what stands under `{}` is a secret", header.text);
                    self.secret_written_out(&what, header.span, at.key(&header.text));
                }
            }
            if node.text().is_some_and(signs_in) {
                self.secret_written_out("a password stands in this address", node.span, at);
            }
        }
    }

    fn secret_written_out(&mut self, what: &str, span: Span, address: Address) {
        self.report(
            Diagnostic::warning(codes::SECRET, span, address, format!("{what}, and would be kept in every history"))
                .help(
                    "Give it to a connection in bellhop.yaml: `auth: { token: { secret: NAME } }`, and name that by \
                     `connection:` beside the step.",
                ),
        );
    }
}

fn is_secret(header: &str) -> bool {
    let bare: String = header.chars().filter(char::is_ascii_alphanumeric).collect();
    HEADERS.contains(&bare.to_ascii_lowercase().as_str())
}

/// Whether an address has a name and a password before its host.
fn signs_in(text: &str) -> bool {
    let Some((scheme, rest)) = text.trim().split_once("://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    is_web
        && !text.trim().contains(char::is_whitespace)
        && host.split_once('@').is_some_and(|(name, _)| name.contains(':'))
}
