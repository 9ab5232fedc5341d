//! The store of pages and their workers.

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;

use super::failure::describe;
use super::promise::Settling;
use crate::platform::{Local, Store, StoreError};

#[wasm_bindgen(module = "/src/web/indexed_db.js")]
extern "C" {
    #[wasm_bindgen(js_name = getText)]
    fn get_text(key: &str) -> Promise;
    #[wasm_bindgen(js_name = setText)]
    fn set_text(key: &str, text: &str) -> Promise;
    #[wasm_bindgen(js_name = deleteText)]
    fn delete_text(key: &str) -> Promise;
    #[wasm_bindgen(js_name = keysFrom)]
    fn keys_from(prefix: &str) -> Promise;
}

/// IndexedDB, shared by all pages of an origin.
pub struct IndexedDb;

fn answer<T: 'static>(
    promise: Promise,
    read: impl FnOnce(JsValue) -> Option<T> + 'static,
) -> Local<Result<T, StoreError>> {
    let asked = Settling::of(&promise);
    Box::pin(async move {
        let answer = asked.await.map_err(|thrown| StoreError(describe(&thrown).0))?;
        read(answer).ok_or_else(|| StoreError("it holds something that is no text".to_owned()))
    })
}

impl Store for IndexedDb {
    fn get(&self, key: &str) -> Local<Result<Option<String>, StoreError>> {
        // Nothing is undefined there; what is no text is somebody else's.
        answer(
            get_text(key),
            |text| if text.is_undefined() { Some(None) } else { text.as_string().map(Some) },
        )
    }

    fn set(&self, key: &str, text: &str) -> Local<Result<(), StoreError>> {
        answer(set_text(key, text), |_| Some(()))
    }

    fn delete(&self, key: &str) -> Local<Result<(), StoreError>> {
        answer(delete_text(key), |_| Some(()))
    }

    fn keys(&self, prefix: &str) -> Local<Result<Vec<String>, StoreError>> {
        answer(keys_from(prefix), |keys| {
            let keys = keys.dyn_into::<Array>().unwrap_or_default();
            Some(keys.iter().filter_map(|key| key.as_string()).collect())
        })
    }
}
