//! The rules against the data that they come from: the catalogue's file, and the samples of the API's pages.

// Said to be tests once more, for clippy: it allows `unwrap` and indexing in helpers only under this attribute.
#[cfg(test)]
mod arrows;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod samples;
