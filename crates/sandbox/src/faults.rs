//! Faults: what goes wrong, at which requests, how many times. Set by configuration, or per request by a header.
//!
//! The written form is `KIND[@WHERE][*TIMES]`:
//!
//! | KIND | effect |
//! |---|---|
//! | `429`, `503`, any of 400 to 599 | that answer at once; nothing is done |
//! | `create-then-422` | the work is done, yet the answer is 422 (facts 8, row 7) |
//! | `done-then-503` | the work is done, yet the answer is that status |
//! | `reset` | the work is done, and the connection breaks in the middle of the answer |
//! | `reset-before` | nothing is done, and the connection breaks in the middle of the answer |
//! | `delay=250ms`, `delay=2s` | the request waits before it is worked on, so the answer comes late |
//! | `late=250ms`, `late=2s` | the work is done at once, and the answer comes late: after the caller's deadline, say |
//! | `hang` | the work is done, and no answer ever comes |
//!
//! WHERE is an operation (`add-tags`, also `add tags`) or a method and path (`POST /contacts/:id/tags`, `GET *`);
//! without it the fault is met everywhere. TIMES is how often; without it, always.
//! The header `X-Sandbox-Fault` takes kinds only, separated by commas.
//! This file decides what happens; [`crate::door`] does it.

use std::{fmt, str::FromStr, time::Duration};

use crate::routes::Found;

/// The request header that asks for a fault.
pub const FAULT_HEADER: &str = "x-sandbox-fault";

/// A fault that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The fault `{text}` cannot be read: {problem}. {HELP}")]
pub struct FaultError {
    text: String,
    problem: String,
}

const HELP: &str = "Write KIND[@WHERE][*TIMES], such as `429@POST /contacts/:id/tags*2`, `503@add-tags`, \
                    `create-then-422@create-contact*1`, `reset@create-note*1`, `delay=250ms` or `late=2s`";

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// This status at once, and nothing is done.
    Status(u16),
    /// The work is done, and the answer is this status all the same.
    DoneThen(u16),
    /// The work is done, and the connection breaks in the middle of the answer.
    Reset,
    /// Nothing is done, and the connection breaks in the middle of the answer.
    ResetBefore,
    /// The request waits this long before it is worked on.
    Delay(Duration),
    /// The work is done at once, and the answer comes this much later.
    Late(Duration),
    /// The work is done, and no answer ever comes.
    Hang,
}

/// A fault: what, where and how often. [`Fault::parse`] reads the written form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    kind: FaultKind,
    target: Target,
    times: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    Everything,
    Operation(String),
    Route { method: Option<String>, segments: Vec<String> },
}

impl FaultKind {
    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let seconds = |time: &str| {
            duration(time).ok_or_else(|| {
                format!("`{time}` is no time; write milliseconds or seconds, such as `250ms` or `2s`")
            })
        };
        if let Some(time) = text.strip_prefix("delay=") {
            return seconds(time).map(Self::Delay);
        }
        if let Some(time) = text.strip_prefix("late=") {
            return seconds(time).map(Self::Late);
        }
        let after = text.strip_prefix("create-then-").or_else(|| text.strip_prefix("done-then-"));
        match (text, after) {
            ("hang", _) => Ok(Self::Hang),
            ("reset", _) => Ok(Self::Reset),
            ("reset-before", _) => Ok(Self::ResetBefore),
            (_, Some(code)) => status(code).map(Self::DoneThen),
            ("", _) => Err("it does not say what should go wrong".to_owned()),
            _ if text.starts_with(|c: char| c.is_ascii_digit()) => status(text).map(Self::Status),
            _ => Err(format!("`{text}` is no kind of fault")),
        }
    }
}

fn status(text: &str) -> Result<u16, String> {
    match text.parse::<u16>() {
        Ok(code @ 400..=599) => Ok(code),
        _ => Err(format!("`{text}` is no status of a failure (400 to 599)")),
    }
}

/// A time in milliseconds or seconds.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    if let Some(count) = text.strip_suffix("ms") {
        return count.parse().ok().map(Duration::from_millis);
    }
    text.strip_suffix('s')?.parse().ok().map(Duration::from_secs)
}

impl Fault {
    /// A fault that every request meets, always.
    pub fn everywhere(kind: FaultKind) -> Self {
        Self { kind, target: Target::Everything, times: None }
    }

    /// Reads the written form (see the module's own words).
    pub fn parse(text: &str) -> Result<Self, FaultError> {
        let wrong = |problem: String| FaultError { text: text.to_owned(), problem };
        let (rest, times) = match text.rsplit_once('*') {
            Some((rest, count)) if !count.is_empty() && count.chars().all(|c| c.is_ascii_digit()) => {
                let times: u32 = count.parse().map_err(|_| wrong(format!("`{count}` is too often")))?;
                (rest, Some(times))
            }
            _ => (text, None),
        };
        if times == Some(0) {
            return Err(wrong("`*0` never happens; leave the fault out instead".to_owned()));
        }
        let (kind, place) = rest.split_once('@').map_or((rest, None), |(kind, place)| (kind, Some(place)));
        let kind = FaultKind::parse(kind).map_err(wrong)?;
        let target = place.map_or(Ok(Target::Everything), Target::parse).map_err(wrong)?;
        Ok(Self { kind, target, times })
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(code) => write!(f, "{code}"),
            Self::DoneThen(code) => write!(f, "done-then-{code}"),
            Self::Hang => f.write_str("hang"),
            Self::Reset => f.write_str("reset"),
            Self::ResetBefore => f.write_str("reset-before"),
            Self::Delay(time) => write!(f, "delay={}ms", time.as_millis()),
            Self::Late(time) => write!(f, "late={}ms", time.as_millis()),
        }
    }
}

const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];

impl Target {
    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (method, path) = match text.split_once(' ') {
            Some((first, path)) if METHODS.contains(&first.to_ascii_uppercase().as_str()) => {
                (Some(first.to_ascii_uppercase()), path.trim())
            }
            _ if METHODS.contains(&text) => (Some(text.to_owned()), "*"),
            _ => (None, text),
        };
        if path == "*" || path.starts_with('/') {
            return Ok(Self::Route { method, segments: split(path).map(str::to_owned).collect() });
        }
        if method.is_some() {
            return Err(format!("`{path}` is no path; paths start with `/`"));
        }
        let operation = text.to_ascii_lowercase().replace(' ', "-");
        if crate::routes::operations().any(|known| known.eq_ignore_ascii_case(&operation)) {
            return Ok(Self::Operation(operation));
        }
        Err(format!(
            "`{text}` is neither an operation of the sandbox nor a method and path; operations are named as in the \
             vendor's documentation, such as `add-tags`, `create-contact` or `search-contacts-advanced`"
        ))
    }

    fn meets(&self, request: &Found<'_>) -> bool {
        match self {
            Self::Everything => true,
            Self::Operation(name) => request.route.operation.eq_ignore_ascii_case(name),
            Self::Route { method, segments } => {
                method.as_deref().is_none_or(|method| method == request.method)
                    && (segments == &["*"] || same_path(segments, request))
            }
        }
    }
}

fn split(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

fn is_parameter(segment: &str) -> bool {
    segment.starts_with([':', '{'])
}

/// A written parameter meets a parameter of the route, so that `/contacts/:id` does not meet `/contacts/upsert`.
fn same_path(written: &[String], request: &Found<'_>) -> bool {
    let actual: Vec<&str> = split(request.path).collect();
    let pattern: Vec<&str> = split(request.route.path).collect();
    written.len() == actual.len()
        && written.iter().enumerate().all(|(index, segment)| {
            let route = pattern.get(index).copied().unwrap_or("*");
            segment == "*"
                || *segment == actual[index]
                || is_parameter(segment) && (is_parameter(route) || route == "*")
        })
}

/// The faults still to come, with what is left of their counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct FaultPlan {
    waiting: Vec<Fault>,
}

impl FaultPlan {
    pub(crate) fn new(faults: &[Fault]) -> Self {
        Self { waiting: faults.to_vec() }
    }

    pub(crate) fn add(&mut self, fault: Fault) {
        self.waiting.push(fault);
    }

    /// Nothing goes wrong any more.
    pub(crate) fn forget(&mut self) {
        self.waiting.clear();
    }

    /// The kinds this request meets: everything that is only slow, and the first of the others.
    pub(crate) fn meet(&mut self, request: &Found<'_>) -> Vec<FaultKind> {
        let mut met = Vec::new();
        let mut failing = false;
        for fault in &mut self.waiting {
            let delays = matches!(fault.kind, FaultKind::Delay(_) | FaultKind::Late(_));
            if !fault.target.meets(request) || (failing && !delays) {
                continue;
            }
            failing |= !delays;
            if let Some(left) = &mut fault.times {
                *left -= 1;
            }
            met.push(fault.kind);
        }
        self.waiting.retain(|fault| fault.times != Some(0));
        met
    }
}

/// Reads the header's kinds.
pub(crate) fn of_header(value: &str) -> Result<Vec<FaultKind>, FaultError> {
    value
        .split(',')
        .map(|part| {
            FaultKind::parse(part).map_err(|problem| FaultError { text: part.trim().to_owned(), problem })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_written_form_is_read() {
        let fault = Fault::parse("429@POST /contacts/:id/tags*2").unwrap();
        assert_eq!(fault.kind, FaultKind::Status(429));
        assert_eq!(fault.times, Some(2));
        assert_eq!(Fault::parse("503@add tags"), Fault::parse("503@add-tags"));
        assert_eq!(Fault::parse("create-then-422").unwrap().kind, FaultKind::DoneThen(422));
        assert_eq!(Fault::parse("delay=2s").unwrap().kind, FaultKind::Delay(Duration::from_secs(2)));
        assert_eq!(Fault::parse("late=300ms").unwrap().kind, FaultKind::Late(Duration::from_millis(300)));
        assert_eq!(Fault::parse("reset@GET *").unwrap().times, None);
    }

    #[test]
    fn what_cannot_be_read_is_explained() {
        for (text, part) in [
            ("", "what should go wrong"),
            ("200", "no status of a failure"),
            ("slow", "no kind of fault"),
            ("delay=soon", "no time"),
            ("503@add-tagz", "neither an operation"),
            ("503@POST contacts", "paths start with"),
            ("503*0", "never happens"),
        ] {
            let message = Fault::parse(text).unwrap_err().to_string();
            assert!(message.contains(part) && message.contains("KIND[@WHERE]"), "{text}: {message}");
        }
    }

    #[test]
    fn a_written_parameter_does_not_meet_a_literal_route() {
        let mut plan = FaultPlan::new(&[Fault::parse("500@POST /contacts/:id/tags*1").unwrap()]);
        let tags = crate::routes::find("POST", "/contacts/abc/tags").unwrap();
        let bulk = crate::routes::find("POST", "/contacts/bulk/business").unwrap();
        assert!(plan.meet(&bulk).is_empty());
        assert_eq!(plan.meet(&tags), [FaultKind::Status(500)]);
        assert!(plan.meet(&tags).is_empty(), "it was only to happen once");
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in ".{0,40}") {
            let _ = Fault::parse(&text);
            let _ = of_header(&text);
        }
    }
}
