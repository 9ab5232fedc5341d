//! What was sent in the course of a call.

use std::cell::Cell;

use super::failure::Failure;
use crate::futures::slot::Slot;

/// Counted where attempts are made; read where the call ends, which may be in the midst of one.
pub(crate) struct Sent<A> {
    /// How many attempts were handed to the platform.
    pub(crate) attempts: Cell<u32>,
    /// How many of them were definitely refused.
    pub(crate) refusals: Cell<u32>,
    /// Whether one of them, or one of an earlier run, may have been accepted.
    pub(crate) has_doubt: Cell<bool>,
    /// Whether nothing else can have been sent under its key.
    pub(crate) is_own_key: Cell<bool>,
    /// Whether an attempt is under way: nobody knows what becomes of it.
    pub(crate) is_under_way: Cell<bool>,
    /// Whether the last attempt was answered, or none will follow.
    pub(crate) is_over: Cell<bool>,
    /// What the call ends with while it waits for the network.
    pub(crate) offline: Slot<Option<Failure<A>>>,
}

impl<A> Sent<A> {
    pub(crate) fn new(has_doubt: bool, is_own_key: bool) -> Self {
        Self {
            attempts: Cell::new(0),
            refusals: Cell::new(0),
            has_doubt: Cell::new(has_doubt),
            is_own_key: Cell::new(is_own_key),
            is_under_way: Cell::new(false),
            is_over: Cell::new(false),
            offline: Slot::default(),
        }
    }

    /// Writes into a failure what was sent under a key.
    pub(crate) fn mark(&self, failure: Failure<A>, key: Option<&str>) -> Failure<A> {
        failure.with(|facts| {
            facts.attempts = self.attempts.get();
            facts.may_have_been_charged = key.is_some() && (self.has_doubt.get() || self.is_under_way.get());
            facts.idempotency_key = key.map(str::to_owned);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_submission_that_may_have_been_accepted_may_have_been_charged() {
        for (key, has_doubt, is_under_way, is_charged) in [
            (Some("key_1"), false, false, false),
            (Some("key_1"), true, false, true),
            (Some("key_1"), false, true, true),
            (None, true, true, false),
        ] {
            let sent = Sent::<()>::new(has_doubt, true);
            sent.attempts.set(3);
            sent.is_under_way.set(is_under_way);
            let failure = sent.mark(Failure::new("network_error", String::new()), key);
            assert_eq!(failure.may_have_been_charged, is_charged, "{key:?} {has_doubt} {is_under_way}");
            assert_eq!((failure.attempts, failure.idempotency_key.as_deref()), (3, key));
        }
    }
}
