//! What a server said.

use crate::contract::value::Value;

/// JSON that a server sent, whole and untouched, of which flows read a member here and there. It is cheap to clone: a
/// handle to it.
///
/// A path names one member after the other, from the outermost: `["result", "urls"]`. An item of an array is named by
/// its place: `["result", "urls", "0"]`.
pub trait Answer: Clone + 'static {
    /// The text at a path, if there is one.
    fn text(&self, path: &[&str]) -> Option<String>;
    /// The number at a path, if there is one.
    fn number(&self, path: &[&str]) -> Option<f64>;
    /// How many items the array at a path has, if there is one.
    fn count(&self, path: &[&str]) -> Option<usize>;
    /// Whatever is at a path; `Null` where nothing is.
    fn value(&self, path: &[&str]) -> Value;
    /// The whole of it as JSON text: two answers that say the same in the same order have the same text.
    fn to_json(&self) -> String;
    /// Whether it nests deeper than so many levels.
    fn nests_deeper(&self, levels: u32) -> bool;
}
