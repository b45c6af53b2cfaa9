//! When a schedule is due: in words or as cron, in which time zone, and what is done about what was missed (rule R7).

use bellhop_clock::{Schedule, WordsError, time_zone};
use bellhop_source::{Address, Code, Diagnostic, Node, closest};
use jiff::tz::TimeZone;

use super::{Checker, nearly};
use crate::{CatchUp, TriggerKind, codes};

const KEYS: [&str; 4] = ["cron", "every", "time_zone", "catch_up"];

impl Checker<'_> {
    pub(super) fn schedule(&mut self, node: &Node, address: &Address) -> Option<TriggerKind> {
        if let Some(text) = node.text() {
            return match Schedule::parse(text, self.zone.clone()) {
                Ok(schedule) => Some(TriggerKind::Schedule { schedule, catch_up: CatchUp::None }),
                Err(error) => {
                    self.words_error(codes::SCHEDULE, node, address, error);
                    None
                }
            };
        }
        if let Some([only]) = node.items()
            && only.members().is_some()
        {
            let message = "a schedule is one group of fields, and here stands a list";
            self.report(
                Diagnostic::error(codes::WRONG_SHAPE, node.span, address.clone(), message)
                    .help("For several schedules make `trigger` a list, with `- schedule:` for each.")
                    .suggest(self.with_dash(node.span), self.source.slice(only.span)),
            );
            return None;
        }
        if let (Some(every), Some(at)) = (node.get("every").and_then(Node::text), node.get("at")) {
            let words = format!("every {every} at {}", at.text().unwrap_or_default());
            let words = words.replace("every every", "every");
            let message = "the time of day stands in the words of `every`";
            let diagnostic = Diagnostic::error(codes::OTHER_TOOLS_WORD, node.span, address.clone(), message);
            self.report(
                if Schedule::parse(&words, self.zone.clone()).is_ok()
                    && node.members().is_some_and(|all| all.len() == 2)
                {
                    diagnostic.help(format!("Write `schedule: {words}`.")).suggest(node.span, words)
                } else {
                    diagnostic.help("Write it like this: `schedule: every weekday at 09:00`.")
                },
            );
            return None;
        }
        self.members_of(node, address, "a schedule", "`schedule: every weekday at 09:00`")?;
        for (key, _) in node.members().unwrap_or_default() {
            if !KEYS.contains(&key.text.as_str()) {
                self.unknown_key(key, address, "a schedule", &KEYS);
            }
        }
        let zone = node.get("time_zone").map(|zone| self.schedules_zone(zone, address));
        let sound = zone != Some(None);
        let zone = zone.flatten().unwrap_or_else(|| self.zone.clone());
        let catch_up = self.catch_up(node, address);
        let (written, key) = match (node.get("cron"), node.get("every")) {
            (Some(cron), None) => (cron, "cron"),
            (None, Some(every)) => (every, "every"),
            (Some(_), Some(every)) => {
                let message = "a schedule has either `cron` or `every`, not both";
                self.error(codes::SCHEDULE, every.span, &address.key("every"), message);
                return None;
            }
            (None, None) => {
                self.missing_key(
                    node.span,
                    address,
                    "a schedule needs `cron` or `every`",
                    "every: weekday at 09:00",
                );
                return None;
            }
        };
        let at = address.key(key);
        let text = self.text_of(written, &at, "when it is due")?;
        let schedule = if key == "cron" {
            Schedule::parse_cron(text, zone)
        } else if text.starts_with("every ") || text.starts_with("on ") {
            Schedule::parse_words(text, zone)
        } else {
            Schedule::parse_words(&format!("every {text}"), zone).map_err(|mut error| {
                error.suggestion = error.suggestion.map(|all| all.trim_start_matches("every ").to_owned());
                error
            })
        };
        match schedule {
            Ok(schedule) => sound.then_some(TriggerKind::Schedule { schedule, catch_up }),
            Err(error) => {
                self.words_error(codes::SCHEDULE, written, &at, error);
                None
            }
        }
    }

    fn schedules_zone(&mut self, zone: &Node, address: &Address) -> Option<TimeZone> {
        let at = address.key("time_zone");
        let name = self.text_of(zone, &at, "a time zone")?;
        match time_zone(name) {
            Ok(zone) => Some(zone),
            Err(error) => {
                self.words_error(codes::TIME_ZONE, zone, &at, error);
                None
            }
        }
    }

    fn catch_up(&mut self, node: &Node, address: &Address) -> CatchUp {
        let Some(given) = node.get("catch_up") else { return CatchUp::None };
        match given.text() {
            Some("none") => CatchUp::None,
            Some("last") => CatchUp::Last,
            Some("all") => CatchUp::All,
            other => {
                let diagnostic = Diagnostic::error(
                    codes::WRONG_SETTING,
                    given.span,
                    address.key("catch_up"),
                    "`catch_up` is `none`, `last` or `all`",
                )
                .help("It says what is done about firings that were missed while Bellhop was off.");
                self.report(match other.and_then(|word| closest(word, ["none", "last", "all"])) {
                    Some(meant) => diagnostic.suggest(given.span, meant),
                    None => diagnostic,
                });
                CatchUp::None
            }
        }
    }

    /// Words about time that cannot be understood.
    pub(super) fn words_error(&mut self, code: Code, node: &Node, address: &Address, error: WordsError) {
        let mut diagnostic = Diagnostic::error(code, node.span, address.clone(), error.message);
        diagnostic.help = error.help;
        let text = node.text().unwrap_or_default();
        let nearly = |text: &str| match code {
            codes::NOT_A_DATE => nearly::moment(text),
            codes::DURATION => nearly::duration(text),
            codes::SCHEDULE => nearly::schedule(text),
            _ => None,
        };
        let good = |text: &String| match code {
            codes::NOT_A_DATE => bellhop_clock::Moment::parse(text).is_ok(),
            codes::SCHEDULE => Schedule::parse(text, self.zone.clone()).is_ok(),
            _ => true,
        };
        // What is proposed must itself be good; a part of the way is gone on from.
        let first = error.suggestion;
        let onwards = first.as_ref().filter(|first| !good(first)).and_then(|first| nearly(first));
        let meant = match code {
            codes::SCHEDULE => nearly(text).or(onwards).or(first),
            _ => onwards.or(first).or_else(|| nearly(text)),
        };
        let bare = code == codes::DURATION && text.trim().parse::<f64>().is_ok();
        self.report(match meant {
            Some(meant) => diagnostic.suggest(node.span, meant),
            None if bare => {
                let number = text.trim();
                diagnostic.help(format!(
                    "Write a number and a unit, such as `{number} seconds`, `{number} minutes` or `{number} days`."
                ))
            }
            None => diagnostic,
        });
    }
}
