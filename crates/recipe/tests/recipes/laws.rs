//! Laws of the checker: no text makes it panic, every graph is one that can be followed, and the order is the written one.

use bellhop_recipe::{Action, Block, Dependency, OnError, Plan, Step, compile, graph};
use bellhop_source::{Source, render};
use petgraph::algo::toposort;
use petgraph::visit::EdgeRef;
use proptest::prelude::*;

use crate::world::{files, fixtures, read, sample, stem};

fn plan(text: &str) -> Plan {
    let source = Source::new("a.yaml", text);
    let (plan, found) = compile("a", &source, sample());
    plan.unwrap_or_else(|| panic!("{}", render(&found, &source, false)))
}

/// The edges of a block: from, to, and whether a result is used.
fn edges(block: &Block) -> Vec<(usize, usize, bool)> {
    let edges = block.graph.edge_references();
    edges
        .map(|edge| (edge.source().index(), edge.target().index(), *edge.weight() == Dependency::Data))
        .collect()
}

const HEAD: &str = "name: a\ntrigger: contacts.contact_created\nsteps:\n";

#[test]
fn reads_go_side_by_side_and_writes_keep_their_order() {
    let plan = plan(&format!(
        "{HEAD}  - contacts.get_contact: {{ contactId: $.trigger.id }}
    as: contact
  - contacts.list_tasks: {{ contactId: $.trigger.id }}
    as: tasks
  - contacts.add_tags: {{ contactId: $.contact.id, tags: [seen] }}
  - set: {{ first: '$.tasks[0]' }}
  - slack.send_message: {{ text: 'Done with {{{{ first.title }}}}' }}
"
    ));
    assert_eq!(edges(&plan.body), [(0, 2, true), (1, 2, false), (1, 3, true), (2, 3, false), (3, 4, true)]);
}

#[test]
fn what_a_branch_uses_is_used_by_the_whole_step() {
    let plan = plan(&format!(
        "{HEAD}  - contacts.get_contact: {{ contactId: $.trigger.id }}
    as: contact
  - contacts.list_tasks: {{ contactId: $.trigger.id }}
    as: tasks
  - if: trigger.dnd
    then:
      - set: {{ name: $.contact.firstName }}
    else:
      - set: {{ name: nobody }}
  - contacts.search_contacts: {{ query: $.name }}
    if: tasks is empty
"
    ));
    assert_eq!(edges(&plan.body), [(0, 2, true), (1, 3, true), (2, 3, true)]);
}

#[test]
fn waits_and_ends_hold_back_what_follows() {
    let plan = plan(&format!(
        "{HEAD}  - contacts.get_contact: {{ contactId: $.trigger.id }}
  - wait: 2 days
  - contacts.get_contact: {{ contactId: $.trigger.id }}
    as: contact
  - stop: Enough
    if: contact.dnd
  - contacts.list_tasks: {{ contactId: $.trigger.id }}
"
    ));
    assert_eq!(edges(&plan.body), [(0, 1, false), (1, 2, false), (2, 3, true), (3, 4, false)]);
}

fn blocks<'a>(block: &'a Block, found: &mut Vec<&'a Block>) {
    found.push(block);
    for step in block.graph.node_weights() {
        match &step.action {
            Action::If { then, otherwise, .. } => {
                blocks(then, found);
                blocks(otherwise, found);
            }
            Action::Choose { cases, otherwise } => {
                for case in cases {
                    blocks(&case.block, found);
                }
                blocks(otherwise, found);
            }
            Action::ForEach(each) => blocks(&each.block, found),
            Action::Parallel(all) => {
                for (_, block) in all {
                    blocks(block, found);
                }
            }
            _ => {}
        }
        if let OnError::Handle(block) = &step.on_error {
            blocks(block, found);
        }
    }
}

#[test]
fn steps_stand_in_their_graphs_as_written_and_at_their_addresses() {
    for path in files(&fixtures().join("good")) {
        let plan = plan(&read(&path));
        let mut all = Vec::new();
        blocks(&plan.body, &mut all);
        for block in all {
            assert!(toposort(&block.graph, None).is_ok());
            let addresses: Vec<&Step> = block.graph.node_weights().collect();
            for (index, step) in addresses.iter().enumerate() {
                assert!(step.address.as_str().ends_with(&format!("/{index}")), "{}", step.address);
            }
        }
    }
}

#[test]
fn the_version_is_the_texts() {
    let text = format!("{HEAD}  - stop: a\n");
    let one = plan(&text);
    assert_eq!(one.version, plan(&text).version);
    assert_ne!(one.version, plan(&text.replace("stop: a", "stop: b")).version);
    assert!(one.version.bytes().all(|byte| byte.is_ascii_hexdigit()));
}

#[test]
fn drawings_show_every_step_and_escape_what_is_written() {
    let plan = plan(&format!(
        "{HEAD}  - if: trigger.firstName == '<b>&\"'
    then:
      - wait: 2 days
    else:
      - slack.send_message: {{ text: 'a < b \"c\" & d' }}
  - for_each: $.trigger.tags
    as: tag
    do:
      - slack.send_message: {{ text: $.tag }}
"
    ));
    let (mermaid, text, svg) = (graph::mermaid(&plan), graph::text(&plan), graph::svg(&plan));
    for drawing in [&mermaid, &text, &svg] {
        for words in ["Wait 2 days", "Send message", "For each tag of trigger.tags", "Contact created"] {
            assert!(drawing.contains(words), "{words} is missing in\n{drawing}");
        }
    }
    assert!(mermaid.starts_with("flowchart TD\n"));
    assert!(!mermaid.contains("<b>") && !svg.contains("<b>"));
    assert!(svg.contains("a &lt; b") && svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
    assert!(text.contains("├─ yes:") && text.contains("└─ no:") && text.contains("↻ "));
}

#[test]
fn waits_questions_searches_and_called_recipes_are_known_at_a_glance() {
    let drawn = |name: &str| {
        let plan = plan(&read(&fixtures().join(format!("good/{name}.yaml"))));
        (graph::text(&plan), graph::mermaid(&plan), graph::svg(&plan))
    };
    let (text, mermaid, svg) = drawn("waits-and-people");
    for line in [
        "◷◆ Wait for message received (contacts) – where event.contactId == trigger.id and event.body is…, up to 3 days → answer",
        "☺ Ask: Shall {{ trigger.firstName | default('this",
        "▶ Run welcome – owner: trigger.id, score: 90 → welcomed",
        "✖ When the run has failed:",
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
    assert!(
        mermaid.contains("subgraph failed [\"✖ When the run has failed\"]") && mermaid.contains("🙋 Ask: ")
    );
    assert!(mermaid.contains("{{\"▶ Run clean-up\"}}"), "{mermaid}");
    for class in ["event", "question", "recipe"] {
        assert!(svg.contains(&format!("<rect class=\"{class}\"")), "{class}");
    }
    assert!(svg.contains("✖ When the run has failed"));
    let (text, mermaid, svg) = drawn("loops-over-searches");
    assert!(
        text.contains("↻⌕ For each person found by Search contacts (contacts_spain) – 5 at a time"),
        "{text}"
    );
    assert!(
        mermaid.contains("🔍 For each task found by List tasks") && svg.contains("<rect class=\"search\"")
    );
    assert!(!text.contains('✖') && !mermaid.contains("subgraph"));
}

#[test]
fn after_replaces_what_only_the_order_gives() {
    let plan = plan(&read(&fixtures().join("good/after.yaml")));
    let why: Vec<_> = plan.body.graph.edge_references().map(|edge| *edge.weight()).collect();
    assert_eq!(
        edges(&plan.body),
        [
            (0, 1, false),
            (0, 2, false),
            (0, 3, true),
            (1, 3, false),
            (0, 4, true),
            (2, 4, false),
            (3, 4, true),
            (4, 5, false)
        ]
    );
    assert_eq!(why.iter().filter(|why| **why == Dependency::After).count(), 3);
}

#[test]
fn settings_and_the_steps_for_a_failed_run_stand_in_the_plan() {
    let plan = plan(&read(&fixtures().join("good/waits-and-people.yaml")));
    assert_eq!(plan.settings.zone.as_ref().and_then(|zone| zone.iana_name()), Some("Europe/Madrid"));
    assert_eq!(plan.settings.retry.as_ref().and_then(|retry| retry.times), Some(3));
    assert!(plan.settings.timeout.is_some());
    let places: Vec<_> = plan.on_failure.graph.node_weights().map(|step| step.address.to_string()).collect();
    assert_eq!(places, ["/on_failure/0", "/on_failure/1"]);
    let zoned = "name: a\ntrigger: { schedule: every day at 09:00 }\nsettings: { time_zone: Asia/Tokyo }\nsteps: [{ stop: a }]\n";
    let bellhop_recipe::TriggerKind::Schedule { schedule, .. } = &self::plan(zoned).triggers[0].kind else {
        panic!("a schedule");
    };
    assert_eq!(schedule.zone().iana_name(), Some("Asia/Tokyo"));
}

#[test]
fn every_good_recipe_can_be_drawn() {
    for path in files(&fixtures().join("good")) {
        let plan = plan(&read(&path));
        let opened = graph::svg(&plan).matches("<text").count();
        assert!(opened > 1 && opened == graph::svg(&plan).matches("</text>").count(), "{}", stem(&path));
        assert!(graph::text(&plan).lines().count() > plan.body.graph.node_count());
    }
}

/// Pieces of recipes, to be put together in ways nobody would.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ \\n:\\-\\[\\]{}'\"$.|#a-z0-9]{0,12}",
        ".{0,8}",
        prop::sample::select(vec![
            "name: a\n",
            "trigger: ",
            "steps:\n",
            "  - ",
            "    ",
            "\n",
            "if: ",
            "then:\n",
            "else:\n",
            "choose:\n",
            "when: ",
            "do:\n",
            "for_each: ",
            "as: ",
            "parallel:\n",
            "set: ",
            "stop: ",
            "wait: ",
            "{ until: a }",
            "contacts.add_tags:\n",
            "contacts.get_contact: { contactId: $.trigger.id }\n",
            "tags: [a, b]\n",
            "$.trigger.tags[*]",
            "{{ trigger.id | default('') }}",
            "{{",
            "}}",
            "retry: 3\n",
            "on_error: continue\n",
            "schedule: every day at 09:00\n",
            "webhook: { path: é }\n",
            "contacts.contact_created",
            "null",
            "[]",
            "{}",
            "inputs:\n",
            "  x: { type: number, default: 1 }\n",
            "é",
            "\u{1F600}",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_text_makes_the_checker_panic(text in pieces()) {
        let source = Source::new("a.yaml", text);
        let (plan, found) = compile("a", &source, sample());
        prop_assert!(plan.is_some() || !found.is_empty());
        let _ = render(&found, &source, false);
    }

    /// A good recipe with a line changed, moved or lost.
    #[test]
    fn no_edit_makes_the_checker_panic(line in 0..120_usize, with in "[ \\-:a-z$.{}\\[\\]'\"]{0,20}", lose in any::<bool>()) {
        let text = read(&fixtures().join("good/everything.yaml"));
        let mut lines: Vec<&str> = text.lines().collect();
        let line = line % lines.len();
        if lose { lines.remove(line); } else { lines[line] = &with; }
        let source = Source::new("a.yaml", lines.join("\n"));
        let (plan, found) = compile("a", &source, sample());
        prop_assert!(plan.is_some() || !found.is_empty());
        let _ = render(&found, &source, false);
    }
}
