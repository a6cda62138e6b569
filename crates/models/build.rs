//! Lists the factory models to embed: every folder of `models/` at the workspace's root with a manifest and a graph.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or_else(missing)?).join("../../models");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut folders: Vec<PathBuf> = match fs::read_dir(&root) {
        Ok(entries) => entries.filter_map(Result::ok).map(|entry| entry.path()).collect(),
        Err(_) => Vec::new(),
    };
    folders.sort();
    let mut source = String::from("&[\n");
    for folder in folders {
        let (manifest, graph) = (folder.join("manifest.toml"), folder.join("step.onnx"));
        if manifest.is_file() && graph.is_file() {
            entry(&mut source, &manifest, &graph)?;
        }
    }
    source.push_str("]\n");
    fs::write(PathBuf::from(env::var_os("OUT_DIR").ok_or_else(missing)?).join("factory.rs"), source)
}

fn missing() -> io::Error {
    io::Error::other("run by cargo only")
}

fn entry(source: &mut String, manifest: &Path, graph: &Path) -> io::Result<()> {
    let (manifest, graph) = (manifest.canonicalize()?, graph.canonicalize()?);
    for file in [&manifest, &graph] {
        println!("cargo::rerun-if-changed={}", file.display());
    }
    writeln!(source, "    (include_str!({manifest:?}), include_bytes!({graph:?})),").map_err(io::Error::other)
}
