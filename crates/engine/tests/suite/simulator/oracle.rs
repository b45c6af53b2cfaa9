//! What a tale must come to, told without the engine: its recipes are walked step by step with what the app, the contacts and
//! the person have to say, as though nothing took time and nothing died. It keeps no journal and knows no calls under way.
//! What is in the end missing in every history alike is seen here. Start at [`Should::of`]; a call's end is in `answered`.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use bellhop_connector::FailureClass;
use bellhop_journal::RunStatus;
use bellhop_recipe::{Action, Block, CallAction, ForEach, Items, OnError, Plan, Step, WaitFor};
use bellhop_template::{Context, Scope};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use petgraph::Direction;
use petgraph::graph::NodeIndex;
use serde_json::{Value, json};

use super::end::mark;
use super::history::Seen;
use super::outside::{BODIES, answer};
use super::tale::Tale;
use crate::support::crm::{Fault, name};

/// What must have happened in the end.
#[derive(Default)]
pub(crate) struct Should {
    /// Every run: its recipe, its mark, and how it stands.
    pub(crate) runs: Vec<(String, String, RunStatus)>,
    /// What is done that may happen once.
    pub(crate) once: Vec<String>,
    /// What is done that may happen again.
    pub(crate) again: BTreeSet<String>,
    /// The pages that are read to their end.
    pub(crate) pages: BTreeSet<(String, u64)>,
    /// How often each text is called where nothing dies.
    calls: BTreeMap<String, usize>,
}

impl Should {
    /// What a tale must come to.
    pub(crate) fn of(tale: &Tale, plans: &[Arc<Plan>]) -> Self {
        let faults = tale.faults.iter().map(|(text, faults)| (text.clone(), faults.clone().into())).collect();
        let context = Context { now: Timestamp::UNIX_EPOCH, zone: TimeZone::UTC };
        let mut oracle = Oracle { tale, plans, context, faults, asked: Vec::new(), told: Self::default() };
        for event in (0..tale.contacts.len()).filter(|event| tale.starts(*event)) {
            oracle.run("r", tale.data(event), &Value::Null);
        }
        oracle.told
    }

    /// What of it is missing where nothing died, and what is there beside it.
    pub(crate) fn missed(&self, seen: &Seen) -> Vec<String> {
        let mut wrong = seen.end.differs_from(self);
        let texts: BTreeSet<_> = self.calls.keys().chain(seen.calls.keys()).collect();
        for text in texts {
            let (should, were) = (self.calls.get(text), seen.calls.get(text));
            if should != were {
                wrong.push(format!("`{text}` was called {were:?} times and not {should:?}"));
            }
        }
        wrong
    }
}

struct Oracle<'t> {
    tale: &'t Tale,
    plans: &'t [Arc<Plan>],
    context: Context,
    /// By the call's text: what still goes wrong.
    faults: HashMap<String, VecDeque<Fault>>,
    /// The texts of the calls that have happened.
    asked: Vec<String>,
    told: Should,
}

/// What comes of a step or a block.
enum Way {
    /// It is done, and gives these values to what comes after it.
    Done(Vec<(String, Value)>),
    /// It has failed.
    Failed(Failed),
    /// It ends the run so.
    Ends(RunStatus, Failed),
    /// It waits for ever, because a person leaves a run as it is.
    Waits,
}

/// Which step has failed, and how.
#[derive(Clone)]
struct Failed {
    step: String,
    class: &'static str,
}

/// Where a block stands: see the steps' ids in histories (`/steps/0#2/do/1`).
#[derive(Clone, Default)]
struct At {
    turn: String,
    covers: usize,
}

impl At {
    fn id(&self, step: &Step) -> String {
        format!("{}{}", self.turn, &step.address.as_str()[self.covers..])
    }

    fn turn(&self, step: &Step, turn: usize) -> Self {
        Self { turn: format!("{}#{turn}", self.id(step)), covers: step.address.as_str().len() }
    }
}

/// How several steps, or blocks, or turns stand together.
#[derive(Default)]
struct Together {
    waits: usize,
    failed: Option<Failed>,
    ends: Option<(RunStatus, Failed)>,
    gives: Vec<(String, Value)>,
}

impl Together {
    fn add(&mut self, way: Way) {
        match way {
            Way::Done(gives) => self.gives.extend(gives),
            Way::Failed(failed) => self.failed = self.failed.take().or(Some(failed)),
            Way::Ends(status, failed) => self.ends = self.ends.take().or(Some((status, failed))),
            Way::Waits => self.waits += 1,
        }
    }

    fn way(self) -> Way {
        match (self.waits, self.failed, self.ends) {
            (0, None, None) => Way::Done(self.gives),
            (0, None, Some((status, failed))) => Way::Ends(status, failed),
            (0, Some(failed), _) => Way::Failed(failed),
            _ => Way::Waits,
        }
    }
}

impl Oracle<'_> {
    /// A run of that recipe; how it stands in the end.
    fn run(&mut self, recipe: &str, trigger: Value, given: &Value) -> RunStatus {
        let plan =
            Arc::clone(self.plans.iter().find(|plan| plan.id == recipe).expect("a recipe of the tale"));
        let inputs = given.as_object().cloned().unwrap_or_default();
        let inputs = bellhop_recipe::inputs(&plan, &inputs).expect("the inputs that the tale gives");
        let scope = Scope::new().with("trigger", Arc::new(trigger)).with("inputs", Arc::new(inputs));
        let status = match self.block(&plan.body, &At::default(), scope.clone()) {
            Way::Done(_) => RunStatus::Succeeded,
            Way::Waits => RunStatus::Waiting,
            Way::Ends(RunStatus::Failed, failed) => self.failure(&plan, &scope, &failed, RunStatus::Failed),
            Way::Ends(status, _) => status,
            Way::Failed(failed) => self.failure(&plan, &scope, &failed, RunStatus::NeedsAttention),
        };
        let gives_up =
            status == RunStatus::NeedsAttention && recipe != "r" && self.tale.gives_up(recipe, given);
        let status = if gives_up { RunStatus::Cancelled } else { status };
        self.told.runs.push((recipe.to_owned(), mark(given), status));
        status
    }

    /// What is done when a run has failed; what comes of that changes nothing, unless it waits.
    fn failure(&mut self, plan: &Plan, scope: &Scope, failed: &Failed, status: RunStatus) -> RunStatus {
        match self.block(&plan.on_failure, &At::default(), with_error(scope, failed)) {
            Way::Waits => RunStatus::Waiting,
            _ => status,
        }
    }

    /// The steps of a block, each after those that must be done before it.
    fn block(&mut self, block: &Block, at: &At, mut scope: Scope) -> Way {
        let mut done = vec![false; block.graph.node_count()];
        let mut together = Together::default();
        for index in block.graph.node_indices() {
            let mut before = block.graph.neighbors_directed(index, Direction::Incoming);
            if !before.all(|before: NodeIndex| done[before.index()]) {
                continue;
            }
            let way = self.step(&block.graph[index], at, &scope);
            if let Way::Done(gives) = &way {
                done[index.index()] = true;
                for (name, value) in gives {
                    scope.insert(name, Arc::new(value.clone()));
                }
            }
            together.add(way);
        }
        together.way()
    }

    fn step(&mut self, step: &Step, at: &At, scope: &Scope) -> Way {
        let failed = |class| Way::Failed(Failed { step: at.id(step), class });
        let holds = step.guard.as_ref().map_or(Ok(true), |guard| guard.evaluate(scope, &self.context));
        let way = match holds {
            Ok(true) => self.act(step, at, scope).unwrap_or_else(failed),
            Ok(false) => return Way::Done(Vec::new()),
            Err(_) => failed("data"),
        };
        match (way, &step.on_error) {
            (Way::Failed(_), OnError::Continue) => Way::Done(Vec::new()),
            (Way::Failed(Failed { class, .. }), OnError::Handle(block)) => {
                self.block(block, at, with_error(scope, &Failed { step: at.id(step), class }))
            }
            (way, _) => way,
        }
    }

    /// What a step does; or the class of its failure.
    fn act(&mut self, step: &Step, at: &At, scope: &Scope) -> Result<Way, &'static str> {
        let result =
            |value: Value| Way::Done(step.name.iter().map(|name| (name.clone(), value.clone())).collect());
        let context = self.context.clone();
        Ok(match &step.action {
            Action::Call(call) => {
                self.call(step, call, scope)?;
                result(Value::Null)
            }
            Action::If { condition, then, otherwise } => {
                let holds = condition.evaluate(scope, &context).map_err(|_| "data")?;
                self.block(if holds { then } else { otherwise }, at, scope.clone())
            }
            Action::Parallel(branches) => {
                let mut together = Together::default();
                for (_, block) in branches {
                    together.add(self.block(block, at, scope.clone()));
                }
                together.way()
            }
            Action::ForEach(each) => self.turns(step, each, at, scope)?,
            Action::Wait(_) => Way::Done(Vec::new()),
            Action::Set(values) => {
                let value = |(name, value): &(String, bellhop_recipe::ValueExpr)| {
                    let value = value.evaluate(scope, &context).map_err(|_| "data")?;
                    Ok(value.map(|value| (name.clone(), value)))
                };
                let values: Result<Vec<_>, &'static str> = values.iter().map(value).collect();
                Way::Done(values?.into_iter().flatten().collect())
            }
            Action::WaitFor(wait) => match self.heard(wait, scope) {
                Some(event) => result(event),
                None => Way::Done(Vec::new()),
            },
            Action::Approve(approve) => {
                let ask = approve.ask.evaluate(scope, &context).map_err(|_| "data")?;
                let said = self.tale.decision(ask.as_str().unwrap_or_default());
                let by = said.map(|_| "Mara");
                let approved = said.is_some_and(|(approved, _)| approved);
                result(
                    json!({ "approved": approved, "by": by, "comment": null, "timed_out": said.is_none() }),
                )
            }
            Action::Map { from, mapping } => {
                let record = from.evaluate(scope, &context).map_err(|_| "data")?.unwrap_or_default();
                result(mapping.apply(&record, &context).map_err(|_| "data")?)
            }
            Action::Run { recipe, inputs } => {
                let inputs = inputs.evaluate(scope, &context).map_err(|_| "data")?.unwrap_or_default();
                match self.run(recipe, json!({}), &inputs) {
                    status @ (RunStatus::Succeeded | RunStatus::Stopped) => {
                        result(json!({ "status": status.name() }))
                    }
                    RunStatus::Failed | RunStatus::Cancelled => return Err("called"),
                    _ => Way::Waits,
                }
            }
            Action::Stop(_) => Way::Ends(RunStatus::Stopped, Failed { step: at.id(step), class: "stop" }),
            Action::Fail(_) => Way::Ends(RunStatus::Failed, Failed { step: at.id(step), class: "fail" }),
            Action::Choose { .. } => unreachable!("no tale has it"),
        })
    }

    /// The turns of a loop. One that waits for ever keeps its place; when all places are kept, no other turn begins.
    fn turns(&mut self, step: &Step, each: &ForEach, at: &At, scope: &Scope) -> Result<Way, &'static str> {
        let mut together = Together::default();
        let mut begun = 0;
        let mut turn = |oracle: &mut Self, item: Value| {
            let is_full = together.waits >= each.at_once;
            if !is_full {
                let scope = scope.with(&each.item, Arc::new(item));
                let way = oracle.block(&each.block, &at.turn(step, begun), scope);
                together.add(way);
                begun += 1;
            }
            !is_full
        };
        let read = match &each.over {
            Items::List(list) => {
                let items = list.evaluate(scope, &self.context).map_err(|_| "data")?.unwrap_or_default();
                items.as_array().cloned().unwrap_or_default().into_iter().all(|item| turn(self, item));
                Ok(())
            }
            Items::Found(call) => self.pages(step, call, scope, &mut turn),
        };
        together.gives.clear();
        if let Err(class) = read {
            together.add(Way::Failed(Failed { step: at.id(step), class }));
        }
        Ok(together.way())
    }

    /// Reads pages for as long as all items of the last one have been begun.
    fn pages(
        &mut self,
        step: &Step,
        call: &CallAction,
        scope: &Scope,
        turn: &mut impl FnMut(&mut Self, Value) -> bool,
    ) -> Result<(), &'static str> {
        let input = call.input(scope, &self.context).map_err(|_| "data")?;
        let (text, count) = (name(&input), input["count"].as_u64().unwrap_or(0));
        let size = input["size"].as_u64().unwrap_or(2);
        let mut first = 0;
        loop {
            let (_, end) = self.answered(step, call, &text, &[text.clone(), format!("{text}@{first}")]);
            end?;
            self.told.pages.insert((text.clone(), first));
            let next = (first + size).min(count);
            if !(first..next).all(|number| turn(self, format!("i{number}").into())) || next >= count {
                return Ok(());
            }
            first = next;
        }
    }

    fn call(&mut self, step: &Step, call: &CallAction, scope: &Scope) -> Result<(), &'static str> {
        let input = call.input(scope, &self.context).map_err(|_| "data")?;
        let text = name(&input);
        let (happened, end) = self.answered(step, call, &text, std::slice::from_ref(&text));
        if happened {
            let effect = format!("{} {text}", call.operation);
            if call.effect.repeatable() {
                self.told.again.insert(effect);
            } else {
                self.told.once.push(effect);
            }
            self.asked.push(text);
        }
        end
    }

    /// A call of this text, again and again until it is done or has failed for good: whether it happened, and how it ended. What
    /// goes wrong is told by the keys.
    fn answered(
        &mut self,
        step: &Step,
        call: &CallAction,
        text: &str,
        keys: &[String],
    ) -> (bool, Result<(), &'static str>) {
        let once = !call.effect.repeatable();
        let mut tries = step.retry.as_ref().and_then(|retry| retry.times).unwrap_or(u32::MAX);
        let mut happened = false;
        loop {
            *self.told.calls.entry(text.to_owned()).or_default() += 1;
            let fault = keys.iter().find_map(|key| self.faults.get_mut(key)?.pop_front());
            let class = match fault {
                None => return (true, Ok(())),
                // A look shows it.
                Some(Fault::LostAnswer | Fault::Refused(true)) if once => return (true, Ok(())),
                // Nobody can look, and a person has it done again.
                Some(Fault::Refused(false)) if call.operation == "send" => continue,
                Some(Fault::Refused(did)) => return (happened || did, Err("invalid")),
                Some(Fault::Class(FailureClass::RateLimited { .. })) => continue,
                Some(Fault::Class(class @ (FailureClass::Transient | FailureClass::Unclear))) => class.name(),
                Some(Fault::Class(class)) => return (happened, Err(class.name())),
                Some(Fault::LostAnswer) => {
                    happened = true;
                    "unclear"
                }
                Some(Fault::Hangs) => "unclear",
                Some(Fault::Panic | Fault::InLine) => unreachable!("no tale has it"),
            };
            if tries == 0 {
                return (happened, Err(class));
            }
            tries -= 1;
        }
    }

    /// What is heard of what the contacts who were asked have said.
    fn heard(&self, wait: &WaitFor, scope: &Scope) -> Option<Value> {
        let said = self.asked.iter().filter(|text| self.tale.reply(text).is_some());
        let messages = said.flat_map(|text| BODIES.map(|body| answer(text, "", body).data));
        let mut fits = messages.filter(|event| {
            let scope = scope.with("event", Arc::new(event.clone()));
            wait.condition.as_ref().is_some_and(|holds| holds.evaluate(&scope, &self.context) == Ok(true))
        });
        fits.next()
    }
}

fn with_error(scope: &Scope, Failed { step, class }: &Failed) -> Scope {
    scope.with("error", Arc::new(json!({ "step": step, "class": class, "message": "", "existing": null })))
}
