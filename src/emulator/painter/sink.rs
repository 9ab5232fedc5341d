//! Where an encoder writes: the encoder keeps one end over all steps, and each step empties the other.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

/// Bytes written so far; clones are the same sink.
#[derive(Clone, Default)]
pub(super) struct Sink(pub(super) Rc<RefCell<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
