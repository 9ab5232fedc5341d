//! What a server said.

/// JSON that a server sent, whole and untouched, of which flows read a member here and there. It is cheap to clone: a
/// handle to it.
///
/// A path names one member after the other, from the outermost: `["result", "urls"]`.
pub trait Answer: Clone + 'static {
    /// The text at a path, if there is one.
    fn text(&self, path: &[&str]) -> Option<String>;
    /// The number at a path, if there is one.
    fn number(&self, path: &[&str]) -> Option<f64>;
    /// How many items the array at a path has, if there is one.
    fn count(&self, path: &[&str]) -> Option<usize>;
    /// Whether it nests deeper than so many levels.
    fn nests_deeper(&self, levels: u32) -> bool;
}
