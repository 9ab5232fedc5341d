//! Why a file is not sent.

use super::failure::Failure;
use crate::contract::validation::{Issue, Severity};

const UNREADABLE_NOW: &str = "the file can't be read: it has changed or gone since it was chosen, \
                              or the browser has no room for it";

/// A file that is refused here. `what` reads on from its place.
pub(crate) fn refused<A>(place: &str, what: &str) -> Failure<A> {
    let issue = Issue { path: place.to_owned(), message: what.to_owned(), severity: Severity::Error };
    let message = [place, " ", what].concat();
    Failure::new("validation_failed", message).with(|facts| facts.issues = vec![issue])
}

/// A file that can't be read. `place`: what the caller knows it by.
pub(crate) fn unreadable<A>(place: &str, why: &str) -> Failure<A> {
    Failure::new("file_unreadable", [place, ": ", why].concat())
}

/// One that could be read when it was chosen.
pub(crate) fn unreadable_now<A>(place: &str) -> Failure<A> {
    unreadable(place, UNREADABLE_NOW)
}
