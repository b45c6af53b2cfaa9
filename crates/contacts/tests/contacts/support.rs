//! What the tests of this crate share: a judge of values against the manifest's fields, and an app that answers from
//! a script.

use std::sync::{Arc, Mutex};

use bellhop_connector::{
    BoxFuture, Call, Confirmation, Connection, Connector, Delivery, Event, Failure, Field, FieldKind, Format,
    Manifest, Outcome, Refusal,
};
use jiff::Timestamp;
use serde_json::Value;

/// Everything in which a value does not fit a field, each with its path.
pub(crate) fn misfits(field: &Field, value: &Value, path: &str) -> Vec<String> {
    if value.is_null() {
        return if field.nullable || field.kind == FieldKind::Any {
            vec![]
        } else {
            vec![format!("{path} is null")]
        };
    }
    let fits = match field.kind {
        FieldKind::Any => true,
        FieldKind::String => value.is_string(),
        FieldKind::Number => value.is_number(),
        FieldKind::Integer => value.is_i64() || value.is_u64(),
        FieldKind::Boolean => value.is_boolean(),
        FieldKind::Array => value.is_array(),
        FieldKind::Object => value.is_object(),
    };
    if !fits {
        return vec![format!("{path} is no {:?}: {value}", field.kind)];
    }
    let mut found = Vec::new();
    if !field.choices.is_empty() && !field.choices.contains(value) {
        found.push(format!("{path} is none of the choices: {value}"));
    }
    if let (Some(Format::DateTime), Some(text)) = (field.format, value.as_str())
        && text.parse::<Timestamp>().is_err()
    {
        found.push(format!("{path} is no moment: {text}"));
    }
    if let (Some(items), Some(list)) = (&field.items, value.as_array()) {
        found.extend(
            list.iter()
                .enumerate()
                .flat_map(|(index, item)| misfits(items, item, &format!("{path}.{index}"))),
        );
    }
    if let Some(members) = value.as_object() {
        for (name, member) in members {
            match field.fields.get(name) {
                Some(field) => found.extend(misfits(field, member, &format!("{path}.{name}"))),
                None if field.open || field.fields.is_empty() => {}
                None => found.push(format!("{path}.{name} is not described")),
            }
        }
        let missing =
            field.fields.iter().filter(|(name, field)| field.required && !members.contains_key(*name));
        found.extend(missing.map(|(name, _)| format!("{path}.{name} is missing")));
    }
    found
}

type Script = dyn Fn(&Call) -> Outcome + Send + Sync;

/// An app that answers from a script and remembers its calls.
pub(crate) struct Scripted {
    manifest: Manifest,
    script: Box<Script>,
    calls: Mutex<Vec<(String, Value)>>,
    confirmation: Confirmation,
}

impl Scripted {
    pub(crate) fn new(script: impl Fn(&Call) -> Outcome + Send + Sync + 'static) -> Arc<Self> {
        Self::with_confirmation(script, Confirmation::DidNotHappen)
    }

    pub(crate) fn with_confirmation(
        script: impl Fn(&Call) -> Outcome + Send + Sync + 'static,
        confirmation: Confirmation,
    ) -> Arc<Self> {
        let manifest = bellhop_contacts::manifest();
        Arc::new(Self { manifest, script: Box::new(script), calls: Mutex::default(), confirmation })
    }

    /// The calls so far: operation and input.
    pub(crate) fn calls(&self) -> Vec<(String, Value)> {
        self.calls.lock().unwrap().clone()
    }

    /// The operations called so far.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.calls().into_iter().map(|(operation, _)| operation).collect()
    }
}

impl Connector for Scripted {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn call(&self, call: Call) -> BoxFuture<'_, Outcome> {
        self.calls.lock().unwrap().push((call.operation.clone(), call.input.clone()));
        let outcome = (self.script)(&call);
        Box::pin(async move { outcome })
    }

    fn confirm(&self, _call: Call, _since: Timestamp) -> BoxFuture<'_, Confirmation> {
        let confirmation = self.confirmation.clone();
        Box::pin(async move { confirmation })
    }

    fn verify(&self, _delivery: &Delivery<'_>) -> Result<Event, Refusal> {
        Err(Refusal::Unknown("not part of the script".into()))
    }
}

/// A call on a connection of one location.
pub(crate) fn call(operation: &str, input: Value) -> Call {
    let mut connection = Connection::named("contacts", "contacts");
    connection.settings.insert("location_id".into(), "SandboxLocation00001".into());
    Call {
        operation: operation.into(),
        input,
        connection: Arc::new(connection),
        deadline: Timestamp::MAX,
        idempotency_key: "run-1-step-1".into(),
        standing: bellhop_connector::Standing::default(),
    }
}

/// The output of a call that must have worked.
pub(crate) fn done(outcome: Outcome) -> Value {
    match outcome {
        Outcome::Done(output) => output,
        Outcome::Failed(failure) => panic!("{failure:?}"),
    }
}

/// The failure of a call that must not have worked.
pub(crate) fn failed(outcome: Outcome) -> Failure {
    match outcome {
        Outcome::Done(output) => panic!("{output}"),
        Outcome::Failed(failure) => failure,
    }
}
