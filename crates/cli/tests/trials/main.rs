//! `bellhop test` as a person uses it: the gallery passes and has no branch that nobody tested; each kind of expectation
//! fails with the right words at the right line. Broken files of tests are in `complaints`, what is around the tests (JUnit,
//! watching, tests made of runs) in `around`.

#[path = "../support/mod.rs"]
mod support;

mod around;
mod complaints;

use serde_json::Value;
use support::{Workspace, err, out, repository, run};

/// A branch of every kind.
const RECIPE: &str = "name: Greet
inputs:
  least:
    type: number
    default: 3
trigger:
  contacts.contact_created: {}
steps:
  - contacts.get_contact:
      contactId: $.trigger.id
    as: contact
  - stop: Too few points
    if: contact.custom_fields.lead_score | default(0) < inputs.least
  - contacts.add_tags:
      contactId: $.trigger.id
      tags: [greeted]
    on_error:
      - fail: No tag
  - wait: 3 days
  - for_each: $.contact.tags
    as: tag
    do:
      - if: tag == 'vip'
        then:
          - contacts.create_task:
              contactId: $.contact.id
              title: Call {{ contact.firstName }}
              dueDate: in 1 day
        else:
          - contacts.create_note:
              contactId: $.contact.id
              body: Has {{ tag }}
";

const HEAD: &str = "recipe: greet
tests:
  - name: a guest is greeted
    given:
      contacts: [{ id: c1, firstName: Ana, tags: [vip], custom_fields: { lead_score: 5 } }]
    event: { contacts.contact_created: { id: c1 } }
    expect:
";

fn workspace(tests: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.write("recipes/greet.yaml", RECIPE);
    workspace.write("recipes/greet.test.yaml", tests);
    workspace
}

/// The exit code and what was printed as JSON.
fn tested(workspace: &Workspace) -> (Option<i32>, Value) {
    let output = run(&["test", "--json"], workspace.path());
    let report = serde_json::from_str(&out(&output)).unwrap_or_else(|_| panic!("{}", err(&output)));
    (output.status.code(), report)
}

/// What fails where `expect` says this, each as `line: message | notes`.
fn failures(expect: &str) -> Vec<String> {
    let (code, report) = tested(&workspace(&format!("{HEAD}{expect}")));
    assert_eq!(report["problems"], Value::Array(Vec::new()), "{report:#}");
    let failures: Vec<_> = report["tests"][0]["failures"]
        .as_array()
        .expect("failures")
        .iter()
        .map(|failure| {
            let notes: Vec<_> =
                failure["notes"].as_array().expect("notes").iter().filter_map(Value::as_str).collect();
            let message = failure["message"].as_str().expect("a message");
            format!("{}: {message} | {}", failure["line"], notes.join(" | "))
        })
        .collect();
    assert_eq!(code, Some(i32::from(!failures.is_empty())), "{failures:?}");
    failures
}

#[test]
fn the_gallery_passes_its_tests_and_they_take_every_branch() {
    let output = run(&["test", "--json"], &repository());
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
    let report: Value = serde_json::from_str(&out(&output)).expect("JSON");
    let none = Value::Array(Vec::new());
    assert_eq!(report["untaken"], none, "{:#}", report["untaken"]);
    assert_eq!(report["untested"], none, "every recipe of the gallery has tests");
    assert_eq!(report["problems"], none, "{:#}", report["problems"]);
    assert!(report["passed"].as_u64() >= Some(40), "{report:#}");
}

#[test]
fn what_is_so_passes() {
    let passing = failures(
        "      run: succeeded
      writes:
        - contacts.add_tags: { contactId: c1, tags: [greeted] }
        - contacts.create_task: { title: Call Ana, dueDate: 2026-01-09T09:00:00Z }
      no_other_writes: yes
      never: [contacts.create_note, { contacts.add_tags: { tags: [other] } }]
      record: { contacts.c1: { tags: [vip, greeted], custom_fields: { lead_score: 5 } }, contacts.c2: null }
",
    );
    assert_eq!(passing, Vec::<String>::new());
}

#[test]
fn each_kind_of_expectation_fails_in_its_own_words() {
    for (expect, line, parts) in [
        ("      run: stopped\n", 8, vec!["was to end as `stopped`, and it ended as `succeeded`"]),
        ("      reason: Too few\n", 8, vec!["was to have “Too few” in it", "It gave no reason"]),
        (
            "      writes:\n        - contacts.add_tags: { tags: [hot] }\n",
            9,
            vec![
                "The write contacts.add_tags { tags: [hot] } was to happen, and it did not.",
                "These writes happened:",
                "`tags`: expected [hot], found [greeted]",
                "contacts.create_task { contactId: c1, title: Call Ana",
            ],
        ),
        (
            "      writes:\n        - contacts.create_task\n        - contacts.add_tags\n",
            10,
            vec!["contacts.add_tags was to happen at this place, and it happened earlier"],
        ),
        ("      writes: []\n", 8, vec!["No writes were to happen, and these did.", "contacts.add_tags"]),
        (
            "      writes: [contacts.add_tags]\n      no_other_writes: yes\n",
            9,
            vec!["No other writes were to happen", "contacts.create_task"],
        ),
        (
            "      never: [contacts.create_task]\n",
            8,
            vec!["contacts.create_task was never to happen, and it did"],
        ),
        (
            "      record: { contacts.c1: { tags: [vip] } }\n",
            8,
            vec!["The record contacts.c1 is not as expected", "`tags`: expected [vip], found [vip, greeted]"],
        ),
        ("      record: { contacts.c9: {} }\n", 8, vec!["contacts.c9 was to be there", "There are: c1."]),
        ("      record: { contacts.c1: null }\n", 8, vec!["contacts.c1 was to be gone"]),
    ] {
        let failures = failures(expect);
        assert_eq!(failures.len(), 1, "{expect}{failures:#?}");
        assert!(failures[0].starts_with(&format!("{line}: ")), "{expect}{failures:#?}");
        for part in parts {
            assert!(failures[0].contains(part), "{part} is missing in {failures:#?}");
        }
    }
}

#[test]
fn a_run_that_needs_a_person_fails_a_test_that_does_not_say_so() {
    let tests = HEAD.replace("tags: [vip], ", "").replace("id: c1 } }", "id: nobody } }");
    let (code, report) = tested(&workspace(&format!("{tests}      never: [contacts.create_note]\n")));
    assert_eq!(code, Some(1));
    let failure = &report["tests"][0]["failures"][0];
    let message = failure["message"].as_str().expect("a message");
    assert!(message.contains("needs_attention") && message.contains("does not say"), "{failure:#}");
}

#[test]
fn branches_that_no_test_took_are_listed_with_their_lines() {
    let (_, report) = tested(&workspace(&format!("{HEAD}      run: succeeded\n")));
    let untaken: Vec<_> = report["untaken"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|way| format!("{} {} {}", way["line"], way["address"], way["message"]))
        .collect();
    assert_eq!(
        untaken,
        [
            "13 \"/steps/1/if\" \"this step was passed over every time\"",
            "17 \"/steps/2/on_error\" \"this step never failed\"",
            "29 \"/steps/4/do/0/else\" \"the condition held every time\"",
        ]
    );
    let output = run(&["test"], workspace(&format!("{HEAD}      run: succeeded\n")).path());
    let text = out(&output);
    for part in [
        "✓ a guest is greeted",
        "recipes/greet.yaml:13 if: contact.custom_fields",
        "recipes/greet.yaml:29 else:",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[test]
fn faults_stop_and_loops_are_ways_as_well() {
    let tests = format!(
        "{HEAD}      run: succeeded
  - name: too few points
    given: {{ contacts: [{{ id: c1 }}] }}
    event: {{ contacts.contact_created: {{ id: c1 }} }}
    expect: {{ run: stopped, reason: too few points, writes: [] }}
  - name: the tag cannot be set
    given:
      contacts: [{{ id: c1, custom_fields: {{ lead_score: 5 }} }}]
      faults: [{{ on: contacts.add_tags, answer: 400 }}]
    event: {{ contacts.contact_created: {{ id: c1 }} }}
    expect: {{ run: failed, reason: No tag }}
  - name: another tag is noted, though the app never answers at first
    given:
      contacts: [{{ id: c1, tags: [blue] }}]
      inputs: {{ least: 0 }}
      faults: [{{ on: contacts.create_note, answer: nothing, times: 1 }}, {{ on: contacts.get_contact, answer: 503, times: 9 }}]
    event: {{ contacts.contact_created: {{ id: c1 }} }}
    expect: {{ run: succeeded, record: {{ contacts.c1: {{ notes: [{{ body: Has blue }}] }} }} }}
"
    );
    let (code, report) = tested(&workspace(&tests));
    assert_eq!(code, Some(0), "{report:#}");
    assert_eq!(report["untaken"], Value::Array(Vec::new()), "{report:#}");
}

#[test]
fn others_may_act_in_the_meantime() {
    let tests = HEAD.replace(
        "    expect:\n",
        "    meanwhile:\n      - after: 1 day\n        contacts.add_tags: { contactId: $.contact.id, tags: [seen] }\n    expect:\n",
    );
    let (code, report) = tested(&workspace(&format!(
        "{tests}      record: {{ contacts.c1: {{ tags: [vip, greeted, seen] }} }}\n      no_other_writes: no\n"
    )));
    assert_eq!(code, Some(0), "{report:#}");
    let late = tests.replace("after: 1 day", "after: 9 days");
    let (code, report) = tested(&workspace(&format!("{late}      run: succeeded\n")));
    assert_eq!(code, Some(1));
    let message = report["tests"][0]["failures"][0]["message"].as_str().expect("a message");
    assert!(message.contains("was over before contacts.add_tags was to happen"), "{message}");
}

#[test]
fn apps_that_the_sandbox_does_not_play_answer_what_the_test_says() {
    let workspace = Workspace::new();
    workspace.write(
        "recipes/ask.yaml",
        "name: Ask
trigger:
  manual: {}
steps:
  - http.request:
      method: GET
      url: https://nowhere.example.com/weather
    as: answer
  - stop: It is {{ answer.body.sky }}
",
    );
    workspace.write(
        "recipes/ask.test.yaml",
        "recipe: ask
tests:
  - name: the weather is known
    given: { answers: { http.request: { body: { sky: blue } } } }
    event: manual
    expect: { run: stopped, reason: It is blue }
",
    );
    let (code, report) = tested(&workspace);
    assert_eq!(code, Some(0), "{report:#}");
}

#[test]
fn waits_questions_searches_and_failures_are_ways_as_well() {
    let workspace = Workspace::new();
    workspace.write(
        "recipes/wait.yaml",
        "name: Wait
trigger: contacts.contact_created
steps:
  - wait_for: { event: contacts.inbound_message, up_to: 1 day }
    as: reply
  - approve: { ask: Good?, up_to: 1 day }
    as: answer
  - for_each: { contacts.search_contacts: { query: Ana } }
    as: one
    do:
      - contacts.add_tags: { contactId: $.one.id, tags: [x] }
on_failure:
  - contacts.create_note: { contactId: $.trigger.id, body: failed }
",
    );
    workspace.write(
        "recipes/wait.test.yaml",
        "recipe: wait
tests:
  - name: nothing comes
    given: { contacts: [{ id: c1, firstName: Ana }] }
    event: { contacts.contact_created: { id: c1 } }
    expect: { run: succeeded }
",
    );
    let (code, told) = tested(&workspace);
    assert_eq!(code, Some(0), "{told:#}");
    let untaken = told["untaken"].as_array().expect("a list");
    let untaken: Vec<_> = untaken.iter().filter_map(|one| one["message"].as_str()).collect();
    let ways = [
        "what is waited for never came",
        "nobody said yes",
        "nobody said no",
        "something was found every time",
        "no run failed",
    ];
    assert_eq!(untaken, ways);
}

#[test]
fn what_comes_too_late_or_is_not_asked_is_told() {
    let workspace = workspace("");
    let test = |meanwhile: &str| {
        format!(
            "recipe: greet\ntests:\n  - name: a\n    given: {{ contacts: [{{ id: c1 }}] }}\n    event: {{ contacts.contact_created: {{ id: c1 }} }}\n    meanwhile: [{meanwhile}]\n    expect: {{ run: stopped }}\n"
        )
    };
    for (meanwhile, words) in [
        ("{ after: 1 day, event: contacts.inbound_message }", "The run was over before the event"),
        ("{ after: 1 day, approve: yes }", "The run was over before somebody was to decide"),
    ] {
        workspace.write("recipes/greet.test.yaml", &test(meanwhile));
        let (code, told) = tested(&workspace);
        assert_eq!(code, Some(1), "{told:#}");
        assert!(told.to_string().contains(words), "{told:#}");
    }
}
