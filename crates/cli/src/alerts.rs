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
            let Some(host) = host_of(&webhook.url) else {
                // The address itself may open something.
                let problem = "the `url` of `webhook` is no web address; write it like `https://example.com/alerts`, and what \
                               proves who Bellhop is as `token: { secret: … }`";
                return Err(NoRoute { channel: "webhook", problem: problem.to_owned() });
            };
            let mut connection = Connection::named("alerts-webhook", "http");
            // Bound to its own host: the token goes nowhere else.
            connection.base_url = Some(host.to_owned());
            if let Some(token) = &webhook.token {
                connection.auth = AuthSetting::Token(token.clone());
            }
            routes.push((connection, Manner::Webhook(webhook.url.clone())));
        }
        Ok(routes)
    }
}

/// `https://example.com:8443` of `https://example.com:8443/alerts?team=ops`; none where that is nothing to connect to.
fn host_of(url: &str) -> Option<&str> {
    let after = url.find("://")? + "://".len();
    let end = url[after..].find(['/', '?', '#']).map_or(url.len(), |end| after + end);
    Some(&url[..end]).filter(|host| bellhop_http::is_base_url(host))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_goes_to_an_address_with_a_query_too() {
        for (url, host) in [
            ("https://example.com/alerts", Some("https://example.com")),
            ("http://127.0.0.1:7544/hook?key=1&to=a/b", Some("http://127.0.0.1:7544")),
            ("https://example.com?key=1", Some("https://example.com")),
            ("https://example.com", Some("https://example.com")),
            ("https://joe:hush@example.com/alerts", None),
            ("https:///alerts", None),
            ("https://example.com:99999/alerts", None),
            ("ftp://example.com", None),
            ("ops", None),
        ] {
            assert_eq!(host_of(url), host, "{url}");
        }
    }
}
