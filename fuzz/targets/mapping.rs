//! The fuzz target `mapping`; what it tries and asserts is in `src/recipe.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bellhop_fuzz::recipe::run_mapping(&String::from_utf8_lossy(data)));
