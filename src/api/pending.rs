//! What the journal holds.

use std::time::Duration;

use crate::client::{Pending, State};

/// A submission that was not delivered yet.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PendingGeneration {
    /// With it [`super::Client::resume_key`] goes on.
    pub idempotency_key: String,
    /// Once it is known.
    pub generation_id: Option<String>,
    /// What was asked for.
    pub model: String,
    /// What was asked for.
    pub prompt: Option<String>,
    /// When it was begun, since 1970.
    pub started_at: Duration,
    /// What is known of it.
    pub state: State,
    /// Whether a call is at it now, in whichever page.
    pub is_active: bool,
    /// Until when it may be sent again where no answer to its submission was seen, since 1970.
    pub safe_until: Duration,
}

impl From<Pending> for PendingGeneration {
    fn from(pending: Pending) -> Self {
        Self {
            idempotency_key: pending.idempotency_key,
            generation_id: pending.generation_id,
            model: pending.model,
            prompt: pending.prompt,
            started_at: pending.started_at,
            state: pending.state,
            is_active: pending.is_active,
            safe_until: pending.safe_until,
        }
    }
}
