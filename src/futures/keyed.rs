//! A lock for each name, within one client.

use std::rc::Rc;

use super::slot::Slot;
use super::sorted_map::SortedMap;
use super::turnstile::{Place, Turnstile};

/// Lets one at a time through for each name. A name that nobody uses or waits for takes no memory.
#[derive(Clone, Default)]
pub(crate) struct KeyedTurns(Rc<Slot<SortedMap<String, (Turnstile, usize)>>>);

/// The turn of a name. Dropped, it goes to the next.
pub(crate) struct Turn {
    /// Declared first, and so left first: whoever is next finds the name's turnstile still there.
    _place: Place,
    _user: User,
}

struct User {
    turns: KeyedTurns,
    name: String,
}

impl KeyedTurns {
    pub(crate) async fn enter(&self, name: &str) -> Turn {
        let turnstile = self.0.with(|turns| {
            let (turnstile, users) = turns.remove(name).unwrap_or_else(|| (Turnstile::new(1), 0));
            turns.insert(name.to_owned(), (turnstile.clone(), users.saturating_add(1)));
            turnstile
        });
        let user = User { turns: self.clone(), name: name.to_owned() };
        Turn { _place: turnstile.enter().await, _user: user }
    }
}

impl Drop for User {
    fn drop(&mut self) {
        self.turns.0.with(|turns| {
            if let Some((_, users)) = turns.get_mut(self.name.as_str()) {
                *users = users.saturating_sub(1);
                if *users == 0 {
                    turns.remove(self.name.as_str());
                }
            }
        });
    }
}
