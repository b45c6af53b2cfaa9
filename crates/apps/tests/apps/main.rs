//! Slack and HTTP against the sandbox's stand-ins: what is sent, and what refusals mean.

#[cfg(test)]
mod calls;
