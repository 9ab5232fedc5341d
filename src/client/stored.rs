//! An upload that has ended, and what makes two uploads of one file the same.

use std::cell::Cell;

use crate::contract::media_type::MediaKind;
use crate::contract::value::Value;

/// What a file is uploaded as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UploadAs {
    pub(crate) kind: MediaKind,
    pub(crate) model: Option<String>,
    pub(crate) client_request_id: Option<String>,
    /// What the caller calls it.
    pub(crate) name: Option<String>,
    pub(crate) keeps_metadata: bool,
    /// Whether it may be encoded anew to fit.
    pub(crate) may_shrink: bool,
}

/// What came of an upload.
#[derive(Debug)]
pub(crate) struct Stored<A> {
    /// What the server said.
    pub(crate) answer: A,
    /// Where it lies. Of the answer, which its uploader may change, it is read once, and so is the token.
    pub(crate) url: String,
    /// The `duration_token`, whatever it is, if there is one: then it can be referred to only once (our convention).
    pub(crate) duration_token: Option<Value>,
    /// How many bytes were sent.
    pub(crate) bytes: u64,
    /// What was cut out, in words; `None` where nobody has gone through it.
    pub(crate) removed: Option<Vec<&'static str>>,
    /// The name that it was sent under, where it had one.
    pub(crate) name: Option<String>,
    /// The type that it was sent as, where its bytes told it.
    pub(crate) media_type: Option<String>,
    /// Whether one of those who waited for it refers to it.
    pub(crate) is_claimed: Cell<bool>,
}

impl<A> Stored<A> {
    /// Whether whoever asks may refer to it: of those who waited for one that is for one use, only the first may.
    pub(crate) fn claim(&self) -> bool {
        !self.is_claimed.replace(true) || !self.is_for_one_use()
    }

    /// Whether it can be referred to only once.
    pub(crate) fn is_for_one_use(&self) -> bool {
        self.duration_token.is_some()
    }
}
