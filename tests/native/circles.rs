//! No files name each other in a circle: each can be read, tested and moved with nothing but what stands below it.
//!
//! A file names another where it uses something that the other one defines. By this rule a module that declares its
//! children and hands on what they define (`mod child; pub use child::Thing;`) is no circle, whatever the children use
//! of each other. But a child that uses something from its parent's own file is one, where that file uses something of
//! the child's: what both of them need belongs in a file of its own.

use super::sources::{Graph, files, graph_of_rust, graph_of_scripts};

/// The shortest way from a file back to itself.
fn circle_through(graph: &Graph, start: &str) -> Option<Vec<String>> {
    let mut ways = vec![vec![start.to_owned()]];
    let mut seen = Vec::new();
    while let Some(way) = (!ways.is_empty()).then(|| ways.remove(0)) {
        for next in graph.get(way.last()?).into_iter().flatten() {
            if next == start {
                return Some(way);
            }
            if !seen.contains(next) {
                seen.push(next.clone());
                ways.push([way.as_slice(), std::slice::from_ref(next)].concat());
            }
        }
    }
    None
}

/// Each circle once, its first file by name in front.
fn circles(graph: &Graph) -> Vec<Vec<String>> {
    let found = graph.keys().filter_map(|file| circle_through(graph, file));
    found.filter(|circle| circle.iter().min() == circle.first()).collect()
}

#[test]
fn no_files_name_each_other_in_a_circle() {
    let mut found = circles(&graph_of_rust(&files("rs")));
    found.extend(circles(&graph_of_scripts(&files("js"))));
    let found: Vec<String> = found.iter().map(|circle| circle.join(" → ")).collect();
    assert!(found.is_empty(), "files name each other in a circle:\n  {}", found.join("\n  "));
}

#[test]
fn a_circle_is_found_and_named_once() {
    let graph = |arrows: &[(&str, &str)]| {
        let mut graph = Graph::new();
        for (from, to) in arrows {
            graph.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        graph
    };
    assert_eq!(circles(&graph(&[("a", "b"), ("b", "c"), ("a", "c")])), Vec::<Vec<String>>::new());
    assert_eq!(circles(&graph(&[("a", "b"), ("b", "c"), ("c", "b"), ("c", "d")])), [["b", "c"]]);
    assert_eq!(circles(&graph(&[("c", "a"), ("a", "b"), ("b", "c"), ("a", "d"), ("d", "a")])), [["a", "d"]]);
}
