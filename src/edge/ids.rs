//! Ids bound to the caller who may use them: `<id>.<22 base64url characters>`, and the idempotency keys that leave in a
//! caller's name.

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Bytes of the signature that an id carries: 128 bits, 22 characters.
const SIGNATURE_BYTES: usize = 16;
const SIGNATURE_CHARS: usize = 22;
/// Shortest signing key, in bytes.
pub(crate) const MIN_KEY_BYTES: usize = 32;

/// What an id names. One can't be used for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Task,
    File,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::File => "file",
        }
    }
}

/// The keys that bind, each as a MAC that has taken it in: the first signs, all are accepted.
pub(crate) struct SigningKeys(Vec<Hmac<Sha256>>);

impl SigningKeys {
    /// None where there is no key, or one of fewer than [`MIN_KEY_BYTES`].
    pub(crate) fn new(keys: Vec<String>) -> Option<Self> {
        let fit = !keys.is_empty() && keys.iter().all(|key| key.len() >= MIN_KEY_BYTES);
        let macs = keys.iter().map(|key| Hmac::new_from_slice(key.as_bytes()).ok()).collect::<Option<_>>();
        macs.filter(|_| fit).map(Self)
    }

    /// The id that `caller` sees.
    pub(crate) fn bind(&self, kind: Kind, id: &str, caller: &str) -> String {
        let signature = self.0.first().map(|key| mac(key, kind, id, caller).finalize().into_bytes());
        let signature =
            signature.as_deref().and_then(|bytes| bytes.get(..SIGNATURE_BYTES)).unwrap_or_default();
        [id, ".", &Base64UrlUnpadded::encode_string(signature)].concat()
    }

    /// The API's own id; None for what was never bound to this caller. Compared in constant time.
    pub(crate) fn open<'a>(&self, kind: Kind, bound: &'a str, caller: &str) -> Option<&'a str> {
        let (id, signature) = bound.rsplit_once('.')?;
        // Dots alone would be read as a path, and percent-encoding leaves them as they are.
        if signature.len() != SIGNATURE_CHARS || matches!(id, "" | "." | "..") {
            return None;
        }
        let signature = Base64UrlUnpadded::decode_vec(signature).ok()?;
        let fits = |key| mac(key, kind, id, caller).verify_truncated_left(&signature).is_ok();
        self.0.iter().any(fits).then_some(id)
    }
}

/// The MAC of kind, caller and id, each with its length before it: no two triples make the same bytes.
fn mac(key: &Hmac<Sha256>, kind: Kind, id: &str, caller: &str) -> Hmac<Sha256> {
    let mut mac = key.clone();
    for field in [kind.as_str(), caller, id] {
        mac.update(&length(field));
        mac.update(field.as_bytes());
    }
    mac
}

fn length(field: &str) -> [u8; 8] {
    (field.len() as u64).to_be_bytes()
}

/// The idempotency key that leaves for a caller's own: two callers never share one, and no secret's rotation changes
/// it.
pub(crate) fn outgoing_key(caller: &str, key: &str) -> String {
    digest([caller, key])
}

/// What a submission is counted under. With its body: under one key a second body is another submission, whose refusal
/// says nothing of the first.
pub(crate) fn submission_id(outgoing_key: &str, body: &str) -> String {
    digest([outgoing_key, body])
}

fn digest(fields: [&str; 2]) -> String {
    let mut hash = Sha256::new();
    for field in fields {
        hash.update(length(field));
        hash.update(field.as_bytes());
    }
    Base64UrlUnpadded::encode_string(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OLD: &str = "an old signing key of 32 bytes..";
    const NEW: &str = "a new signing key of 32 bytes...";

    fn keys(keys: &[&str]) -> SigningKeys {
        SigningKeys::new(keys.iter().map(|key| (*key).to_owned()).collect()).unwrap()
    }

    #[test]
    fn a_bound_id_opens_for_its_caller_and_kind_alone() {
        let keys = keys(&[NEW]);
        let bound = keys.bind(Kind::Task, "task.1", "ann");
        assert_eq!(bound.len(), "task.1".len() + 23);
        assert_eq!(keys.open(Kind::Task, &bound, "ann"), Some("task.1"));
        assert_eq!(keys.open(Kind::Task, &bound, "bob"), None);
        assert_eq!(keys.open(Kind::File, &bound, "ann"), None);
    }

    #[test]
    fn an_id_that_is_a_path_opens_to_nobody() {
        let keys = keys(&[NEW]);
        for id in ["", ".", ".."] {
            assert_eq!(keys.open(Kind::Task, &keys.bind(Kind::Task, id, "ann"), "ann"), None, "{id}");
        }
    }

    #[test]
    fn a_submission_is_its_key_and_its_body() {
        assert_eq!(submission_id("key", "body"), submission_id("key", "body"));
        assert_ne!(submission_id("key", "body"), submission_id("key", "other"));
        assert_ne!(submission_id("key", "body"), submission_id("keyb", "ody"));
    }

    #[test]
    fn what_was_never_bound_does_not_open() {
        let keys = keys(&[NEW]);
        let bound = keys.bind(Kind::Task, "task_1", "ann");
        let (_, signature) = bound.rsplit_once('.').unwrap();
        for forged in [
            "task_1".to_owned(),
            "task_1.".to_owned(),
            String::new(),
            ".".to_owned(),
            format!(".{signature}"),
            format!("task_2.{signature}"),
            bound[..bound.len() - 1].to_owned(),
            format!("{bound}A"),
            format!("{bound}="),
            bound.replace('.', "%2E"),
            format!("task_1.{}", "A".repeat(22)),
        ] {
            assert_eq!(keys.open(Kind::Task, &forged, "ann"), None, "{forged}");
        }
    }

    #[test]
    fn after_a_rotation_old_ids_open_and_new_ones_carry_the_new_key() {
        let bound = keys(&[OLD]).bind(Kind::File, "file_1", "ann");
        let rotated = keys(&[NEW, OLD]);
        assert_eq!(rotated.open(Kind::File, &bound, "ann"), Some("file_1"));
        assert_ne!(rotated.bind(Kind::File, "file_1", "ann"), bound);
        assert_eq!(keys(&[NEW]).open(Kind::File, &bound, "ann"), None);
    }

    #[test]
    fn a_short_key_binds_nothing() {
        assert!(SigningKeys::new(vec![]).is_none());
        assert!(SigningKeys::new(vec!["x".repeat(31)]).is_none());
        assert!(SigningKeys::new(vec![NEW.to_owned(), "short".to_owned()]).is_none());
    }

    proptest! {
        #[test]
        fn every_id_of_every_caller_comes_back(id in ".+", caller in ".+") {
            prop_assume!(id != "." && id != "..");
            let keys = keys(&[NEW]);
            let bound = keys.bind(Kind::Task, &id, &caller);
            prop_assert_eq!(keys.open(Kind::Task, &bound, &caller), Some(id.as_str()));
        }

        #[test]
        fn arbitrary_text_opens_nothing(text in ".*") {
            prop_assert_eq!(keys(&[NEW]).open(Kind::Task, &text, "ann"), None);
        }

        #[test]
        fn outgoing_keys_are_as_different_as_caller_and_key(
            a in "[ab]{0,3}", b in "[ab]{0,3}", c in "[ab]{0,3}", d in "[ab]{0,3}",
        ) {
            prop_assert_eq!(a == c && b == d, outgoing_key(&a, &b) == outgoing_key(&c, &d));
            prop_assert_eq!(outgoing_key(&a, &b).len(), 43);
        }
    }
}
