#![no_main]
//! Any bytes taken for a Png file.

mod walk;

libfuzzer_sys::fuzz_target!(|file: &[u8]| walk::check(rivya_wasm::contract::media_type::Format::Png, file));
