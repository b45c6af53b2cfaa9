//! The binary `bellhop`.
fn main() {}
