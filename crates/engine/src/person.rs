//! What a person may ask of a run: another try, its end, or their word on a step in doubt. Each is an entry of the run's
//! history: nothing of it is taken back.

use std::sync::Arc;

use bellhop_journal::{
    Append, Awaited, Claimed, Entry, Reading, Resolution, Run, RunId, RunStatus, Stamped, State, StepId,
    StepState, StoreError, Turn,
};

use crate::decide::decided;
use crate::engine::Engine;
use crate::job::Job;

/// Why a person's wish could not be fulfilled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PersonError {
    /// There is no such run.
    #[error("there is no run `{0}`")]
    UnknownRun(String),
    /// The run is being worked on, here or by another process.
    #[error("run {0} is being worked on right now; try again once it waits or needs attention")]
    Busy(String),
    /// The wish makes no sense where the run stands; the sentence says why.
    #[error("{0}")]
    NotPossible(String),
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a person asks.
pub(crate) enum Wish {
    Retry(Option<StepId>),
    Cancel,
    Resolve(Option<StepId>, Resolution),
    Decide(Option<StepId>, Decision),
}

/// What a person decides about a question that a run asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Yes or no.
    pub approved: bool,
    /// Who decided.
    pub by: Option<String>,
    /// What they say about it.
    pub comment: Option<String>,
}

/// Somebody who decides about runs: what they do is kept in the runs' histories under their name.
#[derive(Clone, Copy)]
pub struct Person<'a> {
    engine: &'a Arc<Engine>,
    name: &'a str,
}

impl Person<'_> {
    /// [`Engine::retry`], by them.
    pub async fn retry(&self, run: &RunId, from: Option<StepId>) -> Result<(), PersonError> {
        self.engine.fulfil(run, Wish::Retry(from), Some(self.name.to_owned())).await
    }

    /// [`Engine::cancel`], by them.
    pub async fn cancel(&self, run: &RunId) -> Result<(), PersonError> {
        self.engine.fulfil(run, Wish::Cancel, Some(self.name.to_owned())).await
    }

    /// [`Engine::resolve`], by them.
    pub async fn resolve(
        &self,
        run: &RunId,
        step: Option<StepId>,
        resolution: Resolution,
    ) -> Result<(), PersonError> {
        self.engine.fulfil(run, Wish::Resolve(step, resolution), Some(self.name.to_owned())).await
    }
}

impl Engine {
    /// What somebody of this name decides.
    pub fn person<'a>(self: &'a Arc<Self>, name: &'a str) -> Person<'a> {
        Person { engine: self, name }
    }

    /// The name under which later steps of a run use what a step in doubt gave, where it has one. `step` none: as for
    /// [`Engine::resolve`].
    pub async fn name_in_doubt(
        &self,
        run: &RunId,
        step: Option<&StepId>,
    ) -> Result<Option<String>, PersonError> {
        let store = &self.options.store;
        let Some(known) = store.run(run.as_str()).await? else {
            return Err(PersonError::UnknownRun(run.to_string()));
        };
        let state = State::fold(&known.history);
        let step = in_doubt(&known, &state, step)?;
        let Run { recipe, version, .. } = &known.run;
        let loaded = self.book.version(store.as_ref(), &self.options.world, recipe, version).await?;
        let mut name = None;
        if let Ok(loaded) = loaded {
            let address = without_turns(step);
            loaded.plan.each_step(&mut |one| {
                if one.address.as_str() == address {
                    name.clone_from(&one.name);
                }
            });
        }
        Ok(name)
    }

    /// Fulfils a wish. Done by a task of its own, so that a caller that goes away leaves no run held and not worked on.
    pub(crate) async fn fulfil(
        self: &Arc<Self>,
        run: &RunId,
        wish: Wish,
        by: Option<String>,
    ) -> Result<(), PersonError> {
        let (engine, run) = (Arc::clone(self), run.clone());
        let task = tokio::spawn(async move { engine.do_wish(&run, wish, by).await });
        task.await.unwrap_or_else(|_| {
            Err(PersonError::NotPossible("Bellhop broke down; the program's log has the place.".into()))
        })
    }

    async fn do_wish(
        self: Arc<Self>,
        run: &RunId,
        wish: Wish,
        by: Option<String>,
    ) -> Result<(), PersonError> {
        let options = &self.options;
        // Nothing is claimed meanwhile: what is held here and not in the pool would look like nobody's.
        let claiming = self.claiming.lock().await;
        if self.pool.has(run) {
            if matches!(wish, Wish::Cancel) && self.pool.cancel(run, by.as_deref()) {
                return Ok(());
            }
            return Err(PersonError::Busy(run.to_string()));
        }
        let Some(known) = options.store.run(run.as_str()).await? else {
            return Err(PersonError::UnknownRun(run.to_string()));
        };
        // Decided before the run is taken, so that a wish without sense leaves it as it is.
        entries(&known, &wish, by.as_ref())?;
        let Some(mut claimed) = options.store.claim_run(&options.owner, run, options.clock.now()).await?
        else {
            return Err(PersonError::Busy(run.to_string()));
        };
        let at = options.clock.now();
        let entries = match entries(&claimed, &wish, by.as_ref()) {
            Ok(entries) => entries,
            // Others were quicker.
            Err(error) => {
                self.give_back(claimed).await;
                return Err(error);
            }
        };
        let entries: Vec<Stamped> = entries.into_iter().map(|entry| Stamped { at, entry }).collect();
        // Who waited for a decision has made room for others, and goes on beside them.
        let by_turn = claimed.run.order_key.is_some() && !matches!(wish, Wish::Decide(..));
        let turn = match wish {
            Wish::Cancel => {
                Turn { summary: CANCELLED.to_owned(), ..Turn::to(RunStatus::Cancelled).yielding() }
            }
            // Another run of the same order key may have its turn now.
            _ if by_turn => Turn::to(RunStatus::Queued),
            _ => Turn::to(RunStatus::Ready),
        };
        let append = Append {
            run: claimed.run.id.clone(),
            owner: options.owner.clone(),
            after: claimed.entries(),
            entries: entries.clone(),
            turn: Some(turn),
        };
        let appended = match options.store.append(append).await {
            Ok(appended) => appended,
            Err(error) => {
                self.give_back(claimed).await;
                return Err(error.into());
            }
        };
        let (recipe, record) =
            (claimed.run.recipe.as_str().into(), claimed.run.record.as_deref().map(Arc::from));
        for stamped in &entries {
            self.tell(run, &recipe, record.as_ref(), stamped.clone());
        }
        if !matches!(wish, Wish::Cancel) {
            if by_turn {
                self.take_if_ready(run).await?;
            } else {
                claimed.history.extend(entries);
                self.dispatch(Job::claimed(claimed));
            }
        }
        if let Some(next) = appended.next {
            self.dispatch(Job::claimed(next));
        }
        drop(claiming);
        let others: Vec<RunId> = appended.woken.into_iter().filter(|woken| woken != run).collect();
        self.wake(&others).await;
        Ok(())
    }
}

impl Engine {
    /// Leaves a run that was taken for a wish as it was.
    async fn give_back(self: &Arc<Self>, claimed: Claimed) {
        let Run { id, status, wake_at, summary, troubled, .. } = &claimed.run;
        if *status == RunStatus::Ready {
            return self.dispatch(Job::claimed(claimed));
        }
        let (wake_at, summary, troubled) = (*wake_at, summary.clone(), *troubled);
        let turn = Turn { wake_at, summary, troubled, ..Turn::to(*status) };
        let append = Append {
            run: id.clone(),
            owner: self.options.owner.clone(),
            after: claimed.entries(),
            entries: Vec::new(),
            turn: Some(turn),
        };
        if let Err(error) = self.options.store.append(append).await {
            tracing::warn!(run = %id, recipe = %claimed.run.recipe, %error, "the run could not be given back; it is free once this process ends");
        }
    }

    /// Goes on with a run where its turn has come.
    async fn take_if_ready(self: &Arc<Self>, run: &RunId) -> Result<(), StoreError> {
        let store = &self.options.store;
        let is_free = |found: &Claimed| found.run.status == RunStatus::Ready && found.run.holder.is_none();
        if store.run(run.as_str()).await?.as_ref().is_some_and(is_free)
            && let Some(claimed) = store.claim_run(&self.options.owner, run, self.options.clock.now()).await?
        {
            self.dispatch(Job::claimed(claimed));
        }
        Ok(())
    }
}

/// The address in the recipe of a step of a run: `/steps/3/do/0` for `/steps/3#5/do/0`.
fn without_turns(step: &str) -> String {
    let parts = step.split('/').map(|part| part.split_once('#').map_or(part, |(address, _)| address));
    parts.collect::<Vec<_>>().join("/")
}

/// Where the steps stand that are done when a run has failed: they are done anew, if need be, and not tried again.
const ON_FAILURE: &str = "/on_failure/";

/// So many steps are named to somebody who named none of them.
const MOST_STEPS: usize = 12;

pub(crate) const CANCELLED: &str = "Ended by a person.";

/// The entries that a wish comes to, where it makes sense.
fn entries(claimed: &Claimed, wish: &Wish, by: Option<&String>) -> Result<Vec<Entry>, PersonError> {
    let state = State::fold(&claimed.history);
    let status = claimed.run.status;
    match wish {
        Wish::Cancel if status.is_over() => {
            Err(PersonError::NotPossible(format!("Run {} is over already.", claimed.run.id)))
        }
        Wish::Cancel => {
            let reason = CANCELLED.to_owned();
            Ok(vec![Entry::RunEnded { status: RunStatus::Cancelled, reason, by: by.cloned() }])
        }
        Wish::Retry(from) => retry(claimed, &state, from.as_ref(), by),
        Wish::Decide(step, decision) => decide(claimed, &state, step.as_ref(), decision),
        Wish::Resolve(step, resolution) => {
            let step = in_doubt(claimed, &state, step.as_ref())?.clone();
            Ok(vec![Entry::Resolved { step, resolution: resolution.clone(), by: by.cloned() }])
        }
    }
}

/// The step on whose end a person may give their word: the one that is named, else the one that the run halted at, else
/// the only one. A run that waits elsewhere asks only when all else is done; who knows already may say so.
fn in_doubt<'a>(
    claimed: &Claimed,
    state: &'a State,
    named: Option<&StepId>,
) -> Result<&'a StepId, PersonError> {
    let (run, status) = (&claimed.run.id, claimed.run.status);
    let rests = matches!(status, RunStatus::NeedsAttention | RunStatus::Waiting | RunStatus::Sleeping);
    let is_begun = |state: &StepState| matches!(state, StepState::Started { .. });
    let mut steps: Vec<&StepId> =
        state.steps.iter().filter(|(_, state)| rests && is_begun(state)).map(|(step, _)| step).collect();
    steps.sort_unstable();
    let halted = state.halted.as_ref().map(|(step, _)| step).filter(|step| steps.contains(step));
    let named = named.or(halted);
    let chosen = match named {
        Some(named) => steps.iter().find(|step| **step == named),
        None => steps.first().filter(|_| steps.len() == 1),
    };
    if let Some(step) = chosen {
        return Ok(step);
    }
    let problem = if status.is_over() {
        format!("Run {run} is over: there is nothing to settle any more.")
    } else if !steps.is_empty() {
        let steps: Vec<String> = steps.iter().map(|step| format!("`--step {step}`")).collect();
        let why = match named {
            Some(named) => format!("It is not asked how the step `{named}` of run {run} ended"),
            None => format!("Of several steps of run {run} it is not known how they ended"),
        };
        format!("{why}; say which you mean: {}.", steps.join(" or "))
    } else if status == RunStatus::Waiting {
        format!(
            "Run {run} does not wait for anybody's word on how a step ended. `bellhop runs show {run}` says what it waits for."
        )
    } else {
        format!(
            "Run {run} does not wait for anybody's word on a step. To try again what failed: `bellhop runs retry {run}`."
        )
    };
    Err(PersonError::NotPossible(problem))
}

fn decide(
    claimed: &Claimed,
    state: &State,
    step: Option<&StepId>,
    decision: &Decision,
) -> Result<Vec<Entry>, PersonError> {
    let run = &claimed.run.id;
    let asks =
        |state: &StepState| matches!(state, StepState::Awaiting { what: Awaited::Approval { .. }, .. });
    let asking: Vec<&StepId> =
        state.steps.iter().filter(|(_, state)| asks(state)).map(|(step, _)| step).collect();
    let problem = match (step, &asking[..]) {
        _ if claimed.run.status.is_over() => {
            format!("Run {run} is over: there is nothing to decide any more.")
        }
        (_, []) => format!("Run {run} does not ask anything, or somebody has decided already."),
        (None, [only]) => return Ok(vec![said(only, decision)]),
        (Some(step), asking) if asking.contains(&step) => return Ok(vec![said(step, decision)]),
        (Some(step), _) => {
            format!("Run {run} asks nothing at the step `{step}`, or somebody has decided already.")
        }
        (None, several) => {
            let steps: Vec<String> = several.iter().map(|step| format!("`--step {step}`")).collect();
            format!("Run {run} asks several things; say which you decide: {}.", steps.join(" or "))
        }
    };
    Err(PersonError::NotPossible(problem))
}

fn said(step: &StepId, decision: &Decision) -> Entry {
    let Decision { approved, by, comment } = decision;
    let output = decided(*approved, by.as_deref(), comment.as_deref(), false);
    Entry::StepEnded { step: step.clone(), output }
}

fn retry(
    claimed: &Claimed,
    state: &State,
    from: Option<&StepId>,
    by: Option<&String>,
) -> Result<Vec<Entry>, PersonError> {
    let again = |step: Option<&StepId>| Entry::RetryRequested { step: step.cloned(), by: by.cloned() };
    let run = &claimed.run.id;
    let mut failed = failed(state).peekable();
    let may_retry = match claimed.run.status {
        RunStatus::NeedsAttention | RunStatus::Failed => true,
        RunStatus::Waiting | RunStatus::Sleeping => claimed.run.troubled && failed.peek().is_some(),
        _ => false,
    };
    if !may_retry {
        return Err(PersonError::NotPossible(format!(
            "Run {run} neither needs attention nor has failed: there is nothing to retry."
        )));
    }
    if let Some(step) = from
        && !state.steps.contains_key(step)
    {
        let mut known: Vec<String> = state.steps.keys().map(|step| format!("`{step}`")).collect();
        known.sort_unstable();
        known.truncate(MOST_STEPS);
        let known = if known.is_empty() { "none yet".to_owned() } else { known.join(", ") };
        let problem =
            format!("Run {run} has not come to a step `{step}`. The steps it has come to: {known}.");
        return Err(PersonError::NotPossible(problem));
    }
    let mut steps: Vec<&StepId> = failed.chain(from).collect();
    steps.sort_unstable();
    steps.dedup();
    if steps.is_empty() {
        // It stopped before its first step, at a step in doubt, or by a `fail`: it simply goes on from there.
        return Ok(vec![again(None)]);
    }
    Ok(steps.into_iter().map(|step| again(Some(step))).collect())
}

/// The steps that failed for good.
fn failed(state: &State) -> impl Iterator<Item = &StepId> {
    let is_failed = |(step, state): &(&StepId, &StepState)| match state {
        _ if step.starts_with(ON_FAILURE) => false,
        StepState::Failed { handled, .. } => !handled,
        StepState::Looping(turns) => matches!(turns.reading, Reading::Failed { .. }),
        _ => false,
    };
    state.steps.iter().filter(is_failed).map(|(step, _)| step)
}
