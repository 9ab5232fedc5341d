//! A store that lives as long as its client.

use std::collections::BTreeMap;
use std::future::ready;

use crate::futures::slot::Slot;
use crate::platform::{Local, Store, StoreError};

/// Texts of one client alone: a Worker's isolate serves many people, and none shall find another's work.
#[derive(Default)]
pub struct Memory(Slot<BTreeMap<String, String>>);

impl Store for Memory {
    fn get(&self, key: &str) -> Local<Result<Option<String>, StoreError>> {
        Box::pin(ready(Ok(self.0.with(|texts| texts.get(key).cloned()))))
    }

    fn set(&self, key: &str, text: &str) -> Local<Result<(), StoreError>> {
        self.0.with(|texts| texts.insert(key.to_owned(), text.to_owned()));
        Box::pin(ready(Ok(())))
    }

    fn delete(&self, key: &str) -> Local<Result<(), StoreError>> {
        self.0.with(|texts| texts.remove(key));
        Box::pin(ready(Ok(())))
    }

    fn keys(&self, prefix: &str) -> Local<Result<Vec<String>, StoreError>> {
        let keys = self.0.with(|texts| {
            texts.keys().filter(|key| key.starts_with(prefix)).cloned().collect::<Vec<String>>()
        });
        Box::pin(ready(Ok(keys)))
    }
}
