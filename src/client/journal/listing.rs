//! Reads all entries, to list some of them. A script that runs for a day leaves thousands, most of them delivered.

use super::{Found, Journal};
use crate::client::detached::to_its_end;
use crate::client::entry::{Changes, Entry};
use crate::client::time::sleep_time;
use crate::futures::batch::try_all;
use crate::futures::race::{all, first};
use crate::futures::slot::Slot;
use crate::platform::Platform;
use crate::policy::entry_fate::is_over;

/// So many entries are read at once.
const ENTRIES_AT_ONCE: usize = 64;

/// The store has answered nothing lately, and is asked no further.
struct Silent;

impl<P: Platform> Journal<P> {
    /// The entries that `are_wanted`, oldest first, as far as they could be read before the store stopped answering,
    /// and before a time of the monotonic clock. Entries that were delivered over a day ago are removed.
    pub(crate) async fn list(&self, until_ms: f64, are_wanted: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        let inner = &*self.0;
        let listed = Slot::<Vec<Entry>>::default();
        let over = Slot::<Vec<String>>::default();
        let listing = async {
            let names = inner.store.keys(&inner.prefix).await;
            let keys = names.iter().filter_map(|name| name.get(inner.prefix.len()..));
            self.while_answered(keys, async |key| {
                let Found::Entry(entry) = inner.read(key).await else { return };
                if is_over(entry.delivered_ms, inner.platform.wall_ms()) {
                    over.with(|over| over.push(entry.key));
                } else if are_wanted(&entry) {
                    listed.with(|listed| {
                        let place = listed.partition_point(|other| other.started_ms <= entry.started_ms);
                        listed.insert(place, entry);
                    });
                }
            })
            .await;
            let over = over.take();
            self.while_answered(over.iter().map(String::as_str), async |key| self.sweep(key).await).await;
        };
        let left_ms = until_ms - inner.platform.monotonic_ms();
        first(listing, inner.platform.sleep(sleep_time(left_ms.max(0.0)))).await;
        listed.take()
    }

    /// Changes the entries of a generation, or removes them (`None`): a caller who waited by its id was told its end.
    pub(crate) async fn told(&self, id: &str, changes: Option<Changes>) {
        let entries = self.list(f64::INFINITY, |entry| entry.id.as_deref() == Some(id)).await;
        let telling = entries.into_iter().map(|mut entry| {
            let changes = changes.clone();
            async move {
                match changes {
                    Some(changes) => self.change(&mut entry, changes).await,
                    None => self.remove(&entry.key).await,
                }
            }
        });
        all(telling).await;
    }

    /// Takes off an entry that has done its service. It is read once more: since the list was read a submission may
    /// have begun under its key, here or in another page, whose entry this is now.
    async fn sweep(&self, key: &str) {
        let (inner, key) = (self.0.clone(), key.to_owned());
        let sweeping = async move {
            let deleting = async {
                let Found::Entry(entry) = inner.read(&key).await else { return true };
                let is_over = is_over(entry.delivered_ms, inner.platform.wall_ms());
                // A call marks its key before it writes.
                if is_over && !inner.is_active(&key, &inner.platform.marks().await) {
                    let _ = inner.store.delete(&inner.name_of(&key)).await;
                }
                true
            };
            inner.in_turn(&key, deleting).await;
        };
        to_its_end(&*self.0.platform, sweeping).await;
    }

    /// Does something with each key, some at a time, as long as the store answers: one that hangs would cost 2 s for
    /// each of these batches.
    async fn while_answered<'a>(&self, keys: impl Iterator<Item = &'a str>, work: impl AsyncFn(&'a str)) {
        let began_ms = self.0.platform.monotonic_ms();
        let (store, work) = (&self.0.store, &work);
        let working = keys.map(|key| async move {
            work(key).await;
            if store.is_silent_since(began_ms) { Err(Silent) } else { Ok(()) }
        });
        // The store itself warns that it hangs.
        let _ = try_all(ENTRIES_AT_ONCE, working).await;
    }
}
