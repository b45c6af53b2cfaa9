//! The fuzz target `yaml`; what it tries and asserts is in `src/yaml.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bellhop_fuzz::yaml::run(&String::from_utf8_lossy(data)));
