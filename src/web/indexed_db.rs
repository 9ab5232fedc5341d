//! The store of pages and their workers.

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::failure::describe;
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
    read: impl FnOnce(JsValue) -> T + 'static,
) -> Local<Result<T, StoreError>> {
    let asked = JsFuture::from(promise);
    Box::pin(async move { asked.await.map(read).map_err(|thrown| StoreError(describe(&thrown).0)) })
}

impl Store for IndexedDb {
    fn get(&self, key: &str) -> Local<Result<Option<String>, StoreError>> {
        answer(get_text(key), |text| text.as_string())
    }

    fn set(&self, key: &str, text: &str) -> Local<Result<(), StoreError>> {
        answer(set_text(key, text), drop)
    }

    fn delete(&self, key: &str) -> Local<Result<(), StoreError>> {
        answer(delete_text(key), drop)
    }

    fn keys(&self, prefix: &str) -> Local<Result<Vec<String>, StoreError>> {
        answer(keys_from(prefix), |keys| {
            let keys = keys.dyn_into::<Array>().unwrap_or_default();
            keys.iter().filter_map(|key| key.as_string()).collect()
        })
    }
}
