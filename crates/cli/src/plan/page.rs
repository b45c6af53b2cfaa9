//! The outcome of a dry run as people read it.

use anstyle::{AnsiColor, Style};
use bellhop_connector::plain_text;
use bellhop_journal::RunStatus;
use bellhop_preview::{Change, RecordReport, WriteReport};
use comfy_table::{ContentArrangement, Table, presets};
use indexmap::IndexMap;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::outcome::Outcome;
use super::told::{Called, Failed, Mapped, Wait};
use super::why::{Asked, Decision};
use crate::history::{cut, status_words};

const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const WAIT: Style = AnsiColor::Yellow.on_default();
/// So many records are told one by one.
const MOST_RECORDS: usize = 40;
/// So many results of mappings are told one by one.
const MOST_MAPPED: usize = 5;
/// How long a value may be in a table.
const LONGEST: usize = 60;

/// Adds a line to a page.
macro_rules! line {
    ($page:ident, $($words:tt)*) => {{
        $page.push_str(&format!($($words)*));
        $page.push('\n');
    }};
}

/// The outcome as a page of text, with colours.
pub(crate) fn page(outcome: &Outcome, zone: &TimeZone) -> String {
    let mut text = String::new();
    write_page(&mut text, outcome, zone);
    text
}

fn write_page(page: &mut String, outcome: &Outcome, zone: &TimeZone) {
    line!(page, "{BOLD}{}{BOLD:#} with {}", outcome.recipe.name, outcome.event.from);
    line!(page, "{FAINT}A dry run: nothing was written. Ids that begin with preview- are made up.{FAINT:#}");
    if !outcome.start.why.is_empty() {
        line!(page, "{}{}", outcome.start.why, seen(&outcome.start.values));
    }
    let Some(end) = &outcome.end else { return };
    records(page, outcome, zone);
    let own = |write: &&WriteReport| outcome.called.iter().all(|called| called.run != write.run);
    writes(page, "Messages that would go out", outcome.messages.iter().filter(own));
    writes(page, "Besides", outcome.others.iter().filter(own));
    mapped(page, &outcome.mapped, zone);
    decisions(page, &outcome.decisions);
    waits(page, &outcome.waits, zone);
    failures(page, &outcome.failures);
    for called in &outcome.called {
        calls(page, called, outcome, zone);
    }
    apps(page, outcome);
    scopes(page, outcome);
    for remark in &outcome.remarks {
        line!(page, "\n{WAIT}Note{WAIT:#}: {remark}");
    }
    let words = RunStatus::from_name(end.status).map_or(end.status, status_words);
    let ended = match &end.stuck {
        Some(stuck) => format!("{BAD}Not played to its end{BAD:#}: {stuck}"),
        None if end.summary.is_empty() => format!("It ends: {words}, {}.", moment(end.at, zone)),
        None => format!("It ends: {words}, {}. {}", moment(end.at, zone), end.summary),
    };
    line!(page, "\n{ended}");
}

fn heading(page: &mut String, words: &str) {
    line!(page, "\n{BOLD}{words}{BOLD:#}");
}

fn records(page: &mut String, outcome: &Outcome, zone: &TimeZone) {
    let changed: Vec<_> =
        outcome.records.iter().filter(|record| record.change != Change::Unchanged).collect();
    if changed.is_empty() {
        line!(page, "\n{BOLD}No record would change.{BOLD:#}");
    } else {
        heading(page, "What would change");
    }
    for record in changed.iter().take(MOST_RECORDS) {
        line!(page, "  {}", title(record));
        if record.change == Change::Deleted {
            continue;
        }
        let table = table(record, zone);
        for line in table.lines() {
            line!(page, "    {}", line.trim_end());
        }
    }
    if changed.len() > MOST_RECORDS {
        line!(page, "  … and {} more; `--json` tells them all", changed.len() - MOST_RECORDS);
    }
    let unchanged = outcome.records.iter().filter(|record| record.change == Change::Unchanged);
    for record in unchanged.take(MOST_RECORDS) {
        line!(page, "  {FAINT}{} is written, and stays as it is{FAINT:#}", plain_title(record));
    }
}

fn title(record: &RecordReport) -> String {
    let (style, sign, words) = match record.change {
        Change::Created => (GOOD, "+", "new "),
        Change::Deleted => (BAD, "-", "deleted: "),
        Change::Updated | Change::Unchanged => (WAIT, "~", ""),
    };
    let unknown = if record.known { "" } else { " (its earlier values are not known)" };
    format!("{style}{sign}{style:#} {words}{}{unknown}", plain_title(record))
}

fn plain_title(record: &RecordReport) -> String {
    let name =
        if record.name.is_empty() { String::new() } else { format!(" {}", cut(&record.name, LONGEST)) };
    let of = if record.of.is_empty() { String::new() } else { format!(" of {}", record.of) };
    format!("{}{name}{of} {FAINT}{}{FAINT:#}", record.kind, record.id)
}

fn table(record: &RecordReport, zone: &TimeZone) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    for change in &record.fields {
        if record.change == Change::Created {
            table.add_row([change.label.clone(), value(&change.new, change.new_name.as_ref(), zone)]);
        } else if record.known {
            table.add_row([
                change.label.clone(),
                format!(
                    "{} → {}",
                    value(&change.old, change.old_name.as_ref(), zone),
                    value(&change.new, change.new_name.as_ref(), zone)
                ),
            ]);
        } else {
            table.add_row([
                change.label.clone(),
                format!("→ {}", value(&change.new, change.new_name.as_ref(), zone)),
            ]);
        }
    }
    for change in &record.lists {
        let items = change.added.iter().map(|item| format!("+ {}", plain(item)));
        let gone = change.removed.iter().map(|item| format!("- {}", plain(item)));
        let words: Vec<String> = items.chain(gone).collect();
        table.add_row([change.label.clone(), words.join(", ")]);
    }
    table.to_string()
}

/// A called recipe: what it would do, and how it went.
fn calls(page: &mut String, called: &Called, outcome: &Outcome, zone: &TimeZone) {
    let Called { by, line, recipe, status, summary, .. } = called;
    let words = RunStatus::from_name(status).map_or(*status, status_words);
    let by = if *by == outcome.recipe.id { String::new() } else { format!("{by}, ") };
    let summary = if summary.is_empty() { String::new() } else { format!(" {summary}") };
    line!(page, "\n{BOLD}It calls {recipe}{BOLD:#} ({by}line {line}): {words}.{summary}");
    for record in outcome.records.iter().filter(|record| record.runs.contains(&called.run)) {
        line!(page, "  {}", title(record));
    }
    let own = |write: &&WriteReport| write.run == called.run;
    writes(page, "Messages that it would send", outcome.messages.iter().filter(own));
    writes(page, "What it would do besides", outcome.others.iter().filter(own));
    decisions(page, &called.decisions);
    waits(page, &called.waits, zone);
    failures(page, &called.failures);
}

/// What mappings made, field by field.
fn mapped(page: &mut String, mapped: &[Mapped], zone: &TimeZone) {
    if mapped.is_empty() {
        return;
    }
    heading(page, "What mappings make");
    for one in mapped.iter().take(MOST_MAPPED) {
        line!(page, "  line {}: {}", one.line, one.mapping);
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        for field in &one.fields {
            let from = if field.from.is_empty() { "always" } else { &field.from };
            table.add_row([from.to_owned(), format!("→ {}", field.field), value(&field.value, None, zone)]);
        }
        for line in table.to_string().lines() {
            line!(page, "    {}", line.trim_end());
        }
    }
    if mapped.len() > MOST_MAPPED {
        line!(page, "  and {} more", mapped.len() - MOST_MAPPED);
    }
}

fn writes<'w>(page: &mut String, words: &str, writes: impl Iterator<Item = &'w WriteReport>) {
    let mut writes = writes.peekable();
    if writes.peek().is_none() {
        return;
    }
    heading(page, words);
    for write in writes {
        let about = if write.about.is_empty() { String::new() } else { format!(" for {}", write.about) };
        line!(page, "  {}{about} {FAINT}{}.{}{FAINT:#}", write.title, write.connection, write.operation);
        for (name, value) in write.input.as_object().into_iter().flatten() {
            if !(value.is_null() || (name == "contactId" && !write.about.is_empty())) {
                let text = plain_text(value).unwrap_or_default();
                let words = match write.names.get(name) {
                    Some(called) => format!("{called} {FAINT}{text}{FAINT:#}"),
                    None => cut(&text, 300),
                };
                line!(page, "    {name}: {words}");
            }
        }
    }
}

/// Decisions of the same place that went the same way are told once, with how often.
fn decisions(page: &mut String, decisions: &[Decision]) {
    let mut groups: IndexMap<(usize, &str, &str), Vec<&Decision>> = IndexMap::new();
    for decision in decisions {
        groups.entry((decision.line, decision.kind, decision.taken.as_str())).or_default().push(decision);
    }
    if groups.is_empty() {
        return;
    }
    heading(page, "Decisions");
    for ((line, kind, taken), group) in groups {
        let times =
            if group.len() > 1 { format!(", {} times; for example", group.len()) } else { String::new() };
        let Some(first) = group.first() else { continue };
        line!(page, "  line {line}: {}{times}", way(kind, taken));
        for asked in &first.conditions {
            line!(page, "    {}", condition(asked));
        }
        if kind != "guard" && !first.not_taken.is_empty() {
            let others: Vec<String> = first.not_taken.iter().map(|branch| branch_name(branch)).collect();
            line!(page, "    {FAINT}not taken: {}{FAINT:#}", others.join(", "));
        }
    }
}

fn way(kind: &str, taken: &str) -> String {
    match (kind, taken) {
        ("guard", "done") => "the step is done".to_owned(),
        ("guard", _) => "the step is passed over".to_owned(),
        (_, "") => "none of the branches".to_owned(),
        (_, branch) => branch_name(branch),
    }
}

fn branch_name(branch: &str) -> String {
    match branch.strip_prefix("choose/").and_then(|rest| rest.strip_suffix("/do")?.parse::<usize>().ok()) {
        Some(number) => format!("case {}", number + 1),
        None => branch.to_owned(),
    }
}

fn condition(asked: &Asked) -> String {
    let answer = if asked.holds { format!("{GOOD}yes{GOOD:#}") } else { format!("{FAINT}no{FAINT:#} ") };
    format!("{answer} {}{}", asked.condition, seen(&asked.values))
}

fn seen(values: &IndexMap<String, Value>) -> String {
    if values.is_empty() {
        return String::new();
    }
    let words: Vec<String> =
        values.iter().map(|(name, value)| format!("{name} is {}", plain(value))).collect();
    format!("  {FAINT}({}){FAINT:#}", words.join(", "))
}

fn waits(page: &mut String, waits: &[Wait], zone: &TimeZone) {
    if waits.is_empty() {
        return;
    }
    heading(page, "Waits");
    for wait in waits.iter().take(20) {
        let until = wait.until.map(|until| format!("until {}", moment(until, zone)));
        let words = match (wait.kind, &until) {
            ("time", Some(until)) => until.clone(),
            (_, Some(until)) => format!("{}, {until}", wait.what),
            (_, None) => wait.what.clone(),
        };
        let came = match wait.ended {
            Some("came") => ": here it comes",
            Some("yes") => ": here it is yes",
            Some("no") => ": here it is no",
            Some(_) if wait.kind == "event" => ": here it does not come",
            Some(_) if wait.kind == "approval" => ": here nobody answers",
            _ => "",
        };
        line!(page, "  line {}: {words}{came}", wait.line);
    }
    if waits.len() > 20 {
        line!(page, "  and {} more", waits.len() - 20);
    }
}

/// Failures of the same place and kind are told once, with how often.
fn failures(page: &mut String, failures: &[Failed]) {
    if failures.is_empty() {
        return;
    }
    heading(page, "What would fail");
    let mut groups: IndexMap<(usize, &str, bool), usize> = IndexMap::new();
    for failure in failures {
        *groups.entry((failure.line, &failure.message, failure.handled)).or_default() += 1;
    }
    for ((line, message, handled), times) in groups {
        let often = if times > 1 { format!(" ({times} times)") } else { String::new() };
        let after = if handled { " The recipe goes on all the same." } else { "" };
        line!(page, "  {BAD}✗{BAD:#} line {line}{often}: {message}{after}");
    }
}

fn apps(page: &mut String, outcome: &Outcome) {
    if outcome.apps.is_empty() {
        return;
    }
    heading(page, "Calls of one such run");
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["connection", "reading", "writing", "of the budget"]);
    for app in &outcome.apps {
        let budgets: Vec<String> = app
            .budgets
            .iter()
            .map(|budget| format!("{:.4} % of {} per {}", budget.percent, budget.limit, budget.per))
            .collect();
        table.add_row([
            app.connection.clone(),
            app.reads.to_string(),
            app.writes.to_string(),
            if budgets.is_empty() { "no daily limit known".to_owned() } else { budgets.join(", ") },
        ]);
    }
    for line in table.to_string().lines() {
        line!(page, "  {}", line.trim_end());
    }
    let extra: u64 = outcome.apps.iter().map(|app| app.extra).sum();
    if extra > 0 {
        line!(page, "  {FAINT}To know records as they are, this plan read {extra} times more.{FAINT:#}");
    }
}

fn scopes(page: &mut String, outcome: &Outcome) {
    if outcome.scopes.is_empty() {
        return;
    }
    heading(page, "Permissions it needs");
    for scope in &outcome.scopes {
        line!(page, "  {} {FAINT}{}: {}{FAINT:#}", scope.scope, scope.connector, scope.operations.join(", "));
    }
}

fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a %d %b %Y %H:%M").to_string()
}

/// A field's value: by its name, where people call it something else than the app does; a moment in the workspace's zone.
fn value(value: &Value, name: Option<&String>, zone: &TimeZone) -> String {
    let at = || value.as_str()?.parse::<Timestamp>().ok();
    match name {
        Some(name) => cut(name, LONGEST),
        None => at().map_or_else(|| plain(value), |at| moment(at, zone)),
    }
}

fn plain(value: &Value) -> String {
    let text = plain_text(value).filter(|text| !text.is_empty()).unwrap_or_else(|| "nothing".to_owned());
    cut(&text, LONGEST)
}
