//! How a call proves who it is: finds the secret, says where it goes, and renews what has run out.

use std::sync::Arc;

use bellhop_connector::{Auth, AuthSetting, Failure, FailureClass, Manifest, OAuth, SecretReference};
use bellhop_vault::{Reference, Secret, Secrets as _, Tokens};
use hyper::header::{HeaderName, HeaderValue};
use url::Url;

use crate::{
    HttpRuntime,
    account::Account,
    oauth::{self, Source},
};

/// What a call carries to prove who it is.
pub(crate) enum Credential {
    /// Nothing.
    None,
    /// A header.
    Header(HeaderName, HeaderValue),
    /// The address itself.
    Address(Url),
    /// A header with a token that runs out.
    Oauth { name: HeaderName, prefix: String, source: Arc<Source> },
}

/// Proof for one call, and the pair it is from.
pub(crate) struct Proof {
    pub(crate) header: Option<(HeaderName, HeaderValue)>,
    pub(crate) address: Option<Url>,
    /// The pair in use, where there is one that can be renewed.
    pub(crate) tokens: Option<Arc<Tokens>>,
}

/// The proof for a call through `account`; `stale` is a pair that the app has just refused.
pub(crate) async fn proof(
    manifest: &Manifest,
    runtime: &Arc<HttpRuntime>,
    account: &Account,
    stale: Option<&Arc<Tokens>>,
) -> Result<Proof, Failure> {
    let credential = match account.known_credential() {
        Some(credential) => credential,
        None => account.keep_credential(find(manifest, runtime, account).map_err(unauthorised)?),
    };
    let none = Proof { header: None, address: None, tokens: None };
    match credential.as_ref() {
        Credential::None => Ok(none),
        Credential::Header(name, value) => Ok(Proof { header: Some((name.clone(), value.clone())), ..none }),
        Credential::Address(url) => Ok(Proof { address: Some(url.clone()), ..none }),
        Credential::Oauth { name, prefix, source } => {
            let tokens = oauth::tokens(source, runtime, stale).await?;
            let value = header_value(prefix, &tokens.access)
                .ok_or_else(|| unauthorised(unsendable(&account.connection.name)))?;
            Ok(Proof { header: Some((name.clone(), value)), tokens: Some(tokens), ..none })
        }
    }
}

fn unauthorised(sentence: String) -> Failure {
    Failure::new(FailureClass::Unauthorised, sentence)
}

fn unsendable(connection: &str) -> String {
    format!("the token of the connection {connection} has characters that cannot be sent; copy it again")
}

/// Finds the credential of an account; an error is a sentence.
fn find(manifest: &Manifest, runtime: &Arc<HttpRuntime>, account: &Account) -> Result<Credential, String> {
    let connection = &account.connection;
    let name = &connection.name;
    let secret = |reference: &SecretReference| {
        runtime.options.secrets.get(&vault_reference(reference)).map_err(|error| error.to_string())
    };
    match (&manifest.auth, &connection.auth) {
        (Auth::Address, AuthSetting::None) => Err(format!(
            "the connection {name} has no secret address; add auth: {{token: …}} to it in bellhop.yaml"
        )),
        (_, AuthSetting::None) => Ok(Credential::None),
        (Auth::None, _) => Err(format!(
            "the connection {name} has credentials, but {} takes none; leave auth out",
            manifest.title
        )),
        (Auth::Header { name: header, prefix, .. }, AuthSetting::Token(reference)) => {
            header_credential(name, header, prefix, &secret(reference)?)
        }
        (Auth::Address, AuthSetting::Token(reference)) => address_credential(name, &secret(reference)?),
        (Auth::AddressOrHeader { name: header, prefix }, AuthSetting::Token(reference)) => {
            let secret = secret(reference)?;
            let text = secret.expose();
            if text.starts_with("https://") || text.starts_with("http://") {
                address_credential(name, &secret)
            } else {
                header_credential(name, header, prefix, &secret)
            }
        }
        (
            Auth::Header { name: header, prefix, oauth: Some(oauth) },
            AuthSetting::Oauth { client_id, client_secret, refresh_token },
        ) => {
            let client = oauth::Client {
                token_url: token_url(oauth, account)?,
                id: client_id.clone(),
                secret: secret(client_secret)?,
                connection: name.clone(),
                app: manifest.title.clone(),
            };
            let source =
                oauth::source(client, secret(refresh_token)?, runtime).map_err(|error| error.to_string())?;
            Ok(Credential::Oauth {
                name: header_name(header)?,
                prefix: prefix.clone(),
                source: Arc::new(source),
            })
        }
        (_, AuthSetting::Oauth { .. }) => Err(format!(
            "the connection {name} signs in by OAuth, but {} cannot; give it a token",
            manifest.title
        )),
    }
}

fn vault_reference(reference: &SecretReference) -> Reference {
    match reference {
        SecretReference::Secret(name) => Reference::Named(name.clone()),
        SecretReference::Env(name) => Reference::Environment(name.clone()),
    }
}

fn header_credential(
    connection: &str,
    name: &str,
    prefix: &str,
    secret: &Secret,
) -> Result<Credential, String> {
    let value = header_value(prefix, secret).ok_or_else(|| unsendable(connection))?;
    Ok(Credential::Header(header_name(name)?, value))
}

fn header_name(name: &str) -> Result<HeaderName, String> {
    HeaderName::try_from(name)
        .map_err(|_| format!("its manifest has a header named {name:?}, which cannot be one"))
}

fn header_value(prefix: &str, secret: &Secret) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("{prefix}{}", secret.expose())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn address_credential(connection: &str, secret: &Secret) -> Result<Credential, String> {
    Url::parse(secret.expose())
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .map(Credential::Address)
        .ok_or_else(|| format!("the secret of the connection {connection} is no web address; copy it again"))
}

fn token_url(oauth: &OAuth, account: &Account) -> Result<Url, String> {
    let whole = if oauth.token_url.starts_with('/') {
        format!("{}{}", account.base()?, oauth.token_url)
    } else {
        oauth.token_url.clone()
    };
    Url::parse(&whole)
        .map_err(|_| format!("its manifest's token_url {:?} is no web address", oauth.token_url))
}
