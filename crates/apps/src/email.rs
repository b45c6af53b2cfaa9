//! E-mail by SMTP: one message, handed to the workspace's own mail server.
//!
//! What fails before the message itself is sent surely did not go out; what breaks after it may have. The message's id is
//! made of the run's step, so that a second one is told from the first by whoever gets both.

use std::sync::Arc;
use std::time::Duration;

use bellhop_clock::Clock;
use bellhop_connector::{
    AuthSetting, BoxFuture, Call, Confirmation, Connection, Connector, Delivery, Event, Failure,
    FailureClass, Manifest, Outcome, Refusal, SecretReference,
};
use bellhop_vault::{Reference, Secrets as _, Vault};
use jiff::Timestamp;
use lettre::address::Envelope;
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, Message};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

/// How long the server may take to be reached and for each of its answers.
const PATIENCE: Duration = Duration::from_secs(20);
/// The most addresses of one message: more is a mailing, which mail servers take for spam.
const MOST_ADDRESSES: usize = 50;

/// The e-mail connector.
pub struct Email {
    manifest: Manifest,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
}

/// How the way to the server is kept private.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Security {
    Tls,
    StartTls,
    None,
}

/// A mail server, as a connection's settings describe it.
struct Relay {
    host: String,
    port: u16,
    security: Security,
    from: Mailbox,
    credentials: Option<Credentials>,
}

/// A message, ready to be sent.
struct Letter {
    envelope: Envelope,
    bytes: Vec<u8>,
    id: String,
}

impl Email {
    /// The connector of this manifest.
    pub fn new(manifest: Manifest, vault: Arc<Vault>, clock: Arc<dyn Clock>) -> Self {
        Self { manifest, vault, clock }
    }

    async fn outcome(&self, call: &Call) -> Result<Value, Failure> {
        if call.operation != "send_message" {
            let message = format!("E-mail has no operation {}.", call.operation);
            return Err(Failure::new(FailureClass::Bug, message));
        }
        let relay = self.relay(&call.connection)?;
        let letter = letter(&relay, call)?;
        let mut server = tokio::select! {
            server = signed_in(&relay) => server?,
            () = self.clock.sleep_until(call.deadline) => {
                return Err(relay.failed(FailureClass::Transient, "it did not answer in time"));
            }
        };
        let sent = tokio::select! {
            sent = server.send(&letter.envelope, &letter.bytes) => sent,
            () = self.clock.sleep_until(call.deadline) => {
                return Err(relay.failed(FailureClass::Unclear, "it did not say in time whether it took the message"));
            }
        };
        let answer = sent.map_err(|error| relay.refused(&error, FailureClass::Unclear))?;
        // Said out of politeness: the message has been taken.
        server.quit().await.ok();
        let accepted = answer.message().collect::<Vec<_>>().join(" ");
        Ok(json!({ "message_id": letter.id, "accepted": accepted }))
    }

    fn relay(&self, connection: &Connection) -> Result<Relay, Failure> {
        let invalid = |message: String| Failure::new(FailureClass::Unauthorised, message);
        let name = &connection.name;
        let setting =
            |key: &str| connection.settings.get(key).map(|text| text.trim()).filter(|text| !text.is_empty());
        let missing =
            |key: &str| invalid(format!("The connection {name} lacks `{key}`; add it in bellhop.yaml."));
        let host = setting("host").ok_or_else(|| missing("host"))?;
        let security = match setting("security").unwrap_or("tls") {
            "tls" => Security::Tls,
            "starttls" => Security::StartTls,
            "none" if is_here(host) => Security::None,
            "none" => {
                return Err(invalid(format!(
                    "The connection {name} says `security: none`, which is for a mail server on this machine only, and {host} is another; write tls or starttls."
                )));
            }
            other => {
                return Err(invalid(format!(
                    "The connection {name} says `security: {other}`; it is tls, starttls or none."
                )));
            }
        };
        let port = match (setting("port"), security) {
            (Some(text), _) => text.parse().map_err(|_| {
                invalid(format!("The connection {name} says `port: {text}`; a port is a number up to 65535."))
            })?,
            (None, Security::Tls) => 465,
            (None, Security::StartTls) => 587,
            (None, Security::None) => 25,
        };
        let from: Mailbox = setting("from").ok_or_else(|| missing("from"))?.parse().map_err(|_| {
            invalid(format!(
                "`from` of the connection {name} is no e-mail address; write it as `Name <name@example.com>`."
            ))
        })?;
        let credentials = match &connection.auth {
            AuthSetting::None => None,
            AuthSetting::Token(secret) => {
                let reference = match secret {
                    SecretReference::Secret(name) => Reference::Named(name.clone()),
                    SecretReference::Env(name) => Reference::Environment(name.clone()),
                };
                let password = self.vault.get(&reference).map_err(|error| invalid(error.to_string()))?;
                let user = setting("username").map_or_else(|| from.email.to_string(), str::to_owned);
                Some(Credentials::new(user, password.expose().to_owned()))
            }
            AuthSetting::Oauth { .. } => {
                return Err(invalid(format!(
                    "The connection {name} signs in by OAuth, which e-mail does not; give it a token."
                )));
            }
        };
        Ok(Relay { host: host.to_owned(), port, security, from, credentials })
    }
}

impl Relay {
    fn failed(&self, class: FailureClass, reason: &str) -> Failure {
        Failure::new(class, format!("The mail server {}:{} failed: {reason}.", self.host, self.port))
    }

    /// What an error of the protocol means. `broken` is the class where the connection itself broke.
    fn refused(&self, error: &lettre::transport::smtp::Error, broken: FailureClass) -> Failure {
        let class = if error.is_permanent() {
            match error.status().map(u16::from) {
                Some(530 | 534 | 535) => FailureClass::Unauthorised,
                _ => FailureClass::Invalid { fields: Vec::new() },
            }
        } else if error.is_transient() || error.is_client() {
            FailureClass::Transient
        } else {
            broken
        };
        let reason = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
        self.failed(class, reason.trim_end_matches('.'))
    }
}

/// A connection to the server that has signed in. Nothing of the message has been sent yet.
async fn signed_in(relay: &Relay) -> Result<AsyncSmtpConnection, Failure> {
    let refused = |error| relay.refused(&error, FailureClass::Transient);
    let tls = || TlsParameters::new(relay.host.clone()).map_err(refused);
    let hello = ClientId::default();
    let first = if relay.security == Security::Tls { Some(tls()?) } else { None };
    let address = (relay.host.as_str(), relay.port);
    let mut server = AsyncSmtpConnection::connect_tokio1(address, Some(PATIENCE), &hello, first, None)
        .await
        .map_err(refused)?;
    if relay.security == Security::StartTls {
        if !server.can_starttls() {
            let reason = "it offers no encryption (STARTTLS), and without it no password is sent";
            return Err(relay.failed(FailureClass::Unauthorised, reason));
        }
        server.starttls(tls()?, &hello).await.map_err(refused)?;
    }
    if let Some(credentials) = &relay.credentials {
        server.auth(&[Mechanism::Plain, Mechanism::Login], credentials).await.map_err(refused)?;
    }
    Ok(server)
}

/// The message that a call's input says.
fn letter(relay: &Relay, call: &Call) -> Result<Letter, Failure> {
    let input = &call.input;
    let invalid = |message: String| Failure::new(FailureClass::Invalid { fields: Vec::new() }, message);
    let text = |key: &str| input.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let id = message_id(&call.idempotency_key, relay.from.email.domain());
    let mut builder = Message::builder().from(relay.from.clone()).message_id(Some(id.clone()));
    let mut envelope: Vec<Address> = Vec::new();
    for key in ["to", "cc", "bcc"] {
        for mailbox in mailboxes(input.get(key), key)? {
            envelope.push(mailbox.email.clone());
            builder = match key {
                "to" => builder.to(mailbox),
                "cc" => builder.cc(mailbox),
                // Hidden from everybody: in the envelope alone.
                _ => builder,
            };
        }
    }
    if envelope.is_empty() {
        return Err(invalid("The e-mail has nobody to go to: `to` is empty.".to_owned()));
    }
    if envelope.len() > MOST_ADDRESSES {
        return Err(invalid(format!(
            "The e-mail goes to {} addresses; {MOST_ADDRESSES} are the most for one message. Go over them with `for_each`.",
            envelope.len()
        )));
    }
    if let Some(answers) = text("reply_to") {
        builder = builder.reply_to(mailbox(answers, "reply_to")?);
    }
    let subject = text("subject").unwrap_or_default();
    if subject.contains(['\r', '\n']) {
        return Err(invalid("The subject of an e-mail is one line.".to_owned()));
    }
    builder = builder.subject(subject);
    let plain = |text: &str| SinglePart::plain(text.to_owned());
    let html = |text: &str| SinglePart::html(text.to_owned());
    let built = match (text("text"), text("html")) {
        (Some(words), Some(page)) => {
            builder.multipart(MultiPart::alternative().singlepart(plain(words)).singlepart(html(page)))
        }
        (Some(words), None) => builder.singlepart(plain(words)),
        (None, Some(page)) => builder.singlepart(html(page)),
        (None, None) => {
            return Err(invalid("The e-mail says nothing: give it `text`, `html` or both.".to_owned()));
        }
    };
    let message = built.map_err(|error| invalid(format!("The e-mail cannot be made: {error}.")))?;
    let envelope = Envelope::new(Some(relay.from.email.clone()), envelope)
        .map_err(|error| invalid(format!("The e-mail cannot be addressed: {error}.")))?;
    Ok(Letter { envelope, bytes: message.formatted(), id })
}

/// The addresses of a field: a list, or one text with commas between them.
fn mailboxes(value: Option<&Value>, field: &str) -> Result<Vec<Mailbox>, Failure> {
    let texts: Vec<&str> = match value {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(text)) => vec![text],
        _ => Vec::new(),
    };
    texts
        .into_iter()
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(|text| mailbox(text, field))
        .collect()
}

fn mailbox(text: &str, field: &str) -> Result<Mailbox, Failure> {
    text.parse().map_err(|_| {
        Failure::new(
            FailureClass::Invalid { fields: vec![field.to_owned()] },
            format!("`{text}` in the field `{field}` is no e-mail address; it looks like `ana@example.com` or `Ana Quill <ana@example.com>`."),
        )
    })
}

/// The same for every attempt of one step of one run.
fn message_id(key: &str, domain: &str) -> String {
    let digest = digest(&SHA256, key.as_bytes());
    let name =
        digest.as_ref().iter().take(16).fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    format!("<{name}@{domain}>")
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Connector for Email {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn call(&self, call: Call) -> BoxFuture<'_, Outcome> {
        Box::pin(async move {
            match self.outcome(&call).await {
                Ok(output) => Outcome::Done(output),
                Err(failure) => Outcome::Failed(failure),
            }
        })
    }

    fn confirm(&self, _: Call, _: Timestamp) -> BoxFuture<'_, Confirmation> {
        Box::pin(async { Confirmation::CannotTell })
    }

    fn verify(&self, _: &Delivery<'_>) -> Result<Event, Refusal> {
        Err(Refusal::Unknown("E-mail brings no events.".to_owned()))
    }
}
