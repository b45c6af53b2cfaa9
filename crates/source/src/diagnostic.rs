//! Complaints about documents: what is wrong, where, and what to write instead. They never carry a secret.

use crate::{Address, Span};

/// A stable code such as `BH0102`. Codes are never reused; `docs/errors/` has a page for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub &'static str);

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The document cannot be used.
    Error,
    /// The document can be used, but the author probably means something else.
    Warning,
}

/// A text that would mend the problem when it replaces what stands at `span`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What is to be replaced; empty to insert.
    pub span: Span,
    /// What to write there.
    pub text: String,
}

/// One problem in one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its stable code.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The place in the text.
    pub span: Span,
    /// The place in the document's structure.
    pub address: Address,
    /// What is wrong, one plain sentence without a full stop at the end.
    pub message: String,
    /// What to do, in words.
    pub help: Option<String>,
    /// The mended text, where it can be known.
    pub suggestion: Option<Suggestion>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: Code, span: Span, address: Address, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            span,
            address,
            message: message.into(),
            help: None,
            suggestion: None,
        }
    }

    /// A warning at a place.
    pub fn warning(code: Code, span: Span, address: Address, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, address, message) }
    }

    /// With a sentence that says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With the text that would mend it.
    #[must_use]
    pub fn suggest(mut self, span: Span, text: impl Into<String>) -> Self {
        self.suggestion = Some(Suggestion { span, text: text.into() });
        self
    }
}

/// So many complaints of one file are told: nobody reads more.
pub const MOST_TOLD: usize = 100;

/// The first complaints of a file; the last of them says how many more there are. `untold` were found and not kept; where
/// reading `stopped` there may be others.
pub fn capped(mut told: Vec<Diagnostic>, untold: usize, stopped: bool) -> Vec<Diagnostic> {
    let more = told.len().saturating_sub(MOST_TOLD) + untold;
    let error = told.iter().any(|one| one.severity == Severity::Error);
    told.truncate(MOST_TOLD);
    if let Some(last) = told.last_mut().filter(|_| more > 0) {
        let least = if stopped { "at least " } else { "" };
        last.message = format!("{}; and {least}{more} more, told when these are mended", last.message);
        if error {
            last.severity = Severity::Error;
        }
    }
    told
}
