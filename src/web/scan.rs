//! Going through a file, from its front to its end.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::promise::Settling;
use crate::platform::{Local, Scan};

#[wasm_bindgen(module = "/src/web/window.js")]
extern "C" {
    #[derive(Clone)]
    type FileWindow;

    #[wasm_bindgen(js_name = openWindow)]
    fn open_window(blob: &web_sys::Blob) -> FileWindow;
    #[wasm_bindgen(method)]
    fn close(this: &FileWindow);
}

#[wasm_bindgen(module = "/src/web/scan.js")]
extern "C" {
    #[wasm_bindgen(js_name = copyInto)]
    fn copy_into(file: &FileWindow, at: f64, room: &mut [u8]) -> i32;
    fn load(file: &FileWindow, at: f64, wanted_bytes: f64) -> Promise;
    #[wasm_bindgen(js_name = nextMarker)]
    fn next_marker(file: &FileWindow, from: f64) -> Promise;
}

/// A file of which a part is in memory. Dropped, nothing more is read.
pub struct WebScan(FileWindow);

impl WebScan {
    pub(super) fn new(blob: &web_sys::Blob) -> Self {
        Self(open_window(blob))
    }
}

impl Drop for WebScan {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Scan for WebScan {
    fn at_hand(&self, at: u64, bytes: usize) -> Option<Vec<u8>> {
        let mut room = vec![0; bytes];
        let copied = copy_into(&self.0, at as f64, &mut room);
        room.truncate(usize::try_from(copied).ok()?);
        Some(room)
    }

    fn load(&self, at: u64, bytes: usize) -> Local<bool> {
        let file = self.0.clone();
        Box::pin(async move {
            let loading = Settling::of(&load(&file, at as f64, bytes as f64));
            loading.await.is_ok_and(|loaded| loaded.is_truthy())
        })
    }

    fn next_marker(&self, from: u64) -> Local<Option<u64>> {
        let file = self.0.clone();
        Box::pin(async move {
            let found = Settling::of(&next_marker(&file, from as f64)).await.ok()?;
            found.as_f64().map(|at| at as u64)
        })
    }
}
