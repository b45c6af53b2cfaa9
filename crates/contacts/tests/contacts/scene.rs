//! The connector over HTTP in front of a sandbox of its own, on the real clock.

use std::{collections::BTreeMap, sync::Arc};

use bellhop_clock::{Clock, SystemClock};
use bellhop_connector::{AuthSetting, Call, Connection, Connector, SecretReference};
use bellhop_contacts::{Contacts, connector};
use bellhop_http::{HttpOptions, HttpRuntime};
use bellhop_sandbox::{Fault, Running, SandboxConfig, start};
use bellhop_vault::Vault;
use jiff::SignedDuration;
use serde_json::Value;

use crate::support::{done, failed};

/// A contact of the sandbox.
pub(crate) const MARA: &str = "contactMaraFenn00001";

/// The connector, the sandbox and the connection to it.
pub(crate) struct Scene {
    pub(crate) sandbox: Running,
    pub(crate) contacts: Contacts,
    pub(crate) connection: Arc<Connection>,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        Self::with(SandboxConfig::default()).await
    }

    pub(crate) async fn with(config: SandboxConfig) -> Self {
        let sandbox = start(config).await.unwrap();
        let environment = BTreeMap::from([("SANDBOX_TOKEN".to_owned(), sandbox.token().to_owned())]);
        let vault = Arc::new(Vault::new(environment, None));
        let runtime = HttpRuntime::new(HttpOptions::new(Arc::new(SystemClock), vault)).unwrap();
        let mut connection = Connection::named("contacts", "contacts");
        connection.base_url = Some(sandbox.base_url().to_owned());
        connection.auth = AuthSetting::Token(SecretReference::Env("SANDBOX_TOKEN".into()));
        connection.settings.insert("location_id".into(), sandbox.location_id().to_owned());
        connection.webhook.insert("ed25519_public_key".into(), sandbox.ed25519_public_key());
        connection.webhook.insert("rsa_public_key".into(), sandbox.rsa_public_key().to_owned());
        Self { sandbox, contacts: connector(Arc::new(runtime)), connection: Arc::new(connection) }
    }

    pub(crate) fn step(&self, operation: &str, input: Value) -> Call {
        Call {
            operation: operation.into(),
            input,
            connection: Arc::clone(&self.connection),
            deadline: SystemClock.now() + SignedDuration::from_secs(20),
            idempotency_key: "run-1-step-1".into(),
            standing: bellhop_connector::Standing::default(),
        }
    }

    pub(crate) async fn done(&self, operation: &str, input: Value) -> Value {
        done(self.contacts.call(self.step(operation, input)).await)
    }

    pub(crate) async fn fails(&self, operation: &str, input: Value) -> bellhop_connector::Failure {
        failed(self.contacts.call(self.step(operation, input)).await)
    }

    pub(crate) fn fault(&self, fault: &str) {
        self.sandbox.add_fault(Fault::parse(fault).unwrap());
    }
}
