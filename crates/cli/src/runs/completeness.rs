//! `bellhop runs completeness`: whether every event of the apps has been handled, as far as the apps can be asked.

use bellhop_clock::{Clock as _, SystemClock};
use bellhop_engine::{Ledger, Tally};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::moment;
use crate::arguments::CompletenessArguments;
use crate::compose::Shelf;
use crate::history::when;
use crate::trouble::{Ending, Trouble};

/// Says it for every kind of event that is looked for.
pub(super) async fn completeness(
    shelf: &Shelf,
    arguments: &CompletenessArguments,
) -> Result<Ending, Trouble> {
    let since = moment(shelf, arguments.since.as_deref())?;
    let ledgers = match shelf.open_store_to_read()? {
        Some(store) => bellhop_engine::completeness(store.as_ref())
            .await
            .map_err(|error| Trouble::new(error.to_string()))?,
        None => Vec::new(),
    };
    if arguments.json {
        let events: Vec<Value> = ledgers.iter().map(|ledger| as_json(ledger, since)).collect();
        anstream::println!("{:#}", json!({ "events": events }));
    } else if ledgers.is_empty() {
        anstream::eprintln!(
            "No app has been asked for events yet. `bellhop serve` asks for those that can be asked for, as long as a recipe listens to them."
        );
    } else {
        for ledger in &ledgers {
            anstream::println!("{}", sentence(ledger, since, SystemClock.now()));
        }
    }
    Ok(Ending::Fine)
}

/// `contacts.contact_created: 412 found, 412 handled, 3 healed, last look 4 minutes ago`.
fn sentence(ledger: &Ledger, since: Option<Timestamp>, now: Timestamp) -> String {
    let tally = ledger.tally(since);
    let Tally { found, healed, .. } = tally;
    let connector = ledger.event.split('.').next().unwrap_or_default();
    let connection =
        if connector == ledger.connection { String::new() } else { format!("{}, ", ledger.connection) };
    let healed = if ledger.asked { " (the app is asked)".to_owned() } else { format!(", {healed} healed") };
    let looked = ledger
        .looked_at
        .map_or_else(|| "not looked yet".to_owned(), |at| format!("last look {}", when(at, now)));
    let trouble = ledger.trouble.as_ref().map(|trouble| format!("\n    The last look failed: {trouble}"));
    format!(
        "{connection}{}: {found} found, {} handled{healed}, {looked}{}",
        ledger.event,
        tally.handled(),
        trouble.unwrap_or_default()
    )
}

fn as_json(ledger: &Ledger, since: Option<Timestamp>) -> Value {
    let tally = ledger.tally(since);
    json!({
        "connection": ledger.connection,
        "event": ledger.event,
        "via": if ledger.asked { "poll" } else { "webhook" },
        "found": tally.found,
        "handled": tally.handled(),
        "told": tally.told,
        "healed": tally.healed,
        "asked": tally.asked,
        "since": ledger.since,
        "looked_at": ledger.looked_at,
        "every_seconds": ledger.every,
        "trouble": ledger.trouble,
    })
}
