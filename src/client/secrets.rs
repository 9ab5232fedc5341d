//! The keys of a client. A server, or a fetch, may say them again: they are cut from whatever its errors say.

use super::failure::Failure;
use super::settings::Settings;
use crate::contract::path::encode_id;
use crate::contract::text::{hex, replaced};

/// A key of fewer characters is a word that may stand in any message.
const MIN_SECRET_CHARS: usize = 8;

/// The keys of one client, in each form in which they may stand in a text; longest first, for one key may begin like
/// another.
pub(crate) struct Secrets(Vec<String>);

/// How a key may stand in a text: as it is, in JSON (some servers escape slashes, or all punctuation), in a URL.
fn forms_of(key: &str) -> Vec<String> {
    let in_json = replaced(&replaced(key, "\\", "\\\\"), "\"", "\\\"");
    let in_url = encode_id(key).unwrap_or_default();
    // `encodeURIComponent` leaves these as they are.
    let by_component = [("%21", "!"), ("%27", "'"), ("%28", "("), ("%29", ")"), ("%2A", "*")];
    let in_component =
        by_component.iter().fold(in_url.clone(), |text, (code, plain)| replaced(&text, code, plain));
    vec![
        replaced(&in_json, "/", "\\/"),
        escaped(key, char::to_ascii_lowercase),
        escaped(key, char::to_ascii_uppercase),
        in_url,
        in_component,
        in_json,
        key.to_owned(),
    ]
}

/// A text whose punctuation is escaped by UTF-16 code units, as some servers write JSON. `written` writes a digit.
fn escaped(text: &str, written: fn(&char) -> char) -> String {
    let mut escaped = String::with_capacity(text.len());
    for unit in text.encode_utf16() {
        match char::from_u32(unit.into()) {
            Some(plain) if plain.is_ascii_alphanumeric() || matches!(plain, '_' | '.' | '~' | '-') => {
                escaped.push(plain)
            }
            _ => {
                escaped.push_str("\\u");
                let digits = [12, 8, 4, 0].map(|bits| hex((unit >> bits) as u8));
                escaped.extend(digits.iter().map(written));
            }
        }
    }
    escaped
}

impl Secrets {
    /// What `Authorization` is sent with, apart from its scheme.
    pub(crate) fn of(settings: &Settings) -> Self {
        let authorizations =
            settings.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        let keys = authorizations.filter_map(|(_, value)| value.split_ascii_whitespace().last());
        let mut longest_first: Vec<String> = Vec::new();
        for form in keys.filter(|key| key.len() >= MIN_SECRET_CHARS).flat_map(forms_of) {
            let place = longest_first.partition_point(|other| other.len() > form.len());
            longest_first.insert(place, form);
        }
        Self(longest_first)
    }

    /// A failure without them. The generation that it tells of is data, and stays.
    pub(crate) fn cut_from<A>(&self, failure: Failure<A>) -> Failure<A> {
        failure.with(|facts| {
            let issues = facts.issues.iter_mut().map(|issue| &mut issue.message);
            let texts = [&mut facts.code, &mut facts.message].into_iter();
            for text in texts.chain(&mut facts.request_id).chain(issues) {
                for key in &self.0 {
                    *text = replaced(text, key, "…");
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(authorization: &str, message: &str) -> String {
        let headers = vec![("authorization".to_owned(), authorization.to_owned())];
        let secrets = Secrets::of(&Settings { headers, ..Settings::new("https://api.example") });
        let failure: Failure<()> = Failure::new(message, message.to_owned());
        let failure = secrets.cut_from(failure.with(|facts| facts.request_id = Some(message.to_owned())));
        assert_eq!((&failure.code, failure.request_id.as_ref()), (&failure.message, Some(&failure.message)));
        failure.into_facts().message
    }

    #[test]
    fn a_key_is_cut_from_all_that_a_failure_says() {
        let said = "Bearer rvya_sk_0123 and rvya_sk_0123 are no keys";
        assert_eq!(cut("Bearer rvya_sk_0123", said), "Bearer … and … are no keys");
        assert_eq!(cut("rvya_sk_0123", said), "Bearer … and … are no keys");
        assert_eq!(cut("Bearer rvya_sk_other", said), said);
    }

    #[test]
    fn a_key_is_cut_out_however_it_is_escaped() {
        let key = r#"key/with"quotes"\and!more"#;
        for form in [
            key,
            r#"key/with\"quotes\"\\and!more"#,
            r#"key\/with\"quotes\"\\and!more"#,
            r"key\u002fwith\u0022quotes\u0022\u005cand\u0021more",
            r"key\u002Fwith\u0022quotes\u0022\u005Cand\u0021more",
            "key%2Fwith%22quotes%22%5Cand!more",
            "key%2Fwith%22quotes%22%5Cand%21more",
        ] {
            assert_eq!(cut(&["Bearer ", key].concat(), &["<", form, ">"].concat()), "<…>", "{form}");
        }
    }

    #[test]
    fn a_word_that_may_stand_in_any_message_stays() {
        for short in ["Bearer keys", "Bearer ", ""] {
            assert_eq!(cut(short, "Bearer keys"), "Bearer keys");
        }
    }
}
