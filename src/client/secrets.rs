//! The keys of a client. A server, or a fetch, may say them again: they are cut from whatever its errors say.

use super::failure::Failure;
use super::settings::Settings;

/// A key of fewer characters is a word that may stand in any message.
const MIN_SECRET_CHARS: usize = 8;

/// The keys of one client.
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    /// What `Authorization` is sent with, apart from its scheme.
    pub(crate) fn of(settings: &Settings) -> Self {
        let authorizations =
            settings.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        let keys = authorizations.filter_map(|(_, value)| value.split_ascii_whitespace().last());
        Self(keys.filter(|key| key.len() >= MIN_SECRET_CHARS).map(str::to_owned).collect())
    }

    /// A failure without them. The generation that it tells of is data, and stays.
    pub(crate) fn cut_from<A>(&self, mut failure: Failure<A>) -> Failure<A> {
        let issues = failure.issues.iter_mut().map(|issue| &mut issue.message);
        let texts = [&mut failure.code, &mut failure.message].into_iter();
        for text in texts.chain(&mut failure.request_id).chain(issues) {
            for key in &self.0 {
                if text.contains(key) {
                    *text = text.replace(key, "…");
                }
            }
        }
        failure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(authorization: &str, message: &str) -> String {
        let headers = vec![("authorization".to_owned(), authorization.to_owned())];
        let secrets = Secrets::of(&Settings { headers, ..Settings::new("https://api.example") });
        let failure: Failure<()> = Failure::new(message, message.to_owned());
        let failure = secrets.cut_from(Failure { request_id: Some(message.to_owned()), ..failure });
        assert_eq!((&failure.code, failure.request_id.as_ref()), (&failure.message, Some(&failure.message)));
        failure.message
    }

    #[test]
    fn a_key_is_cut_from_all_that_a_failure_says() {
        let said = "Bearer rvya_sk_0123 and rvya_sk_0123 are no keys";
        assert_eq!(cut("Bearer rvya_sk_0123", said), "Bearer … and … are no keys");
        assert_eq!(cut("rvya_sk_0123", said), "Bearer … and … are no keys");
        assert_eq!(cut("Bearer rvya_sk_other", said), said);
    }

    #[test]
    fn a_word_that_may_stand_in_any_message_stays() {
        for short in ["Bearer keys", "Bearer ", ""] {
            assert_eq!(cut(short, "Bearer keys"), "Bearer keys");
        }
    }
}
