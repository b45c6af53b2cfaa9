//! Files of tests with mistakes: each has its code, its line and what was probably meant; `check` tells the same.

use serde_json::Value;

use crate::support::{out, run};
use crate::{tested, workspace};

#[test]
fn mistakes_in_tests_have_places_and_did_you_mean() {
    for (tests, code, line, part) in [
        ("just a text\n", "BH4001", 1, "`recipe` and `tests`"),
        ("recipe: greet\ntest: []\ntests: []\n", "BH4002", 2, "Did you mean `tests`?"),
        ("recipe: gret\ntests: []\n", "BH4101", 1, "Did you mean `greet`?"),
        ("recipe: greet\ntests: {}\n", "BH4004", 2, "must be a list"),
        ("recipe: greet\ntests:\n  - event: manual\n    expect: {}\n", "BH4003", 3, "lacks `name`"),
        (
            "recipe: greet\ntests:\n  - name: a\n    event: { contacts.contact_updated: {} }\n    expect: {}\n",
            "BH4102",
            4,
            "It starts with `contacts.contact_created`",
        ),
        (
            "recipe: greet\ntests:\n  - name: a\n    event: { contacts.contact_created: {} }\n    expect: { run: succeded }\n",
            "BH4005",
            5,
            "Did you mean `succeeded`?",
        ),
        (
            "recipe: greet\ntests:\n  - name: a\n    event: { contacts.contact_created: {} }\n    expect: { never: [contacts.add_tag] }\n",
            "BH4103",
            5,
            "Did you mean `contacts.add_tags`?",
        ),
        (
            "recipe: greet\ntests:\n  - name: a\n    event: { contacts.contact_created: {} }\n    expect:\n      writes:\n        - contacts.add_tags: { tag: [x] }\n",
            "BH4104",
            7,
            "Did you mean `tags`?",
        ),
        (
            "recipe: greet\ntests:\n  - name: a\n    given: { inputs: { lest: 1 } }\n    event: { contacts.contact_created: {} }\n    expect: {}\n",
            "BH4105",
            4,
            "Did you mean `least`?",
        ),
        (
            "recipe: greet\ntests:\n  - name: a\n    given: { contacts: [{ id: c1, custom_fields: { shoe: 1 } }] }\n    event: { contacts.contact_created: {} }\n    expect: {}\n",
            "BH4106",
            4,
            "`shoe`",
        ),
        (
            "recipe: greet\ntests:\n  - name: a\n    event: { contacts.contact_created: {} }\n    expect: { record: { contact.c1: {} } }\n",
            "BH4107",
            5,
            "Did you mean `contacts.c1`?",
        ),
        (
            "recipe: greet\ntests:\n  - name: a\n    event: { contacts.contact_created: {} }\n    expect: {}\n  - name: a\n    event: { contacts.contact_created: {} }\n    expect: {}\n",
            "BH4006",
            6,
            "two tests are named `a`",
        ),
    ] {
        let workspace = workspace(tests);
        let (exit, report) = tested(&workspace);
        assert_eq!(exit, Some(1), "{tests}");
        let problems = report["problems"].as_array().expect("problems");
        let is_it = |problem: &&Value| problem["code"] == code && problem["line"] == line;
        let found = problems.iter().find(is_it).unwrap_or_else(|| panic!("{code} is missing: {report:#}"));
        let words = format!("{} {}", found["message"], found["help"]);
        assert!(words.contains(part), "{part} is missing in {words}");
        // `check` tells the same.
        let output = run(&["check"], workspace.path());
        assert_eq!(output.status.code(), Some(1));
        assert!(out(&output).contains(code), "{}", out(&output));
    }
}
