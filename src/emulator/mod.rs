//! The API in a process.
