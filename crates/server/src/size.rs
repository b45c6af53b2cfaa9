//! Refuses a delivery that says itself that it is too large, before anything of its body is read. One that does not say
//! how long it is meets the same limit while it is read.
//!
//! It closes the connection: what is still on its way is no request. Start at [`of_a_size`].

use std::pin::pin;
use std::sync::Arc;

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use bellhop_clock::Clock;
use futures::StreamExt as _;
use futures::future::select;
use jiff::SignedDuration;

use crate::{LARGEST_BODY, door};

/// A sender that writes on while the connection is closed may never see the answer, so for so long what it writes is
/// thrown away first.
const LINGER: SignedDuration = SignedDuration::from_secs(3);
/// And so many bytes of it at the most.
const THROWN_AWAY: usize = 8 * LARGEST_BODY;

/// Lets deliveries in whose declared length is allowed, and those that declare none.
pub(crate) async fn of_a_size(clock: Arc<dyn Clock>, request: Request, next: Next) -> Response {
    if request.body().size_hint().lower() <= LARGEST_BODY as u64 {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    let path = head.uri.path();
    let mut answer = door::too_large(path.strip_prefix("/hooks/").unwrap_or(path));
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    // Who asks first whether the body is wanted does not send it, and is not to be told that it is.
    if !head.headers.contains_key(header::EXPECT) {
        tokio::spawn(throw_away(body, clock));
    }
    answer
}

async fn throw_away(body: Body, clock: Arc<dyn Clock>) {
    let end = clock.now().checked_add(LINGER).unwrap_or(jiff::Timestamp::MAX);
    let reading = async {
        let (mut rest, mut read) = (body.into_data_stream(), 0);
        while let Some(Ok(bytes)) = rest.next().await {
            read += bytes.len();
            if read > THROWN_AWAY {
                return;
            }
        }
    };
    select(pin!(reading), clock.sleep_until(end)).await;
}
