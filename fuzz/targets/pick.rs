//! The fuzz target `pick`; what it tries and asserts is in `src/pick.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bellhop_fuzz::pick::run(&String::from_utf8_lossy(data)));
