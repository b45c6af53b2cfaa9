//! The apps against stand-ins of theirs: what is sent, and what refusals mean.

#[cfg(test)]
mod calls;
mod mail;
