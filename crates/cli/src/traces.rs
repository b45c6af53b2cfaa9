//! Sends the engine's spans to an OpenTelemetry collector (OTLP over HTTP, binary). On a thread of its own, in batches;
//! where the collector does not keep up or is not there, spans are lost and the work goes on.
//!
//! All that an event leads to is one trace, whichever process does it, because ids are digests of the engine's.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bellhop_clock::{Clock as _, SystemClock};
use bellhop_engine::{Span, Spans};
use bellhop_http::{HttpOptions, HttpRuntime};
use jiff::{SignedDuration, Timestamp};
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanEvents, SpanLinks, SpanProcessor as _,
};
use ring::digest::{SHA256, digest};
use serde::Deserialize;
use tokio::runtime::Handle;

use crate::compose::Shelf;
use crate::trouble::Trouble;

/// Spans that wait to be sent; more are lost.
const MOST_WAITING: usize = 16_384;
/// Spans that are sent together.
const TOGETHER: usize = 1_024;
/// How long the collector may take.
const PATIENCE: SignedDuration = SignedDuration::from_secs(10);
/// Where a collector takes spans, below its address.
const PLACE: &str = "/v1/traces";
/// The variables of the OpenTelemetry specification, where the workspace says nothing.
const VARIABLES: [(&str, &str); 2] =
    [("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", ""), ("OTEL_EXPORTER_OTLP_ENDPOINT", PLACE)];

/// `traces:` of `bellhop.yaml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TraceSettings {
    /// The collector's address.
    pub(crate) endpoint: String,
}

/// The way to the collector.
pub(crate) struct Traces(Arc<BatchSpanProcessor>);

impl Traces {
    /// Begins, where the workspace or the environment names a collector.
    pub(crate) fn begin(shelf: &Shelf) -> Result<Option<Self>, Trouble> {
        let Some(endpoint) = endpoint(shelf) else { return Ok(None) };
        let wrong = |why: String| Trouble::new(format!("Traces cannot be sent to {endpoint}: {why}."));
        let options = HttpOptions::new(Arc::new(SystemClock), Arc::new(shelf.vault()));
        let runtime = HttpRuntime::new(options).map_err(|error| wrong(error.to_string()))?;
        let way = Way { runtime: Arc::new(runtime), home: Handle::current(), broken: Arc::default() };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(way)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint.clone())
            .build()
            .map_err(|error| wrong(error.to_string()))?;
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(MOST_WAITING)
            .with_max_export_batch_size(TOGETHER)
            .build();
        let mut processor = BatchSpanProcessor::builder(exporter).with_batch_config(config).build();
        processor.set_resource(
            &Resource::builder()
                .with_service_name("bellhop")
                .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
                .build(),
        );
        tracing::info!(%endpoint, "traces are sent");
        Ok(Some(Self(Arc::new(processor))))
    }

    /// Takes the engine's spans.
    pub(crate) fn spans(&self) -> Spans {
        let processor = Arc::clone(&self.0);
        Arc::new(move |span| processor.on_end(data(span)))
    }

    /// Sends what is left, within a few seconds.
    pub(crate) async fn end(self) {
        // The collector's thread is waited for, and its way leads over this runtime.
        let ended = tokio::task::spawn_blocking(move || self.0.shutdown()).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the last traces may not have been sent");
        }
    }
}

/// Where spans go, as `bellhop.yaml` or the environment says.
fn endpoint(shelf: &Shelf) -> Option<String> {
    let below = |address: &str, place: &str| {
        let address = address.trim_end_matches('/');
        if address.ends_with(place) { address.to_owned() } else { format!("{address}{place}") }
    };
    if let Some(traces) = &shelf.workspace.traces {
        return Some(below(&traces.endpoint, PLACE));
    }
    VARIABLES.iter().find_map(|(name, place)| {
        shelf.environment.get(*name).filter(|value| !value.is_empty()).map(|value| below(value, place))
    })
}

/// A span as the exporter wants it.
fn data(span: Span) -> SpanData {
    let trace = TraceId::from_bytes(bytes(span.event.as_str()));
    let id = |text: &str| SpanId::from_bytes(bytes(text));
    let context = SpanContext::new(trace, id(&span.id), TraceFlags::SAMPLED, false, TraceState::NONE);
    SpanData {
        span_context: context,
        parent_span_id: span.parent.as_deref().map_or(SpanId::INVALID, id),
        parent_span_is_remote: false,
        span_kind: match span.name {
            "event" => SpanKind::Consumer,
            "run" => SpanKind::Internal,
            _ => SpanKind::Client,
        },
        name: span.name.into(),
        start_time: span.began.into(),
        end_time: span.ended.into(),
        attributes: span.attributes.into_iter().map(|(name, value)| KeyValue::new(name, value)).collect(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: if span.failed { Status::error("") } else { Status::Unset },
        instrumentation_scope: InstrumentationScope::builder("bellhop").build(),
    }
}

/// The beginning of a text's digest.
fn bytes<const N: usize>(text: &str) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&digest(&SHA256, text.as_bytes()).as_ref()[..N]);
    bytes
}

/// Requests to the collector, by the program's own clients.
#[derive(Clone)]
struct Way {
    runtime: Arc<HttpRuntime>,
    home: Handle,
    /// Told once, and again after it has worked in between.
    broken: Arc<AtomicBool>,
}

impl fmt::Debug for Way {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Way")
    }
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'a>>;

impl HttpClient for Way {
    fn send_bytes<'way, 'a>(&'way self, request: Request<Bytes>) -> Answer<'a>
    where
        'way: 'a,
        Self: 'a,
    {
        let way = self.clone();
        // The exporter waits on a thread of its own, which has nothing that requests need.
        let sent = self.home.spawn(async move { way.send(request).await });
        Box::pin(async move {
            match sent.await {
                Ok(Ok(status)) => Ok(Response::builder().status(status).body(Bytes::new())?),
                Ok(Err(why)) => Err(why.into()),
                Err(gone) => Err(gone.into()),
            }
        })
    }
}

impl Way {
    async fn send(self, request: Request<Bytes>) -> Result<u16, String> {
        let (head, body) = request.into_parts();
        let headers: Vec<(String, Vec<u8>)> =
            head.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
        let deadline = SystemClock.now().checked_add(PATIENCE).unwrap_or(Timestamp::MAX);
        let sent = self.runtime.post(&head.uri.to_string(), &headers, body, deadline).await;
        let problem = match &sent {
            Ok(status) if (200..300).contains(status) => None,
            Ok(status) => Some(format!("it answers {status}")),
            Err(why) => Some(why.clone()),
        };
        let was_broken = self.broken.swap(problem.is_some(), Ordering::Relaxed);
        if let Some(why) = problem.filter(|_| !was_broken) {
            tracing::warn!(%why, "the collector does not take traces; they are lost until it does");
        }
        sent
    }
}
