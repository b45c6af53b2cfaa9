//! Calls of which it is not known whether they happened: what the connector says of them, and what a look finds.

use bellhop_clock::{Clock, SystemClock};
use bellhop_connector::{Call, Confirmation, Connector, Failure, FailureClass};
use bellhop_sandbox::SandboxConfig;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::scene::{MARA, Scene};

/// So many of the creates are shown by the app as soon as they are made, the others at some time.
const SHOWN_AT_ONCE: usize = 4;

/// Everything that must not be made twice and can be looked for: the operation, the vendor's name of it, and an input.
fn creates() -> [(&'static str, &'static str, Value); 6] {
    [
        ("create_contact", "create-contact", json!({"email": "Una.Reyes@example.com"})),
        ("create_note", "create-note", json!({"contactId": MARA, "body": "Written once."})),
        (
            "create_task",
            "create-task",
            json!({"contactId": MARA, "title": "Once", "dueDate": "2030-01-15T09:00:00Z"}),
        ),
        (
            "create_appointment",
            "create-appointment",
            json!({"contactId": MARA, "calendarId": "calendarFirstCall001", "startTime": "2030-01-15T09:00:00+02:00"}),
        ),
        (
            "send_message",
            "send-a-new-message",
            json!({"contactId": MARA, "type": "SMS", "message": "Thank you for your visit."}),
        ),
        (
            "create_opportunity",
            "create-opportunity",
            json!({"contactId": MARA, "pipelineId": "pipelineSales0000001", "name": "Two doors"}),
        ),
    ]
}

/// Looks whether a call happened; it did, and has an id.
async fn is_found(scene: &Scene, step: Call, since: Timestamp) {
    let operation = step.operation.clone();
    let confirmed = scene.contacts.confirm(step, since).await;
    let Confirmation::Happened(output) = confirmed else { panic!("{operation}: {confirmed:?}") };
    assert!(output["id"].is_string(), "{operation}: {output}");
}

/// What a refusal that proves nothing is where nothing was done.
fn refused(failure: &Failure) -> &'static str {
    let FailureClass::Unproven(class) = &failure.class else { panic!("{failure:?}") };
    class.name()
}

#[tokio::test]
async fn what_was_done_though_it_was_refused_is_found() {
    let scene = Scene::new().await;
    for (operation, vendor_id, input) in creates() {
        let since = SystemClock.now();
        scene.fault(&format!("create-then-422@{vendor_id}*1"));
        let failure = scene.fails(operation, input.clone()).await;
        assert_eq!(refused(&failure), "invalid", "{operation}");
        is_found(&scene, scene.step(operation, input), since).await;
    }
}

#[tokio::test]
async fn what_was_refused_and_not_done_is_not_found() {
    let scene = Scene::new().await;
    for (operation, vendor_id, input) in creates().into_iter().take(SHOWN_AT_ONCE) {
        let since = SystemClock.now();
        scene.fault(&format!("422@{vendor_id}*1"));
        assert_eq!(refused(&scene.fails(operation, input.clone()).await), "invalid", "{operation}");
        let confirmed = scene.contacts.confirm(scene.step(operation, input), since).await;
        assert_eq!(confirmed, Confirmation::DidNotHappen, "{operation}");
    }
}

#[tokio::test]
async fn a_contact_that_was_there_before_neither_counts_nor_hides_the_new_one() {
    let config = SandboxConfig { allow_duplicates: Some(true), ..SandboxConfig::default() };
    let scene = Scene::with(config).await;
    for fault in ["create-then-422", "reset"] {
        let input = json!({"email": "mara.fenn@example.com", "firstName": format!("Mara, {fault}")});
        let since = SystemClock.now();
        scene.fault(&format!("{fault}@create-contact*1"));
        assert_eq!(scene.fails("create_contact", input.clone()).await.class.name(), "unclear");
        let confirmed = scene.contacts.confirm(scene.step("create_contact", input.clone()), since).await;
        let Confirmation::Happened(contact) = confirmed else { panic!("{fault}: {confirmed:?}") };
        assert_ne!(contact["id"], MARA);
    }
    let (input, since) = (json!({"email": "oren.pike@example.com"}), SystemClock.now());
    scene.fault("422@create-contact*1");
    assert_eq!(refused(&scene.fails("create_contact", input.clone()).await), "invalid");
    let mut step = scene.step("create_contact", input);
    step.deadline = since + SignedDuration::from_secs(5);
    let confirmed = scene.contacts.confirm(step, since).await;
    assert!(matches!(confirmed, Confirmation::Failed(_)), "the search may not show it yet: {confirmed:?}");
}

#[tokio::test]
async fn a_break_in_the_middle_is_cleared_up_by_looking() {
    let scene = Scene::new().await;
    for (operation, vendor_id, input) in creates().into_iter().take(SHOWN_AT_ONCE) {
        let since = SystemClock.now();
        let step = scene.step(operation, input.clone());
        scene.fault(&format!("reset-before@{vendor_id}*1"));
        assert_eq!(scene.fails(operation, input.clone()).await.class, FailureClass::Unclear, "{operation}");
        assert_eq!(
            scene.contacts.confirm(step.clone(), since).await,
            Confirmation::DidNotHappen,
            "{operation}"
        );
        scene.fault(&format!("reset@{vendor_id}*1"));
        assert_eq!(scene.fails(operation, input).await.class, FailureClass::Unclear, "{operation}");
        is_found(&scene, step, since).await;
    }
}

#[tokio::test]
async fn what_the_app_shows_late_is_proved_where_it_is_there_and_never_guessed() {
    let scene = Scene::new().await;
    for (operation, vendor_id, input) in creates().into_iter().skip(SHOWN_AT_ONCE) {
        let since = SystemClock.now();
        scene.fault(&format!("reset@{vendor_id}*1"));
        assert_eq!(scene.fails(operation, input.clone()).await.class, FailureClass::Unclear, "{operation}");
        is_found(&scene, scene.step(operation, input), since).await;
    }
    // Nothing like it is there, and the deadline comes before one may be sure.
    let mut other =
        scene.step("send_message", json!({"contactId": MARA, "type": "SMS", "message": "Another one."}));
    other.deadline = SystemClock.now() + SignedDuration::from_secs(5);
    let confirmed = scene.contacts.confirm(other, SystemClock.now()).await;
    let Confirmation::Failed(failure) = confirmed else { panic!("{confirmed:?}") };
    assert_eq!(failure.class, FailureClass::Transient, "{failure:?}");
    let mail = json!({"contactId": MARA, "type": "Email", "subject": "Hello", "html": "<p>Hello</p>"});
    let confirmed = scene.contacts.confirm(scene.step("send_message", mail), SystemClock.now()).await;
    assert_eq!(confirmed, Confirmation::CannotTell, "an e-mail's text cannot be compared");
}
