//! What is known of one connection: its address, its settings, its budgets, its credential. Found out once and kept
//! until the connection is described otherwise.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use bellhop_connector::{AuthSetting, Connection, Manifest, RateLimit, Template};
use url::Url;

use crate::{HttpRuntime, budget::Budget, credential::Credential, signature::Keys};

pub(crate) struct Account {
    pub(crate) connection: Arc<Connection>,
    /// Where paths are below, without a slash at the end; empty where the manifest has no address.
    base: String,
    /// What is wrong with the connection, in words.
    trouble: Option<String>,
    /// Budgets whose key only depends on the connection.
    budgets: Vec<Arc<Budget>>,
    /// Limits whose key a call's input decides (a channel, say), with their template.
    by_input: Vec<(Template, Vec<RateLimit>)>,
    credential: RwLock<Option<Arc<Credential>>>,
    pub(crate) keys: OnceLock<Keys>,
}

impl Account {
    pub(crate) fn new(manifest: &Manifest, connection: Arc<Connection>, runtime: &HttpRuntime) -> Self {
        let base =
            connection.base_url.as_deref().unwrap_or(&manifest.base_url).trim_end_matches('/').to_owned();
        let mut account = Self {
            trouble: trouble(manifest, &connection, &base),
            base,
            budgets: Vec::new(),
            by_input: Vec::new(),
            credential: RwLock::new(None),
            keys: OnceLock::new(),
            connection,
        };
        account.find_budgets(manifest, runtime);
        account
    }

    /// Limits with one key are one budget. The narrowest line comes first, and the order is the same for all
    /// connections of a connector.
    fn find_budgets(&mut self, manifest: &Manifest, runtime: &HttpRuntime) {
        let limits = self.connection.rate_limits.as_ref().unwrap_or(&manifest.rate_limits);
        let mut by_template: Vec<(&str, Vec<RateLimit>)> = Vec::new();
        for limit in limits {
            match by_template.iter_mut().find(|(template, _)| *template == limit.key) {
                Some((_, limits)) => limits.push(limit.clone()),
                None => by_template.push((&limit.key, vec![limit.clone()])),
            }
        }
        if by_template.is_empty() {
            // Nothing to count, but an app that says "later" is heard by all.
            by_template.push(("", Vec::new()));
        }
        by_template.sort_by_key(|(template, _)| *template);
        let (mut budgets, mut by_input) = (Vec::new(), Vec::new());
        for (text, limits) in by_template {
            let template = Template::parse(text);
            if template.names().all(|name| name.starts_with("connection.")) {
                let empty = serde_json::Value::Null;
                budgets.push(budget_of(
                    runtime,
                    &manifest.connector,
                    &self.connection,
                    &template,
                    &limits,
                    &empty,
                ));
            } else {
                by_input.push((template, limits));
            }
        }
        self.budgets = budgets;
        self.by_input = by_input;
    }

    /// The budgets a call is under, the narrowest first.
    pub(crate) fn budgets(
        &self,
        runtime: &HttpRuntime,
        connector: &str,
        input: &serde_json::Value,
    ) -> std::borrow::Cow<'_, [Arc<Budget>]> {
        if self.by_input.is_empty() {
            return (&self.budgets).into();
        }
        let own = self.by_input.iter().map(|(template, limits)| {
            budget_of(runtime, connector, &self.connection, template, limits, input)
        });
        own.chain(self.budgets.iter().cloned()).collect::<Vec<_>>().into()
    }

    /// The address that paths are below, or what is wrong with the connection.
    pub(crate) fn base(&self) -> Result<&str, String> {
        match &self.trouble {
            Some(trouble) => Err(trouble.clone()),
            None => Ok(&self.base),
        }
    }

    /// The one host that an address from an input may have, where the credentials or the connection are bound to one.
    pub(crate) fn bound_to(&self) -> Option<Url> {
        Url::parse(&self.base).ok()
    }

    pub(crate) fn has_credentials(&self) -> bool {
        self.connection.auth != AuthSetting::None
    }

    pub(crate) fn known_credential(&self) -> Option<Arc<Credential>> {
        self.credential.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn keep_credential(&self, credential: Credential) -> Arc<Credential> {
        let mut kept = self.credential.write().unwrap_or_else(PoisonError::into_inner);
        // Of two that looked at the same time the first counts: an OAuth source must be one.
        Arc::clone(kept.get_or_insert_with(|| Arc::new(credential)))
    }

    /// After a refusal: the token is read anew at the next call, so that a mended one counts without a restart.
    pub(crate) fn forget_token(&self) {
        let mut kept = self.credential.write().unwrap_or_else(PoisonError::into_inner);
        if !matches!(kept.as_deref(), Some(Credential::Oauth { .. })) {
            *kept = None;
        }
    }
}

/// Whether requests can begin with this: a web address without a name to sign in with and without a query.
pub fn is_base_url(text: &str) -> bool {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.is_some_and(|url| url.username().is_empty() && url.query().is_none())
}

fn trouble(manifest: &Manifest, connection: &Connection, base: &str) -> Option<String> {
    let name = &connection.name;
    if !base.is_empty() && !is_base_url(base) {
        return Some(format!(
            "the base_url of the connection {name} is no web address; write it as https://api.example.com"
        ));
    }
    let missing = manifest.settings.iter().find(|(setting, spec)| {
        spec.required && connection.settings.get(*setting).is_none_or(|value| value.trim().is_empty())
    });
    missing.map(|(setting, _)| {
        format!(
            "the connection {name} has no {setting}; add it under the connection's settings in bellhop.yaml"
        )
    })
}

fn budget_of(
    runtime: &HttpRuntime,
    connector: &str,
    connection: &Connection,
    template: &Template,
    limits: &[RateLimit],
    input: &serde_json::Value,
) -> Arc<Budget> {
    let names = bellhop_connector::CallNames {
        input,
        connection,
        now: jiff::Timestamp::UNIX_EPOCH,
        idempotency_key: "",
    };
    let filled = template.text(&names).filter(|text| !text.is_empty());
    let mut key = match filled {
        Some(filled) => format!("{connector}\n{template:?}\n{filled}"),
        None => format!("{connector}\n\n{}", connection.name),
    };
    for limit in limits {
        key.extend(["\n", &limit.limit.to_string(), " in ", &limit.per]);
    }
    runtime.budgets.get(&key, limits)
}
