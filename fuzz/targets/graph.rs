//! Any bytes are an ONNX file that an engine may be given, or refused with a sentence.
#![no_main]

use libfuzzer_sys::fuzz_target;
use solferino_models::{Signature, StateSpec, TensorSpec, inspect};
use std::sync::LazyLock;

/// The good file that mutations start from.
const SEED: &[u8] = include_bytes!("../seeds/step.onnx");

/// What the seed has.
static SIGNATURE: LazyLock<Signature> = LazyLock::new(|| {
    let signature = Signature {
        inputs: vec![TensorSpec { name: "input".into(), size: 2 }],
        outputs: vec![TensorSpec { name: "logits".into(), size: 2 }],
        carried: vec![StateSpec { input: "h".into(), output: "h_out".into(), shape: vec![2] }],
    };
    inspect(SEED, &signature).expect("the seed is a good model");
    signature
});

fuzz_target!(|bytes: &[u8]| {
    if let Err(error) = inspect(bytes, &SIGNATURE) {
        let text = error.to_string();
        assert!(text.ends_with('.') && !text.contains('\n'), "{text:?}");
    }
});
