//! The first invariant of ARCHITECTURE.md: which crate may depend on which, read from `cargo metadata`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use serde_json::Value;
use std::process::Command;

/// Each package of the workspace and the packages of ours it may name in its `Cargo.toml`, also for its tests.
const MAY_NAME: [(&str, &[&str]); 13] = [
    ("solferino-score", &[]),
    ("solferino-dragout", &[]),
    ("solferino-files", &["score"]),
    ("solferino-realtime", &["score"]),
    ("solferino-models", &["score"]),
    ("solferino-engine", &["score", "models"]),
    ("solferino-tools", &["score", "models"]),
    ("solferino-session", &["score", "models", "tools", "realtime"]),
    ("solferino-fuzz", &["score", "models", "tools", "realtime", "session", "dragout"]),
    ("solferino", &["score", "models", "tools", "realtime", "session", "dragout", "files", "engine"]),
    ("solferino-cli", &["score", "models", "tools", "session", "files", "engine"]),
    ("solferino-benches", EVERYTHING),
    ("solferino-tests", EVERYTHING),
];

const EVERYTHING: &[&str] =
    &["score", "models", "tools", "realtime", "session", "dragout", "files", "engine", "cli", "tests", "plug-in"];

/// Crates that run networks; only the engine knows them.
const INFERENCE: [&str; 3] = ["tract", "ort", "onnx"];

fn packages() -> Vec<Value> {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap()
}

/// What a package names in its `Cargo.toml`, normal, build and test dependencies alike, with features or without.
fn named(package: &Value) -> impl Iterator<Item = &str> {
    package["dependencies"].as_array().unwrap().iter().map(name)
}

/// The short name of one of our packages; nothing for a package from elsewhere.
fn ours(name: &str) -> Option<&str> {
    if name == "solferino" { Some("plug-in") } else { name.strip_prefix("solferino-") }
}

#[test]
fn arrows_point_down_only() {
    let mut wrong = Vec::new();
    for package in packages().iter().filter(|package| ours(name(package)).is_some()) {
        let Some((_, may)) = MAY_NAME.iter().find(|(known, _)| *known == name(package)) else {
            wrong.push(format!("{} has no line in the table of this test", name(package)));
            continue;
        };
        let beyond = named(package).filter_map(ours).filter(|to| !may.contains(to));
        wrong.extend(beyond.map(|to| format!("{} depends on {to}", name(package))));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_the_engine_knows_what_runs_networks() {
    let is_inference = |to: &&str| INFERENCE.iter().any(|known| to == known || to.starts_with(&format!("{known}-")));
    let mut wrong = Vec::new();
    for package in packages().iter().filter(|package| name(package) != "solferino-engine") {
        wrong.extend(named(package).filter(is_inference).map(|to| format!("{} depends on {to}", name(package))));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_table_names_packages_that_exist() {
    let packages = packages();
    let exists = |wanted: &str| packages.iter().any(|package| name(package) == wanted);
    let gone: Vec<&str> = MAY_NAME.iter().map(|(known, _)| *known).filter(|known| !exists(known)).collect();
    assert!(gone.is_empty(), "{gone:?}");
}
