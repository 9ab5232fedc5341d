//! A store of a caller's in JavaScript.

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;

use super::failure::describe;
use super::promise::Settling;
use crate::platform::{Local, Store, StoreError};

#[wasm_bindgen(module = "/src/web/js_store.js")]
extern "C" {
    #[wasm_bindgen(js_name = getText)]
    fn get_text(store: &JsValue, key: &str) -> Promise;
    #[wasm_bindgen(js_name = setText)]
    fn set_text(store: &JsValue, key: &str, text: &str) -> Promise;
    #[wasm_bindgen(js_name = deleteText)]
    fn delete_text(store: &JsValue, key: &str) -> Promise;
    #[wasm_bindgen(js_name = keysFrom)]
    fn keys_from(store: &JsValue, prefix: &str) -> Promise;
}

/// An object with the methods `get`, `set`, `delete` and `keys`, each of which may answer a promise.
pub struct JsStore(pub JsValue);

async fn answer(promise: Promise) -> Result<JsValue, StoreError> {
    Settling::of(&promise).await.map_err(|thrown| StoreError(describe(&thrown).0))
}

impl Store for JsStore {
    fn get(&self, key: &str) -> Local<Result<Option<String>, StoreError>> {
        let asked = get_text(&self.0, key);
        Box::pin(async { answer(asked).await.map(|text| text.as_string()) })
    }

    fn set(&self, key: &str, text: &str) -> Local<Result<(), StoreError>> {
        let asked = set_text(&self.0, key, text);
        Box::pin(async { answer(asked).await.map(|_| ()) })
    }

    fn delete(&self, key: &str) -> Local<Result<(), StoreError>> {
        let asked = delete_text(&self.0, key);
        Box::pin(async { answer(asked).await.map(|_| ()) })
    }

    fn keys(&self, prefix: &str) -> Local<Result<Vec<String>, StoreError>> {
        let asked = keys_from(&self.0, prefix);
        Box::pin(async {
            let keys = Array::from(&answer(asked).await?);
            Ok(keys.iter().filter_map(|key| key.as_string()).collect())
        })
    }
}
