//! The source files of `src`, and which of them name each other.
//!
//! Rust is read word by word, not parsed: `use` trees, and paths such as `crate::policy::retry` or `counts::check`.
//! Comments, strings and whatever stands under `#[cfg(test)]` are passed over: tests may use what they like.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A file → the files that it names, both by their paths below the crate's root (`src/policy/retry.rs`).
pub type Graph = BTreeMap<String, BTreeSet<String>>;

/// Every file of `src` with this extension, by its path below the crate's root. Files that hold tests alone are left
/// out.
pub fn files(extension: &str) -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    walk(&root.join("src"), &mut found);
    let with_extension = found.iter().filter(|path| path.extension().is_some_and(|it| it == extension));
    with_extension
        .map(|path| {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            (name, fs::read_to_string(path).unwrap())
        })
        .filter(|(name, _)| !is_test(name))
        .collect()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, found) } else { found.push(path) }
    }
}

fn is_test(name: &str) -> bool {
    name.contains("/tests/") || name.ends_with("/tests.rs") || name.ends_with("_tests.rs")
}

/// The modules that a text of JavaScript imports or exports anew, as it names them.
pub fn imports(text: &str) -> Vec<&str> {
    let is_import =
        |line: &&str| ["import ", "export {", "export *", "} "].iter().any(|start| line.starts_with(start));
    text.lines()
        .filter(is_import)
        .filter_map(|line| {
            let quoted = line.split_once(" from \"").or_else(|| line.split_once("import \""))?.1;
            quoted.split('"').next()
        })
        .collect()
}

/// Which scripts import which.
pub fn graph_of_scripts(files: &BTreeMap<String, String>) -> Graph {
    let named = |(name, text): (&String, &String)| {
        let folder = name.rsplit_once('/').unwrap().0;
        let imported = imports(text).into_iter().filter(|import| import.starts_with('.'));
        (name.clone(), imported.map(|import| joined(folder, import)).collect())
    };
    files.iter().map(named).collect()
}

fn joined(folder: &str, import: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in import.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Which files of Rust use which: the one that defines what a path leads to, through all that is imported on the way. A
/// module that only hands on what its children define (`pub use`) uses none of them by that, and one that only declares
/// them (`mod`) does neither.
pub fn graph_of_rust(files: &BTreeMap<String, String>) -> Graph {
    let modules: BTreeMap<Names, Module> =
        files.iter().map(|(file, text)| (names_of(file), Module::read(file, text))).collect();
    let mut graph = Graph::new();
    for (names, module) in &modules {
        let handed_on =
            |used: &Use, end: &Names| used.is_public && end.len() > names.len() && end.starts_with(names);
        let by_use = module.uses.iter().filter_map(|used| {
            let end = resolve(&modules, names, &used.path, 0)?;
            (!handed_on(used, &end)).then_some(end)
        });
        let by_path = module.paths.iter().filter_map(|path| resolve(&modules, names, path, 0));
        let ends: BTreeSet<Names> = by_use.chain(by_path).filter(|end| end != names).collect();
        graph.insert(module.file.clone(), ends.iter().map(|end| modules[end].file.clone()).collect());
    }
    graph
}

/// `["policy", "retry"]`.
type Names = Vec<String>;

struct Module {
    file: String,
    uses: Vec<Use>,
    /// Paths of at least two names outside of `use`.
    paths: Vec<Names>,
}

struct Use {
    path: Names,
    /// What it is called here.
    name: String,
    is_public: bool,
}

fn names_of(file: &str) -> Names {
    let path = file.trim_start_matches("src/").trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    path.split('/').filter(|name| *name != "lib").map(str::to_owned).collect()
}

/// The module that defines what a path leads to from another one; `None` where that is another crate.
fn resolve(modules: &BTreeMap<Names, Module>, from: &Names, path: &[String], imports: u32) -> Option<Names> {
    let (first, mut rest) = path.split_first()?;
    let mut at = match first.as_str() {
        "crate" => Names::new(),
        "self" => from.clone(),
        "super" => parent(from),
        name if modules.contains_key(&child(from, name)) => child(from, name),
        name => return follow(modules, from, name, rest, imports),
    };
    while let Some((name, behind)) = rest.split_first() {
        rest = behind;
        if name == "super" {
            at = parent(&at);
        } else if modules.contains_key(&child(&at, name)) {
            at = child(&at, name);
        } else {
            // Something that the module defines, or has imported itself.
            return follow(modules, &at, name, rest, imports).or(Some(at));
        }
    }
    Some(at)
}

/// Goes on behind a name that a module has imported.
fn follow(
    modules: &BTreeMap<Names, Module>,
    at: &Names,
    name: &str,
    rest: &[String],
    imports: u32,
) -> Option<Names> {
    let used = modules
        .get(at)?
        .uses
        .iter()
        .find(|used| used.name == name && used.path.first().is_some_and(|it| it != name))?;
    assert!(imports < 16, "{name} is imported in a circle");
    resolve(modules, at, &[&used.path, rest].concat(), imports + 1)
}

fn child(of: &Names, name: &str) -> Names {
    let mut child = of.clone();
    child.push(name.to_owned());
    child
}

fn parent(of: &Names) -> Names {
    of[..of.len().saturating_sub(1)].to_vec()
}

impl Module {
    fn read(file: &str, text: &str) -> Self {
        let words = words(text);
        let words: Vec<&str> = without_tests(&words).into_iter().map(String::as_str).collect();
        let (mut uses, mut paths) = (Vec::new(), Vec::new());
        let mut at = 0;
        while at < words.len() {
            let before = if at == 0 { ";" } else { words[at - 1] };
            if words[at] == "use" {
                at += 1;
                read_use(&words, &mut at, Names::new(), matches!(before, "pub" | ")"), &mut uses);
            } else if is_name(words[at]) && !matches!(before, "." | "::") && words.get(at + 1) == Some(&"::")
            {
                let mut path = vec![words[at].to_owned()];
                while words.get(at + 1) == Some(&"::") && words.get(at + 2).is_some_and(|word| is_name(word))
                {
                    path.push(words[at + 2].to_owned());
                    at += 2;
                }
                paths.push(path);
            }
            at += 1;
        }
        Self { file: file.to_owned(), uses, paths }
    }
}

/// One `a::b::{c, d as e}` from `at` on; leaves `at` at the mark behind it.
fn read_use(words: &[&str], at: &mut usize, before: Names, is_public: bool, uses: &mut Vec<Use>) {
    let mut path = before;
    loop {
        match words[*at] {
            "{" => {
                while words[*at] != "}" {
                    *at += 1;
                    if words[*at] != "}" {
                        read_use(words, at, path.clone(), is_public, uses);
                    }
                }
                *at += 1;
                return;
            }
            "::" => {}
            word if is_name(word) || word == "*" => path.push(word.to_owned()),
            _ => break,
        }
        *at += 1;
        if words[*at] == "as" {
            let name = words[*at + 1].to_owned();
            *at += 2;
            return uses.push(Use { path, name, is_public });
        }
    }
    if path.len() > 1 {
        path.pop_if(|last| last == "self" || last == "*");
    }
    let name = path.last().cloned().unwrap_or_default();
    uses.push(Use { path, name, is_public });
}

fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

/// A text of Rust without comments, strings, spaces and tests.
pub fn code(text: &str) -> String {
    without_tests(&words(text)).into_iter().map(String::as_str).collect()
}

/// Leaves out every item that stands under `#[cfg(test)]` or `#[cfg(doctest)]`.
fn without_tests(words: &[String]) -> Vec<&String> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let is_test = |name: &str| words[at..].iter().take(7).eq(["#", "[", "cfg", "(", name, ")", "]"]);
        if is_test("test") || is_test("doctest") {
            at = end_of_item(words, at);
        } else {
            kept.push(&words[at]);
            at += 1;
        }
    }
    kept
}

/// Behind the first `;` outside of all brackets, or the first block.
fn end_of_item(words: &[String], start: usize) -> usize {
    let mut depth = 0u32;
    for (at, word) in words.iter().enumerate().skip(start) {
        match word.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            _ => {}
        }
        if depth == 0 && matches!(word.as_str(), ";" | "}") {
            return at + 1;
        }
    }
    words.len()
}

/// A text of Rust in words and marks (`::` is one), without comments, strings, characters and lifetimes.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (passed, word) = match passed_over(rest) {
            Some(length) => (length, false),
            None => (length_of_word(rest), true),
        };
        let (front, behind) = rest.split_at(passed);
        if word {
            words.push(front.to_owned());
        }
        rest = behind;
    }
    words
}

/// How long a comment, string, character, lifetime's mark or space is that stands in front of a text.
fn passed_over(text: &str) -> Option<usize> {
    let raw = ["r#\"", "r\"", "br#\"", "br\""].into_iter().find(|start| text.starts_with(start));
    if text.starts_with("//") {
        Some(text.find('\n').unwrap_or(text.len()))
    } else if text.starts_with("/*") {
        Some(text.find("*/").unwrap() + 2)
    } else if let Some(start) = raw {
        let end = if start.contains('#') { "\"#" } else { "\"" };
        Some(start.len() + text.split_at(start.len()).1.find(end).unwrap() + end.len())
    } else if text.starts_with('"')
        || text.starts_with("'\\")
        || text.chars().step_by(2).take(2).eq(['\'', '\''])
    {
        Some(length_of_quoted(text))
    } else if text.starts_with('\'') {
        Some(1)
    } else {
        text.chars().next().filter(|first| first.is_whitespace()).map(char::len_utf8)
    }
}

/// Up to the quotation mark that ends what begins with one.
fn length_of_quoted(text: &str) -> usize {
    let mut chars = text.char_indices();
    let quote = chars.next().map(|(_, quote)| quote);
    let mut is_escaped = false;
    for (at, char) in chars {
        if !is_escaped && Some(char) == quote {
            return at + 1;
        }
        is_escaped = !is_escaped && char == '\\';
    }
    text.len()
}

fn length_of_word(text: &str) -> usize {
    if text.starts_with("::") {
        return 2;
    }
    let name = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    name.max(text.chars().next().map_or(0, char::len_utf8))
}

#[test]
fn a_file_is_read_as_the_compiler_would() {
    let files = [
        ("src/lib.rs", "pub mod a; pub mod b;"),
        (
            "src/a/mod.rs",
            "mod x; mod y; mod z; pub use x::X; pub(super) use y::{Y as Why, Z}; pub struct Own; fn f() { z::f() }",
        ),
        (
            "src/a/x.rs",
            "//! crate::b\nuse super::Own; const QUOTE: char = '\"'; static TEXT: &str = \"crate::b::x\"; pub struct X<'a>(&'a ());",
        ),
        ("src/a/y.rs", "use crate::{a::{X, z::{self, Z}}, b}; #[cfg(test)] mod tests { use crate::b::B; }"),
        (
            "src/a/z.rs",
            "pub fn f() { let _ = std::iter::once(1).map(super::super::b::f); }\n#[cfg(test)]\n#[allow(x)]\nmod tests;",
        ),
        ("src/b.rs", "use crate::a::Why; use std::fmt; fn f(why: Why) -> fmt::Result { x.b::<u8>() }"),
    ];
    let graph = graph_of_rust(&files.map(|(file, text)| (file.to_owned(), text.to_owned())).into());
    let named = |file: &str| graph[file].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(named("src/a/mod.rs"), ["src/a/z.rs"]);
    assert_eq!(named("src/a/x.rs"), ["src/a/mod.rs"]);
    assert_eq!(named("src/a/y.rs"), ["src/a/x.rs", "src/a/z.rs", "src/b.rs"]);
    assert_eq!(named("src/a/z.rs"), ["src/b.rs"]);
    assert_eq!(named("src/b.rs"), ["src/a/y.rs"]);
    assert!(named("src/lib.rs").is_empty());
}

#[test]
fn a_script_is_read_as_a_platform_would() {
    let text = "import { a } from \"./a.js\";\nimport {\n  b,\n} from \"../js/b.js\";\nexport { c } from \"#glue\";\nimport \"./d.js\";\nconst e = f;\n";
    assert_eq!(imports(text), ["./a.js", "../js/b.js", "#glue", "./d.js"]);
    let graph = graph_of_scripts(&[("src/client/x.js".to_owned(), text.to_owned())].into());
    assert!(graph["src/client/x.js"].iter().eq(["src/client/a.js", "src/client/d.js", "src/js/b.js"]));
}
