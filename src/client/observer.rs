//! Who is told how a call goes on.

use super::failure::Failure;

/// Who is told how a call goes on.
pub(crate) trait Observer<A> {
    /// An attempt is sent.
    fn on_send(&self) {}
    /// An attempt has failed, and the next one is made after so long.
    fn on_repeat(&self, _failure: &Failure<A>, _delay_ms: f64) {}
    /// Nothing is sent for so long: the client pauses after a 429.
    fn on_pause(&self, _failure: &Failure<A>, _delay_ms: f64) {}
    /// The network was lost so long ago, and is waited for. The call ends with this failure where it does not come
    /// back.
    fn on_offline(&self, _failure: &Failure<A>, _since_ms: f64) {}
    /// The network is back.
    fn on_online(&self) {}
}

/// Nobody.
impl<A> Observer<A> for () {}
