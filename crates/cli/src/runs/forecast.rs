//! `bellhop runs forecast`: how long work on many records will take, and what share of the day's calls it eats. Counts by
//! reading what a recipe's loops find; nothing is written and nothing runs.
//!
//! What each item costs is in `cost`; the reading is in `counting`.

mod counting;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bellhop_http::BudgetLeft;
use bellhop_journal::{RunFilter, RunStatus, Store};
use bellhop_recipe::{Action, CallAction, ForEach, Items, Step};
use bellhop_template::{Context, Scope};
use serde::Serialize;
use serde_json::json;

use self::counting::{Counted, count};
use super::cost::{self, Cost};
use crate::arguments::ForecastArguments;
use crate::compose::{Shelf, Works};
use crate::run;
use crate::trouble::{Ending, Trouble};

const DAY_SECONDS: u64 = 24 * 3600;
/// So many waiting runs are looked at, at the most.
const MOST_WAITING: usize = 100_000;

/// What is to be expected. Printed by `--json` as it is.
#[derive(Debug, Default, Serialize)]
struct Forecast {
    /// The recipe's id; none: of the runs that wait now.
    recipe: Option<String>,
    loops: Vec<Loop>,
    /// Runs that wait now, by recipe.
    waiting: BTreeMap<String, u64>,
    accounts: Vec<Account>,
    remarks: Vec<String>,
}

impl Forecast {
    /// Whether all was counted.
    fn complete(&self) -> bool {
        self.loops.iter().all(|one| one.complete)
    }
}

/// A loop over what an operation finds.
#[derive(Debug, Serialize)]
struct Loop {
    step: String,
    operation: String,
    items: u64,
    /// Whether the list was read to its end; `false`: there are at least so many items.
    complete: bool,
    /// Calls to read the list.
    pages: u64,
    /// Calls of each item, by connection.
    per_item: Cost,
    /// `past_runs` or `plan`: what really happened, or the most that the recipe says.
    from: &'static str,
    #[serde(skip)]
    noun: String,
}

/// What is asked of one connection.
#[derive(Debug, Serialize)]
struct Account {
    connection: String,
    calls: u64,
    /// How long it takes at the least, by the app's limits; none: the app has none that are known.
    seconds: Option<u64>,
    budgets: Vec<Share>,
}

/// A limit, and what share of it the work takes.
#[derive(Debug, Serialize)]
struct Share {
    limit: u64,
    per_seconds: u64,
    left: u64,
    percent: f64,
}

/// Says what is to be expected of a recipe, or of the runs that wait.
pub(super) async fn forecast(arguments: ForecastArguments, asked: Option<&Path>) -> Result<Ending, Trouble> {
    let shelf = Shelf::open(asked)?;
    shelf.refuse_a_broken_workspace()?;
    let store = shelf.open_store()?;
    let works = Works::build(&shelf, &shelf.workspace.connections, Arc::clone(&store), false)?;
    let mut calls = Cost::new();
    let mut forecast = match &arguments.recipe {
        Some(name) => of_recipe(&shelf, &works, store.as_ref(), name, &arguments, &mut calls).await?,
        None => of_waiting(store.as_ref(), &mut calls).await?,
    };
    for (connection, calls) in calls {
        forecast.accounts.push(account(&works, connection, whole(calls)));
    }
    if arguments.json {
        let value = serde_json::to_value(&forecast)
            .map_err(|error| Trouble::new(format!("The forecast cannot be written as JSON: {error}.")))?;
        anstream::println!("{value:#}");
    } else {
        anstream::print!("{}", page(&forecast));
    }
    Ok(if forecast.complete() { Ending::Fine } else { Ending::Problems })
}

async fn of_recipe(
    shelf: &Shelf,
    works: &Works,
    store: &dyn Store,
    name: &str,
    arguments: &ForecastArguments,
    calls: &mut Cost,
) -> Result<Forecast, Trouble> {
    let file = shelf.recipe(name)?;
    let Some(plan) = file.plan.clone().filter(|_| file.is_good()) else {
        return Err(Trouble::new(format!("The recipe `{name}` has errors; `bellhop check` shows them.")));
    };
    works.refuse_missing_secrets_to_read(&plan, &shelf.catalogue)?;
    let given = run::inputs(&arguments.inputs)?;
    let given = given.as_object().cloned().unwrap_or_default();
    let inputs =
        bellhop_recipe::inputs(&plan, &given).map_err(|problems| Trouble::new(problems.join("\n")))?;
    let scope = Scope::new().with("inputs", Arc::new(inputs)).with("trigger", Arc::new(json!({})));
    let context = Context {
        now: works.clock.now(),
        zone: plan.settings.zone.clone().unwrap_or_else(|| shelf.workspace.zone.clone()),
    };
    let mut forecast = Forecast { recipe: Some(plan.id.clone()), ..Forecast::default() };
    let mut found: Vec<(&Step, &ForEach, &CallAction)> = Vec::new();
    plan.body.each_step(&mut |step| {
        if let Action::ForEach(each) = &step.action
            && let Items::Found(call) = &each.over
        {
            found.push((step, each, call));
        }
    });
    let outermost =
        |address: &str| !found.iter().any(|(other, ..)| address.starts_with(&format!("{}/", other.address)));
    for (step, each, call) in found.iter().filter(|(step, ..)| outermost(&step.address.to_string())) {
        let address = step.address.to_string();
        let input = call.input.evaluate(&scope, &context).map_err(|error| {
            Trouble::new(format!(
                "What `{}` looks for cannot be known before the recipe runs: {}",
                call.operation, error.message
            ))
        })?;
        let Counted { items, pages, refused_for } =
            count(works, call, input.unwrap_or_else(|| json!({}))).await?;
        if let Some(seconds) = refused_for {
            forecast.remarks.push(not_read_to_its_end(works, call, seconds));
        }
        let past = cost::of_past(store, &plan.id, &address).await?;
        let (per_item, from) = match past {
            Some(past) => (past, "past_runs"),
            None => (cost::of_block(&each.block, &mut forecast.remarks), "plan"),
        };
        *calls.entry(call.connection.clone()).or_default() += pages as f64;
        for (connection, number) in &per_item {
            *calls.entry(connection.clone()).or_default() += number * items as f64;
        }
        let title = shelf.catalogue.operation(&call.connector, &call.operation).map(|one| one.title.as_str());
        let noun = title.and_then(|title| title.split_once(' ')).map_or("items", |(_, noun)| noun);
        forecast.loops.push(Loop {
            step: address,
            operation: format!("{}.{}", call.connector, call.operation),
            items,
            complete: refused_for.is_none(),
            pages,
            per_item,
            from,
            noun: noun.to_owned(),
        });
    }
    if forecast.loops.is_empty() {
        forecast.remarks.push(NO_LOOP.to_owned());
    }
    Ok(forecast)
}

const NO_LOOP: &str = "The recipe has no loop over what an operation finds (`for_each: contacts.search_contacts`): each run of it \
                       is a few calls. `bellhop plan` says how many.";

/// Why there may be more than was counted, and what to do.
fn not_read_to_its_end(works: &Works, call: &CallAction, seconds: u64) -> String {
    let app = works.connections.get(&call.connection).map_or("The app", |(_, app)| &app.manifest().title);
    format!(
        "{app} takes no more calls for {}, so what `{}.{}` finds was not counted to its end: there may be more than is told here. \
         Ask again later, or narrow down what the recipe looks for.",
        words(seconds),
        call.connector,
        call.operation
    )
}

/// What the runs cost that wait for their turn now, by what the last runs of their recipes cost.
async fn of_waiting(store: &dyn Store, calls: &mut Cost) -> Result<Forecast, Trouble> {
    let filter = RunFilter {
        statuses: vec![RunStatus::Queued, RunStatus::Ready],
        limit: MOST_WAITING,
        ..RunFilter::default()
    };
    let runs = store.runs(filter).await.map_err(|error| Trouble::new(error.to_string()))?;
    let mut forecast = Forecast::default();
    for run in runs {
        *forecast.waiting.entry(run.recipe).or_default() += 1;
    }
    for (recipe, number) in &forecast.waiting {
        match cost::of_a_run(store, recipe).await? {
            Some(cost) => {
                for (connection, one) in cost {
                    *calls.entry(connection).or_default() += one * *number as f64;
                }
            }
            None => forecast.remarks.push(format!(
                "No run of `{recipe}` has ended yet, so nobody knows what its {number} runs cost."
            )),
        }
    }
    Ok(forecast)
}

fn account(works: &Works, connection: String, calls: u64) -> Account {
    let left: Vec<BudgetLeft> = works
        .connections
        .get(&connection)
        .map_or_else(Vec::new, |(known, connector)| works.runtime.left(connector.manifest(), known));
    let seconds = left.iter().map(|limit| seconds(limit, calls)).max();
    let budgets = left
        .iter()
        .map(|limit| Share {
            limit: limit.limit,
            per_seconds: limit.per.as_secs(),
            left: limit.left,
            percent: (calls as f64 * 1000.0 / limit.limit as f64).round() / 10.0,
        })
        .collect();
    Account { connection, calls, seconds, budgets }
}

/// How long so many calls take under one limit, with its tenth left free for live events.
fn seconds(limit: &BudgetLeft, calls: u64) -> u64 {
    let at_once = limit.left.saturating_sub(limit.limit - limit.for_bulk);
    let later = calls.saturating_sub(at_once);
    later.div_ceil(limit.for_bulk.max(1)).saturating_mul(limit.per.as_secs())
}

fn page(forecast: &Forecast) -> String {
    use std::fmt::Write as _;
    let mut page = String::new();
    for one in &forecast.loops {
        let each: f64 = one.per_item.values().sum();
        let known = if one.from == "past_runs" { "as in past runs" } else { "at the most" };
        let _ = writeln!(
            page,
            "{}{} {} × {} calls ({known}), and {} to read them.",
            if one.complete { "" } else { "At least " },
            number(one.items),
            one.noun.to_lowercase(),
            (each * 10.0).round() / 10.0,
            number(one.pages)
        );
    }
    for (recipe, runs) in &forecast.waiting {
        let _ = writeln!(page, "{} runs of {recipe} wait for their turn.", number(*runs));
    }
    if forecast.recipe.is_none() && forecast.waiting.is_empty() {
        page.push_str("No run waits for its turn.\n");
    }
    for account in &forecast.accounts {
        let at_least = if forecast.complete() { "" } else { "at least " };
        let mut sentence = format!("{}: {at_least}{} calls", account.connection, number(account.calls));
        if let Some(seconds) = account.seconds {
            let _ = write!(sentence, ": about {}", words(seconds));
        }
        if let Some(day) = account.budgets.iter().find(|budget| budget.per_seconds == DAY_SECONDS) {
            let _ =
                write!(sentence, ", {} % of a day's budget ({} left today)", day.percent, number(day.left));
        }
        let _ = writeln!(page, "{sentence}; live events go first.");
    }
    for remark in &forecast.remarks {
        let _ = writeln!(page, "{remark}");
    }
    page
}

/// So many calls, or one more where it is not a whole number.
fn whole(calls: f64) -> u64 {
    format!("{:.0}", calls.ceil()).parse().unwrap_or(u64::MAX)
}

/// A length of time for people.
fn words(seconds: u64) -> String {
    match seconds {
        0..100 => format!("{seconds} s"),
        100..6_000 => format!("{} min", seconds.div_ceil(60)),
        6_000..172_800 => format!("{} h", seconds.div_ceil(3_600)),
        _ => format!("{} days", seconds.div_ceil(DAY_SECONDS)),
    }
}

/// A number with commas: `12,636`.
fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut told = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_back_fill_takes_as_long_as_its_limits_say() {
        let burst = BudgetLeft { limit: 100, per: Duration::from_secs(10), left: 100, for_bulk: 90 };
        assert_eq!(seconds(&burst, 90), 0);
        assert_eq!(seconds(&burst, 12_636), 1_400);
        let day =
            BudgetLeft { limit: 200_000, per: Duration::from_hours(24), left: 50_000, for_bulk: 180_000 };
        assert_eq!(seconds(&day, 30_000), 0);
        assert_eq!(seconds(&day, 210_001), 2 * DAY_SECONDS);
    }

    #[test]
    fn numbers_and_times_are_told_in_words() {
        assert_eq!([number(7), number(12_636), number(1_000_000)], ["7", "12,636", "1,000,000"]);
        assert_eq!(
            [words(40), words(1_400), words(7_200), words(200_000)],
            ["40 s", "24 min", "2 h", "3 days"]
        );
    }
}
