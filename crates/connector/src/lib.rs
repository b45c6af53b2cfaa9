//! What a connector is: the manifest that describes an app, the [`Connector`] trait through which it is
//! called, and the classes its failures fall into. `load`, `expand` and `problems` read a manifest and check it;
//! `template` fills in its `{names}`.
//!
//! This room knows neither HTTP clients, nor databases, nor recipes. Start at [`Connector`], then
//! [`Manifest`].

mod call;
mod catalogue;
pub mod codes;
mod confirm;
mod connection;
mod dotted;
mod event;
mod expand;
mod field;
mod json;
mod levels;
mod load;
mod manifest;
mod outcome;
mod poll;
mod preview;
mod problems;
mod request;
mod schema;
mod selector;
mod template;
mod webhook;

pub use call::{BoxFuture, Call, Confirmation, Connector, InLine, Lane, Page, Standing};
pub use catalogue::Catalogue;
pub use confirm::{Confirm, Through};
pub use connection::{AuthSetting, Connection, SecretReference};
pub use dotted::{dotted, plain_text};
pub use event::{Delivery, Event, RecordKey, Refusal};
pub use field::{Field, FieldKind, Fields, Format};
pub use json::read_json;
pub use levels::{LEVELS, too_deep};
pub use load::Problem;
pub use manifest::{
    Answer, AnswerClass, AnswerRule, Auth, Before, Effect, ErrorPaths, Manifest, OAuth, Operation, Pages,
    RateHeaders, RateLimit, RecordSpec, Setting,
};
pub use outcome::{Evidence, Failure, FailureClass, Outcome};
pub use poll::{Found, Look, Looked, PollSpec, TimeForm, read_time, time_in_id};
pub use preview::{Does, ParentRecord, PreviewSpec, RecordKind, ValueList};
pub use problems::problems;
pub use request::{Body, Encoding, Method, Request};
pub use schema::manifest_schema;
pub use selector::Selector;
pub use template::{CallNames, Lookup, Pattern, Template, fill};
pub use webhook::{EventSpec, SignatureAlgorithm, SignatureRule, WebhookSpec};
