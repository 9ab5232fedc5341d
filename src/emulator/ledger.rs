//! What tests ask of the account.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::tasks::credits;

/// What an account has left, what it was charged for, and what it was asked.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Ledger {
    /// Credits that are left.
    pub credits: f64,
    /// Every task in order of submission.
    pub charges: Vec<Charge>,
    /// How often each route was called, those hit by a fault included: `"POST /api/v1/generations"`,
    /// `"GET /api/v1/generations/{id}"`, `"GET /results/{id}/{n}"` and so on. Routes that were never called are left
    /// out.
    pub requests: BTreeMap<&'static str, u64>,
}

/// What one task has cost.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Charge {
    /// The task's id, which is its generation's.
    pub id: String,
    /// The key that it was submitted with.
    pub idempotency_key: Option<String>,
    /// Credits taken: those reserved, and 0 once it has failed.
    pub credits: f64,
}

impl Ledger {
    /// As JavaScript has it: `{ credits, charges, requests }`.
    pub fn to_json(&self) -> Value {
        let charges: Vec<Value> = self.charges.iter().map(Charge::to_json).collect();
        json!({ "credits": credits(self.credits), "charges": charges, "requests": self.requests })
    }
}

impl Charge {
    fn to_json(&self) -> Value {
        json!({ "id": self.id, "idempotencyKey": self.idempotency_key, "credits": credits(self.credits) })
    }
}
