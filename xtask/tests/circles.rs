//! No two files of a crate import each other in a circle, neither straight nor through others.
//!
//! A file is a module. It imports a module when one of its paths (`use crate::…`, `super::…` or the same inside an
//! expression) leads there; names that a module passes on with `use` are followed to where they come from. Two kinds of
//! import do not count: from a module to its own descendants, for a parent has to declare and pass on its children; and
//! those of unit tests.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module's path inside its crate; the root's is empty.
type Module = Vec<String>;

/// The modules of a crate: what each one imports, and which names its `use` lines make known.
#[derive(Default)]
struct Crate {
    paths: BTreeMap<Module, Vec<Vec<String>>>,
    names: BTreeMap<Module, BTreeMap<String, Vec<String>>>,
}

impl Crate {
    /// Reads sources, each with its path below `src`.
    fn read(sources: &[(PathBuf, String)]) -> Self {
        let mut read = Self::default();
        for (path, source) in sources {
            let Some(module) = module(path) else { continue };
            let tokens = tokens(&without_tests(source));
            let (mut paths, mut names) = (Vec::new(), BTreeMap::new());
            let mut at = 0;
            while at < tokens.len() {
                let is_use = tokens[at] == "use";
                let begins = ["crate", "super", "self"].contains(&tokens[at].as_str()) && next(&tokens, at) == "::";
                if is_use || begins {
                    let mut found = Vec::new();
                    at = tree(&tokens, at + usize::from(is_use), &[], &mut found);
                    if is_use {
                        names.extend(found.iter().map(|(path, name)| (name.clone(), path.clone())));
                    }
                    paths.extend(found.into_iter().map(|(path, _)| path));
                } else {
                    at += 1;
                }
            }
            read.paths.insert(module.clone(), paths);
            read.names.insert(module, names);
        }
        read
    }

    /// The module that a path written in `from` leads to; nothing for one of another crate.
    fn target(&self, from: &Module, path: &[String], depth: usize) -> Option<Module> {
        let mut at = from.clone();
        for (index, segment) in path.iter().enumerate() {
            let child = [at.clone(), vec![segment.clone()]].concat();
            match segment.as_str() {
                "crate" => at.clear(),
                "self" => {}
                "super" => drop(at.pop()),
                _ if self.paths.contains_key(&child) => at = child,
                _ => {
                    let passed_on = self.names[&at].get(segment).filter(|to| depth > 0 && *to != path);
                    let passed_on = passed_on.and_then(|to| self.target(&at, to, depth - 1));
                    return passed_on.or((index > 0).then_some(at));
                }
            }
        }
        Some(at)
    }

    fn imports(&self) -> BTreeMap<&Module, BTreeSet<Module>> {
        let counts = |from: &Module, to: &Module| !to.starts_with(from);
        let targets = |from: &Module, paths: &[Vec<String>]| -> BTreeSet<Module> {
            let found = paths.iter().filter_map(|path| self.target(from, path, 4));
            found.filter(|to| counts(from, to)).collect()
        };
        self.paths.iter().map(|(from, paths)| (from, targets(from, paths))).collect()
    }

    /// Every import that is part of a circle, as a line.
    fn circles(&self) -> Vec<String> {
        let imports = self.imports();
        let leads = |from: &Module, to: &Module| {
            let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
            while let Some(module) = open.pop() {
                open.extend(imports[module].iter().filter(|next| seen.insert(*next)));
            }
            seen.contains(to)
        };
        let all = imports.iter().flat_map(|(from, to)| to.iter().map(move |to| (*from, to)));
        all.filter(|(from, to)| leads(to, from)).map(|(from, to)| format!("{} → {}", shown(from), shown(to))).collect()
    }
}

fn shown(module: &Module) -> String {
    if module.is_empty() { "the root".into() } else { module.join("::") }
}

/// The module of a file below `src`; nothing for a program beside the library and for tests.
fn module(path: &Path) -> Option<Module> {
    let parts: Module = path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    match parts.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["lib"] => Some(Vec::new()),
        ["bin", ..] | ["main"] => None,
        names if names.contains(&"tests") => None,
        _ => Some(parts),
    }
}

/// The source up to its unit tests, which stand last, without lines that are comments.
fn without_tests(source: &str) -> String {
    let code = source.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Words, `::`, and every other character but space.
fn tokens(source: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut in_word = false;
    for character in source.chars() {
        let word = character.is_alphanumeric() || character == '_';
        let colons = character == ':' && tokens.last().is_some_and(|last| last == ":");
        match tokens.last_mut() {
            Some(last) if (word && in_word) || colons => last.push(character),
            _ if character.is_whitespace() => tokens.push(" ".into()),
            _ => tokens.push(character.into()),
        }
        in_word = word;
    }
    tokens.retain(|token| token != " ");
    tokens
}

fn next(tokens: &[String], at: usize) -> &str {
    tokens.get(at + 1).map_or("", String::as_str)
}

/// Reads a path or a tree of paths from `at`; gives each with the name it makes known, and where reading ended.
fn tree(tokens: &[String], mut at: usize, before: &[String], found: &mut Vec<(Vec<String>, String)>) -> usize {
    let mut path = before.to_vec();
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("{") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    at = tree(tokens, at, &path, found);
                    at += usize::from(tokens.get(at).is_some_and(|token| token == ","));
                }
                return at + 1;
            }
            Some(word) if word.starts_with(|first: char| first.is_alphabetic() || first == '_') => {
                path.push(word.into());
                at += 1;
            }
            // A glob, generic arguments or the end: what was read so far is a path.
            _ => {
                found.push((path, String::new()));
                return at + 1;
            }
        }
        match tokens.get(at).map(String::as_str) {
            Some("::") => at += 1,
            Some("as") => {
                found.push((path, next(tokens, at).into()));
                return at + 2;
            }
            _ => {
                if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
                    path.pop();
                }
                let name = path.last().cloned().unwrap_or_default();
                found.push((path, name));
                return at;
            }
        }
    }
}

fn sources(folder: &Path, below: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder.join(below)).into_iter().flatten().flatten() {
        let path = below.join(entry.file_name());
        if entry.path().is_dir() {
            sources(folder, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path, fs::read_to_string(entry.path()).unwrap()));
        }
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders: Vec<PathBuf> = ["plugin", "cli", "tests"].iter().map(|name| root.join(name)).collect();
    folders.extend(fs::read_dir(root.join("crates")).unwrap().flatten().map(|entry| entry.path()));
    let mut circles = Vec::new();
    for folder in folders {
        let mut files = Vec::new();
        sources(&folder.join("src"), Path::new(""), &mut files);
        assert!(!files.is_empty(), "{} has no sources", folder.display());
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        circles.extend(Crate::read(&files).circles().into_iter().map(|line| format!("{name}: {line}")));
    }
    assert!(circles.is_empty(), "these imports are part of a circle:\n{}", circles.join("\n"));
}

#[test]
fn circles_are_found() {
    let root = ("lib.rs", "mod a; mod b; mod c; pub use a::A; pub use c::{C, d::D};");
    let cases: [(&str, &[(&str, &str)], usize); 10] = [
        ("none", &[("a.rs", "use crate::b::B;"), ("b.rs", "pub struct B;")], 0),
        ("two", &[("a.rs", "use crate::b::B;"), ("b.rs", "use super::a;")], 2),
        ("in a group", &[("a.rs", "use crate::{b::{self, B}, c};"), ("b.rs", "use crate::a::A;"), ("c.rs", "")], 2),
        ("in an expression", &[("a.rs", "fn f() { crate::b::g() }"), ("b.rs", "use crate::a::A;")], 2),
        ("through a name passed on", &[("a.rs", "use crate::b::B;"), ("b.rs", "use crate::A;")], 2),
        ("three", &[("a.rs", "use crate::b;"), ("b.rs", "use crate::C;"), ("c.rs", "use crate::a::A;")], 3),
        ("a child and its parent", &[("c.rs", "mod d; use d::D;"), ("c/d.rs", "use super::C;")], 0),
        (
            "by way of a parent",
            &[("a.rs", "use crate::c::d::D;"), ("c/d.rs", "use super::C;"), ("c.rs", "use crate::A;")],
            3,
        ),
        ("in comments", &[("a.rs", "// crate::b\nuse std::fs;"), ("b.rs", "use crate::A;")], 0),
        ("in tests", &[("a.rs", "fn f() {}\n#[cfg(test)]\nmod tests { use crate::b; }"), ("b.rs", "use crate::A;")], 0),
    ];
    for (name, files, expected) in cases {
        let files = [&[root], files].concat();
        let files: Vec<_> = files.iter().map(|(path, source)| (PathBuf::from(path), (*source).to_owned())).collect();
        assert_eq!(Crate::read(&files).circles().len(), expected, "{name}: {:?}", Crate::read(&files).circles());
    }
}
