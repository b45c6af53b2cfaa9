//! From the text of `bellhop.yaml` to a workspace, with every problem in it. Start at [`Reader::document`].

use bellhop_connector::{AuthSetting, Catalogue, Connection, RateLimit};
use bellhop_source::{Address, Code, Diagnostic, Key, Node, closest, from_node_at};
use jiff::SignedDuration;

use super::Workspace;
use crate::alerts::NoRoute;
use crate::codes::{BAD_VALUE, MISSING_SETTING, UNKNOWN_CONNECTOR, UNKNOWN_KEY};
use crate::traces::TraceSettings;

/// Keys of `bellhop.yaml`.
const KEYS: [&str; 7] = ["time_zone", "connections", "store", "history", "server", "alerts", "traces"];
/// Keys of `server`.
const SERVER_KEYS: [&str; 3] = ["listen", "token", "deliveries_per_second"];
/// Deliveries come again for hours; with some days more, none is taken for new that was there already.
const LEAST_HISTORY: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Keys of a connection that are the same for every connector.
const CONNECTION_KEYS: [&str; 6] = ["connector", "base_url", "auth", "webhook", "rate_limits", "reconcile"];
/// No app is asked more often than this what it should have told.
const LEAST_RECONCILE: SignedDuration = SignedDuration::from_mins(1);

/// Reads `bellhop.yaml` into a workspace, collecting every problem.
pub(super) struct Reader<'a> {
    pub(super) workspace: &'a mut Workspace,
    pub(super) catalogue: &'a Catalogue,
}

impl Reader<'_> {
    pub(super) fn document(&mut self, node: &Node) {
        let root = Address::root();
        let Some(members) = node.members() else {
            self.complain(BAD_VALUE, node, &root, "bellhop.yaml must be a group of fields");
            return;
        };
        for (key, value) in members {
            let address = root.key(&key.text);
            match key.text.as_str() {
                "time_zone" => self.zone(value, &address),
                "connections" => self.connections(value, &address),
                "store" => self.store(value, &address),
                "history" => self.history(value, &address),
                "server" => self.server(value, &address),
                "alerts" => self.workspace.alerts = self.part(value, &address).unwrap_or_default(),
                "traces" => self.traces(value, &address),
                _ => self.unknown_key(key, &address, &KEYS, "bellhop.yaml"),
            }
        }
        if let Some(alerts) = node.get("alerts")
            && let Err(NoRoute { channel, problem }) =
                self.workspace.alerts.routes(&self.workspace.connections)
        {
            let place = root.key("alerts").key(channel);
            self.complain(BAD_VALUE, alerts.get(channel).unwrap_or(alerts), &place, &problem);
        }
    }

    fn zone(&mut self, node: &Node, address: &Address) {
        match bellhop_clock::time_zone(node.text().unwrap_or_default()) {
            Ok(zone) => self.workspace.zone = zone,
            Err(error) => self.complain(BAD_VALUE, node, address, &error.to_string()),
        }
    }

    fn store(&mut self, node: &Node, address: &Address) {
        match node.text().and_then(|text| text.strip_prefix("sqlite:")) {
            Some(path) if !path.is_empty() => self.workspace.store = self.workspace.root.join(path),
            _ => self.complain(
                BAD_VALUE,
                node,
                address,
                "the store must be a SQLite file, written like `sqlite:.bellhop/bellhop.db`",
            ),
        }
    }

    fn history(&mut self, node: &Node, address: &Address) {
        match bellhop_clock::parse_duration(node.text().unwrap_or_default()) {
            Ok(kept) if kept.elapsed() >= LEAST_HISTORY => self.workspace.history = kept,
            Ok(_) => self.complain(
                BAD_VALUE,
                node,
                address,
                "finished runs are kept for at least 7 days: by them a delivery that comes again is known",
            ),
            Err(error) => self.complain(BAD_VALUE, node, address, &error.message),
        }
    }

    fn traces(&mut self, node: &Node, address: &Address) {
        match self.part::<TraceSettings>(node, address) {
            Some(traces) if ["http://", "https://"].iter().all(|way| !traces.endpoint.starts_with(way)) => {
                let problem = "`endpoint` must be an address that begins with https:// or http://, such as `http://127.0.0.1:4318`";
                self.complain(BAD_VALUE, node, address, problem);
            }
            traces => self.workspace.traces = traces,
        }
    }

    fn server(&mut self, node: &Node, address: &Address) {
        for (key, value) in node.members().unwrap_or_default() {
            let address = address.key(&key.text);
            match key.text.as_str() {
                "listen" => match value.text().and_then(|text| text.parse().ok()) {
                    Some(listen) => self.workspace.listen = listen,
                    None => self.complain(
                        BAD_VALUE,
                        value,
                        &address,
                        "`listen` must be an address and a port, such as `127.0.0.1:8600`",
                    ),
                },
                "token" => self.workspace.api_token = self.part(value, &address),
                "deliveries_per_second" => match value.text().and_then(|text| text.parse().ok()) {
                    Some(most) if most > 0 => self.workspace.deliveries_per_second = most,
                    _ => self.complain(
                        BAD_VALUE,
                        value,
                        &address,
                        "`deliveries_per_second` must be a whole number from 1",
                    ),
                },
                _ => self.unknown_key(key, &address, &SERVER_KEYS, "server"),
            }
        }
    }

    fn connections(&mut self, node: &Node, address: &Address) {
        let Some(members) = node.members() else {
            self.complain(
                BAD_VALUE,
                node,
                address,
                "`connections` must hold one group of fields for each connection",
            );
            return;
        };
        for (key, value) in members {
            self.connection(key, value, &address.key(&key.text));
        }
    }

    fn connection(&mut self, key: &Key, node: &Node, address: &Address) {
        let connector = node.get("connector").and_then(Node::text).unwrap_or(&key.text).to_owned();
        let mut connection = Connection::named(&key.text, &connector);
        let Some(manifest) = self.catalogue.get(&connector).cloned() else {
            let at = node.get("connector").map_or(key.span, |value| value.span);
            let mut complaint = Diagnostic::error(
                UNKNOWN_CONNECTOR,
                at,
                address.clone(),
                format!("there is no connector `{connector}`"),
            );
            let names: Vec<_> = self.catalogue.iter().map(|manifest| manifest.connector.as_str()).collect();
            complaint = match closest(&connector, names.iter().copied()) {
                Some(name) => complaint.help(format!("Did you mean `{name}`?")).suggest(at, name),
                None => complaint.help(format!(
                    "A connection is named after its connector, or says `connector:`; there are: {}.",
                    names.join(", ")
                )),
            };
            self.workspace.diagnostics.push(complaint);
            return;
        };
        for (field, value) in node.members().unwrap_or_default() {
            let address = address.key(&field.text);
            match field.text.as_str() {
                "connector" => {}
                "base_url" => match value.text() {
                    Some(url) if bellhop_http::is_base_url(url) => {
                        connection.base_url = Some(url.trim_end_matches('/').to_owned());
                    }
                    Some(url) if url.starts_with("http://") || url.starts_with("https://") => self.complain(
                        BAD_VALUE,
                        value,
                        &address,
                        "`base_url` is no web address; write it like `https://api.example.com`, where need be with a port up to 65535",
                    ),
                    _ => self.complain(
                        BAD_VALUE,
                        value,
                        &address,
                        "`base_url` must be an address that begins with https:// or http://",
                    ),
                },
                "auth" => connection.auth = self.part(value, &address).unwrap_or(AuthSetting::None),
                "webhook" => connection.webhook = self.part(value, &address).unwrap_or_default(),
                "reconcile" => self.reconcile(&key.text, value, &address),
                "rate_limits" => connection.rate_limits = self.part::<Vec<RateLimit>>(value, &address),
                setting if manifest.settings.contains_key(setting) => match value.text() {
                    Some(text) => {
                        connection.settings.insert(setting.to_owned(), text.to_owned());
                    }
                    None => self.complain(
                        BAD_VALUE,
                        value,
                        &address,
                        &format!("`{setting}` must be a text, not {}", value.kind()),
                    ),
                },
                _ => {
                    let known: Vec<_> = CONNECTION_KEYS
                        .into_iter()
                        .chain(manifest.settings.keys().map(String::as_str))
                        .collect();
                    self.unknown_key(field, &address, &known, &format!("a connection of {connector}"));
                }
            }
        }
        for (name, setting) in &manifest.settings {
            if setting.required && !connection.settings.contains_key(name) {
                self.workspace.diagnostics.push(
                    Diagnostic::error(
                        MISSING_SETTING,
                        key.span,
                        address.clone(),
                        format!("the connection `{}` lacks `{name}`", key.text),
                    )
                    .help(if setting.description.is_empty() {
                        format!("add a line `{name}: …` to it")
                    } else {
                        setting.description.clone()
                    }),
                );
            }
        }
        self.workspace.connections.insert(key.text.clone(), connection);
    }

    /// `reconcile: off`, or `reconcile: { every: 15 minutes }`.
    fn reconcile(&mut self, connection: &str, node: &Node, address: &Address) {
        if matches!(node.text(), Some("off" | "false")) {
            self.workspace.reconcile.insert(connection.to_owned(), None);
            return;
        }
        let Some([(key, every)]) = node.members() else {
            let message = "`reconcile` is `off`, or says how often: `{ every: 15 minutes }`";
            return self.complain(BAD_VALUE, node, address, message);
        };
        if key.text != "every" {
            return self.unknown_key(key, address, &["every"], "`reconcile`");
        }
        match bellhop_clock::parse_duration(every.text().unwrap_or_default()) {
            Ok(every) if every.elapsed() >= LEAST_RECONCILE => {
                self.workspace.reconcile.insert(connection.to_owned(), Some(every.elapsed()));
            }
            Ok(_) => self.complain(BAD_VALUE, every, &address.key("every"), "`every` is at least one minute"),
            Err(error) => self.complain(BAD_VALUE, every, &address.key("every"), &error.message),
        }
    }

    fn part<T: serde::de::DeserializeOwned>(&mut self, node: &Node, address: &Address) -> Option<T> {
        match from_node_at(node, address) {
            Ok(value) => Some(value),
            Err(diagnostic) => {
                self.workspace.diagnostics.push(diagnostic);
                None
            }
        }
    }

    fn unknown_key(&mut self, key: &Key, address: &Address, known: &[&str], place: &str) {
        let complaint = Diagnostic::error(
            UNKNOWN_KEY,
            key.span,
            address.clone(),
            format!("{place} has no field `{}`", key.text),
        );
        let complaint = match closest(&key.text, known.iter().copied()) {
            Some(name) => complaint.help(format!("Did you mean `{name}`?")).suggest(key.span, name),
            None => complaint.help(format!("The fields are: {}.", known.join(", "))),
        };
        self.workspace.diagnostics.push(complaint);
    }

    fn complain(&mut self, code: Code, node: &Node, address: &Address, message: &str) {
        self.workspace.diagnostics.push(Diagnostic::error(code, node.span, address.clone(), message));
    }
}
