//! Whether a contact was created, after a call of which that is not known. It is looked for by what HighLevel tells contacts
//! apart by; without that nothing is guessed.

use bellhop_connector::{Call, Confirmation, Connector};
use jiff::Timestamp;
use serde_json::Value;

/// Looks whether a contact was created by this call, begun at `since`.
pub(crate) async fn confirm(app: &dyn Connector, call: Call, since: Timestamp) -> Confirmation {
    if can_be_found(&call.input) { app.confirm(call, since).await } else { Confirmation::CannotTell }
}

/// Whether a contact made from this input can be looked up again: it has an e-mail address or a phone number.
fn can_be_found(input: &Value) -> bool {
    ["email", "phone"].iter().any(|name| input[*name].as_str().is_some_and(|text| !text.trim().is_empty()))
}
