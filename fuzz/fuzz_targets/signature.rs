#![no_main]
//! Any bytes taken for the first ones of a file: what they are, and how large a picture they begin.

use rivya_wasm::media::{dimensions, signature};

libfuzzer_sys::fuzz_target!(|head: &[u8]| {
    if let Some(media) = signature::detect(head) {
        let _ = dimensions::of(media.format, head);
        assert!(!media.mime().is_empty());
    }
});
