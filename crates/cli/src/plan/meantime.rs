//! What a dry run takes to come while it waits: answers of people (`--answer`) and events (`--reply`). An event is the sample
//! of its kind, about the record that is waited for, with the fields that were given.

use std::collections::BTreeSet;

use bellhop_connector::{Catalogue, Event, FieldKind, RecordKey, dotted, plain_text};
use bellhop_engine::Decision;
use bellhop_journal::{Awaited, Claimed, Only, RunId, Sought, State, StepId, StepState};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::arguments::PlanArguments;
use crate::compose::{Shelf, Works};
use crate::run;
use crate::trouble::Trouble;

/// What comes while it waits.
pub(crate) struct Meantime {
    answer: Option<bool>,
    /// The fields of events that come; none: no event comes.
    reply: Option<Vec<(String, String)>>,
    /// The waits for which an event has come.
    replied: BTreeSet<(RunId, StepId)>,
}

impl Meantime {
    /// As the command line says.
    pub(crate) fn of(arguments: &PlanArguments) -> Result<Self, Trouble> {
        let mut fields = Vec::new();
        for pair in arguments.reply.iter().filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or_else(|| {
                Trouble::new(format!("`--reply {pair}` has no `=`. Write it like `--reply body=yes`."))
            })?;
            fields.push((name.trim().to_owned(), value.to_owned()));
        }
        Ok(Self {
            answer: arguments.answer.as_deref().map(|answer| answer == "yes"),
            reply: (!arguments.reply.is_empty()).then_some(fields),
            replied: BTreeSet::new(),
        })
    }

    /// Has something come that one of the runs waits for. False: nothing comes.
    pub(crate) async fn goes_on(
        &mut self,
        works: &Works,
        workspace: &Shelf,
        now: Timestamp,
        runs: impl Iterator<Item = &Claimed>,
    ) -> Result<bool, Trouble> {
        for one in runs {
            for (step, what) in awaited(one) {
                match (&what, self.answer, &self.reply) {
                    (Awaited::Approval { .. }, Some(approved), _) => {
                        let decision = Decision { approved, by: None, comment: None };
                        let said = works.engine.approve(&one.run.id, Some(step), decision).await;
                        said.map_err(|error| Trouble::new(format!("{error}.")))?;
                        return Ok(true);
                    }
                    (Awaited::Event(sought), _, Some(fields))
                        if self.replied.insert((one.run.id.clone(), step)) =>
                    {
                        reply(works, workspace, now, sought, fields, self.replied.len()).await?;
                        return Ok(true);
                    }
                    _ => {}
                }
            }
        }
        Ok(false)
    }

    /// How to see the plan go on where it stands for want of something.
    pub(crate) fn help<'r>(runs: impl Iterator<Item = &'r Claimed>) -> &'static str {
        let waits: Vec<Awaited> = runs.flat_map(awaited).map(|(_, what)| what).collect();
        if waits.iter().any(|what| matches!(what, Awaited::Approval { .. })) {
            " With `--answer yes` or `--answer no` it goes on."
        } else if waits.iter().any(|what| matches!(what, Awaited::Event(_))) {
            " With `--reply` the event comes; `--reply body=yes` says what it brings."
        } else {
            ""
        }
    }

    /// What people should know: events that were not those that the recipe waited for.
    pub(crate) fn remarks<'r>(&self, runs: impl Iterator<Item = &'r Claimed>) -> Vec<String> {
        let mut remarks = Vec::new();
        for one in runs {
            let state = State::fold_all(&one.history);
            for (run, step) in &self.replied {
                let heard = match state.steps.get(step) {
                    Some(StepState::Ended { output, .. }) => !output.is_null(),
                    _ => false,
                };
                if *run == one.run.id && !heard {
                    remarks.push(format!(
                        "The event of `--reply` was not the one that {step} of `{}` waits for: look at its `where`, and give \
                         its fields, such as `--reply body=yes`.",
                        one.run.recipe
                    ));
                }
            }
        }
        remarks
    }
}

/// What a run waits for from outside.
fn awaited(one: &Claimed) -> Vec<(StepId, Awaited)> {
    let state = State::fold(&one.history);
    let waits = state.steps.into_iter().filter_map(|(step, state)| match state {
        StepState::Awaiting { what, .. } => Some((step, what)),
        _ => None,
    });
    waits.collect()
}

async fn reply(
    works: &Works,
    shelf: &Shelf,
    now: Timestamp,
    sought: &Sought,
    fields: &[(String, String)],
    number: usize,
) -> Result<(), Trouble> {
    let connector = sought.name.split_once('.').map_or("", |(connector, _)| connector);
    let mut of_it = works.connections.iter().filter(|(_, (connection, _))| connection.connector == connector);
    let connection = match &sought.connection {
        Some(connection) => Some(connection.clone()),
        None => of_it.next().map(|(name, _)| name.clone()),
    };
    let Some((connection, event)) = connection.zip(event(shelf, sought, fields, now, number)?) else {
        return Ok(());
    };
    let taken = works.engine.receive(&connection, event).await;
    taken.map(drop).map_err(|error| Trouble::new(format!("The event of `--reply` was not taken: {error}.")))
}

fn event(
    shelf: &Shelf,
    sought: &Sought,
    fields: &[(String, String)],
    now: Timestamp,
    number: usize,
) -> Result<Option<Event>, Trouble> {
    let catalogue: &Catalogue = &shelf.catalogue;
    let Some((connector, name)) = sought.name.split_once('.') else { return Ok(None) };
    let Some(spec) = catalogue.event(connector, name) else { return Ok(None) };
    let mut data = run::sample(shelf, &sought.name)?;
    match &sought.only {
        Some(Only::Record { record }) => {
            if let Some((kind, id)) = record.split_once(' ')
                && let Some(field) = spec.record.iter().find(|one| one.kind == kind)
            {
                let pointer = format!("/{}", field.id.replace('.', "/"));
                put(&mut data, &pointer, Value::from(id));
            }
        }
        Some(Only::Field { pointer, text }) => put(&mut data, pointer, Value::from(text.as_str())),
        None => {}
    }
    for (name, text) in fields {
        let kind = spec.data.fields.get(name).map(|field| field.kind);
        let value = match kind {
            Some(FieldKind::Number | FieldKind::Integer | FieldKind::Boolean) => {
                serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str()))
            }
            _ => Value::from(text.as_str()),
        };
        put(&mut data, &format!("/{}", name.replace('.', "/")), value);
    }
    let record = spec.record.iter().find_map(|record| {
        let id = plain_text(dotted(&data, &record.id)?)?;
        Some(RecordKey { kind: record.kind.clone(), id })
    });
    Ok(Some(Event {
        name: name.to_owned(),
        delivery_id: format!("plan {number}"),
        account: None,
        record,
        occurred_at: now,
        data,
    }))
}

/// Puts a value where a pointer leads, making the groups on the way.
fn put(data: &mut Value, pointer: &str, value: Value) {
    let mut inside = data;
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        if !inside.is_object() {
            *inside = Value::Object(Map::new());
        }
        inside = &mut inside[part.as_str()];
    }
    *inside = value;
}
