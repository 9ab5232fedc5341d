//! Files on their way: to the API in a form, and from wherever a result lies.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use super::http::{Body, NamesOf};
use super::{Answer, Blob, Local};

/// A form with a file (contract, section 7.1), made anew for each attempt.
#[derive(Clone, Debug)]
pub struct Form<B> {
    /// Its fields, which come before the file.
    pub fields: Vec<(&'static str, String)>,
    /// The file, declared as the type that it travels as.
    pub file: B,
    /// What the server calls it.
    pub file_name: String,
}

/// How long a form may travel, and who is told how it goes.
#[derive(Clone)]
pub struct Transmission {
    /// In all, where the caller has said so.
    pub timeout: Option<Duration>,
    /// Without a byte that is seen moving.
    pub stall: Duration,
    /// In all, where no byte can be seen moving and the caller has said nothing.
    pub unseen: Duration,
    /// Is told how much of the body has left, from 0 to 1, as far as the platform sees that.
    pub on_sent: Option<Rc<dyn Fn(f64)>>,
}

/// A GET of a result.
#[derive(Clone, PartialEq)]
pub struct ResultRequest {
    /// Where it goes.
    pub url: String,
    /// What is asked.
    pub from: ResultSource,
}

/// Whom a result is asked of.
#[derive(Clone, PartialEq)]
pub enum ResultSource {
    /// The host where it lies, with neither headers nor credentials of the client's.
    Host {
        /// Whether redirects are followed by the platform: a page is not told where they lead.
        follows_redirects: bool,
    },
    /// The proxy, like the API.
    Proxy {
        /// The client's headers.
        headers: Vec<(String, String)>,
    },
}

impl fmt::Debug for ResultSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host { follows_redirects } => {
                formatter.debug_struct("Host").field("follows_redirects", follows_redirects).finish()
            }
            Self::Proxy { headers } => {
                formatter.debug_struct("Proxy").field("headers", &NamesOf(headers)).finish()
            }
        }
    }
}

/// The answer to a [`ResultRequest`], of which the body comes piece by piece. Dropped, nothing more is received.
pub trait Incoming: 'static {
    /// What the body becomes.
    type Blob: Blob;
    /// What a refusal says.
    type Answer: Answer;

    /// HTTP status; 0 for a redirect of which a page is told nothing.
    fn status(&self) -> u16;
    /// A header of the answer.
    fn header(&self, name: &str) -> Option<String>;
    /// Whether a page sees only some of the headers: the answer is another origin's.
    fn hides_headers(&self) -> bool;
    /// Receives the next piece; false at the end. The error is the platform's words for what went wrong.
    fn next(&self) -> Local<Result<bool, String>>;
    /// How many bytes have come.
    fn received_bytes(&self) -> u64;
    /// The first bytes of what has come, up to so many.
    fn head(&self, bytes: usize) -> Vec<u8>;
    /// What has come, declared as a media type.
    fn blob(&self, media_type: &str) -> Self::Blob;
    /// The whole body as the API's JSON, of which nothing was received yet.
    fn json(&self) -> Local<Body<Self::Answer>>;
}

/// What became of a [`ResultRequest`].
#[derive(Debug)]
pub enum Reception<I> {
    /// It was answered.
    Answered(I),
    /// No answer came: the network failed.
    Failed {
        /// The platform's words for it.
        reason: String,
    },
}
