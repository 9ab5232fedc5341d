//! What is counted for a caller, under which key, and for how long. The counting itself is the budget's.

const MINUTE_MS: f64 = 60_000.0;
const DAY_MS: f64 = 86_400_000.0;
/// A generation that nobody saw the end of gives its place back after so long (our convention).
const PLACE_MS: f64 = 900_000.0;

/// An attempt gives its turn back after so long where its process has died: none lasts longer, with 60 s for the API
/// and 10 s for each of some 20 questions to the budget.
const TURN_MS: f64 = 300_000.0;

/// One kind of thing that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// Requests of any kind.
    Requests,
    /// Credits.
    Credits,
    /// Generations under way.
    Places,
    /// What is known of one submission, as marks: a repeat of what was sent is let through, whatever else is under way,
    /// for its caller never saw the answer.
    Sent,
    /// Attempts of one submission that need no room of their own: one at a time.
    Turns,
}

impl Counted {
    /// Reads the name that JavaScript uses of what is counted apart from attempts to submit.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "requests" => Self::Requests,
            "places" => Self::Places,
            _ => return None,
        })
    }

    /// Whether it is counted for each submission by itself, and not for all that a caller does. Such a counter is asked
    /// often, and stays small however much its caller does in a day.
    pub(crate) fn is_of_submission(self) -> bool {
        matches!(self, Self::Sent | Self::Turns)
    }

    /// What it is counted under, for a caller or a submission. The name has no colon: no caller's id makes one kind
    /// look like another.
    pub(crate) fn key(self, subject: &str) -> String {
        let name = match self {
            Self::Requests => "requests",
            Self::Credits => "credits",
            Self::Places => "places",
            Self::Sent => "sent",
            Self::Turns => "turns",
        };
        [name, ":", subject].concat()
    }

    /// How long it counts.
    pub(crate) fn window_ms(self) -> f64 {
        match self {
            Self::Requests => MINUTE_MS,
            Self::Credits | Self::Sent => DAY_MS,
            Self::Places => PLACE_MS,
            Self::Turns => TURN_MS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_each_subject_has_a_key_of_its_own() {
        use Counted::{Credits, Places, Requests, Sent, Turns};
        let mut keys = Vec::new();
        for counted in [Requests, Credits, Places, Sent, Turns] {
            for subject in ["ann", "bob", "requests:ann", ""] {
                keys.push(counted.key(subject));
            }
            assert!(counted.window_ms() >= MINUTE_MS);
        }
        let all = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), all);
        assert_eq!(Counted::parse("places"), Some(Places));
        assert_eq!(Counted::parse("other"), None);
    }
}
