//! What one call has sent, and what that leaves in doubt.

use std::cell::Cell;

use super::failure::Failure;
use crate::futures::slot::Slot;
use crate::policy::entry_fate::SentBefore;

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
    /// Whether an attempt is under way, which may be accepted.
    pub(crate) is_under_way: Cell<bool>,
    /// Whether the last attempt was answered, or none will follow.
    pub(crate) is_over: Cell<bool>,
    /// While the network is waited for: what a call whose limit comes now ends with, in place of a `timeout`.
    pub(crate) failure_at_limit: Slot<Option<Failure<A>>>,
}

/// What may have been sent under the key of a submission before it, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyUsed {
    /// Nothing: the key is a fresh one of our own making.
    Never,
    /// The same submission, by an earlier run.
    ForTheSame,
    /// Anything: the key is a caller's.
    ForAnything,
}

impl<A> Sent<A> {
    /// Of a call that submits nothing.
    pub(crate) fn without_a_key() -> Self {
        Self {
            attempts: Cell::new(0),
            refusals: Cell::new(0),
            has_doubt: Cell::new(false),
            is_own_key: Cell::new(false),
            is_under_way: Cell::new(false),
            is_over: Cell::new(false),
            failure_at_limit: Slot::default(),
        }
    }

    /// Of a submission.
    pub(crate) fn under_a_key(used: KeyUsed) -> Self {
        let sent = Self::without_a_key();
        sent.has_doubt.set(used != KeyUsed::Never);
        sent.is_own_key.set(used != KeyUsed::ForAnything);
        sent
    }

    /// The journal was asked: what was sent under the key before, if anything, is this very submission.
    pub(crate) fn know(&self, sent_before: SentBefore) {
        let perhaps = sent_before == SentBefore::Perhaps;
        self.has_doubt.set(perhaps);
        self.is_own_key.set(self.is_own_key.get() || perhaps);
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
    fn a_key_of_our_own_and_one_of_the_same_submission_are_nobody_elses() {
        for (used, has_doubt, is_own_key) in [
            (KeyUsed::Never, false, true),
            (KeyUsed::ForTheSame, true, true),
            (KeyUsed::ForAnything, true, false),
        ] {
            let sent = Sent::<()>::under_a_key(used);
            assert_eq!((sent.has_doubt.get(), sent.is_own_key.get()), (has_doubt, is_own_key), "{used:?}");
            sent.know(SentBefore::No);
            assert_eq!((sent.has_doubt.get(), sent.is_own_key.get()), (false, is_own_key), "{used:?}");
            sent.know(SentBefore::Perhaps);
            assert_eq!((sent.has_doubt.get(), sent.is_own_key.get()), (true, true), "{used:?}");
        }
    }

    #[test]
    fn only_a_submission_that_may_have_been_accepted_may_have_been_charged() {
        for (key, has_doubt, is_under_way, is_charged) in [
            (Some("key_1"), false, false, false),
            (Some("key_1"), true, false, true),
            (Some("key_1"), false, true, true),
            (None, true, true, false),
        ] {
            let sent = Sent::<()>::under_a_key(KeyUsed::Never);
            sent.has_doubt.set(has_doubt);
            sent.attempts.set(3);
            sent.is_under_way.set(is_under_way);
            let failure = sent.mark(Failure::new("network_error", String::new()), key);
            assert_eq!(failure.may_have_been_charged, is_charged, "{key:?} {has_doubt} {is_under_way}");
            assert_eq!((failure.attempts, failure.idempotency_key.as_deref()), (3, key));
        }
    }
}
