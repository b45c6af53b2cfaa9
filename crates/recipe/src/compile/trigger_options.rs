//! What a trigger may say beside its condition: once per key, by which way, and who may send (rule R7).

use bellhop_clock::DurationWords;
use bellhop_connector::PollSpec;
use bellhop_source::{Address, Diagnostic, Node, closest};
use jiff::SignedDuration;

use super::Checker;
use crate::{OncePer, Proof, Verify, Via, codes};

const VERIFY: &str = "`verify: { secret: my_form }`";
/// The header of a token where none is named.
const TOKEN_HEADER: &str = "Authorization";
/// The header of a signature where none is named.
const SIGNATURE_HEADER: &str = "X-Signature";
/// What other tools call the keys of `verify`.
const VERIFY_HABITS: [(&str, &str); 9] = [
    ("token", "secret"),
    ("key", "secret"),
    ("password", "secret"),
    ("type", "how"),
    ("method", "how"),
    ("algorithm", "how"),
    ("name", "header"),
    ("header_name", "header"),
    ("signature_header", "header"),
];

impl Checker<'_> {
    /// `once_per` and `within`; the event's data is in scope.
    pub(super) fn once_per(&mut self, node: &Node, address: &Address) -> Option<OncePer> {
        let within = node.member("within").and_then(|(key, within)| {
            if node.get("once_per").is_none() {
                self.missing_key(
                    key.span,
                    &address.key("within"),
                    "`within` says for how long `once_per` holds, and there is no `once_per`",
                    "once_per: trigger.email",
                );
            }
            self.duration(within, &address.key("within"))
        });
        let key = self.expression(node.get("once_per")?, &address.key("once_per"))?;
        Some(OncePer { key, within })
    }

    /// `via` and `every` of an event.
    pub(super) fn via(
        &mut self,
        node: &Node,
        address: &Address,
        (connector, event): (&str, &str),
    ) -> (Via, Option<DurationWords>) {
        let spec = self.world.catalogue.event(connector, event).and_then(|spec| spec.poll.as_ref());
        let (asked_for, pace) = (spec.is_some(), spec.and_then(PollSpec::every));
        let mut way = Via::Either;
        if let Some(via) = node.get("via") {
            let at = address.key("via");
            match via.text() {
                Some("webhook") => way = Via::Webhook,
                Some("poll") => {
                    way = Via::Poll;
                    if !asked_for {
                        let message =
                            format!("`{connector}` cannot be asked for `{event}`: it only tells by itself");
                        self.report(
                            Diagnostic::error(codes::CANNOT_BE_ASKED, via.span, at, message)
                                .help("Leave `via` out. A recipe with a `schedule` can look for what is new itself.")
                                .suggest(via.span, "webhook"),
                        );
                    }
                }
                other => self.unknown_way(via, &at, other.unwrap_or_default()),
            }
        }
        let every = node.member("every").and_then(|(key, every)| {
            let length = self.duration(every, &address.key("every"));
            if way == Via::Poll {
                self.check_pace(every, &address.key("every"), length, pace);
                return length;
            }
            let problem = Diagnostic::error(
                codes::MISPLACED_KEY,
                key.span,
                address.key("every"),
                "`every` says how often an app is asked, and this one tells by itself",
            );
            self.report(problem.help(if asked_for {
                "Add `via: poll`, or leave it out."
            } else {
                "Leave it out. To start again and again, use `schedule: every 5 minutes`."
            }));
            None
        });
        (way, every)
    }

    fn unknown_way(&mut self, node: &Node, address: &Address, word: &str) {
        let problem = Diagnostic::error(
            codes::WRONG_SETTING,
            node.span,
            address.clone(),
            "`via` is `webhook` or `poll`",
        )
        .help("It says whether the app tells, or is asked again and again.");
        let meant = match word {
            "webhooks" | "hook" | "push" => Some("webhook"),
            "polling" | "ask" | "pull" => Some("poll"),
            word => closest(word, ["webhook", "poll"]),
        };
        self.report(match meant {
            Some(meant) => problem.suggest(node.span, meant),
            None => problem,
        });
    }

    /// An app is asked no more often than its manifest allows, and never more often than every minute.
    fn check_pace(
        &mut self,
        node: &Node,
        address: &Address,
        length: Option<DurationWords>,
        pace: Option<SignedDuration>,
    ) {
        let least = pace.unwrap_or_default().max(SignedDuration::from_mins(1));
        if length.is_some_and(|length| length.elapsed() < least) {
            let minutes = least.as_mins();
            let (said, written) = match minutes {
                1 => ("one minute".to_owned(), "1 minute".to_owned()),
                _ => (format!("{minutes} minutes"), format!("{minutes} minutes")),
            };
            self.report(
                Diagnostic::error(
                    codes::WRONG_SETTING,
                    node.span,
                    address.clone(),
                    format!("`every` is at least {said} here"),
                )
                .suggest(node.span, written),
            );
        }
    }

    /// `verify` of an own webhook.
    pub(super) fn verify(&mut self, node: &Node, address: &Address) -> Option<Verify> {
        if let Some(text) = node.text() {
            let problem = Diagnostic::error(
                codes::WRONG_SHAPE,
                node.span,
                address.clone(),
                "`verify` names the secret that the sender must know",
            );
            self.report(if is_secret_name(text) {
                problem.suggest(node.span, format!("{{ secret: {text} }}"))
            } else {
                problem.help(format!("Write it like this: {VERIFY}"))
            });
            return None;
        }
        let members = self.members_of(node, address, "`verify`", VERIFY)?;
        let before = self.errors;
        for (key, _) in members {
            let known = ["header", "secret", "how"];
            if !known.contains(&key.text.as_str()) && !self.other_word(key, node, address, &VERIFY_HABITS) {
                self.unknown_key(key, address, "`verify`", &known);
            }
        }
        let proof = match node.get("how").map(|how| (how, how.text())) {
            None | Some((_, Some("token"))) => Proof::Token,
            Some((_, Some("hmac_sha256"))) => Proof::HmacSha256,
            Some((how, other)) => {
                let problem = Diagnostic::error(
                    codes::WRONG_SETTING,
                    how.span,
                    address.key("how"),
                    "`how` is `token` or `hmac_sha256`",
                )
                .help("`token`: the header holds the secret itself. `hmac_sha256`: it holds a signature made with it.");
                let meant = match other.unwrap_or_default().to_ascii_lowercase().as_str() {
                    "bearer" | "password" | "plain" => Some("token"),
                    "hmac" | "sha256" | "signature" => Some("hmac_sha256"),
                    word => closest(word, ["token", "hmac_sha256"]),
                };
                self.report(match meant {
                    Some(meant) => problem.suggest(how.span, meant),
                    None => problem,
                });
                Proof::Token
            }
        };
        let header = match node.get("header") {
            Some(header) => self.header(header, &address.key("header"))?,
            None if proof == Proof::Token => TOKEN_HEADER.to_owned(),
            None => SIGNATURE_HEADER.to_owned(),
        };
        let Some(secret) = node.get("secret") else {
            if !self.has_errors_since(before) {
                self.missing_key(node.span, address, "`verify` needs `secret`", "secret: my_form");
            }
            return None;
        };
        let at = address.key("secret");
        let name = self.text_of(secret, &at, "a secret's name")?;
        if !is_secret_name(name) {
            self.report(
                Diagnostic::error(
                    codes::WRONG_SETTING,
                    secret.span,
                    at,
                    "this is the secret's name, not the secret itself: letters, digits, `-` and `_`",
                )
                .help(
                    "Keep the secret with `bellhop secrets set my_form`, and write `secret: my_form` here.",
                ),
            );
            return None;
        }
        Some(Verify { header, secret: name.to_owned(), proof })
    }

    fn header(&mut self, node: &Node, address: &Address) -> Option<String> {
        let name = self.text_of(node, address, "a header's name")?;
        let sign = |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter);
        if name.chars().all(sign) {
            return Some(name.to_owned());
        }
        let dashed = name.trim().trim_end_matches(':').replace(' ', "-");
        let problem = Diagnostic::error(
            codes::WRONG_SETTING,
            node.span,
            address.clone(),
            format!("`{name}` cannot be the name of a header"),
        );
        self.report(if !dashed.is_empty() && dashed.chars().all(sign) {
            problem.suggest(node.span, dashed)
        } else {
            problem.help("A header has letters, digits and `-`, such as `X-Token`.")
        });
        None
    }
}

/// Whether the vault can keep a secret under this name.
fn is_secret_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_' || sign == '-')
}
