//! What happens to requests for results.

/// What happens to one request for a result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    None,
    /// No answer comes, and the platform says so.
    Lost,
    /// No answer comes.
    Silent,
    /// The connection is lost in the midst of the bytes.
    CutShort,
    /// The bytes end before the length that was said.
    WrongLength,
    /// The bytes stop coming.
    Stalled,
    /// The bytes never end.
    Endless,
    /// A page of text, which says so or not.
    Text {
        says_so: bool,
    },
    /// A success that brings no result, or a part of it.
    NoResult {
        status: u16,
    },
    Failing {
        status: u16,
    },
    Limited {
        seconds: u64,
    },
    Gone,
    Redirected {
        is_relative: bool,
    },
    /// A redirect into one's own network.
    Misled,
    /// A redirect without an end.
    InCircles,
}

impl Fault {
    pub fn draw(kind: usize, detail: f64) -> Self {
        let one_of = |statuses: [u16; 4]| statuses[(detail * 4.0) as usize];
        match kind {
            0 => Self::Lost,
            1 => Self::Silent,
            2 => Self::CutShort,
            3 => Self::WrongLength,
            4 => Self::Stalled,
            5 => Self::Endless,
            6 => Self::Text { says_so: detail < 0.5 },
            7 => Self::NoResult { status: one_of([202, 204, 205, 206]) },
            8 => Self::Failing { status: one_of([500, 502, 503, 524]) },
            9 => Self::Limited { seconds: (detail * 80.0) as u64 },
            10 => Self::Gone,
            11 => Self::Redirected { is_relative: detail < 0.5 },
            12 => Self::Misled,
            _ => Self::InCircles,
        }
    }

    pub fn name(self) -> String {
        match self {
            Self::None => "result: as it is".to_owned(),
            Self::Lost => "result: lost".to_owned(),
            Self::Silent => "result: no answer".to_owned(),
            Self::CutShort => "result: cut short".to_owned(),
            Self::WrongLength => "result: wrong length".to_owned(),
            Self::Stalled => "result: stalled".to_owned(),
            Self::Endless => "result: endless".to_owned(),
            Self::Text { .. } => "result: text".to_owned(),
            Self::NoResult { status } => format!("result: {status}"),
            Self::Failing { .. } => "result: 5xx".to_owned(),
            Self::Limited { .. } => "result: 429".to_owned(),
            Self::Gone => "result: 404".to_owned(),
            Self::Redirected { .. } => "result: redirected".to_owned(),
            Self::Misled => "result: redirected to a private address".to_owned(),
            Self::InCircles => "result: redirected in circles".to_owned(),
        }
    }
}
