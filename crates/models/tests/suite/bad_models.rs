//! Model files that must be refused with a sentence before any engine sees them: cut, changed, huge, foreign, random.

use crate::fixtures::{Folder, published_named};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use solferino_models::fake::Fake;
use solferino_models::{Library, Manifest, ModelError, Origin, RecurrentModel, inspect, limits};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

fn folder() -> Folder {
    published_named("basic_rnn")
}

/// The manifest of `folder`, made to match `onnx`.
fn manifest_for(onnx: &[u8]) -> Manifest {
    let text = fs::read_to_string(folder().0.join("manifest.toml")).unwrap();
    let hash: String = Sha256::digest(onnx).iter().map(|byte| format!("{byte:02x}")).collect();
    Manifest::parse(&text.replace(folder().manifest().sha256(), &hash)).unwrap()
}

/// Loads `onnx` under a manifest that matches it.
fn open(onnx: &[u8]) -> Result<(), ModelError> {
    RecurrentModel::new(manifest_for(onnx), onnx.to_vec(), Arc::new(Fake)).map(drop)
}

fn varint(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap());
    bytes
}

/// A protobuf field with a length: a text, bytes or a message.
fn field(number: usize, content: &[u8]) -> Vec<u8> {
    [varint(number << 3 | 2), varint(content.len()), content.to_vec()].concat()
}

/// A protobuf field with a number.
fn number(number: usize, value: usize) -> Vec<u8> {
    [varint(number << 3), varint(value)].concat()
}

/// The good model with more fields: protobuf messages merge where they are repeated.
fn with(extra: &[u8]) -> Vec<u8> {
    [folder().onnx(), extra.to_vec()].concat()
}

fn with_graph(extra: &[u8]) -> Vec<u8> {
    with(&field(7, extra))
}

fn with_node(parts: &[Vec<u8>]) -> Vec<u8> {
    let node = [field(1, b"input"), field(2, b"extra"), parts.concat()].concat();
    with_graph(&field(1, &node))
}

fn with_tensor(parts: &[Vec<u8>]) -> Vec<u8> {
    with_graph(&field(5, &[field(8, b"extra_weights"), parts.concat()].concat()))
}

#[test]
fn the_good_model_opens() {
    open(&folder().onnx()).unwrap();
    open(&with_tensor(&[number(1, 2), number(2, 1), field(9, &[0; 8])])).unwrap();
}

#[test]
fn bad_models_are_refused_in_sentences() {
    let good = folder().onnx();
    let external = [field(1, b"location"), field(2, b"/etc/passwd")].concat();
    let cases: Vec<(&str, Vec<u8>, &str, &str)> = vec![
        ("empty", Vec::new(), "Truncated", "no graph"),
        ("cut in the middle", good[..good.len() / 2].to_vec(), "Truncated", "cut short"),
        ("cut by a byte", good[..good.len() - 1].to_vec(), "Truncated", "cut short"),
        ("text", b"this is not a model, it is a text file".to_vec(), "Truncated", "damaged"),
        ("zeros", vec![0; 4096], "Truncated", "damaged"),
        ("no nodes", field(7, &field(2, b"empty")), "Truncated", "empty"),
        ("external data by location", with_tensor(&[number(2, 1), number(14, 1)]), "ExternalData", "extra_weights"),
        ("external data by file", with_tensor(&[number(2, 1), field(13, &external)]), "ExternalData", "outside"),
        (
            "a foreign domain",
            with(&field(8, &[field(1, b"com.acme"), number(2, 1)].concat())),
            "ForeignOperator",
            "com.acme",
        ),
        (
            "an operator of a foreign domain",
            with_node(&[field(4, b"Tanh"), field(7, b"com.acme")]),
            "ForeignOperator",
            "\"Tanh\" of the domain \"com.acme\"",
        ),
        ("an unknown operator", with_node(&[field(4, b"Teleport")]), "ForeignOperator", "Teleport"),
        ("a loop", with_node(&[field(4, b"Loop")]), "ForeignOperator", "Loop"),
        ("noise in the graph", with_node(&[field(4, b"RandomNormal")]), "ForeignOperator", "RandomNormal"),
        (
            "a graph inside an operator",
            with_node(&[field(4, b"Tanh"), field(5, &[field(1, b"body"), field(6, &field(2, b"g"))].concat())]),
            "ForeignOperator",
            "Tanh",
        ),
        ("a function", with(&field(25, &field(1, b"Gadget"))), "ForeignOperator", "Gadget"),
        (
            "a tensor smaller than its shape",
            with_tensor(&[number(1, 100), number(2, 1), field(9, &[0; 8])]),
            "BadGraph",
            "extra_weights",
        ),
        (
            "a tensor of a huge shape",
            with_tensor(&[number(1, 1 << 62), number(1, 1 << 3), number(2, 1), field(9, &[0; 8])]),
            "BadGraph",
            "extra_weights",
        ),
        (
            "a tensor of strings",
            with_tensor(&[number(1, 1), number(2, 8), field(6, b"x")]),
            "BadGraph",
            "extra_weights",
        ),
        ("another input", with_graph(&field(11, &field(1, b"surprise"))), "BadGraph", "surprise"),
        ("another output", with_graph(&field(12, &field(1, b"surprise"))), "BadGraph", "surprise"),
        ("sparse weights", with_graph(&field(15, &[])), "BadGraph", "dense"),
        (
            "numbers raw and listed",
            with_tensor(&[number(1, 1), number(2, 1), field(4, &[0; 4]), field(9, &[0; 4])]),
            "BadGraph",
            "extra_weights",
        ),
        (
            "a constant in two parts",
            with_node(&[
                field(4, b"Constant"),
                field(5, &[field(5, &[number(1, 2), number(2, 1)].concat()), field(5, &field(9, &[0; 4]))].concat()),
            ]),
            "BadGraph",
            "does not hold",
        ),
        ("many axes", with_tensor(&[field(1, &[1; 17])]), "BadGraph", "axes"),
        ("a field in place of a name", with_graph(&field(12, &number(1, 7))), "Truncated", "damaged"),
        ("a name that is no text", with_node(&[field(4, b"\xff")]), "Truncated", "UTF-8"),
    ];
    let failures: Vec<String> = cases
        .into_iter()
        .filter_map(|(name, onnx, kind, part)| match open(&onnx) {
            Ok(()) => Some(format!("{name}: opened")),
            Err(error) => {
                let text = error.to_string();
                let as_expected = format!("{error:?}").starts_with(kind)
                    && text.contains(part)
                    && text.ends_with('.')
                    && !text.contains('\n');
                (!as_expected).then(|| format!("{name}: {error:?}: {text}"))
            }
        })
        .collect();
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn a_wrong_hash_is_refused() {
    let mut onnx = folder().onnx();
    *onnx.last_mut().unwrap() ^= 1;
    let outcome = RecurrentModel::new(folder().manifest(), onnx, Arc::new(Fake));
    assert!(matches!(outcome, Err(ModelError::HashMismatch { .. })), "{outcome:?}");
    assert!(outcome.unwrap_err().to_string().contains(folder().manifest().sha256()));
}

/// Two bytes each in the file, a hundred and more in the memory of an engine.
#[test]
fn millions_of_empty_parts_are_refused_early() {
    const COUNT: usize = 4_000_000;
    let signature = folder().manifest().signature().clone();
    for (name, part, inside) in [
        ("nodes", 1, true),
        ("weights", 5, true),
        ("inputs", 11, true),
        ("shapes of values", 13, true),
        ("what no version knows", 90, true),
        ("imports", 8, false),
        ("notes", 14, false),
        ("functions", 25, false),
    ] {
        let parts = field(part, &[]).repeat(COUNT);
        let onnx = if inside { field(7, &parts) } else { parts };
        let error = inspect(&onnx, &signature).expect_err(name);
        assert!(matches!(error, ModelError::BadGraph { .. } | ModelError::ForeignOperator { .. }), "{name}: {error}");
    }
    // What is not looked into could hold as many.
    let hidden = field(7, &field(13, &field(2, &[0; limits::GRAPH_TEXT_BYTES])));
    assert!(matches!(inspect(&hidden, &signature), Err(ModelError::BadGraph { .. })));
}

/// A user's folder that goes away with the test.
struct UserFolder(PathBuf);

impl UserFolder {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("solferino-models-{test}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn add(&self, name: &str, manifest: &[u8], onnx: &[u8]) {
        let folder = self.0.join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("manifest.toml"), manifest).unwrap();
        fs::write(folder.join("step.onnx"), onnx).unwrap();
    }
}

impl Drop for UserFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_users_folder_is_listed_with_its_problems() {
    let user = UserFolder::new("listed");
    let manifest = fs::read_to_string(folder().0.join("manifest.toml")).unwrap();
    let onnx = folder().onnx();
    user.add("a-good", manifest.as_bytes(), &onnx);
    user.add("b-twin", manifest.as_bytes(), &onnx);
    user.add("c-cut", manifest.replace("\"basic_rnn\"", "\"cut\"").as_bytes(), &onnx[..1000]);
    user.add("d-broken", b"format = 1", &onnx);
    user.add("e-binary", &[0xff, 0xfe, 0x00], &onnx);
    // The folder before took no name, for its manifest cannot be read.
    user.add("e-named", manifest.replace("\"basic_rnn\"", "\"d-broken\"").as_bytes(), &onnx);
    fs::write(user.0.join("stray.txt"), "not a folder").unwrap();
    let huge = user.0.join("f-huge");
    fs::create_dir_all(&huge).unwrap();
    fs::write(huge.join("manifest.toml"), manifest.replace("\"basic_rnn\"", "\"huge\"")).unwrap();
    fs::File::create(huge.join("step.onnx")).unwrap().set_len(limits::MODEL_BYTES + 1).unwrap();

    let library = Library::new(Arc::new(Fake));
    library.set_user_folder(Some(user.0.clone()));
    let listed: Vec<_> = library.list().into_iter().filter(|entry| entry.origin != Origin::Factory).collect();
    let shown: Vec<(&str, bool)> = listed.iter().map(|entry| (entry.name.as_str(), entry.problem.is_none())).collect();
    assert_eq!(
        shown,
        [
            ("basic_rnn", true),
            ("basic_rnn", false),
            ("cut", true),
            ("d-broken", false),
            ("e-binary", false),
            ("d-broken", true),
            ("huge", true)
        ]
    );
    assert!(listed.iter().filter_map(|entry| entry.problem.as_deref()).all(|problem| problem.ends_with('.')));

    assert_eq!(library.verify("basic_rnn").unwrap().bytes, onnx.len());
    assert!(matches!(library.get("cut"), Err(ModelError::HashMismatch { .. })));
    assert!(matches!(library.get("huge"), Err(ModelError::TooLarge { .. })));
    match library.get("nonesuch") {
        Err(error @ ModelError::NoSuchModel { .. }) => assert!(error.to_string().contains("basic_rnn"), "{error}"),
        other => panic!("{other:?}"),
    }
    library.set_user_folder(None);
    assert!(matches!(library.get("basic_rnn"), Err(ModelError::NoSuchModel { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(open(&bytes).is_err());
    }

    #[test]
    fn a_damaged_model_never_panics(at in 0usize..4000, put in prop::collection::vec(any::<u8>(), 1..6)) {
        let mut onnx = folder().onnx();
        // The graph's structure lies at the start and after the weights: damage both.
        let at = if at < 2000 { at } else { onnx.len() - (at - 2000) - 8 };
        onnx[at..at + put.len()].copy_from_slice(&put);
        let _ = open(&onnx);
    }
}
