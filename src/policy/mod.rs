//! When to act.
