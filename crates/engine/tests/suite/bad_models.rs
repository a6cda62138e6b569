//! What only an engine can find wrong: graphs that cannot be built, damage behind a good look.

use crate::engines::backends;
use crate::fixtures::{Folder, published_named};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use solferino_engine::{Tract, use_onnx_runtime};
use solferino_models::{Library, Manifest, ModelError, RecurrentModel};
use std::fs;
use std::path::Path;
use std::sync::Arc;

fn folder() -> Folder {
    published_named("basic_rnn")
}

/// Loads `onnx` under a manifest that matches it, and builds it in every engine.
fn open(onnx: &[u8]) -> Result<(), ModelError> {
    let text = fs::read_to_string(folder().0.join("manifest.toml")).unwrap();
    let hash: String = Sha256::digest(onnx).iter().map(|byte| format!("{byte:02x}")).collect();
    let manifest = Manifest::parse(&text.replace(folder().manifest().sha256(), &hash)).unwrap();
    for backend in backends() {
        RecurrentModel::new(manifest.clone(), onnx.to_vec(), backend)?.plan(1)?;
    }
    Ok(())
}

/// A short protobuf field: a text or a message.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, u8::try_from(content.len()).unwrap()], content].concat()
}

#[test]
fn an_input_that_no_node_makes_is_refused() {
    let node = [field(1, b"nowhere"), field(2, b"extra"), field(4, b"Add")].concat();
    let onnx = [folder().onnx(), field(7, &field(1, &node))].concat();
    let error = open(&onnx).unwrap_err();
    assert!(matches!(error, ModelError::BadGraph { .. }), "{error:?}");
    assert!(error.to_string().ends_with('.') && !error.to_string().contains('\n'), "{error}");
}

#[test]
fn a_graph_of_other_sizes_is_refused() {
    let text = fs::read_to_string(folder().0.join("manifest.toml")).unwrap();
    let other = text.replace("shape = [128]", "shape = [129]");
    assert_ne!(text, other);
    for backend in backends() {
        let name = backend.name();
        let model = RecurrentModel::new(Manifest::parse(&other).unwrap(), folder().onnx(), backend).unwrap();
        let outcome = model.plan(1).and_then(|(plan, batch)| {
            let (input, mut logits) = (vec![0.0; batch * 38], vec![0.0; batch * 38]);
            plan.start()?.step(&[&input], &mut [&mut logits])
        });
        assert!(matches!(outcome, Err(ModelError::BadGraph { .. } | ModelError::Run { .. })), "{name}: {outcome:?}");
    }
}

#[test]
fn a_missing_onnx_runtime_falls_back() {
    let folder = std::env::temp_dir().join(format!("solferino-engine-runtime-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let not_a_library = folder.join("libonnxruntime.so");
    fs::write(&not_a_library, "not a library").unwrap();
    let library = Library::new(Arc::new(Tract));
    for (path, part) in [
        (Path::new("libonnxruntime.so"), "not an absolute path"),
        (&folder.join("nothing.so"), "no library at"),
        (&folder, "no library at"),
        (&not_a_library, "ONNX Runtime is not used"),
    ] {
        match use_onnx_runtime(&library, Some(path)) {
            Err(error @ ModelError::NoOnnxRuntime { .. }) => {
                let text = error.to_string();
                assert!(text.contains(part) && text.ends_with("the built-in engine instead."), "{text}");
            }
            other => panic!("{}: {other:?}", path.display()),
        }
        assert_eq!(library.backend_name(), "tract");
    }
    fs::remove_dir_all(&folder).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_damaged_model_never_panics(at in 0usize..4000, put in prop::collection::vec(any::<u8>(), 1..6)) {
        let mut onnx = folder().onnx();
        // The graph's structure lies at the start and after the weights: damage both.
        let at = if at < 2000 { at } else { onnx.len() - (at - 2000) - 8 };
        onnx[at..at + put.len()].copy_from_slice(&put);
        let _ = open(&onnx);
    }
}
