//! Secret keys of the API, and where a client may hold one.

/// What a key begins with, in whichever header it travels (contract, section 2).
pub const PREFIX: &str = "rvya_sk_";

/// Whether a text may be a key: printable ASCII without blanks, as a header carries it unchanged (our convention).
pub fn is_valid(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A client that is about to be made.
#[derive(Clone, Copy, Debug)]
pub struct Holder {
    /// Whether it was given a key, as one or within a header.
    pub holds_key: bool,
    /// Whether it runs in a page, or in a worker of one.
    pub is_page: bool,
    /// Whether its maker has said that its key may be known to everybody.
    pub may_expose_key: bool,
}

impl Holder {
    /// Whether everybody could read its key: whatever a page holds, its visitors hold.
    pub fn exposes_key(&self) -> bool {
        self.holds_key && self.is_page && !self.may_expose_key
    }
}

/// The message of `browser_key`. `key` is the option's name for the key, `lifted` what lifts the refusal, both as the
/// caller's language writes them.
pub fn exposed_message(key: &str, lifted: &str) -> String {
    [
        "A secret key in a page is everybody's key. Keep it on a server of yours and leave `",
        key,
        "` out: the client then talks to your proxy at /api/rivya. `",
        lifted,
        "` lifts this for tests with keys of no worth.",
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_word_of_printable_ascii() {
        for (key, is_key) in
            [("rvya_sk_0123", true), ("", false), ("rvya sk", false), ("key\n", false), ("clé", false)]
        {
            assert_eq!(is_valid(key), is_key, "{key:?}");
        }
    }

    #[test]
    fn a_key_stays_out_of_pages() {
        for (holds_key, is_page, may_expose_key, exposes_key) in [
            (true, true, false, true),
            (true, true, true, false),
            (true, false, false, false),
            (true, false, true, false),
            (false, true, false, false),
            (false, true, true, false),
            (false, false, false, false),
        ] {
            let holder = Holder { holds_key, is_page, may_expose_key };
            assert_eq!(holder.exposes_key(), exposes_key, "{holder:?}");
        }
    }

    #[test]
    fn who_exposes_a_key_is_told_what_to_leave_out_and_what_lifts_it() {
        let message = exposed_message("apiKey", "dangerouslyAllowBrowser: true");
        assert!(message.contains("leave `apiKey` out"), "{message}");
        assert!(message.contains("`dangerouslyAllowBrowser: true` lifts this"), "{message}");
    }
}
