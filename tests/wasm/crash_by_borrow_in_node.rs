//! A call that borrows twice, in Node.
#![cfg(target_arch = "wasm32")]

#[cfg(test)]
#[path = "crash/by_borrow.rs"]
mod by_borrow;
#[cfg(test)]
mod crash;
