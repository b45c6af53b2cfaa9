//! Which tokens are accepted, what they may do, and how the OAuth pairs rotate.
//!
//! It knows nothing of requests; `oauth.rs` speaks its endpoints, `checks.rs` asks it on every call.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use crate::ids;

/// Every scope the sandbox's routes ask for.
pub(crate) const ALL_SCOPES: &[&str] = &[
    "contacts.readonly",
    "contacts.write",
    "locations.readonly",
    "locations/tags.readonly",
    "locations/tags.write",
    "locations/customFields.readonly",
    "locations/customFields.write",
    "locations/tasks.readonly",
    "users.readonly",
    "workflows.readonly",
    "campaigns.readonly",
    "businesses.readonly",
    "calendars.readonly",
    "calendars/events.readonly",
    "calendars/events.write",
    "opportunities.readonly",
    "opportunities.write",
    "conversations.readonly",
    "conversations/message.readonly",
    "conversations/message.write",
    "oauth.readonly",
    "oauth.write",
];

/// Whose token it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    Location,
    /// An agency, by OAuth.
    Company,
    /// An agency's private integration token: refused where an OAuth token is asked for.
    CompanyIntegration,
}

/// What an accepted token may do.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) owner: Owner,
    pub(crate) scopes: Vec<String>,
    until: Option<Instant>,
}

impl Grant {
    pub(crate) fn may(&self, scope: &str) -> bool {
        scope.is_empty() || self.scopes.iter().any(|granted| granted == scope)
    }
}

/// An access token and the refresh token that goes with it.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) owner: Owner,
    pub(crate) scopes: Vec<String>,
}

#[derive(Debug)]
struct Refresh {
    owner: Owner,
    scopes: Vec<String>,
    used: Option<(Instant, Pair)>,
}

/// All tokens and codes.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    grants: HashMap<String, Grant>,
    refreshes: HashMap<String, Refresh>,
    codes: HashMap<String, (Owner, Vec<String>)>,
    life: Duration,
    window: Duration,
}

impl Tokens {
    pub(crate) fn new(life: Duration, window: Duration) -> Self {
        Self { life, window, ..Self::default() }
    }

    /// A token without an end.
    pub(crate) fn add(&mut self, token: &str, owner: Owner, scopes: Vec<String>) {
        self.grants.insert(token.to_owned(), Grant { owner, scopes, until: None });
    }

    /// What the token may do; `None` where it is unknown or has ended.
    pub(crate) fn grant(&self, token: &str, now: Instant) -> Option<&Grant> {
        self.grants.get(token).filter(|grant| grant.until.is_none_or(|until| now < until))
    }

    /// A fresh authorization code, good for one exchange.
    pub(crate) fn new_code(&mut self, owner: Owner, scopes: Vec<String>) -> String {
        let code = ids::uuid().replace('-', "");
        self.codes.insert(code.clone(), (owner, scopes));
        code
    }

    /// Exchanges a code; `None` where it is unknown or used.
    pub(crate) fn exchange(&mut self, code: &str, now: Instant) -> Option<Pair> {
        let (owner, scopes) = self.codes.remove(code)?;
        Some(self.issue(owner, scopes, now))
    }

    /// Exchanges a refresh token. Used again within the window it returns the same pair; later, nothing.
    pub(crate) fn refresh(&mut self, token: &str, now: Instant) -> Option<Pair> {
        let known = self.refreshes.get(token)?;
        if let Some((at, pair)) = &known.used {
            return (now.saturating_duration_since(*at) < self.window).then(|| pair.clone());
        }
        let (owner, scopes) = (known.owner, known.scopes.clone());
        let pair = self.issue(owner, scopes, now);
        if let Some(known) = self.refreshes.get_mut(token) {
            known.used = Some((now, pair.clone()));
        }
        Some(pair)
    }

    pub(crate) fn issue(&mut self, owner: Owner, scopes: Vec<String>, now: Instant) -> Pair {
        let pair = Pair {
            access: format!("sandbox-access-{}", ids::uuid()),
            refresh: format!("sandbox-refresh-{}", ids::uuid()),
            owner,
            scopes: scopes.clone(),
        };
        let grant = Grant { owner, scopes: scopes.clone(), until: Some(now + self.life) };
        self.grants.insert(pair.access.clone(), grant);
        self.refreshes.insert(pair.refresh.clone(), Refresh { owner, scopes, used: None });
        pair
    }

    pub(crate) fn life(&self) -> Duration {
        self.life
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_token_rotates_and_forgives_a_race() {
        let mut tokens = Tokens::new(Duration::from_secs(100), Duration::from_secs(30));
        let start = Instant::now();
        let code = tokens.new_code(Owner::Location, vec!["contacts.readonly".to_owned()]);
        let first = tokens.exchange(&code, start).unwrap();
        assert!(tokens.exchange(&code, start).is_none(), "a code is good once");
        let second = tokens.refresh(&first.refresh, start).unwrap();
        assert_ne!(first.refresh, second.refresh);
        let raced = tokens.refresh(&first.refresh, start + Duration::from_secs(29)).unwrap();
        assert_eq!(raced.access, second.access);
        assert!(tokens.refresh(&first.refresh, start + Duration::from_secs(30)).is_none());
        assert!(tokens.grant(&second.access, start).unwrap().may("contacts.readonly"));
        assert!(tokens.grant(&second.access, start + Duration::from_secs(100)).is_none(), "it has ended");
    }
}
