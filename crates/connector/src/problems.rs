//! What makes no sense in a manifest, though it has the right shape. Here are the app's own parts; `operations`,
//! `events` and `polls` check theirs. Field groups are expanded before ([`crate::Manifest::load`]).

mod events;
mod names;
mod operations;
mod polls;
mod previews;
mod selectors;

use bellhop_source::Address;
use names::Names;

use crate::{AnswerClass, AnswerRule, Auth, Manifest, Problem, RateLimit, Template, codes};

/// Everything that makes no sense in a manifest whose field groups are expanded; empty for one that can be used.
pub fn problems(manifest: &Manifest) -> Vec<Problem> {
    let mut found = Found::default();
    let root = Address::root();
    app(manifest, &mut found);
    limits(&manifest.rate_limits, manifest, &root.key("rate_limits"), &mut found);
    let any_input = Names::of_any_operation(manifest);
    rules(&manifest.answers, &any_input, &root.key("answers"), &mut found);
    operations::check(manifest, &mut found);
    previews::check(manifest, &mut found);
    selectors::check(manifest, &mut found);
    events::check(manifest, &mut found);
    polls::check(manifest, &mut found);
    found.0
}

/// The problems so far.
#[derive(Default)]
struct Found(Vec<Problem>);

impl Found {
    fn unknown(&mut self, address: Address, message: impl Into<String>, near: Option<&str>) {
        let problem = Problem::new(codes::UNKNOWN_NAME, address, message);
        self.0.push(match near {
            Some(near) => problem.help(format!("Did you mean {near}?")),
            None => problem,
        });
    }

    fn unusable(&mut self, address: Address, message: impl Into<String>, help: &str) {
        self.0.push(Problem::new(codes::UNUSABLE, address, message).help(help));
    }

    fn contradiction(&mut self, address: Address, message: impl Into<String>, help: &str) {
        self.0.push(Problem::new(codes::CONTRADICTION, address, message).help(help));
    }
}

fn app(manifest: &Manifest, found: &mut Found) {
    let root = Address::root();
    if !is_identifier(&manifest.connector) {
        found.unusable(
            root.key("connector"),
            format!("{:?} cannot be a connector's name", manifest.connector),
            "Use small letters, digits and _, with a letter first: my_app.",
        );
    }
    if !manifest.base_url.is_empty() && !is_web_address(&manifest.base_url) {
        found.unusable(
            root.key("base_url"),
            format!("{:?} is no web address", manifest.base_url),
            "Write it with https://, such as https://api.example.com.",
        );
    }
    let names = Names::of_connection(manifest);
    for (name, value) in &manifest.headers {
        let address = root.key("headers").key(name);
        header_name(name, &address, found);
        names.check(Template::parse(value).names(), &address, found);
    }
    match &manifest.auth {
        Auth::None | Auth::Address => {}
        Auth::Header { name, .. } => header_name(name, &root.key("auth").key("header").key("name"), found),
        Auth::AddressOrHeader { name, .. } => {
            header_name(name, &root.key("auth").key("address_or_header").key("name"), found);
        }
    }
}

fn limits(limits: &[RateLimit], manifest: &Manifest, address: &Address, found: &mut Found) {
    let names = Names::of_any_operation(manifest);
    for (index, limit) in limits.iter().enumerate() {
        let address = address.index(index);
        if limit.limit == 0 {
            found.unusable(address.key("limit"), "a limit of 0 allows no call at all", "Write at least 1.");
        }
        if limit.window().is_none() {
            found.unusable(
                address.key("per"),
                format!("{:?} is no length of time", limit.per),
                "Write it as 10s, 30 minutes or 1 day.",
            );
        }
        names.check(Template::parse(&limit.key).names(), &address.key("key"), found);
    }
}

fn rules(rules: &[AnswerRule], names: &Names<'_>, address: &Address, found: &mut Found) {
    for (index, rule) in rules.iter().enumerate() {
        let address = address.index(index);
        for (index, status) in rule.status.iter().enumerate() {
            status_code(*status, 100..=599, &address.key("status").index(index), found);
        }
        if rule.status.is_empty() && rule.contains.is_none() && rule.field.is_empty() {
            found.contradiction(
                address.clone(),
                "this rule has no condition, so no other answer is ever looked at",
                "Give it status, contains or field.",
            );
        }
        if rule.existing.is_some() && rule.class != AnswerClass::Conflict {
            found.contradiction(
                address.key("existing"),
                "only a rule of the class conflict has an existing record",
                "Set class to conflict, or leave existing out.",
            );
        }
        if let Some(say) = &rule.say {
            let template = Template::parse(say);
            let others = template.names().filter(|name| *name != "message" && !name.starts_with("answer."));
            names.check(others, &address.key("say"), found);
        }
    }
}

fn status_code(status: u16, range: std::ops::RangeInclusive<u16>, address: &Address, found: &mut Found) {
    if !range.contains(&status) {
        let help = format!("Write a number from {} to {}.", range.start(), range.end());
        found.unusable(address.clone(), format!("{status} cannot be a status here"), &help);
    }
}

fn header_name(name: &str, address: &Address, found: &mut Found) {
    let token = |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter);
    if name.is_empty() || !name.chars().all(token) {
        found.unusable(
            address.clone(),
            format!("{name:?} cannot be the name of a header"),
            "Use letters, digits and hyphens only.",
        );
    }
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
}

fn is_web_address(text: &str) -> bool {
    text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).is_some_and(|rest| {
        !rest.is_empty() && !rest.starts_with('/') && !rest.contains([' ', '?', '#', '@'])
    })
}
