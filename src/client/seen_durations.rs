//! How long the generations of each model took, as far as this store has seen: polls are placed by it.

use std::rc::Rc;

use super::store::BoundedStore;
use crate::contract::fingerprint::fingerprint;
use crate::contract::value::Value;
use crate::platform::Platform;
use crate::policy::durations::MAX_DURATIONS;

pub(crate) struct SeenDurations<P> {
    platform: Rc<P>,
    store: Rc<BoundedStore<P>>,
    prefix: String,
}

impl<P> Clone for SeenDurations<P> {
    fn clone(&self) -> Self {
        Self { platform: self.platform.clone(), store: self.store.clone(), prefix: self.prefix.clone() }
    }
}

impl<P: Platform> SeenDurations<P> {
    /// Of one base URL: an emulator is quicker than the API.
    pub(crate) fn new(platform: Rc<P>, store: Rc<BoundedStore<P>>, base_url: &str) -> Self {
        Self { platform, store, prefix: ["rivya-wasm/durations/", &fingerprint(base_url), "/"].concat() }
    }

    /// In milliseconds, latest last. A store's text is a stranger's: what is no list of numbers counts as none.
    pub(crate) async fn of(&self, model: &str) -> Vec<f64> {
        let text = self.store.get(&[&self.prefix, model].concat()).await.ok().flatten();
        let value = text.and_then(|text| self.platform.parse_json(&text));
        let seen = value.as_ref().and_then(Value::as_list).unwrap_or_default();
        let seen: Vec<f64> = seen.iter().filter_map(Value::as_f64).collect();
        latest(&seen).to_vec()
    }

    pub(crate) async fn note(&self, model: &str, duration_ms: f64) {
        if !self.store.is_there() {
            return;
        }
        let mut seen = self.of(model).await;
        seen.push(duration_ms.round());
        let list = Value::List(latest(&seen).iter().copied().map(Value::Number).collect());
        // It is no loss: the next one will be noted.
        let _ = self.store.set(&[&self.prefix, model].concat(), &self.platform.to_json(&list)).await;
    }
}

/// The rules look at no more.
fn latest(seen: &[f64]) -> &[f64] {
    seen.get(seen.len().saturating_sub(MAX_DURATIONS)..).unwrap_or_default()
}
