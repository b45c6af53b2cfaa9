//! The fuzz target `words`; what it tries and asserts is in `src/words.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bellhop_fuzz::words::run(&String::from_utf8_lossy(data)));
