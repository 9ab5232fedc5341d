//! The rules stand apart from the world, and the flows apart from the platform: `contract ← policy, media, platform ←
//! client`, and `js ← bindings | edge | emulator`. Time comes in as an argument, or from the platform.

use std::fs;
use std::path::{Path, PathBuf};

const ROOMS_OF_JAVASCRIPT: [&str; 4] = ["js", "bindings", "edge", "emulator"];
/// Crates that know JavaScript, clocks, randomness or I/O.
const WORLD: [&str; 14] = [
    "js_sys",
    "web_sys",
    "wasm_bindgen",
    "wasm_bindgen_futures",
    "serde_wasm_bindgen",
    "gloo_timers",
    "SystemTime",
    "Instant",
    "std::fs",
    "std::io",
    "std::net",
    "std::env",
    "std::thread",
    "getrandom",
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// What a file's own code says: without comments, and without the tests at its end, which may use what they like.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\n#[allow").next().unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// The top-level rooms that a piece of code names: `crate::room`, `super::…::room` at the crate's root, `use crate::{room, …}`.
fn rooms(code: &str) -> Vec<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut rooms = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let list =
            rest.strip_prefix('{').map_or(rest.split(|c| !is_name(c)).next(), |list| list.split('}').next());
        for item in list.unwrap().split(',') {
            rooms.push(item.trim().split(|c| !is_name(c)).next().unwrap().to_owned());
        }
    }
    rooms
}

fn check(room: &str, allowed: &[&str]) {
    let files = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room));
    assert!(!files.is_empty(), "{room} is empty");
    for file in files {
        let code = code(&file);
        for named in rooms(&code) {
            assert!(named == room || allowed.contains(&named.as_str()), "{} names {named}", file.display());
        }
        for word in WORLD {
            assert!(!code.contains(word), "{} names {word}", file.display());
        }
    }
}

#[test]
fn the_contract_stands_on_nothing() {
    check("contract", &[]);
}

#[test]
fn policy_and_media_stand_on_the_contract_alone() {
    check("policy", &["contract"]);
    check("media", &["contract"]);
}

#[test]
fn the_flows_stand_on_the_rules_and_on_what_a_platform_is_and_know_no_platform() {
    check("platform", &["contract"]);
    check("futures", &[]);
    check("client", &["contract", "policy", "media", "platform", "futures"]);
}

/// The modules that a file of JavaScript imports.
fn imports(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| line.starts_with("import ") || line.starts_with("export {"))
        .filter_map(|line| line.split(" from \"").nth(1)?.split('"').next())
        .collect()
}

fn check_scripts(room: &str, allowed: &[&str]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room);
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let scripts: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "js")).collect();
    assert!(scripts.len() > 2, "{room} has no scripts");
    for path in scripts {
        for named in imports(&fs::read_to_string(&path).unwrap()) {
            assert!(
                allowed.iter().any(|start| named.starts_with(start)),
                "{} imports {named}",
                path.display()
            );
        }
    }
}

#[test]
fn the_scripts_of_the_border_stand_on_themselves_and_those_of_client_and_edge_on_the_border() {
    check_scripts("js", &["./"]);
    check_scripts("client", &["./", "../js/", "#client-glue"]);
    check_scripts("edge", &["./", "../js/", "#edge-glue"]);
}

/// The build copies what Rust imports, and nothing that such a file imports in turn.
#[test]
fn what_rust_imports_imports_nothing_that_rust_does_not() {
    let rust = [
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/js")),
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bindings")),
    ];
    let texts: Vec<String> = rust.iter().flatten().map(|file| fs::read_to_string(file).unwrap()).collect();
    let named: Vec<&str> = texts
        .iter()
        .flat_map(|text| text.split("module = \"/src/js/").skip(1))
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert!(named.len() > 2);
    for file in &named {
        let text =
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/js").join(file)).unwrap();
        for import in imports(&text) {
            assert!(named.contains(&import.trim_start_matches("./")), "{file} imports {import}");
        }
    }
}

#[test]
fn the_search_finds_what_it_looks_for() {
    let bindings = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bindings"));
    let named: Vec<String> = bindings.iter().flat_map(|file| rooms(&code(file))).collect();
    assert!(named.contains(&"js".to_owned()) && named.contains(&"contract".to_owned()));
    assert!(bindings.iter().any(|file| code(file).contains("wasm_bindgen")));
    assert_eq!(
        rooms("use crate::{media::signature, js};\nlet x = crate::policy::retry::x();"),
        ["media", "js", "policy"]
    );
    for room in ROOMS_OF_JAVASCRIPT {
        assert_eq!(rooms(&format!("crate::{room}::x")), [room]);
    }
}
