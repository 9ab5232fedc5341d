//! One request to the API, and what became of it.

use std::fmt;
use std::time::Duration;

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Asks, and changes nothing.
    Get,
    /// Has a body.
    Post,
}

impl Method {
    /// As HTTP writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A request to the API. Its `Debug` names its headers, and holds none of their values.
#[derive(Clone, PartialEq)]
pub struct Request {
    /// Its method.
    pub method: Method,
    /// Where it goes.
    pub url: String,
    /// Its headers, those of the client's options included, the secret key, too.
    pub headers: Vec<(String, String)>,
    /// JSON text.
    pub body: Option<String>,
    /// How long it may take, to the last byte of its answer.
    pub timeout: Duration,
}

impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Request")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("headers", &NamesOf(&self.headers))
            .field("body", &self.body)
            .field("timeout", &self.timeout)
            .finish()
    }
}

/// Headers as `Debug` shows them: the secret key is the value of one.
pub(crate) struct NamesOf<'a>(pub(crate) &'a [(String, String)]);

impl fmt::Debug for NamesOf<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// What became of a request.
#[derive(Clone, Debug)]
pub enum Exchange<A> {
    /// It was answered.
    Answered {
        /// HTTP status.
        status: u16,
        /// The header `Retry-After`, as it came with anything but a success.
        retry_after: Option<String>,
        /// What came with it.
        body: Body<A>,
    },
    /// It was answered with a redirect, which was not followed.
    Redirected {
        /// HTTP status; 0 where the platform tells none.
        status: u16,
    },
    /// No answer came: the network failed.
    Failed {
        /// The platform's words for it.
        reason: String,
        /// The codes, or else the words, of everything that caused it; none where the platform tells none.
        causes: Vec<String>,
    },
    /// No answer came in time.
    TimedOut,
}

/// The body of an answer.
#[derive(Clone, Debug)]
pub enum Body<A> {
    /// JSON.
    Json {
        /// What it says.
        answer: A,
        /// The beginning of its text, for messages.
        excerpt: String,
    },
    /// Something else: a page, a body that was cut off, nothing.
    Other {
        /// The beginning of its text, or what was wrong with it.
        excerpt: String,
    },
}
