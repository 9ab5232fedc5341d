//! What is counted for a caller, under which key, and for how long. The counting itself is the budget's.

const MINUTE_MS: f64 = 60_000.0;
const DAY_MS: f64 = 86_400_000.0;
/// A generation that nobody saw the end of gives its place back after so long (our convention).
const PLACE_MS: f64 = 900_000.0;

/// One kind of thing that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// Requests of any kind.
    Requests,
    /// Credits.
    Credits,
    /// Generations under way.
    Places,
    /// Submissions that were sent: a repeat of one is let through, whatever else is under way, for its caller never saw the answer.
    Sent,
}

impl Counted {
    /// Reads the name that JavaScript uses.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "requests" => Self::Requests,
            "credits" => Self::Credits,
            "places" => Self::Places,
            "sent" => Self::Sent,
            _ => return None,
        })
    }

    /// What it is counted under. The name has no colon: no caller's id makes one kind look like another.
    pub(crate) fn key(self, caller: &str) -> String {
        let name = match self {
            Self::Requests => "requests",
            Self::Credits => "credits",
            Self::Places => "places",
            Self::Sent => "sent",
        };
        [name, ":", caller].concat()
    }

    /// How long it counts.
    pub(crate) fn window_ms(self) -> f64 {
        match self {
            Self::Requests => MINUTE_MS,
            Self::Credits | Self::Sent => DAY_MS,
            Self::Places => PLACE_MS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_each_caller_has_a_key_of_its_own() {
        let mut keys = Vec::new();
        for name in ["requests", "credits", "places", "sent"] {
            let counted = Counted::parse(name).unwrap();
            for caller in ["ann", "bob", "requests:ann", ""] {
                keys.push(counted.key(caller));
            }
            assert!(counted.window_ms() >= MINUTE_MS);
        }
        let all = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), all);
        assert_eq!(Counted::parse("other"), None);
    }
}
