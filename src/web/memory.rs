//! A store that lives as long as its client.

use std::future::ready;

use js_sys::Map;
use wasm_bindgen::JsValue;

use crate::platform::{Local, Store, StoreError};

/// Texts of one client alone: a Worker's isolate serves many people, and none shall find another's work. They are
/// JavaScript's: entries stay for a day, and a module's memory never shrinks.
#[derive(Default)]
pub struct Memory(Map);

impl Store for Memory {
    fn get(&self, key: &str) -> Local<Result<Option<String>, StoreError>> {
        Box::pin(ready(Ok(self.0.get(&key.into()).as_string())))
    }

    fn set(&self, key: &str, text: &str) -> Local<Result<(), StoreError>> {
        self.0.set(&key.into(), &text.into());
        Box::pin(ready(Ok(())))
    }

    fn delete(&self, key: &str) -> Local<Result<(), StoreError>> {
        self.0.delete(&key.into());
        Box::pin(ready(Ok(())))
    }

    fn keys(&self, prefix: &str) -> Local<Result<Vec<String>, StoreError>> {
        let mut keys = Vec::new();
        self.0.for_each(&mut |_text: JsValue, key: JsValue| {
            keys.extend(key.as_string().filter(|key| key.starts_with(prefix)));
        });
        Box::pin(ready(Ok(keys)))
    }
}
