#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| aeolian_fuzz::configuration(data));
