//! The fuzz target `recipe`; what it tries and asserts is in `src/recipe.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bellhop_fuzz::recipe::run(&String::from_utf8_lossy(data)));
