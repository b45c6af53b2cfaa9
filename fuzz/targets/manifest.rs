//! The fuzz target `manifest`; what it tries and asserts is in `src/manifest.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bellhop_fuzz::manifest::run(&String::from_utf8_lossy(data)));
