//! The workspace's `alerts:`: over which channels people are told that runs need them.

use std::collections::BTreeMap;
use std::sync::Arc;

use bellhop_alerts::{Channel, Manner};
use bellhop_connector::{AuthSetting, Connection, SecretReference};
use serde::Deserialize;

use crate::compose::Works;
use crate::trouble::Trouble;

/// `alerts:` of `bellhop.yaml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlertSettings {
    slack: Option<SlackAlerts>,
    email: Option<EmailAlerts>,
    webhook: Option<WebhookAlerts>,
}

/// By an incoming webhook of its own, or over a connection to a channel.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SlackAlerts {
    webhook: Option<SecretReference>,
    connection: Option<String>,
    channel: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EmailAlerts {
    /// By default the connection `email`.
    connection: Option<String>,
    to: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhookAlerts {
    url: String,
    token: Option<SecretReference>,
}

/// A channel that leads nowhere.
#[derive(Debug)]
pub(crate) struct NoRoute {
    /// Its key below `alerts:`.
    pub(crate) channel: &'static str,
    /// Why, in a sentence without a full stop.
    pub(crate) problem: String,
}

impl AlertSettings {
    /// The connections that alerts go over, each with its manner.
    pub(crate) fn routes(
        &self,
        connections: &BTreeMap<String, Connection>,
    ) -> Result<Vec<(Connection, Manner)>, NoRoute> {
        let known = |name: &str, connector: &'static str| {
            connections.get(name).filter(|one| one.connector == connector).cloned().ok_or_else(|| {
                let problem = format!(
                    "alerts go over the connection `{name}`, and there is no connection of that name whose `connector` is `{connector}`; add it under `connections:`"
                );
                NoRoute { channel: connector, problem }
            })
        };
        let mut routes = Vec::new();
        match &self.slack {
            None => {}
            Some(SlackAlerts { webhook: Some(secret), connection: None, channel: None }) => {
                let mut connection = Connection::named("alerts-slack", "slack");
                connection.auth = AuthSetting::Token(secret.clone());
                routes.push((connection, Manner::Slack(None)));
            }
            Some(SlackAlerts { webhook: None, connection: Some(name), channel }) => {
                routes.push((known(name, "slack")?, Manner::Slack(channel.clone())));
            }
            Some(_) => {
                let problem =
                    "alerts to Slack go by `webhook: { secret: … }`, or by `connection:` with `channel:`";
                return Err(NoRoute { channel: "slack", problem: problem.to_owned() });
            }
        }
        if let Some(email) = &self.email {
            if email.to.is_empty() {
                let problem = "alerts by e-mail go to nobody; write `to: [ops@example.com]`";
                return Err(NoRoute { channel: "email", problem: problem.to_owned() });
            }
            let name = email.connection.as_deref().unwrap_or("email");
            routes.push((known(name, "email")?, Manner::Email(email.to.clone())));
        }
        if let Some(webhook) = &self.webhook {
            if !webhook.url.starts_with("https://") && !webhook.url.starts_with("http://") {
                let problem = format!("`{}` is no web address; it begins with https://", webhook.url);
                return Err(NoRoute { channel: "webhook", problem });
            }
            let mut connection = Connection::named("alerts-webhook", "http");
            // Bound to its own address: the token goes nowhere else.
            connection.base_url = Some(webhook.url.clone());
            if let Some(token) = &webhook.token {
                connection.auth = AuthSetting::Token(token.clone());
            }
            routes.push((connection, Manner::Webhook(webhook.url.clone())));
        }
        Ok(routes)
    }
}

/// The channels of a workspace, ready to be used.
pub(crate) fn channels(
    settings: &AlertSettings,
    connections: &BTreeMap<String, Connection>,
    works: &Works,
) -> Result<Vec<Channel>, Trouble> {
    let routes = settings
        .routes(connections)
        .map_err(|NoRoute { problem, .. }| Trouble::new(format!("In bellhop.yaml, {problem}.")))?;
    let mut channels = Vec::with_capacity(routes.len());
    for (connection, manner) in routes {
        works.look_for_secrets(&connection)?;
        let Some(connector) = works.connectors.get(&connection.connector) else { continue };
        channels.push(Channel {
            name: connection.name.clone(),
            connection: Arc::new(connection),
            connector: Arc::clone(connector),
            manner,
        });
    }
    Ok(channels)
}
