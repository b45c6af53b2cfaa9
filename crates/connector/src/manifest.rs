//! The manifest: everything about an app that is data. A YAML file of this shape is a connector.
//!
//! Templates in it are of one kind: `{name}` is the input field `name`, `{connection.location_id}` a setting of
//! the connection, `{now}` and `{idempotency_key}` what the call brings. A text that is nothing but one such
//! template keeps the value's type; a template that finds nothing leaves its key out, and with it the group it
//! stands in where none of that group's templates finds anything. Paths into answers are dotted: `meta.startAfterId`.
//!
//! How a request is made stands in `request`, how deliveries are read in `webhook`.

use indexmap::IndexMap;
use jiff::{SignedDuration, Span, SpanRelativeTo};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Confirm, EventSpec, Field, Fields, PreviewSpec, RecordKind, Request, Selector, WebhookSpec};

/// One app.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The connector's name, as recipes write it: `contacts`.
    pub connector: String,
    /// The app's name for people: `HighLevel Contacts`.
    pub title: String,
    /// What it is, in a sentence.
    #[serde(default)]
    pub description: String,
    /// Version of this manifest.
    pub version: String,
    /// The vendor's documentation.
    #[serde(default)]
    pub docs: String,
    /// The day on which the facts were last compared with the vendor's documentation.
    #[serde(default)]
    pub verified: String,
    /// Where the app is, such as `https://services.leadconnectorhq.com`. Empty where each call names its own address.
    #[serde(default)]
    pub base_url: String,
    /// Headers of every request; a value may hold templates.
    #[serde(default)]
    pub headers: IndexMap<String, String>,
    /// What a connection must or may say, by name.
    #[serde(default)]
    pub settings: IndexMap<String, Setting>,
    /// How calls prove who they are.
    #[serde(default)]
    pub auth: Auth,
    /// How many calls are allowed; all windows hold at once.
    #[serde(default)]
    pub rate_limits: Vec<RateLimit>,
    /// Headers by which the app tells what is left.
    #[serde(default)]
    pub rate_headers: RateHeaders,
    /// How answers are told apart, first match wins; an operation's own rules come first.
    #[serde(default)]
    pub answers: Vec<AnswerRule>,
    /// Where an error answer says what is wrong.
    #[serde(default)]
    pub errors: ErrorPaths,
    /// Field groups used in several places, by name; `schema: contact` refers to them. Expanded when loaded.
    #[serde(default)]
    pub schemas: Fields,
    /// The kinds of record that operations read and write, by name.
    #[serde(default)]
    pub records: IndexMap<String, RecordKind>,
    /// How the things are listed that recipes name by id and people know by name, by the `selector` of fields: `user`, `tag`.
    #[serde(default)]
    pub selectors: IndexMap<String, Selector>,
    /// What can be done.
    #[serde(default)]
    pub operations: IndexMap<String, Operation>,
    /// How deliveries are read and checked.
    #[serde(default)]
    pub webhook: Option<WebhookSpec>,
    /// What can start a recipe.
    #[serde(default)]
    pub events: IndexMap<String, EventSpec>,
    /// Names of headers, query parameters and body fields whose values never reach a log or a history.
    #[serde(default)]
    pub redact: Vec<String>,
}

/// A setting of a connection.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// A short name for people.
    #[serde(default)]
    pub title: String,
    /// What it is and where to find it.
    #[serde(default)]
    pub description: String,
    /// Whether a connection without it is refused.
    #[serde(default)]
    pub required: bool,
}

/// How calls prove who they are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    /// Not at all.
    #[default]
    None,
    /// A header, with what stands before the token (`"Bearer "`).
    Header {
        /// The header's name.
        name: String,
        /// What stands before the token.
        #[serde(default)]
        prefix: String,
        /// Where OAuth is possible too.
        #[serde(default)]
        oauth: Option<OAuth>,
    },
    /// The secret is the address itself (incoming webhooks); the token replaces the whole URL.
    Address,
    /// Either: a secret that begins with `https://` or `http://` is the address, any other goes into the header.
    AddressOrHeader {
        /// The header's name.
        name: String,
        /// What stands before the token.
        #[serde(default)]
        prefix: String,
    },
}

/// OAuth 2.0, code flow with refresh.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OAuth {
    /// Where the person is sent.
    pub authorize_url: String,
    /// Where codes and refresh tokens are exchanged; a path is relative to the base URL.
    pub token_url: String,
}

/// So many calls in so much time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// How many.
    pub limit: u32,
    /// In how long: `10s`, `30 minutes`, `1 day`.
    pub per: String,
    /// Who shares it: a template such as `{connection.location_id}`; empty: the connection.
    #[serde(default)]
    pub key: String,
}

impl RateLimit {
    /// The window's length, where [`RateLimit::per`] is one: more than nothing, with a day as 24 hours.
    pub fn window(&self) -> Option<SignedDuration> {
        length(&self.per).filter(SignedDuration::is_positive)
    }
}

/// A length of time as manifests write it, `30 minutes` say, with a day as 24 hours; none below nothing.
pub(crate) fn length(text: &str) -> Option<SignedDuration> {
    let span: Span = text.parse().ok()?;
    let length = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    (!length.is_negative()).then_some(length)
}

/// Headers about the budget; names in lower case, empty where the app has none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RateHeaders {
    /// Calls left in the short window.
    pub remaining: String,
    /// The short window's length in milliseconds.
    pub interval_milliseconds: String,
    /// Calls left today.
    pub daily_remaining: String,
    /// Seconds (or an HTTP date) to wait after a refusal.
    pub retry_after: String,
}

/// One rule that tells answers apart. All conditions given must hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerRule {
    /// These statuses; `[]` means any.
    #[serde(default)]
    pub status: Vec<u16>,
    /// The body contains this text (letter case does not matter).
    #[serde(default)]
    pub contains: Option<String>,
    /// A dotted path of the JSON body has this value: `{ok: false}`.
    #[serde(default)]
    pub field: IndexMap<String, Value>,
    /// The class the answer then has.
    pub class: AnswerClass,
    /// A sentence for people instead of the app's own; may hold templates: `{message}`, dotted paths of the answer
    /// such as `{answer.meta.field}`, and input fields.
    #[serde(default)]
    pub say: Option<String>,
    /// For `conflict`: dotted path of the existing record's id in the answer.
    #[serde(default)]
    pub existing: Option<String>,
}

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerClass {
    /// It happened.
    Done,
    /// It did not happen, the app is unwell.
    Transient,
    /// Too many calls.
    RateLimited,
    /// It exists already.
    Conflict,
    /// It is not there.
    NotFound,
    /// The input was refused.
    Invalid,
    /// The credentials are wrong.
    Unauthorised,
    /// The credentials lack a permission.
    Forbidden,
    /// It may have happened.
    Unclear,
}

/// Where an error answer says what is wrong: dotted paths, the first that finds something counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ErrorPaths {
    /// The sentence, or a list of sentences.
    pub message: Vec<String>,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// A short name for people: `Add tags`.
    pub title: String,
    /// What it does.
    #[serde(default)]
    pub description: String,
    /// The vendor's own id, found in suggestions: `add-tags`.
    #[serde(default)]
    pub vendor_id: String,
    /// Why it should not be used any more, and what instead.
    #[serde(default)]
    pub deprecated: Option<String>,
    /// Whether doing it again does harm.
    pub effect: Effect,
    /// The OAuth scopes it needs.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// What it takes.
    #[serde(default)]
    pub input: Fields,
    /// What it gives back, unwrapped.
    #[serde(default)]
    pub output: Field,
    /// The request it makes.
    pub request: Request,
    /// How its answer is read.
    #[serde(default)]
    pub answer: Answer,
    /// How it pages, for a list.
    #[serde(default)]
    pub pages: Option<Pages>,
    /// The record it touches: for ordering, for history by record, for previews.
    #[serde(default)]
    pub record: Option<RecordSpec>,
    /// For writes: the read that shows the record as it was.
    #[serde(default)]
    pub before: Option<Before>,
    /// For `once`: the look-up that tells whether it happened.
    #[serde(default)]
    pub confirm: Option<Confirm>,
    /// What it does to records, so that a dry run can foresee it.
    #[serde(default)]
    pub preview: Option<PreviewSpec>,
    /// Events of this manifest that the app tells of because of it: of `once` each time, else where it has changed something.
    #[serde(default)]
    pub causes: Vec<String>,
}

/// Whether doing it again does harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Only looks.
    Read,
    /// Again is harmless: PUT, DELETE, upsert, add tag.
    Idempotent,
    /// The app takes an idempotency key.
    Keyed,
    /// Again is a duplicate: create note, create task, send message.
    Once,
}

impl Effect {
    /// Whether it changes something.
    pub fn writes(self) -> bool {
        self != Self::Read
    }

    /// Whether it may be repeated without looking first.
    pub fn repeatable(self) -> bool {
        self != Self::Once
    }
}

/// How an answer is read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Answer {
    /// Success codes; empty: 200 to 299.
    pub success: Vec<u16>,
    /// Dotted path of the thing itself in the answer; empty: the whole. An answer without it gives null.
    pub unwrap: String,
    /// Rules that come before the manifest's.
    pub rules: Vec<AnswerRule>,
    /// For `once`: statuses of refusals that do not prove that nothing was done. After one it is looked whether it happened
    /// all the same (`confirm`); the refusal stands where it did not, and where nobody can tell a person is asked.
    pub proves_nothing: Vec<u16>,
}

/// How a list pages by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pages {
    /// The request's next tokens: query or body name → dotted path in the answer; `last.` begins a path in the last item.
    /// `{page}` is the next page's number from 1, `{offset}` the number of items so far.
    pub next: IndexMap<String, String>,
    /// The input field (query or body name) that says how many a page.
    pub size_field: String,
    /// How many a page.
    pub size: u32,
    /// How many items at the most in one call.
    pub most: u32,
}

/// The record an operation or event is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordSpec {
    /// Such as `contact`.
    pub kind: String,
    /// The input field (operations; `output.id` where only the output knows) or dotted path of the data (events).
    pub id: String,
}

/// The read that shows a record as it was before a write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Before {
    /// The reading operation.
    pub operation: String,
    /// Its input, with templates over the write's input.
    pub input: IndexMap<String, Value>,
}
