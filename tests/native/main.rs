//! The rules against the data that they come from: the catalogue's file, the samples of the API's pages, and the aims
//! of polling. And the sources against their own order: rooms, arrows between them, and no circles.

// Said to be tests once more, for clippy: it allows `unwrap` and indexing in helpers only under this attribute.
#[cfg(test)]
mod arrows;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod circles;
#[cfg(test)]
mod polling;
#[cfg(test)]
mod samples;
#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails, as it should")]
mod sources;

#[cfg(test)]
#[path = "../../benches/polling/optimum.rs"]
#[allow(dead_code, clippy::arithmetic_side_effects, reason = "shared with the bench, which uses all of it")]
mod optimum;
#[cfg(test)]
#[path = "../../benches/polling/simulation.rs"]
#[allow(dead_code, clippy::arithmetic_side_effects, reason = "shared with the bench, which uses all of it")]
mod simulation;
