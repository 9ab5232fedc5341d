//! What may happen to an exchange with the API.

/// What happens to one exchange.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    None,
    /// The request never arrives.
    LostBefore,
    /// It arrives, and its answer is lost.
    LostAfter,
    /// Its answer comes after the client has given up.
    Late,
    /// A 2xx is cut off.
    Cut,
    /// A 2xx is no JSON.
    Garbage,
    /// The API is asked too often.
    RateLimited {
        seconds: u64,
    },
    /// A server before the API, or the API itself, fails, before anything was done.
    Failing {
        status: u16,
    },
    /// The browser sends the request again by itself, for the connection was lost after it had arrived.
    Repeated,
    /// No connection comes about.
    Refused,
    /// Bytes of an upload stop moving.
    Stalled,
}

impl Fault {
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "fault: none",
            Self::LostBefore => "fault: lost before it arrived",
            Self::LostAfter => "fault: answer lost",
            Self::Late => "fault: answer too late",
            Self::Cut => "fault: cut off",
            Self::Garbage => "fault: garbage",
            Self::RateLimited { .. } => "fault: 429",
            Self::Failing { .. } => "fault: 5xx",
            Self::Repeated => "fault: repeated by the browser",
            Self::Refused => "fault: connection refused",
            Self::Stalled => "fault: stalled",
        }
    }

    pub const KINDS: usize = 10;

    /// `detail`: from 0 up to 1.
    pub fn of(kind: usize, detail: f64, is_post: bool) -> Self {
        match kind {
            0 => Self::LostBefore,
            1 | 2 => Self::LostAfter,
            3 => Self::Late,
            4 => Self::Cut,
            5 => Self::Garbage,
            6 => Self::RateLimited { seconds: if detail < 0.05 { 900 } else { (detail * 8.0) as u64 } },
            7 => Self::Failing { status: [500, 502, 503, 520, 524][(detail * 5.0) as usize] },
            8 if is_post => Self::Repeated,
            _ => Self::Refused,
        }
    }
}
