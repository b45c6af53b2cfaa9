//! What a connector is: the manifest that describes an app, the [`Connector`] trait through which it is
//! called, and the classes its failures fall into.
//!
//! This room knows neither HTTP clients, nor databases, nor recipes. Start at [`Connector`], then
//! [`Manifest`].

mod call;
mod catalogue;
mod connection;
mod event;
mod field;
mod manifest;
mod outcome;

pub use call::{BoxFuture, Call, Confirmation, Connector};
pub use catalogue::Catalogue;
pub use connection::{AuthSetting, Connection, SecretReference};
pub use event::{Delivery, Event, RecordKey, Refusal};
pub use field::{Field, FieldKind, Fields, Format};
pub use manifest::{
    Answer, AnswerClass, AnswerRule, Auth, Before, Body, Confirm, Effect, Encoding, ErrorPaths, EventSpec,
    Manifest, Method, OAuth, Operation, Pages, RateHeaders, RateLimit, RecordSpec, Request, Setting,
    SignatureAlgorithm, SignatureRule, WebhookSpec,
};
pub use outcome::{Evidence, Failure, FailureClass, Outcome};
