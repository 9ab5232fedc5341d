//! URLs, as the platform reads them.

/// A URL in the parts of a URL object, which has normalised them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlParts {
    /// The whole of it.
    pub href: String,
    /// `"https:"`.
    pub protocol: String,
    /// With the port, where that is not the protocol's own.
    pub host: String,
    /// Whether there is a user name or a password in it.
    pub has_credentials: bool,
}
