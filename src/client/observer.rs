//! Who is told how a call goes on.

use super::failure::Failure;

/// Who is told how a call goes on.
pub(crate) trait Observer<A> {
    /// An attempt is sent.
    fn on_send(&self) {}
    /// Something delays the call. `was_sent`: an attempt has failed, else the client pauses after a 429.
    fn on_delay(&self, _failure: &Failure<A>, _delay_ms: f64, _was_sent: bool) {}
    /// The network was lost so long ago, and is waited for.
    fn on_offline(&self, _since_ms: f64) {}
    /// The network is back.
    fn on_online(&self) {}
}

/// Nobody.
impl<A> Observer<A> for () {}
