//! Arrows between the rooms of `src` run one way, and the rules stand apart from the world: time and random bits come
//! in as arguments.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::sources::{Graph, code, files, graph_of_rust, graph_of_scripts, imports};

/// A room → the rooms that it may stand on, beside itself. The emulator's world stands on none: it must not judge the
/// client by the client's own code, and shares nothing with it but the catalogue's data.
const ARROWS: [(&str, &[&str]); 14] = [
    ("contract", &[]),
    ("policy", &["contract"]),
    ("media", &["contract"]),
    ("platform", &["contract"]),
    ("futures", &[]),
    ("web", &["contract", "platform", "futures", "js"]),
    ("js", &["contract"]),
    ("client", &["contract", "policy", "media", "platform", "futures"]),
    ("api", &["contract", "platform", "client", "web"]),
    ("bindings", &["contract", "platform", "futures", "client", "web", "js"]),
    ("edge", &["contract", "policy", "platform", "js"]),
    ("emulator", &[]),
    ("emulator/border", &["emulator", "futures", "js", "platform", "web"]),
    ("npm", &["bindings", "edge", "emulator/border", "js"]),
];
/// Rooms that know no JavaScript, clock, randomness or I/O.
const PURE: [&str; 6] = ["contract", "policy", "media", "platform", "futures", "client"];
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

/// `emulator/border` of `src/emulator/border/mod.rs`, `policy` of `src/policy/retry.rs`; nothing of `src/lib.rs`.
/// Scripts of the emulator belong to its border.
fn room_of(file: &str) -> Option<&str> {
    let mut folder = file.strip_prefix("src/")?.rsplit_once('/')?.0;
    if folder == "emulator" && file.ends_with(".js") {
        return Some("emulator/border");
    }
    while let Some((outer, _)) = folder.rsplit_once('/')
        && !ARROWS.iter().any(|(room, _)| *room == folder)
    {
        folder = outer;
    }
    Some(folder)
}

fn wrong_arrows(graph: &Graph) -> Vec<String> {
    let mut wrong = Vec::new();
    for (from, named) in graph {
        let Some(room) = room_of(from) else { continue };
        let allowed = ARROWS.iter().find(|(name, _)| *name == room).map(|(_, allowed)| *allowed);
        for to in named {
            let Some(other) = room_of(to) else { continue };
            if other != room && !allowed.is_some_and(|allowed| allowed.contains(&other)) {
                wrong.push(format!("{from} names {to}"));
            }
        }
    }
    wrong
}

#[test]
fn arrows_between_rooms_run_one_way() {
    for graph in [graph_of_rust(&files("rs")), graph_of_scripts(&files("js"))] {
        assert!(graph.len() > 50, "hardly any sources were found");
        assert_eq!(wrong_arrows(&graph), Vec::<String>::new());
    }
}

#[test]
fn every_room_has_its_arrows() {
    let files: BTreeSet<String> = files("rs").into_keys().chain(files("js").into_keys()).collect();
    let rooms: BTreeSet<&str> = files.iter().filter_map(|file| room_of(file)).collect();
    let without: Vec<&&str> =
        rooms.iter().filter(|room| !ARROWS.iter().any(|(name, _)| name == *room)).collect();
    assert!(without.is_empty(), "say in ARROWS what these may stand on: {without:?}");
}

#[test]
fn the_rules_and_the_flows_know_nothing_of_the_world() {
    let files = files("rs");
    for (file, text) in
        files.iter().filter(|(file, _)| room_of(file).is_some_and(|room| PURE.contains(&room)))
    {
        let code = code(text);
        for word in WORLD {
            assert!(!code.contains(word), "{file} names {word}");
        }
    }
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
fn the_scripts_of_the_border_stand_on_themselves_and_those_of_other_rooms_on_the_border() {
    check_scripts("js", &["./"]);
    check_scripts("web", &["./", "../js/"]);
    check_scripts("bindings", &["./", "../js/", "#client-glue"]);
    check_scripts("edge", &["./", "../js/", "#edge-glue"]);
}

/// The build copies what Rust imports, and nothing that such a file imports in turn.
#[test]
fn what_rust_imports_imports_nothing_that_rust_does_not() {
    let (rust, scripts) = (files("rs"), files("js"));
    let named: BTreeSet<&str> = rust
        .values()
        .flat_map(|text| text.split("module = \"/src/").skip(1))
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert!(named.len() > 2);
    let graph = graph_of_scripts(&scripts);
    for file in &named {
        for import in &graph[&format!("src/{file}")] {
            assert!(named.contains(import.trim_start_matches("src/")), "{file} imports {import}");
        }
    }
}

#[test]
fn a_wrong_arrow_is_found() {
    let graph = |from: &str, to: &str| Graph::from([(from.to_owned(), BTreeSet::from([to.to_owned()]))]);
    for (from, to, is_wrong) in [
        ("src/policy/retry.rs", "src/contract/text.rs", false),
        ("src/policy/retry.rs", "src/policy/polling.rs", false),
        ("src/contract/text.rs", "src/policy/retry.rs", true),
        ("src/client/mod.rs", "src/edge/mod.rs", true),
        ("src/emulator/world.rs", "src/contract/catalogue.rs", true),
        ("src/emulator/world.rs", "src/emulator/border/mod.rs", true),
        ("src/emulator/border/mod.rs", "src/emulator/world.rs", false),
        ("src/emulator/painter/plan.rs", "src/emulator/random.rs", false),
        ("src/emulator/border/emulator.rs", "src/web/fetch.rs", false),
        ("src/emulator/border/mod.rs", "src/contract/text.rs", true),
        ("src/emulator/world.rs", "src/futures/slot.rs", true),
        ("src/npm/cli/clean.js", "src/npm/load.js", false),
        ("src/js/read.js", "src/web/blob.js", true),
        ("src/new/mod.rs", "src/contract/text.rs", true),
    ] {
        assert_eq!(wrong_arrows(&graph(from, to)).len(), usize::from(is_wrong), "{from} → {to}");
    }
    let text = "// js_sys\nuse std::fs;\n#[cfg(test)]\nmod tests { use std::net; }";
    assert_eq!(code(text), "usestd::fs;");
}
