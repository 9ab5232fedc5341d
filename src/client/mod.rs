//! The exported client.
