//! Files of tests as the reader and the JSON Schema see them: both take the gallery's, both refuse the same mistakes of
//! structure, and no text at all breaks the reader.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bellhop_connector::Catalogue;
use bellhop_recipe::{Library, Plan, World, compile, head};
use bellhop_source::{Severity, Source, parse};
use bellhop_trial::{Sheet, Surroundings, read, test_schema, ways};
use jiff::tz::TimeZone;
use jsonschema::Validator;
use proptest::prelude::*;

fn recipes() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recipes")
}

fn catalogue() -> Arc<Catalogue> {
    let mut manifests = vec![Arc::new(bellhop_contacts::manifest())];
    manifests.extend(bellhop_apps::manifests().into_iter().map(Arc::new));
    Arc::new(Catalogue::new(manifests))
}

fn files(ending: &str) -> Vec<(String, String)> {
    let mut files: Vec<_> = std::fs::read_dir(recipes())
        .expect("the gallery is there")
        .map(|entry| entry.expect("an entry").path())
        .filter_map(|path| {
            let name = path.file_name()?.to_string_lossy().into_owned();
            let id = name.strip_suffix(ending)?.to_owned();
            (!id.contains('.')).then(|| (id, std::fs::read_to_string(&path).expect("a text")))
        })
        .collect();
    files.sort();
    assert!(files.len() >= 7, "{files:?}");
    files
}

fn plan(id: &str, text: &str, catalogue: &Arc<Catalogue>) -> Option<Arc<Plan>> {
    let connections = [("contacts", "contacts"), ("slack", "slack"), ("http", "http")];
    let connections = connections.map(|(name, of)| (name.to_owned(), of.to_owned()));
    let mut world = World::new(Arc::clone(catalogue), connections.into(), TimeZone::UTC);
    let heads = files(".yaml").into_iter().map(|(id, text)| (id.clone(), head(&Source::new(id, text))));
    world.library = Arc::new(Library { recipes: heads.collect(), ..Library::default() });
    compile(id, &Source::new(id, text), &world).0.map(Arc::new)
}

/// Reads a file of tests of the gallery's recipes.
fn understood(text: &str, catalogue: &Arc<Catalogue>) -> (Option<Sheet>, Vec<String>) {
    let gallery = files(".yaml");
    let ids: Vec<String> = gallery.iter().map(|(id, _)| id.clone()).collect();
    let surroundings = Surroundings {
        catalogue,
        zone: &TimeZone::UTC,
        recipes: &ids,
        plan: &|id| {
            gallery.iter().find(|(known, _)| known == id).and_then(|(id, text)| plan(id, text, catalogue))
        },
        records: &|_, _| Ok(()),
    };
    let (sheet, diagnostics) = read(&Source::new("t", text), &surroundings);
    let errors = diagnostics.into_iter().filter(|one| one.severity == Severity::Error);
    (sheet, errors.map(|one| one.message).collect())
}

fn validator(catalogue: &Catalogue) -> Validator {
    jsonschema::validator_for(&test_schema(catalogue)).expect("the schema is one")
}

fn is_valid(validator: &Validator, text: &str) -> Result<(), String> {
    let (node, complaints) = parse(&Source::new("t", text));
    assert!(complaints.is_empty(), "{complaints:?}");
    validator.validate(&node.expect("a document").to_json()).map_err(|error| error.to_string())
}

#[test]
fn the_gallerys_tests_are_understood_and_fit_the_schema() {
    let catalogue = catalogue();
    let validator = validator(&catalogue);
    for (id, text) in files(".test.yaml") {
        let (sheet, errors) = understood(&text, &catalogue);
        assert_eq!(errors, Vec::<String>::new(), "{id}");
        assert_eq!(sheet.expect("it has no errors").recipe, id);
        assert_eq!(is_valid(&validator, &text), Ok(()), "{id}");
    }
}

#[test]
fn reader_and_schema_refuse_the_same_mistakes_of_structure() {
    let catalogue = catalogue();
    let validator = validator(&catalogue);
    let good = "recipe: tag-by-engagement\ntests:\n  - name: a\n    given: { contacts: [{ id: c1 }] }\n    event: { contacts.contact_updated: { id: c1 } }\n    expect: { run: stopped, writes: [] }\n";
    assert!(understood(good, &catalogue).1.is_empty(), "{:?}", understood(good, &catalogue).1);
    assert_eq!(is_valid(&validator, good), Ok(()));
    for (from, to) in [
        (
            "event: { contacts.contact_updated: { id: c1 } }",
            "events: [{ contacts.contact_updated: { id: c1 } }, { after: 1 day, contacts.contact_updated: { id: c1 } }]",
        ),
        (
            "    expect:",
            "    meanwhile: [{ after: 1 day, approve: { approved: no, comment: Too much } }]\n    expect:",
        ),
        (
            "    expect:",
            "    meanwhile: [{ after: 1 day, event: { contacts.inbound_message: { contactId: c1, body: $.note.id } } }]\n    expect:",
        ),
        ("run: stopped", "runs: 2"),
        ("run: stopped", "run: waiting"),
    ] {
        let good = good.replace(from, to);
        assert!(understood(&good, &catalogue).1.is_empty(), "{:?}", understood(&good, &catalogue).1);
        assert_eq!(is_valid(&validator, &good), Ok(()), "{good}");
    }
    for (from, to) in [
        ("tests:", "test:"),
        ("name: a", "nam: a"),
        ("given: {", "given: { contact: [],"),
        ("contacts: [{ id: c1 }]", "contacts: { id: c1 }"),
        ("contact_updated", "contact_updatd"),
        ("{ contacts.contact_updated: { id: c1 } }", "{ manual: {}, schedule: {} }"),
        ("run: stopped", "run: stoped"),
        ("run: stopped", "runs: stopped"),
        ("writes: []", "writes: {}"),
        ("writes: []", "writes: [contacts.add_tag]"),
        ("writes: []", "writes: [{ contacts.add_tags: { tag: [x] } }]"),
        ("writes: []", "never: contacts.add_tags"),
        ("writes: []", "no_other_writes: perhaps"),
        ("writes: []", "record: { contact.c1: {} }"),
        ("writes: []", "record: { contacts.c1: [] }"),
        ("given: {", "given: { faults: [{ on: contacts.add_tags }],"),
        ("given: {", "given: { faults: [{ on: contacts.add_tags, answer: 200 }],"),
        ("given: {", "given: { faults: [{ on: contacts.add_tags, answer: 503, times: 0 }],"),
        ("    expect:", "    meanwhile: [{ contacts.add_tags: { contactId: c1, tags: [x] } }]\n    expect:"),
        ("    expect:", "    meanwhile: [{ after: 1 day }]\n    expect:"),
        ("    expect:", "    meanwhile: [{ after: 1 day, approve: perhaps }]\n    expect:"),
        ("    expect:", "    meanwhile: [{ after: 1 day, approve: { by: Mara } }]\n    expect:"),
        ("    expect:", "    meanwhile: [{ after: 1 day, aprove: yes }]\n    expect:"),
        (
            "    expect:",
            "    meanwhile: [{ after: 1 day, contacts.contact_created: { id: c1 } }]\n    expect:",
        ),
        (
            "    expect:",
            "    meanwhile: [{ after: 1 day, event: { contacts.contact_creatd: { id: c1 } } }]\n    expect:",
        ),
        ("    expect:", "    events: [{ contacts.contact_updated: { id: c1 } }]\n    expect:"),
        ("event: {", "events: {"),
        ("given: {", "given: { recipes: { other: { status: waiting } },"),
        ("given: {", "given: { recipes: { other: { summary: Done } },"),
        ("run: stopped", "runs: two"),
    ] {
        let bad = good.replace(from, to);
        assert_ne!(bad, good, "{from}");
        assert!(!understood(&bad, &catalogue).1.is_empty(), "the reader takes\n{bad}");
        assert!(is_valid(&validator, &bad).is_err(), "the schema takes\n{bad}");
    }
}

#[test]
fn every_way_of_the_gallery_has_its_place_in_the_text() {
    let catalogue = catalogue();
    for (id, text) in files(".yaml") {
        let plan = plan(&id, &text, &catalogue).expect("the gallery has no errors");
        for way in ways(&plan) {
            let line = text[..way.span.start].lines().count();
            assert!(line > 1, "{id}: {} has no place", way.address);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_read_or_refused(text in "(recipe: route-new-leads\n)?(tests:\n)?( {0,4}-? ?(name|given|event|expect|faults|on|answer|meanwhile|after|record|writes|never|contacts\\.add_tags)?:? ?[\\[{]?[a-z0-9$.]{0,8}[\\]}]?\n){0,8}") {
        let catalogue = Arc::new(Catalogue::default());
        let surroundings = Surroundings {
            catalogue: &catalogue,
            zone: &TimeZone::UTC,
            recipes: &["route-new-leads".to_owned()],
            plan: &|_| None,
            records: &|_, _| Ok(()),
        };
        let (sheet, diagnostics) = read(&Source::new("t", text.as_str()), &surroundings);
        prop_assert!(sheet.is_some() || !diagnostics.is_empty());
        for diagnostic in diagnostics {
            prop_assert!(diagnostic.span.end <= text.len());
        }
    }
}

#[test]
fn a_hopeless_file_is_read_no_further_than_its_first_mistakes() {
    let catalogue = catalogue();
    let of = |head: &str, count: usize, line: &dyn Fn(usize) -> String| {
        let text = format!("recipe: tag-by-engagement\n{head}{}", (0..count).map(line).collect::<String>());
        let (sheet, errors) = understood(&text, &catalogue);
        assert!(sheet.is_none());
        assert_eq!(errors.len(), 100, "{head}");
        errors.last().expect("a hundred").clone()
    };
    let test = "tests:\n  - name: a\n    expect:\n      writes:\n";
    let lines: [(&str, &dyn Fn(usize) -> String); 3] = [
        ("", &|at| format!("key{at}: 1\n")),
        ("tests:\n", &|at| format!("  - nam: a\n    key{at}: 1\n")),
        (test, &|_| "        - contacts.creat_note: { body: a }\n".to_owned()),
    ];
    for (head, line) in lines {
        let last = of(head, 300, line);
        assert!(last.ends_with("; what follows is read when these are mended"), "{last}");
        assert_eq!(last, of(head, 3_000, line));
    }
}
