//! One recipe has another one run (`call:`). The other run is an ordinary one, with a history of its own. Its id is a
//! function of the run and the step that called it, so that it is made once however often the caller dies in between.

use std::sync::Arc;

use bellhop_connector::Lane;
use bellhop_journal::{
    Accepted, Awaited, Entry, EventId, NewEvent, NewRun, Origin, RunId, RunStatus, State, StepId, StoreError,
};
use bellhop_recipe::{Step, TriggerKind};
use bellhop_template::Context;
use serde_json::{Map, Value};

use crate::book::Loaded;
use crate::decide::{CALLED, Facts, is_handled};
use crate::engine::Engine;
use crate::history::History;
use crate::job::{Job, Pinned, Start};
use crate::lane::{CALLED as CALLED_BY, of_called};
use crate::verdict;

/// What is asked of another recipe.
pub(crate) struct Summons<'p> {
    pub(crate) step: StepId,
    pub(crate) plan: &'p Step,
    pub(crate) recipe: &'p str,
    pub(crate) inputs: Value,
}

impl Engine {
    /// Has another recipe run; what is to be recorded of it.
    pub(crate) async fn summon(
        self: &Arc<Self>,
        history: &History<'_>,
        facts: &Facts,
        summons: Summons<'_>,
        above: Lane,
    ) -> Result<Entry, StoreError> {
        let Summons { step, plan, recipe, inputs } = summons;
        let called: &[RunId] = history.state.called.get(&step).map_or(&[], Vec::as_slice);
        let awaited = |run: RunId| Entry::Awaited {
            step: step.clone(),
            what: Awaited::Run { run, recipe: recipe.to_owned() },
            until: None,
        };
        // After a person's retry: what has come of the run that was called before is not done again.
        if let Some(last) = called.last()
            && let Some(found) = self.options.store.run(last.as_str()).await?
            && !matches!(found.run.status, RunStatus::Failed | RunStatus::Cancelled)
        {
            return Ok(awaited(last.clone()));
        }
        let refused = |message: String| Entry::StepFailed {
            step: step.clone(),
            class: CALLED.to_owned(),
            message,
            evidence: Value::Null,
            retry_at: None,
            handled: is_handled(plan),
        };
        let recipes = self.book.shelf();
        let Some(loaded) = recipes.by_id.get(recipe) else {
            return Ok(refused(format!(
                "the recipe `{recipe}` is not there any more, or has errors; `bellhop check` tells which."
            )));
        };
        if !loaded.plan.enabled {
            return Ok(refused(format!("the recipe `{recipe}` is switched off (`enabled: no`).")));
        }
        if let Err(problems) = loaded.inputs(&inputs) {
            return Ok(refused(format!("the recipe `{recipe}` cannot begin: {}", problems.join(" "))));
        }
        let delivery = match called.len() {
            0 => step.clone(),
            more => format!("{step} {}", more + 1),
        };
        let run = self.make_called(loaded, facts, delivery, inputs, above).await?;
        Ok(awaited(run))
    }

    /// Makes the run, where it has not been made before.
    async fn make_called(
        self: &Arc<Self>,
        loaded: &Arc<Loaded>,
        facts: &Facts,
        delivery_id: String,
        inputs: Value,
        above: Lane,
    ) -> Result<RunId, StoreError> {
        let now = self.options.clock.now();
        let origin = Origin { source: format!("{CALLED_BY}{}", facts.run), name: "call".to_owned() };
        let event = EventId::of(&origin.source, &delivery_id);
        let lane = of_called(above, &delivery_id);
        let recipe = &loaded.plan.id;
        let id = RunId::of(&event, recipe);
        let trigger = Arc::new(Value::Object(Map::new()));
        let by_hand = loaded.plan.triggers.iter().find(|one| matches!(one.kind, TriggerKind::Manual));
        // Never the order of the record: the caller may have its turn and would wait for itself.
        let order_key = by_hand.and_then(|by_hand| {
            let context = Context { now, zone: loaded.zone(&self.options.world).clone() };
            let scope = verdict::scope(&trigger, &loaded.inputs(&inputs).ok()?);
            verdict::order_key(recipe, by_hand, None, &scope, &context)
        });
        let new = NewEvent {
            origin,
            delivery_id,
            received_at: now,
            record: facts.record.as_deref().map(str::to_owned),
            data: (*trigger).clone(),
            passed_over: Vec::new(),
        };
        let run = NewRun {
            id: id.clone(),
            recipe: recipe.clone(),
            version: loaded.plan.version.clone(),
            order_key,
            inputs: inputs.clone(),
            once: None,
        };
        let accepted = self.options.store.accept(&self.options.owner, new, vec![run]).await?;
        if let Accepted::New { ready, .. } = accepted
            && ready.contains(&id)
        {
            self.dispatch(Job {
                id: id.clone(),
                event,
                recipe: Arc::clone(&loaded.id),
                record: facts.record.clone(),
                trigger,
                given: inputs,
                created: now,
                state: State::default(),
                pinned: Pinned::Loaded(Arc::clone(loaded)),
                start: Start::Clear,
                signals: Vec::new(),
                lane,
                early: None,
            });
        }
        Ok(id)
    }
}
