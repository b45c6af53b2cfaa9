//! Lists that go over pages, and looking whether a call took effect.

use bellhop_connector::{Confirmation, Connector as _, FailureClass};
use jiff::SignedDuration;
use serde_json::{Value, json as value};

use crate::support::{Reaction, bench, json};

fn page(ids: &[u32], after: &Value) -> Reaction {
    let books: Vec<_> = ids.iter().map(|id| value!({ "id": id })).collect();
    json(200, &value!({"books": books, "meta": {"after": after}}))
}

fn ids(list: &Value) -> Vec<u64> {
    list.as_array().unwrap().iter().map(|book| book["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_list_is_followed_until_a_page_is_short() {
    let (app, bench) = bench([page(&[1, 2], &value!("x")), page(&[3], &value!("y"))]).await;
    assert_eq!(ids(&bench.done("list_books", value!({})).await), [1, 2, 3]);
    assert_eq!(
        app.lines(),
        ["GET /books?size=2&place=p1", "GET /books?size=2&after=x&place=p1&from=2"],
        "what stays the same is sent with every page"
    );
}

#[tokio::test]
async fn a_list_ends_where_nothing_leads_on_or_the_cursor_comes_again_or_enough_is_there() {
    let full = |after| page(&[1, 2], &after);
    for (script, expected) in [
        (vec![full(value!(null))], vec![1, 2]),
        (vec![full(value!(""))], vec![1, 2]),
        (vec![full(value!("x"))], vec![1, 2, 1, 2]),
        (
            vec![full(value!("a")), full(value!("b")), full(value!("c")), full(value!("d"))],
            vec![1, 2, 1, 2, 1],
        ),
        (vec![page(&[], &value!("x"))], vec![]),
        (vec![json(200, &value!({}))], vec![]),
    ] {
        let (_app, bench) = bench(script.clone()).await;
        assert_eq!(ids(&bench.done("list_books", value!({})).await), expected, "{script:?}");
    }
}

#[tokio::test]
async fn the_author_says_how_many_and_where_to_begin() {
    let (app, bench) = bench([page(&[1, 2], &value!("b")), page(&[3, 4], &value!("c"))]).await;
    assert_eq!(ids(&bench.done("list_books", value!({"size": 3, "after": "a"})).await), [1, 2, 3]);
    assert_eq!(app.lines()[0], "GET /books?size=2&after=a&place=p1");
    app.react([page(&[1], &value!("b"))]);
    assert_eq!(ids(&bench.done("list_books", value!({"size": 1})).await), [1]);
    assert_eq!(app.asked().len(), 3);
    assert_eq!(app.lines()[2], "GET /books?size=1&place=p1");
}

#[tokio::test]
async fn pages_may_be_asked_for_in_the_body_by_number_and_by_offset() {
    let (app, bench) =
        bench([page(&[1, 2], &value!(null)), page(&[3, 4], &value!(null)), page(&[], &value!(null))]).await;
    assert_eq!(ids(&bench.done("search_books", value!({"text": "x"})).await), [1, 2, 3, 4]);
    let bodies: Vec<Value> =
        app.asked().iter().map(|asked| serde_json::from_str(&asked.body).unwrap()).collect();
    assert_eq!(
        bodies,
        [
            value!({"text": "x", "size": 2}),
            value!({"text": "x", "skip": 2, "page": 2, "size": 2}),
            value!({"text": "x", "skip": 4, "page": 3, "size": 2}),
        ]
    );
}

#[tokio::test]
async fn pages_are_counted_from_where_the_author_begins() {
    let (app, bench) = bench([page(&[1, 2], &value!(null)), page(&[3], &value!(null))]).await;
    bench.done("search_books", value!({"skip": 10, "page": "4"})).await;
    let bodies: Vec<Value> =
        app.asked().iter().map(|asked| serde_json::from_str(&asked.body).unwrap()).collect();
    assert_eq!(
        bodies,
        [value!({"skip": 10, "page": "4", "size": 2}), value!({"skip": 12, "page": 5, "size": 2})]
    );
}

#[tokio::test]
async fn a_page_that_fails_fails_the_list() {
    let (_app, bench) = bench([page(&[1, 2], &value!("x")), json(404, &value!({}))]).await;
    assert_eq!(bench.failed("list_books", value!({})).await.class, FailureClass::NotFound);
}

#[tokio::test]
async fn a_list_is_read_page_by_page_as_it_is_read_at_once() {
    let (app, bench) = bench([page(&[1, 2], &value!("x")), page(&[3], &value!("y"))]).await;
    let call = || bench.call("list_books", value!({}));
    let first = bench.connector.page(call(), None).await.unwrap();
    assert_eq!(ids(&Value::Array(first.items)), [1, 2]);
    // What leads on survives being kept as a text.
    let next: Value = serde_json::from_str(&first.next.unwrap().to_string()).unwrap();
    let second = bench.connector.page(call(), Some(next)).await.unwrap();
    assert_eq!((ids(&Value::Array(second.items)), second.next), (vec![3], None));
    assert_eq!(app.lines(), ["GET /books?size=2&place=p1", "GET /books?size=2&after=x&place=p1&from=2"]);
}

/// The pages that are read one after the other, until there is none or there were `most`.
async fn walked(script: Vec<Reaction>, operation: &str, input: Value, most: usize) -> Vec<Vec<u64>> {
    let (_app, bench) = bench(script).await;
    let mut pages = Vec::new();
    let mut after = None;
    while pages.len() < most {
        let read = bench.connector.page(bench.call(operation, input.clone()), after).await.unwrap();
        pages.push(ids(&Value::Array(read.items)));
        after = read.next;
        if after.is_none() {
            break;
        }
    }
    pages
}

#[tokio::test]
async fn pages_end_where_the_list_ends_or_the_author_has_enough_or_it_goes_in_circles() {
    let full = |after: &str| page(&[1, 2], &value!(after));
    let wanted = walked(vec![full("a"), full("b"), full("c")], "list_books", value!({"size": 3}), 9).await;
    assert_eq!(wanted, [vec![1, 2], vec![1]]);
    // The manifest's limit for one list in memory does not hold for pages: what leads on is followed.
    let many: Vec<String> = (0..7).map(|number| format!("p{number}")).collect();
    let pages = walked(many.iter().map(|after| full(after)).collect(), "list_books", value!({}), 7).await;
    assert_eq!(pages.len(), 7);
    // However long the circle: it is met.
    let long: Vec<Reaction> = (0..500).map(|number| full(&format!("p{}", number % 50))).collect();
    let circle = walked(long, "list_books", value!({}), 400).await;
    assert!((50..400).contains(&circle.len()), "{}", circle.len());
    // An app that does not know the page's number gives the same page for ever.
    let deaf: Vec<Reaction> = (0..9).map(|_| page(&[1, 2], &value!(null))).collect();
    assert_eq!(walked(deaf, "search_books", value!({}), 9).await, [vec![1, 2], vec![]]);
}

#[tokio::test]
async fn a_list_without_pages_is_one_page_and_no_list_is_none() {
    let whole = value!({"notes": [{"id": "n1"}, {"id": "n2"}]});
    let (_app, bench) = bench([json(200, &whole), json(404, &value!({}))]).await;
    let call = || bench.call("list_notes", value!({"book_id": "b1"}));
    let read = bench.connector.page(call(), None).await.unwrap();
    assert_eq!((read.items.len(), read.next), (2, None));
    assert_eq!(bench.connector.page(call(), None).await.unwrap_err().class, FailureClass::NotFound);
}

#[tokio::test]
async fn a_look_up_tells_whether_it_happened() {
    let note = |body: &str, made: Value| value!({"id": body, "body": body, "made": made});
    // The call begins at 10:00; a note of 09:58:00 may still be ours by a clock that is off.
    let ours = note(" hi ", value!("2026-11-21T09:58:00Z"));
    let cases = [
        (
            json(200, &value!({"notes": [note("other", value!("2026-11-21T10:00:01Z")), ours]})),
            Some(ours.clone()),
        ),
        (json(200, &value!({"notes": [note("hi", value!("2026-11-21T09:57:59.999Z"))]})), None),
        (
            json(200, &value!({"notes": [note("hi", value!("2026-11-21 10:00:00"))]})),
            Some(note("hi", value!("2026-11-21 10:00:00"))),
        ),
        (json(200, &value!({"notes": [note("other", value!("2026-11-21T10:00:01Z"))]})), None),
        (json(200, &value!({"notes": []})), None),
        (json(200, &value!({})), None),
        (json(404, &value!({})), None),
    ];
    for (reaction, found) in cases {
        let (app, bench) = bench([reaction]).await;
        let call = bench.call("create_note", value!({"book_id": "b1", "body": "hi"}));
        let confirmation = bench.connector.confirm(call, bench.now()).await;
        let expected = found.map_or(Confirmation::DidNotHappen, Confirmation::Happened);
        assert_eq!(confirmation, expected);
        assert_eq!(app.lines(), ["GET /books/b1/notes"]);
    }
}

#[tokio::test]
async fn what_cannot_be_told_is_not_guessed() {
    let undated = json(200, &value!({"notes": [{"id": "n1", "body": "hi"}]}));
    let (app, bench) = bench([undated]).await;
    let note = bench.call("create_note", value!({"book_id": "b1", "body": "hi"}));
    let since = bench.now() - SignedDuration::from_secs(1);
    assert_eq!(bench.connector.confirm(note, since).await, Confirmation::CannotTell);
    let form = bench.call("send_form", value!({"text": "x"}));
    assert_eq!(bench.connector.confirm(form, since).await, Confirmation::CannotTell);
    let nothing_to_compare = bench.call("create_note", value!({"book_id": "b1"}));
    assert_eq!(bench.connector.confirm(nothing_to_compare, since).await, Confirmation::CannotTell);
    assert_eq!(app.asked().len(), 1);
    app.react([json(503, &value!({}))]);
    let note = bench.call("create_note", value!({"book_id": "b1", "body": "hi"}));
    let Confirmation::Failed(failure) = bench.connector.confirm(note, since).await else {
        panic!("it failed")
    };
    assert_eq!(failure.class, FailureClass::Transient);
}
