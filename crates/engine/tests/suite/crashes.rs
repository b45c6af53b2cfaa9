//! A process that dies anywhere, any number of times: the run comes to the same end as if nothing had happened, and no
//! `once` effect happens twice.

use std::collections::BTreeMap;

use bellhop_connector::FailureClass;
use bellhop_journal::{RunStatus, State, StepState};
use proptest::prelude::*;
use serde_json::json;

use crate::support::crm::Fault;
use crate::support::{Bench, created, on_one_thread, recipe, run_of};

/// A step of a made-up recipe.
#[derive(Clone, Debug)]
enum Verb {
    Call { operation: &'static str, fault: Option<&'static str>, continues: bool },
    If { holds: bool, then: Vec<Verb>, otherwise: Vec<Verb> },
    Loop { items: usize, at_once: usize, inside: Vec<Verb> },
    Search { pages: usize, fault: Option<&'static str>, at_once: usize, inside: Vec<Verb> },
    Parallel(Vec<Vec<Verb>>),
    Wait,
    Set,
    Guarded { holds: bool },
    Handled,
}

fn page_fault() -> impl Strategy<Value = Option<&'static str>> + Clone {
    prop::sample::select(vec![None, None, Some("transient"), Some("limited"), Some("lost")])
}

fn verb() -> impl Strategy<Value = Verb> {
    let operation = prop::sample::select(vec!["get_contact", "tag", "charge", "create_note", "create_note"]);
    let fault = prop::sample::select(vec![
        None,
        None,
        None,
        Some("transient"),
        Some("limited"),
        Some("lost"),
        Some("unclear"),
        Some("invalid"),
    ]);
    let call = (operation, fault, any::<bool>()).prop_map(|(operation, fault, continues)| Verb::Call {
        operation,
        fault,
        continues,
    });
    let leaf = prop_oneof![
        6 => call,
        1 => Just(Verb::Wait),
        1 => Just(Verb::Set),
        1 => any::<bool>().prop_map(|holds| Verb::Guarded { holds }),
        1 => Just(Verb::Handled),
    ];
    let page_fault = page_fault();
    leaf.prop_recursive(2, 10, 3, move |inner| {
        let page_fault = page_fault.clone();
        let some = prop::collection::vec(inner, 1..3);
        prop_oneof![
            (any::<bool>(), some.clone(), some.clone()).prop_map(|(holds, then, otherwise)| Verb::If {
                holds,
                then,
                otherwise
            }),
            (0_usize..4, 1_usize..3, some.clone()).prop_map(|(items, at_once, inside)| Verb::Loop {
                items,
                at_once,
                inside
            }),
            (0_usize..3, page_fault, 1_usize..3, some.clone()).prop_map(|(pages, fault, at_once, inside)| {
                Verb::Search { pages, fault, at_once, inside }
            }),
            prop::collection::vec(some, 1..3).prop_map(Verb::Parallel),
        ]
    })
}

/// Writes a recipe, with a text of its own for every call, and tells the app how each fails.
struct Writer<'b> {
    bench: Option<&'b Bench>,
    text: String,
    number: usize,
    /// The names of the loops' items around.
    items: Vec<String>,
}

impl Writer<'_> {
    fn line(&mut self, depth: usize, line: &str) {
        self.text.push_str(&"  ".repeat(depth));
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn name(&mut self) -> String {
        self.number += 1;
        let items = self.items.iter().map(|item| format!(" {{{{ {item} }}}}"));
        items.fold(format!("n{}", self.number), |name, item| name + &item)
    }

    fn call(&mut self, depth: usize, operation: &str, fault: Option<&str>) {
        let text = self.name();
        let field = if operation == "get_contact" { "id" } else { "text" };
        self.line(depth, &format!("- crm.{operation}: {{ {field}: \"{text}\" }}"));
        self.fail(&text, fault);
    }

    /// The next calls with that text fail so, where the text is not made anew for every turn of a loop.
    fn fail(&self, text: &str, fault: Option<&str>) {
        let faults = match fault {
            Some("transient") => {
                vec![Fault::Class(FailureClass::Transient), Fault::Class(FailureClass::Transient)]
            }
            Some("limited") => vec![Fault::Class(FailureClass::RateLimited { after_ms: Some(3_000) })],
            Some("lost") => vec![Fault::LostAnswer],
            Some("unclear") => vec![Fault::Class(FailureClass::Unclear)],
            _ => Vec::new(),
        };
        if let Some(bench) = self.bench
            && self.items.is_empty()
            && !faults.is_empty()
        {
            bench.crm.fail(text, faults);
        }
    }

    fn verbs(&mut self, depth: usize, verbs: &[Verb]) {
        for verb in verbs {
            match verb {
                Verb::Call { operation, fault: Some("invalid"), continues } => {
                    // A name that is not there fails at every attempt, before and after a crash.
                    self.line(
                        depth,
                        &format!(
                            "- crm.{operation}: {{ {}: \"{{{{ trigger.nothing }}}}\" }}",
                            if *operation == "get_contact" { "id" } else { "text" }
                        ),
                    );
                    if *continues {
                        self.line(depth + 1, "on_error: continue");
                    }
                }
                Verb::Call { operation, fault, .. } => self.call(depth, operation, *fault),
                Verb::If { holds, then, otherwise } => {
                    self.line(depth, &format!("- if: trigger.{}", if *holds { "yes" } else { "no" }));
                    self.line(depth + 1, "then:");
                    self.verbs(depth + 2, then);
                    self.line(depth + 1, "else:");
                    self.verbs(depth + 2, otherwise);
                }
                Verb::Loop { items, at_once, inside } => {
                    self.number += 1;
                    let item = format!("item{}", self.number);
                    self.line(depth, &format!("- for_each: $.trigger.lists[{items}]"));
                    self.line(depth + 1, &format!("as: {item}"));
                    self.line(depth + 1, &format!("at_once: {at_once}"));
                    self.line(depth + 1, "do:");
                    self.items.push(item);
                    self.verbs(depth + 2, inside);
                    self.items.pop();
                }
                Verb::Search { pages, fault, at_once, inside } => {
                    let text = self.name();
                    self.line(depth, "- for_each:");
                    let fields = format!("{{ text: \"{text}\", count: {} }}", pages * 2);
                    self.line(depth + 3, &format!("crm.search: {fields}"));
                    self.number += 1;
                    let item = format!("item{}", self.number);
                    self.line(depth + 1, &format!("as: {item}"));
                    self.line(depth + 1, &format!("at_once: {at_once}"));
                    self.line(depth + 1, "do:");
                    self.fail(&text, *fault);
                    self.items.push(item);
                    self.verbs(depth + 2, inside);
                    self.items.pop();
                }
                Verb::Parallel(branches) => {
                    self.line(depth, "- parallel:");
                    for (number, branch) in branches.iter().enumerate() {
                        self.line(depth + 3, &format!("b{number}:"));
                        self.verbs(depth + 4, branch);
                    }
                }
                Verb::Wait => self.line(depth, "- wait: 20 seconds"),
                Verb::Set => {
                    self.number += 1;
                    let name = format!("value{}", self.number);
                    self.line(depth, "- set:");
                    self.line(depth + 3, &format!("{name}: \"{{{{ trigger.id }}}}\""));
                    let text = self.name();
                    self.line(depth, &format!("- crm.create_note: {{ text: \"{text} {{{{ {name} }}}}\" }}"));
                }
                Verb::Guarded { holds } => {
                    self.call(depth, "create_note", None);
                    self.line(depth + 1, &format!("if: trigger.{}", if *holds { "yes" } else { "no" }));
                }
                Verb::Handled => {
                    self.line(depth, "- crm.tag: { text: \"{{ trigger.nothing }}\" }");
                    self.line(depth + 1, "on_error:");
                    let text = self.name();
                    self.line(
                        depth + 2,
                        &format!("- crm.create_note: {{ text: \"{text} {{{{ error.class }}}}\" }}"),
                    );
                }
            }
        }
    }
}

fn written(verbs: &[Verb], bench: Option<&Bench>) -> String {
    let mut writer = Writer { bench, text: String::new(), number: 0, items: Vec::new() };
    writer.verbs(1, verbs);
    recipe(&writer.text)
}

/// How a run stands in the end: its status, what came of each step, and what was done to the app.
#[derive(Clone, Debug, PartialEq)]
struct End {
    status: Option<RunStatus>,
    steps: BTreeMap<String, String>,
    effects: Vec<String>,
    twice: Vec<String>,
}

fn ends(state: &State) -> BTreeMap<String, String> {
    let end = |state: &StepState| match state {
        StepState::Ended { output, .. } => format!("ended with {output}"),
        StepState::Failed { class, handled, .. } => format!("failed {class} {handled}"),
        // When it began is another time in another life.
        StepState::Looping(turns) => {
            format!("open {:?}, failed {:?}, {:?}", turns.open, turns.failed, turns.ahead)
        }
        other => format!("{other:?}"),
    };
    state.steps.iter().map(|(step, state)| (step.clone(), end(state))).collect()
}

/// Lives through a run with these deaths, then without; how it ends, and how many moments its first life had.
fn live(verbs: &[Verb], deaths: &[usize]) -> (End, usize) {
    let mut bench = Bench::new(&[("r", &written(verbs, None))]);
    written(verbs, Some(&bench));
    let id = run_of("w1", "r");
    let event = created(
        "w1",
        "c1",
        json!({
            "id": "c1", "yes": true, "no": false, "lists": [[], ["a"], ["a", "b"], ["a", "b", "c"]],
        }),
    );
    let mut moments = 0;
    let mut acknowledged = false;
    for (life, death) in deaths.iter().copied().chain([0]).enumerate() {
        bench.death.at(death);
        // Everything of a process that dies is gone with its executor.
        on_one_thread(async {
            let work = async {
                let engine = bench.clone_lives(life).started_with(|options| options.fold_every = 6).await;
                if !acknowledged {
                    acknowledged = engine.receive("crm", event.clone()).await.is_ok();
                }
            };
            let work = std::pin::pin!(work);
            let dead = bench.until(1, async || false);
            let dead = std::pin::pin!(dead);
            if let futures::future::Either::Left(((), _)) = futures::future::select(work, dead).await {
                bench.rest(&id).await;
            }
        });
        if life == 0 {
            moments = bench.death.moments();
        }
        bench.store = bench.store.reopened();
    }
    bench.death.never();
    let end = on_one_thread(async {
        let mut effects = bench.crm.effects();
        let once = |effect: &String| effect.starts_with("create_note");
        effects.retain(once);
        effects.sort();
        End {
            status: bench.status(&id).await,
            steps: ends(&bench.state(&id).await),
            effects,
            twice: bench.crm.twice(),
        }
    });
    (end, moments)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_death_anywhere_changes_nothing_in_the_end(verbs in prop::collection::vec(verb(), 1..5), second in 1_usize..60) {
        let (expected, moments) = live(&verbs, &[]);
        let rests = [Some(RunStatus::Succeeded), Some(RunStatus::NeedsAttention)];
        prop_assert!(rests.contains(&expected.status), "{expected:?} of {}", written(&verbs, None));
        prop_assert!(expected.twice.is_empty());
        for first in 1..=moments {
            let (end, _) = live(&verbs, &[first, second]);
            prop_assert_eq!(
                &end, &expected, "deaths at {} and {} of {} in\n{}", first, second, moments, written(&verbs, None)
            );
        }
    }

    #[test]
    fn a_death_in_a_long_loop_skips_no_item_and_does_none_twice(
        pages in 1_usize..5,
        fault in page_fault(),
        at_once in 1_usize..4,
        second in 1_usize..60,
    ) {
        let note = |operation| Verb::Call { operation, fault: None, continues: false };
        let inside = vec![note("create_note"), note("tag")];
        let verbs = [Verb::Search { pages, fault, at_once, inside }];
        let (expected, moments) = live(&verbs, &[]);
        prop_assert_eq!(expected.status, Some(RunStatus::Succeeded));
        prop_assert_eq!(expected.effects.len(), pages * 2);
        for first in 1..=moments {
            let (end, _) = live(&verbs, &[first, second]);
            prop_assert_eq!(&end, &expected, "deaths at {} and {} of {}", first, second, moments);
        }
    }
}
