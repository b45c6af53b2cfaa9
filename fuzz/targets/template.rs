//! The fuzz target `template`; what it tries and asserts is in `src/template.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bellhop_fuzz::template::run(&String::from_utf8_lossy(data)));
