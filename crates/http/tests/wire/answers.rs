//! Requests as they go out, and answers as they are told apart.

use bellhop_connector::{AuthSetting, Failure, FailureClass, Outcome};
use serde_json::{Value, json as value};

use crate::support::{App, Bench, CANARY, LIBRARY, Reaction, answer, bench, evidence, json};

#[tokio::test]
async fn a_read_is_asked_for_and_unwrapped() {
    let (app, bench) = bench([json(200, &value!({"book": {"id": "b 1"}}))]).await;
    let input = value!({"book_id": "a/b c@x", "part": null, "tags": ["x&y", "z"]});
    assert_eq!(bench.done("get_book", input).await, value!({"id": "b 1"}));
    let asked = &app.asked()[0];
    assert_eq!(asked.line, "GET /books/a%2Fb%20c%40x?tag=x%26y&tag=z&place=p1");
    assert_eq!(asked.headers["authorization"], format!("Bearer {CANARY}"));
    assert_eq!(asked.headers["version"], "2026-01-01");
    assert_eq!(asked.body, "");
}

#[tokio::test]
async fn a_body_leaves_out_what_is_absent_and_keeps_null() {
    let (app, bench) = bench([json(201, &value!({"note": {"id": "n1"}}))]).await;
    bench.done("create_note", value!({"book_id": "b1", "body": "hi", "colour": null, "other": 1})).await;
    bench.done("create_note", value!({"book_id": "b1", "editor": "e1"})).await;
    let bodies: Vec<Value> =
        app.asked().iter().map(|asked| serde_json::from_str(&asked.body).unwrap()).collect();
    assert_eq!(bodies[0], value!({"body": "hi", "colour": null, "place": "p1"}));
    assert_eq!(bodies[1], value!({"body": "unused", "place": "p1", "by": {"kind": "person", "id": "e1"}}));
    assert_eq!(app.asked()[0].headers["idempotency-key"], "key-1");
    assert_eq!(app.asked()[0].headers["content-type"], "application/json");
}

#[tokio::test]
async fn a_form_repeats_lists() {
    let (app, bench) = bench([answer(200, &[("content-type", "text/plain")], "ok")]).await;
    let output = bench.done("send_form", value!({"text": "a b&c", "tags": ["x", "y"]})).await;
    assert_eq!(output, value!("ok"));
    assert_eq!(app.asked()[0].body, "text=a+b%26c&tags=x&tags=y");
    assert_eq!(app.asked()[0].headers["content-type"], "application/x-www-form-urlencoded");
}

#[tokio::test]
async fn no_value_climbs_out_of_its_part_of_the_path() {
    let (app, bench) = bench([json(200, &value!({}))]).await;
    for id in [value!(".."), value!("."), value!(""), value!(" "), value!(null), value!(["a"])] {
        let failure = bench.failed("get_book", value!({"book_id": id})).await;
        assert!(matches!(failure.class, FailureClass::Invalid { .. }), "{failure:?}");
    }
    assert!(app.asked().is_empty());
}

/// What an answer means, by status, headers and body: for a read, for a write that may be repeated, for one that may not.
#[tokio::test]
async fn answers_are_told_apart() {
    let transient = FailureClass::Transient;
    let invalid =
        |fields: &[&str]| FailureClass::Invalid { fields: fields.iter().map(ToString::to_string).collect() };
    let forbidden = FailureClass::Forbidden { scope: Some("books.write".into()) };
    let limited = |after_ms| FailureClass::RateLimited { after_ms };
    let conflict = |existing| FailureClass::Conflict { existing };
    let cases: Vec<(Reaction, FailureClass, FailureClass)> = vec![
        (json(422, &value!({"message": ["a", "b"]})), invalid(&["a", "b"]), invalid(&["a", "b"])),
        (json(400, &value!({"message": "bad"})), invalid(&["bad"]), invalid(&["bad"])),
        (answer(400, &[], "no_text"), invalid(&["no_text"]), invalid(&["no_text"])),
        (json(400, &value!({"message": "Book not found"})), FailureClass::NotFound, FailureClass::NotFound),
        (json(404, &value!({})), FailureClass::NotFound, FailureClass::NotFound),
        (json(401, &value!({"message": "no"})), FailureClass::Unauthorised, FailureClass::Unauthorised),
        (
            json(401, &value!({"message": "wrong scope"})),
            forbidden.clone(),
            FailureClass::Forbidden { scope: None },
        ),
        (json(403, &value!({"message": "no"})), forbidden, FailureClass::Forbidden { scope: None }),
        (json(409, &value!({})), conflict(Value::Null), conflict(Value::Null)),
        (
            json(400, &value!({"code": "twice", "meta": {"id": "b2", "field": "title"}})),
            conflict(value!({"id": "b2"})),
            conflict(value!({"id": "b2"})),
        ),
        (
            answer(200, &[], r#"{"ok": false, "error": "no_channel"}"#),
            invalid(&["no_channel"]),
            invalid(&["no_channel"]),
        ),
        (answer(429, &[], ""), limited(None), limited(None)),
        (answer(500, &[], ""), transient.clone(), FailureClass::Unclear),
        (answer(502, &[], "<html>Bad gateway</html>"), transient.clone(), FailureClass::Unclear),
        (answer(408, &[], ""), transient.clone(), FailureClass::Unclear),
        (json(200, &value!({"tags": []})), FailureClass::Bug, FailureClass::Unclear),
        (
            answer(201, &[("content-type", "application/json")], "{half"),
            FailureClass::Bug,
            FailureClass::Unclear,
        ),
        (
            answer(302, &[("location", "http://other.example.com/")], ""),
            FailureClass::Bug,
            FailureClass::Unclear,
        ),
        (Reaction::BreakOff, transient.clone(), FailureClass::Unclear),
        (Reaction::BreakOffInTheMiddle, transient, FailureClass::Unclear),
    ];
    for (reaction, repeatable, once) in cases {
        let (_app, bench) = bench([reaction.clone()]).await;
        let failure = bench.failed("add_tags", value!({"book_id": "b1", "tags": ["x"]})).await;
        assert_eq!(failure.class, repeatable, "{reaction:?}");
        let failure = bench.failed("create_note", value!({"book_id": "b1", "body": "hi"})).await;
        assert_eq!(failure.class, once, "{reaction:?}");
    }
}

#[tokio::test]
async fn sentences_name_the_app_the_deed_and_the_record() {
    let cases = [
        (
            "add_tags",
            json(422, &value!({"message": ["tags must be texts", "too many"]})),
            "Could not add tags to book b1: Library says: tags must be texts; too many.",
        ),
        ("get_book", json(404, &value!({})), "Could not get book b1: Library answered 404 Not Found."),
        (
            "create_note",
            json(401, &value!({"message": "no such token"})),
            "Could not create note for book b1: Library says: no such token. Check the credentials of the connection main.",
        ),
        (
            "add_tags",
            json(403, &value!({"error": {"message": "read only."}})),
            "Could not add tags to book b1: Library says: read only. Grant books.write to the connection main.",
        ),
        (
            "create_note",
            json(400, &value!({"code": "twice", "message": "x", "meta": {"id": 7, "field": "title"}})),
            "Could not create note for book b1: there is one with this title already.",
        ),
        (
            "create_note",
            answer(502, &[], "<html>"),
            "Could not create note for book b1: Library answered 502 Bad Gateway. It may or may not have happened.",
        ),
    ];
    for (operation, reaction, sentence) in cases {
        let (_app, bench) = bench([reaction]).await;
        let failure = bench.failed(operation, value!({"book_id": "b1", "tags": [], "body": "x"})).await;
        assert_eq!(failure.message, sentence);
    }
}

#[tokio::test]
async fn evidence_is_cut_and_holds_no_secret() {
    let body =
        value!({"message": format!("token {CANARY} is old"), "phone": "+15550100", "long": "x".repeat(9000)});
    let headers = [("x-trace-id", CANARY), ("x-other", "dropped"), ("content-type", "application/json")];
    let (_app, bench) = bench([answer(422, &headers, body.to_string())]).await;
    let failure = bench.failed("add_tags", value!({"book_id": CANARY, "tags": []})).await;
    let shown = format!("{failure:?} {}", serde_json::to_string(&failure).unwrap());
    assert!(!shown.contains(CANARY), "{shown}");
    assert!(!shown.contains("5550100"), "{shown}");
    assert_eq!(evidence(&failure).status, Some(422));
    assert!(evidence(&failure).body.len() <= 4096);
    let names: Vec<_> = evidence(&failure).headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["x-trace-id", "content-type"]);
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_not_read_to_its_end() {
    let (_app, bench) = bench([answer(200, &[], "x".repeat(11 * 1024 * 1024))]).await;
    let failure = bench.failed("get_book", value!({"book_id": "b1"})).await;
    assert_eq!(failure.class, FailureClass::Bug);
    assert!(failure.message.contains("longer than 10240 KiB"), "{}", failure.message);
}

#[tokio::test]
async fn the_deadline_ends_a_call_that_was_sent() {
    for (operation, class) in [("add_tags", FailureClass::Transient), ("create_note", FailureClass::Unclear)]
    {
        let (app, bench) = bench([Reaction::Hang]).await;
        let calling = tokio::spawn({
            let connector = bench.connector.clone();
            let call = bench.call(operation, value!({"book_id": "b1", "tags": [], "body": "x"}));
            async move { bellhop_connector::Connector::call(connector.as_ref(), call).await }
        });
        app.asked_times(1).await;
        bench.clock.advance(jiff::SignedDuration::from_secs(30));
        let Outcome::Failed(failure) = calling.await.unwrap() else { panic!("it was never answered") };
        assert_eq!(failure.class, class);
        assert!(failure.message.contains("did not answer in time"), "{}", failure.message);
    }
}

#[tokio::test]
async fn without_time_or_an_app_nothing_is_sent_and_the_call_may_be_repeated() {
    let (app, bench) = bench([json(201, &value!({}))]).await;
    let mut late = bench.call("create_note", value!({"book_id": "b1"}));
    late.deadline = bench.now();
    let outcome = bellhop_connector::Connector::call(bench.connector.as_ref(), late).await;
    assert!(matches!(outcome, Outcome::Failed(Failure { class: FailureClass::Transient, .. })));
    assert!(app.asked().is_empty());

    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = Bench::new(LIBRARY, &format!("http://{}", free.local_addr().unwrap()));
    drop(free);
    let failure = nobody.failed("create_note", value!({"book_id": "b1"})).await;
    assert_eq!(failure.class, FailureClass::Transient);
    let by_tls = Bench::new(LIBRARY, &nobody.connection.base_url.clone().unwrap().replace("http:", "https:"));
    let secure = by_tls.failed("create_note", value!({"book_id": "b1"})).await;
    assert_eq!(secure.class, FailureClass::Transient);
    assert_eq!(
        failure.message,
        "Could not create note for book b1: Library could not be reached: connection refused."
    );
}

#[tokio::test]
async fn an_apps_own_redirects_are_followed_and_no_others() {
    let moved = |to: &str| answer(307, &[("location", to)], "");
    let (app, bench) = bench([moved("/moved"), json(201, &value!({"note": 1}))]).await;
    assert_eq!(bench.done("create_note", value!({"book_id": "b1", "body": "x"})).await, value!(1));
    assert_eq!(app.lines(), ["POST /books/b1/notes", "POST /moved"]);
    assert_eq!(app.asked()[0].body, app.asked()[1].body);

    let other = App::start([json(201, &value!({}))]).await;
    app.react([moved(&other.base_url)]);
    let failure = bench.failed("create_note", value!({"book_id": "b1"})).await;
    assert_eq!(failure.class, FailureClass::Bug);
    assert!(other.asked().is_empty());

    app.react([moved("/round")]);
    let before = app.asked().len();
    let failure = bench.failed("create_note", value!({"book_id": "b1"})).await;
    assert_eq!((failure.class, app.asked().len() - before), (FailureClass::Bug, 6), "round in a circle");
    assert!(failure.message.contains("/round (307"), "{}", failure.message);
}

#[tokio::test]
async fn a_write_that_is_answered_see_there_may_have_happened() {
    let (app, bench) = bench([json(200, &value!({}))]).await;
    for (status, reads, writes) in [
        (301, FailureClass::Bug, FailureClass::Bug),
        (302, FailureClass::Bug, FailureClass::Unclear),
        (303, FailureClass::Bug, FailureClass::Unclear),
        (308, FailureClass::Bug, FailureClass::Bug),
    ] {
        let there = [("location", "https://joe:hush@elsewhere.example/done?key=hush")];
        app.react([answer(status, &there, ""), answer(status, &there, "")]);
        assert_eq!(bench.failed("get_book", value!({"book_id": "b1"})).await.class, reads, "{status}");
        let failure = bench.failed("create_note", value!({"book_id": "b1"})).await;
        assert_eq!(failure.class, writes, "{status}");
        assert!(failure.message.contains("points to another address, https://elsewhere.example/done ("));
        assert!(!format!("{failure:?}").contains("hush"), "{failure:?}");
    }
    app.react([answer(302, &[], "")]);
    let failure = bench.failed("get_book", value!({"book_id": "b1"})).await;
    assert!(failure.message.contains("another address, without saying which (302 Found)"), "{failure:?}");
}

#[tokio::test]
async fn a_request_by_hand_goes_where_the_connection_may_go() {
    let (app, mut bench) = bench([json(200, &value!({"a": 1}))]).await;
    let input = value!({
        "url": "/free?x=1", "method": "put", "query": {"y": 2},
        "headers": {"X-Own": "o", "Authorization": "mine"}, "body": {"z": null},
    });
    assert_eq!(bench.done("request", input).await, value!({"a": 1}));
    let asked = &app.asked()[0];
    assert_eq!((asked.line.as_str(), asked.body.as_str()), ("PUT /free?x=1&y=2", r#"{"z":null}"#));
    assert_eq!(asked.headers["x-own"], "o");
    assert_eq!(asked.headers["authorization"], format!("Bearer {CANARY}"));

    let text = value!({"url": format!("{}/text", app.base_url), "method": "POST", "body": "plain"});
    bench.done("request", text).await;
    assert_eq!(app.asked()[1].body, "plain");
    assert_eq!(app.asked()[1].headers["content-type"], "text/plain; charset=utf-8");

    let before = app.asked().len();
    let elsewhere = App::start([json(200, &value!({}))]).await;
    for url in
        [elsewhere.base_url.as_str(), "file:///etc/hosts", "ftp://example.com", "http://u:p@localhost", "x"]
    {
        let failure = bench.failed("request", value!({"url": url, "method": "GET"})).await;
        assert!(matches!(failure.class, FailureClass::Invalid { .. }), "{url}: {failure:?}");
    }
    bench.failed("request", value!({"url": app.base_url, "method": "BREW"})).await;
    bench.connection.auth = AuthSetting::None;
    bench.failed("request", value!({"url": elsewhere.base_url, "method": "GET"})).await;
    assert_eq!((app.asked().len(), elsewhere.asked().len()), (before, 0));
}

#[tokio::test]
async fn a_connection_that_lacks_something_says_what() {
    let (app, mut bench) = bench([json(200, &value!({}))]).await;
    bench.connection.settings.clear();
    let failure = bench.failed("get_book", value!({"book_id": "b1"})).await;
    assert!(failure.message.contains("the connection main has no place"), "{}", failure.message);
    bench.connection.settings.insert("place".into(), "p1".into());
    bench.connection.auth = AuthSetting::Token(bellhop_connector::SecretReference::Env("ABSENT".into()));
    let failure = bench.failed("get_book", value!({"book_id": "b1"})).await;
    assert_eq!(failure.class, FailureClass::Unauthorised);
    assert!(failure.message.contains("The environment variable ABSENT is not set"), "{}", failure.message);
    assert!(app.asked().is_empty());
}

#[tokio::test]
async fn one_character_cut_in_half_makes_no_answer_unreadable() {
    let text = r#"{"book": {"id": "b1", "title": "Oak \ud83d"}}"#;
    let (_app, bench) = bench([answer(200, &[("content-type", "application/json")], text)]).await;
    let book = bench.done("get_book", value!({"book_id": "b1"})).await;
    assert!(book.to_string().contains("Oak \u{fffd}"), "{book}");
}

#[tokio::test]
async fn an_answer_nested_too_deep_to_be_kept_is_told_so() {
    let nested = |levels: usize| {
        answer(
            200,
            &[("content-type", "application/json")],
            format!("{}{}", "[".repeat(levels), "]".repeat(levels)),
        )
    };
    let (app, bench) = bench([nested(64), nested(65), nested(65)]).await;
    bench.done("get_book", value!({"book_id": "b1"})).await;
    let failure = bench.failed("get_book", value!({"book_id": "b1"})).await;
    assert_eq!(failure.class, FailureClass::Bug);
    assert!(failure.message.contains("the answer is nested more than 64 levels deep"), "{failure:?}");
    let failure = bench.failed("create_note", value!({"book_id": "b1"})).await;
    assert_eq!(failure.class, FailureClass::Unclear, "it happened, or may have");
    assert_eq!(app.asked().len(), 3);
}
