//! A connector that is nothing but a manifest: follows one call from its input to its outcome. It calls once; the only
//! thing it repeats is a call that was refused because its OAuth token had run out.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use bellhop_connector::{
    BoxFuture, Call, CallNames, Confirmation, Connection, Connector, Delivery, Effect, Event, Failure,
    FailureClass, Found, Look, Looked, Manifest, Method, Operation, Outcome, Page, Refusal,
};
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    HttpRuntime,
    account::Account,
    answer::{Meaning, Reading, observed, retry_after, unwrapped},
    budget::{Budget, admit},
    compiled::Compiled,
    confirm, credential,
    events::Events,
    pages, polls,
    request::{Making, Overrides, input_method},
    transport::{self, Broken, Received},
    words::Subject,
};

/// An app as its manifest describes it.
pub struct ManifestConnector {
    pub(crate) manifest: Arc<Manifest>,
    pub(crate) runtime: Arc<HttpRuntime>,
    operations: HashMap<String, Result<Compiled, String>>,
    events: Events,
    accounts: RwLock<HashMap<String, Arc<Account>>>,
}

impl ManifestConnector {
    /// The connector of a manifest that has been checked ([`Manifest::load`]).
    pub fn new(manifest: Arc<Manifest>, runtime: Arc<HttpRuntime>) -> Self {
        let operations = manifest
            .operations
            .iter()
            .map(|(name, operation)| (name.clone(), Compiled::new(&manifest, operation)))
            .collect();
        Self {
            operations,
            events: Events::new(&manifest),
            accounts: RwLock::new(HashMap::new()),
            manifest,
            runtime,
        }
    }

    /// The runtime that its calls go through.
    pub fn runtime(&self) -> &Arc<HttpRuntime> {
        &self.runtime
    }

    /// Does one call, following a list through its pages.
    pub(crate) async fn outcome(&self, call: &Call) -> Result<Value, Failure> {
        let attempt = self.attempt(call)?;
        let path = &attempt.operation.answer.unwrap;
        match &attempt.operation.pages {
            Some(pages) => pages::gather(&attempt, pages).await,
            None => Ok(unwrapped(attempt.answer(None).await?, path)),
        }
    }

    /// Reads one page of a list; where the manifest says nothing of pages, all of it.
    pub(crate) async fn one_page(&self, call: &Call, after: Option<Value>) -> Result<Page, Failure> {
        let attempt = self.attempt(call)?;
        match &attempt.operation.pages {
            Some(pages) => pages::one(&attempt, pages, after).await,
            None => Page::whole(unwrapped(attempt.answer(None).await?, &attempt.operation.answer.unwrap)),
        }
    }

    fn attempt<'a>(&'a self, call: &'a Call) -> Result<Attempt<'a>, Failure> {
        let app = &self.manifest.title;
        let Some(operation) = self.manifest.operations.get(&call.operation) else {
            let message = format!("{app} has no operation {}.", call.operation);
            return Err(Failure::new(FailureClass::Bug, message));
        };
        let subject =
            Subject { manifest: &self.manifest, operation, call, redactor: self.runtime.redactor() };
        match self.operations.get(&call.operation) {
            Some(Ok(compiled)) => Ok(Attempt {
                manifest: &self.manifest,
                runtime: &self.runtime,
                operation,
                compiled,
                call,
                account: self.account(&call.connection),
                effect: effect_of(operation, &call.input),
                subject,
            }),
            Some(Err(reason)) => Err(subject.failed(FailureClass::Bug, reason)),
            None => Err(subject.failed(FailureClass::Bug, "its manifest has been changed under way")),
        }
    }

    /// What is known of a connection, found out anew where it is described otherwise than before.
    pub(crate) fn account(&self, connection: &Arc<Connection>) -> Arc<Account> {
        self.known(connection).unwrap_or_else(|| self.learn(Arc::clone(connection)))
    }

    pub(crate) fn account_of(&self, connection: &Connection) -> Arc<Account> {
        self.known(connection).unwrap_or_else(|| self.learn(Arc::new(connection.clone())))
    }

    fn known(&self, connection: &Connection) -> Option<Arc<Account>> {
        let accounts = self.accounts.read().unwrap_or_else(PoisonError::into_inner);
        let account = accounts.get(&connection.name)?;
        let same =
            std::ptr::eq(account.connection.as_ref(), connection) || *account.connection == *connection;
        same.then(|| Arc::clone(account))
    }

    fn learn(&self, connection: Arc<Connection>) -> Arc<Account> {
        let mut accounts = self.accounts.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(account) = accounts.get(&connection.name)
            && account.connection == connection
        {
            // Somebody else was quicker: two sources of one OAuth token would use it up twice.
            return Arc::clone(account);
        }
        let name = connection.name.clone();
        let account = Arc::new(Account::new(&self.manifest, connection, &self.runtime));
        accounts.insert(name, Arc::clone(&account));
        account
    }
}

/// Whether doing it again does harm; where the input chooses the method, the method tells.
fn effect_of(operation: &Operation, input: &Value) -> Effect {
    if operation.request.method != Method::FromInput {
        return operation.effect;
    }
    match input_method(input).as_ref().map(hyper::Method::as_str) {
        Some("GET" | "HEAD") => Effect::Read,
        Some("PUT" | "DELETE") => Effect::Idempotent,
        _ => operation.effect,
    }
}

/// One call on its way.
pub(crate) struct Attempt<'a> {
    manifest: &'a Manifest,
    runtime: &'a Arc<HttpRuntime>,
    pub(crate) operation: &'a Operation,
    compiled: &'a Compiled,
    pub(crate) call: &'a Call,
    account: Arc<Account>,
    effect: Effect,
    subject: Subject<'a>,
}

impl Attempt<'_> {
    /// Makes the request, with `overrides` in place of the input's values, and gives the whole answer of a call that
    /// succeeded.
    pub(crate) async fn answer(&self, overrides: Option<&Overrides>) -> Result<Value, Failure> {
        let mut proof = self.proof(None).await?;
        let budgets = self.account.budgets(self.runtime, &self.manifest.connector, &self.call.input);
        let mut received = self.exchange(&proof, overrides, &budgets).await?;
        if received.status == 401
            && let Some(stale) = proof.tokens.as_ref().filter(|_| has_run_out(&received))
        {
            proof = self.proof(Some(&Arc::clone(stale))).await?;
            received = self.exchange(&proof, overrides, &budgets).await?;
        }
        self.understand(&received, &budgets)
    }

    async fn proof(&self, stale: Option<&Arc<bellhop_vault::Tokens>>) -> Result<credential::Proof, Failure> {
        credential::proof(self.manifest, self.runtime, &self.account, stale)
            .await
            .map_err(|failure| self.subject.failed(failure.class, &failure.message))
    }

    async fn exchange(
        &self,
        proof: &credential::Proof,
        overrides: Option<&Overrides>,
        budgets: &[Arc<Budget>],
    ) -> Result<Received, Failure> {
        let clock = self.runtime.clock();
        let now = clock.now();
        let deadline = self.call.deadline;
        if now >= deadline {
            return Err(self
                .subject
                .failed(FailureClass::Transient, "there was no time left to call; nothing was sent"));
        }
        let making = Making {
            operation: self.operation,
            compiled: self.compiled,
            account: &self.account,
            names: CallNames::of(self.call, now),
            overrides,
        };
        let outgoing = making.request(proof).map_err(|reason| {
            self.subject.failed(FailureClass::Invalid { fields: vec![reason.clone()] }, &reason)
        })?;
        if let Err(at) = admit(budgets, clock, deadline, &self.call.standing).await {
            let wait = at.duration_since(clock.now()).as_millis().max(0);
            let class = FailureClass::RateLimited { after_ms: u64::try_from(wait).ok() };
            let reason = format!("{} allows the next call in {} only", self.manifest.title, in_words(wait));
            return Err(self.subject.failed(class, &reason));
        }
        transport::send(self.runtime, outgoing, deadline).await.map_err(|broken| self.broken(broken))
    }

    fn broken(&self, broken: Broken) -> Failure {
        let app = &self.manifest.title;
        let middle = if self.effect.repeatable() { FailureClass::Transient } else { FailureClass::Unclear };
        let (class, reason) = match broken {
            Broken::NotSent(reason) => {
                (FailureClass::Transient, format!("{app} could not be reached: {reason}"))
            }
            Broken::NotAllowed(reason) => (FailureClass::Invalid { fields: Vec::new() }, reason),
            Broken::MaybeSent(reason) => (middle, format!("the connection to {app} broke: {reason}")),
            Broken::TimedOut => (middle, format!("{app} did not answer in time")),
            Broken::TooLarge => {
                let class = if self.effect.repeatable() { FailureClass::Bug } else { FailureClass::Unclear };
                let most = self.runtime.options.largest_answer / 1024;
                (class, format!("the answer of {app} is longer than {most} KiB"))
            }
        };
        self.subject.failed(class, &reason)
    }

    fn understand(&self, received: &Received, budgets: &[Arc<Budget>]) -> Result<Value, Failure> {
        let now = self.runtime.clock().now();
        let names = &self.manifest.rate_headers;
        let narrowest = budgets.first();
        if let Some(budget) = narrowest {
            budget.observe(now, observed(&received.headers, names));
        }
        let call_names = CallNames::of(self.call, now);
        let reading = Reading {
            operation: self.operation,
            compiled: self.compiled,
            message_paths: &self.manifest.errors.message,
            effect: self.effect,
            retry_after: retry_after(&received.headers, names, now),
            names: &call_names,
        };
        let (mut class, reason) = match reading.meaning(received) {
            Meaning::Done(whole) => return Ok(whole),
            Meaning::Failed { class, reason } => (class, reason),
        };
        match &mut class {
            FailureClass::RateLimited { after_ms } => {
                *after_ms = narrowest.and_then(|budget| budget.refused(now, *after_ms)).or(*after_ms);
            }
            FailureClass::Unauthorised => self.account.forget_token(),
            _ => {}
        }
        let failure = self.subject.answered(class, &reason, received);
        let proves =
            self.effect.repeatable() || !self.operation.answer.proves_nothing.contains(&received.status);
        Err(if proves { failure } else { failure.unproven() })
    }
}

/// Whether a 401 means that the token has run out, so that a new one helps. Of HighLevel's many 401s only `Invalid JWT`
/// does; others name it as RFC 6750 says.
fn has_run_out(received: &Received) -> bool {
    let challenge = received.headers.get("www-authenticate").and_then(|value| value.to_str().ok());
    challenge.is_some_and(|challenge| challenge.contains("invalid_token"))
        || String::from_utf8_lossy(&received.body).to_lowercase().contains("invalid jwt")
}

/// Milliseconds for a sentence.
fn in_words(milliseconds: i128) -> String {
    match milliseconds {
        ..2_000 => format!("{milliseconds} ms"),
        2_000..120_000 => format!("{} seconds", milliseconds / 1000),
        120_000..7_200_000 => format!("{} minutes", milliseconds / 60_000),
        _ => format!("{} hours", milliseconds / 3_600_000),
    }
}

impl Connector for ManifestConnector {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn call(&self, call: Call) -> BoxFuture<'_, Outcome> {
        Box::pin(async move {
            match self.outcome(&call).await {
                Ok(output) => Outcome::Done(output),
                Err(failure) => {
                    let class = failure.class.name();
                    tracing::debug!(
                        operation = call.operation,
                        connection = call.connection.name,
                        class,
                        "call failed"
                    );
                    Outcome::Failed(failure)
                }
            }
        })
    }

    fn page(&self, call: Call, after: Option<Value>) -> BoxFuture<'_, Result<Page, Failure>> {
        Box::pin(async move { self.one_page(&call, after).await })
    }

    fn confirm(&self, call: Call, since: Timestamp) -> BoxFuture<'_, Confirmation> {
        Box::pin(async move { confirm::confirm(self, &call, since).await })
    }

    fn poll(&self, look: Look) -> BoxFuture<'_, Result<Looked, Failure>> {
        Box::pin(polls::poll(self, look))
    }

    fn bring(&self, look: Look, found: Found) -> BoxFuture<'_, Result<Event, Failure>> {
        Box::pin(polls::bring(self, look, found))
    }

    fn verify(&self, delivery: &Delivery<'_>) -> Result<Event, Refusal> {
        let account = self.account_of(delivery.connection);
        self.events.verify(&self.manifest, &account, delivery)
    }
}
