//! What a handler says back: a status and a body, in the real service's error shapes (facts 2.1).
//!
//! `message` is a string on 400, 401, 403 and 404, and a list of strings on 422. Nothing here knows HTTP's wire.

use serde_json::{Value, json};

/// A handler's result: both sides are answers, so that `?` ends a request early.
pub(crate) type Reply = Result<Answer, Answer>;

/// The body of an answer.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    Json(Value),
    Text(String),
    /// No body: the browser is sent to this address (302).
    Redirect(String),
}

/// A status and a body.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Body,
}

impl Answer {
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self { status, body: Body::Json(body) }
    }

    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self { status, body: Body::Text(body.to_owned()) }
    }

    pub(crate) fn redirect(to: String) -> Self {
        Self { status: 302, body: Body::Redirect(to) }
    }

    /// A fault's or a gateway's answer of that status.
    pub(crate) fn of_status(status: u16) -> Self {
        let name = axum::http::StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason());
        let message = name.unwrap_or("Unexpected error");
        match status {
            422 => unprocessable(&["the sandbox was told to refuse this request".to_owned()]),
            401 => unauthorized("Invalid JWT"),
            _ => Self::json(status, json!({"statusCode": status, "message": message})),
        }
    }
}

/// 200 with a JSON body.
#[expect(clippy::unnecessary_wraps, reason = "handlers end with it, and a handler's result is a Reply")]
pub(crate) fn ok(body: Value) -> Reply {
    Ok(Answer::json(200, body))
}

/// 201 with a JSON body.
#[expect(clippy::unnecessary_wraps, reason = "handlers end with it, and a handler's result is a Reply")]
pub(crate) fn created(body: Value) -> Reply {
    Ok(Answer::json(201, body))
}

/// 400: a business rule says no.
pub(crate) fn bad_request(message: impl Into<String>) -> Answer {
    Answer::json(400, json!({"statusCode": 400, "message": message.into()}))
}

/// 400 for a record that does not exist: `Contact with id x not found`.
pub(crate) fn unknown(kind: &str, id: &str) -> Answer {
    bad_request(format!("{kind} with id {id} not found"))
}

/// 401.
pub(crate) fn unauthorized(message: &str) -> Answer {
    Answer::json(401, json!({"statusCode": 401, "message": message, "error": "Unauthorized"}))
}

/// 403: the token belongs to another location.
pub(crate) fn wrong_location() -> Answer {
    Answer::json(
        403,
        json!({"statusCode": 403, "message": "The token does not have access to this location.", "error": "Forbidden"}),
    )
}

/// 404 for a route that does not exist.
pub(crate) fn no_route(method: &str, path: &str) -> Answer {
    Answer::json(
        404,
        json!({"statusCode": 404, "message": format!("Cannot {method} {path}"), "error": "Not Found"}),
    )
}

/// 422 with every violation.
pub(crate) fn unprocessable(messages: &[String]) -> Answer {
    Answer::json(422, json!({"statusCode": 422, "message": messages, "error": "Unprocessable Entity"}))
}
