//! Posts to an address that the operator wrote and that is no app: where traces are collected. Nothing of it is counted
//! against a budget, and nothing is tried again.

use bytes::Bytes;
use hyper::Method;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use url::Url;

use crate::HttpRuntime;
use crate::reach::Reach;
use crate::transport::{Broken, Outgoing, send};

impl HttpRuntime {
    /// Posts these bytes; the status of the answer, or why there is none. Headers that are none are left out.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(String, Vec<u8>)],
        body: Bytes,
        deadline: Timestamp,
    ) -> Result<u16, String> {
        let url = Url::parse(url).map_err(|error| format!("the address is none: {error}"))?;
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            if let (Ok(name), Ok(value)) =
                (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value))
            {
                map.append(name, value);
            }
        }
        let outgoing =
            Outgoing { method: Method::POST, url, headers: map, body: Some(body), reach: Reach::Anywhere };
        match send(self, outgoing, deadline).await {
            Ok(received) => Ok(received.status),
            Err(Broken::NotSent(why) | Broken::MaybeSent(why) | Broken::NotAllowed(why)) => Err(why),
            Err(Broken::TimedOut) => Err("there was no answer in time".to_owned()),
            Err(Broken::TooLarge) => Err("the answer is too long".to_owned()),
        }
    }
}
