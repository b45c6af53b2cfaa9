//! E-mail against a mail server that says what it is told to say.

use std::sync::{Arc, Mutex};

use bellhop_apps::connectors;
use bellhop_clock::{Clock, SystemClock};
use bellhop_connector::{AuthSetting, Call, Connection, Failure, FailureClass, Outcome, SecretReference};
use bellhop_http::{HttpOptions, HttpRuntime};
use bellhop_vault::Vault;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

const PASSWORD: &str = "canary-51ab7e";

/// How the mail server behaves.
#[derive(Clone, Copy, Default)]
struct Manners {
    /// Its answer to a command that begins so.
    answers: (&'static str, &'static str),
    /// Closes the connection once it has the message, without a word.
    vanishes: bool,
}

/// A mail server for one connection, and all that it was told.
async fn server(manners: Manners) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a caller");
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        write.write_all(b"220 mail.example.com\r\n").await.expect("it listens");
        let mut in_message = false;
        while let Ok(Some(line)) = lines.next_line().await {
            heard.lock().expect("one writer").push(line.clone());
            let answer = match (in_message, line.as_str()) {
                (true, ".") if manners.vanishes => return,
                (true, ".") => {
                    in_message = false;
                    "250 queued as 42"
                }
                (true, _) => continue,
                (_, command) if !manners.answers.0.is_empty() && command.starts_with(manners.answers.0) => {
                    manners.answers.1
                }
                (_, command) if command.starts_with("EHLO") => "250-mail.example.com\r\n250 AUTH PLAIN",
                (_, "DATA") => {
                    in_message = true;
                    "354 go on"
                }
                (_, "QUIT") => "221 bye",
                _ => "250 ok",
            };
            if write.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
                return;
            }
        }
    });
    (port, told)
}

async fn send(settings: &[(&str, String)], input: Value) -> Result<Value, Failure> {
    let vault = Arc::new(Vault::new([("MAIL_PASSWORD".to_owned(), PASSWORD.to_owned())].into(), None));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let runtime =
        HttpRuntime::new(HttpOptions::new(Arc::clone(&clock), Arc::clone(&vault))).expect("a client");
    let apps = connectors(&Arc::new(runtime), &vault, &clock);
    let email = apps.iter().find(|app| app.manifest().connector == "email").expect("it is built in");
    let mut connection = Connection::named("email", "email");
    let usual = [
        ("host", "127.0.0.1".to_owned()),
        ("security", "none".to_owned()),
        ("from", "Larkfield Interiors <hello@example.com>".to_owned()),
    ];
    for (key, value) in usual.iter().chain(settings) {
        connection.settings.insert((*key).to_owned(), value.clone());
    }
    connection.auth = AuthSetting::Token(SecretReference::Env("MAIL_PASSWORD".to_owned()));
    let call = Call {
        operation: "send_message".to_owned(),
        input,
        connection: Arc::new(connection),
        deadline: SystemClock.now() + SignedDuration::from_secs(20),
        idempotency_key: "run-1:/steps/0".to_owned(),
        standing: bellhop_connector::Standing::default(),
    };
    match email.call(call).await {
        Outcome::Done(output) => Ok(output),
        Outcome::Failed(failure) => Err(failure),
    }
}

fn message() -> Value {
    json!({
        "to": ["Ana Quill <ana@example.com>"], "bcc": ["archive@example.com"], "subject": "Grüße",
        "text": "A hot lead.\n.\nAnd a dot on a line.",
    })
}

async fn failure(manners: Manners) -> Failure {
    let (port, _) = server(manners).await;
    let failure = send(&[("port", port.to_string())], message()).await.expect_err("it fails");
    assert!(!format!("{failure:?}").contains(PASSWORD));
    failure
}

#[tokio::test]
async fn a_message_goes_to_everybody_in_the_envelope_and_hides_the_hidden() {
    let (port, told) = server(Manners::default()).await;
    let sent = send(&[("port", port.to_string())], message()).await.expect("it is taken");
    assert_eq!(sent["accepted"], "queued as 42");
    let told = told.lock().expect("one writer").clone();
    for line in
        ["MAIL FROM:<hello@example.com>", "RCPT TO:<ana@example.com>", "RCPT TO:<archive@example.com>"]
    {
        assert!(told.iter().any(|heard| heard.starts_with(line)), "{line} in {told:#?}");
    }
    let data = told.iter().skip_while(|line| *line != "DATA").cloned().collect::<Vec<_>>().join("\n");
    assert!(data.contains("To: \"Ana Quill\" <ana@example.com>"), "{data}");
    assert!(!data.contains("archive@example.com"), "{data}");
    assert!(data.contains("A hot lead.") && data.contains("\n..\n"), "{data}");
    let id = sent["message_id"].as_str().expect("an id").to_owned();
    assert!(data.contains(&id) && id.ends_with("@example.com>"), "{data}");

    let (port, _) = server(Manners::default()).await;
    let again = send(&[("port", port.to_string())], message()).await.expect("it is taken");
    assert_eq!(again["message_id"], id.as_str(), "the same step has the same message");
}

#[tokio::test]
async fn what_the_server_says_decides_what_may_be_done() {
    let said = |command, answer| Manners { answers: (command, answer), vanishes: false };
    for (command, answer, class) in [
        ("AUTH", "535 wrong password", "unauthorised"),
        ("RCPT", "550 no such person", "invalid"),
        ("RCPT", "451 try again later", "transient"),
        ("MAIL", "421 too busy", "transient"),
        ("DATA", "554 no spam please", "invalid"),
    ] {
        let failure = failure(said(command, answer)).await;
        assert_eq!(failure.class.name(), class, "{command} {answer}: {}", failure.message);
    }
    let vanished = failure(Manners { vanishes: true, ..Manners::default() }).await;
    assert_eq!(vanished.class, FailureClass::Unclear, "{}", vanished.message);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let nobody = send(&[("port", port.to_string())], message()).await.expect_err("nobody is there");
    assert_eq!(nobody.class, FailureClass::Transient, "{}", nobody.message);
}

#[tokio::test]
async fn no_password_goes_over_an_open_line() {
    let (port, told) = server(Manners::default()).await;
    let starttls = [("security", "starttls".to_owned()), ("port", port.to_string())];
    let failure = send(&starttls, message()).await.expect_err("the server has no encryption");
    assert!(failure.message.contains("STARTTLS"), "{}", failure.message);
    assert!(!told.lock().expect("one writer").iter().any(|line| line.starts_with("AUTH")));
    let elsewhere = send(&[("host", "mail.example.com".to_owned())], message()).await;
    let failure = elsewhere.expect_err("`none` is for this machine only");
    assert!(failure.message.contains("this machine only"), "{}", failure.message);
}

#[tokio::test]
async fn what_is_no_message_is_said_before_anybody_is_asked() {
    for (input, part) in [
        (json!({"to": [], "subject": "s", "text": "t"}), "nobody to go to"),
        (json!({"to": ["ana at example"], "subject": "s", "text": "t"}), "ana at example"),
        (json!({"to": ["ana@example.com"], "subject": "s"}), "says nothing"),
        (json!({"to": ["ana@example.com"], "subject": "a\r\nBcc: x@example.com", "text": "t"}), "one line"),
        (
            json!({"to": (0..51).map(|n| format!("a{n}@example.com")).collect::<Vec<_>>(), "subject": "s", "text": "t"}),
            "51 addresses",
        ),
    ] {
        let failure = send(&[("port", "1".to_owned())], input).await.expect_err("it is no message");
        assert_eq!(failure.class.name(), "invalid", "{}", failure.message);
        assert!(failure.message.contains(part), "{}", failure.message);
    }
    for (key, value) in [("from", "nobody"), ("port", "70000"), ("security", "maybe"), ("host", " ")] {
        let failure = send(&[(key, value.to_owned())], message()).await.expect_err("it is no setting");
        assert!(failure.message.contains(key), "{}", failure.message);
    }
}
