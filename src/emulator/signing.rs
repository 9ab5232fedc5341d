//! Signs deliveries of webhooks. With code of its own: what receivers check them by is what the emulator is there to
//! test.

use base64ct::{Base64, Encoding as _};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::conventions::{
    WEBHOOK_ID_HEADER, WEBHOOK_SECRET_PREFIX, WEBHOOK_SIGNATURE_HEADER, WEBHOOK_SIGNATURE_PREFIX,
    WEBHOOK_TIMESTAMP_HEADER,
};

/// What is signed; parts are joined by dots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedContent {
    /// `id.timestamp.body`
    IdTimestampBody,
    /// `timestamp.body`
    TimestampBody,
    /// `body`
    Body,
}

/// How a signature is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureEncoding {
    /// With padding.
    Base64,
    /// Lower case.
    Hex,
}

/// Where the parts of a signature stand, and over what it is made.
#[derive(Debug, Clone)]
pub struct Scheme {
    /// Header of the delivery's id; empty where there is none.
    pub id_header: String,
    /// Header of the time in seconds since 1970; empty where there is none.
    pub timestamp_header: String,
    /// Header of the signature.
    pub signature_header: String,
    /// What is signed.
    pub content: SignedContent,
    /// How the signature is written.
    pub encoding: SignatureEncoding,
    /// What stands before it.
    pub prefix: String,
}

impl Default for Scheme {
    fn default() -> Self {
        Self {
            id_header: WEBHOOK_ID_HEADER.to_owned(),
            timestamp_header: WEBHOOK_TIMESTAMP_HEADER.to_owned(),
            signature_header: WEBHOOK_SIGNATURE_HEADER.to_owned(),
            content: SignedContent::IdTimestampBody,
            encoding: SignatureEncoding::Base64,
            prefix: WEBHOOK_SIGNATURE_PREFIX.to_owned(),
        }
    }
}

impl Scheme {
    /// The headers that a delivery is signed with.
    pub fn sign(&self, secret: &str, id: &str, now_ms: u64, body: &str) -> Vec<(&str, String)> {
        let timestamp = (now_ms / 1_000).to_string();
        let content = match self.content {
            SignedContent::IdTimestampBody => format!("{id}.{timestamp}.{body}"),
            SignedContent::TimestampBody => format!("{timestamp}.{body}"),
            SignedContent::Body => body.to_owned(),
        };
        let mac = mac(&key(secret), content.as_bytes());
        let signature = match self.encoding {
            SignatureEncoding::Base64 => Base64::encode_string(&mac),
            SignatureEncoding::Hex => mac.iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        let headers = [
            (self.id_header.as_str(), id.to_owned()),
            (self.timestamp_header.as_str(), timestamp),
            (self.signature_header.as_str(), format!("{}{signature}", self.prefix)),
        ];
        headers.into_iter().filter(|(name, _)| !name.is_empty()).collect()
    }
}

/// The bytes that a secret stands for; empty where there are none.
pub fn key(secret: &str) -> Vec<u8> {
    let encoded = secret.strip_prefix(WEBHOOK_SECRET_PREFIX);
    let bytes = encoded.and_then(|encoded| Base64::decode_vec(encoded).ok());
    bytes.unwrap_or_else(|| secret.as_bytes().to_vec())
}

/// HMAC takes a key of any length, so there always is one.
fn mac(key: &[u8], content: &[u8]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).map(|mac| mac.chain_update(content));
    mac.map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification's libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const NOW_MS: u64 = 1_614_265_330_999;
    const BODY: &str = "{\"test\": 2432232314}";

    #[test]
    fn the_published_example_is_signed_as_published() {
        let expected = [
            ("webhook-id", ID.to_owned()),
            ("webhook-timestamp", "1614265330".to_owned()),
            ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=".to_owned()),
        ];
        assert_eq!(Scheme::default().sign(SECRET, ID, NOW_MS, BODY), expected);
    }

    #[test]
    fn another_scheme_signs_and_sends_what_it_says() {
        let scheme = Scheme {
            id_header: String::new(),
            timestamp_header: String::new(),
            signature_header: "X-Hub-Signature-256".to_owned(),
            content: SignedContent::Body,
            encoding: SignatureEncoding::Hex,
            prefix: "sha256=".to_owned(),
        };
        let over_the_body = "sha256=e2cb4f5251572539d458bfb8a7adb533b08801e6a794467e06f771debbb0818b";
        let expected = [("X-Hub-Signature-256", over_the_body.to_owned())];
        assert_eq!(scheme.sign(SECRET, ID, NOW_MS, BODY), expected);
        let dated =
            Scheme { content: SignedContent::TimestampBody, timestamp_header: "X-Time".to_owned(), ..scheme };
        let headers = dated.sign(SECRET, ID, NOW_MS, BODY);
        assert_eq!(headers[0], ("X-Time", "1614265330".to_owned()));
        assert_eq!(headers[1].1, "sha256=e96203c6de850e7dc1fde7489ef6140b402d3a5a64fe250cd2eef9830fac1cef");
    }

    #[test]
    fn a_secret_without_prefix_or_base64_is_text() {
        assert_eq!(key("whsec_AAEC"), [0, 1, 2]);
        assert_eq!(key("whsec_AAE"), b"whsec_AAE");
        assert_eq!(key("in words"), b"in words");
        assert!(key("").is_empty() && key("whsec_").is_empty());
    }
}
