//! Manifests: what is read, what is refused, and that no text panics.

use proptest::prelude::*;
use solferino_models::{EncodingSpec, Manifest, PitchRange, StateSpec, limits};

const GOOD: &str = r#"
format = 1
name = "melody"
version = 3
family = "melody_rnn"
title = "A melody"
licence = "MIT OR Apache-2.0"
data = "tunes"
training_commit = "abc"
steps_per_quarter = 4

[encoding]
kind = "melody_lookback"
min_pitch = 48
max_pitch = 84
transpose_to_key = 0

[graph]
file = "step.onnx"
sha256 = "ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef0123456789"
input = { name = "input", size = 121 }
logits = { name = "logits", size = 40 }
state = [
  { input = "h", output = "h_out", shape = [128] },
  { input = "m", output = "m_out", shape = [40, 128] },
]
"#;

#[test]
fn a_good_manifest_is_read() {
    let manifest = Manifest::parse(GOOD).unwrap();
    assert_eq!((manifest.name(), manifest.version(), manifest.family()), ("melody", 3, "melody_rnn"));
    assert_eq!((manifest.title(), manifest.licence(), manifest.data()), ("A melody", "MIT OR Apache-2.0", "tunes"));
    assert_eq!((manifest.training_commit(), manifest.steps_per_quarter(), manifest.file()), ("abc", 4, "step.onnx"));
    assert_eq!(manifest.sha256(), "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789");
    let range = PitchRange { min: 48, max: 84, key: Some(0) };
    assert_eq!(*manifest.encoding(), EncodingSpec::MelodyLookback { range });
    assert_eq!(manifest.encoding().pitches(), Some(range));
    let memory = StateSpec { input: "m".into(), output: "m_out".into(), shape: vec![40, 128] };
    assert_eq!(manifest.signature().carried[1], memory);
}

#[test]
fn unknown_keys_are_left_alone() {
    Manifest::parse(&GOOD.replace("version = 3", "version = 3\nmood = \"blue\"")).unwrap();
}

#[test]
fn bad_manifests_are_refused_in_sentences() {
    let lags = |text: &str| {
        GOOD.replace("melody_lookback", "melody_lags").replace("transpose_to_key = 0", &format!("run_cap = 32\n{text}"))
    };
    let cases: Vec<(&str, String, &str)> = vec![
        ("empty", String::new(), "missing field"),
        ("not toml", "{]".into(), "cannot be used"),
        ("newer format", GOOD.replace("format = 1", "format = 2"), "update Solferino"),
        ("unknown encoding", GOOD.replace("melody_lookback", "tape"), "\"tape\""),
        ("empty range", GOOD.replace("max_pitch = 84", "max_pitch = 48"), "min < max"),
        ("range above 127", GOOD.replace("max_pitch = 84", "max_pitch = 129"), "128"),
        ("key", GOOD.replace("transpose_to_key = 0", "transpose_to_key = 12"), "0 to 11"),
        ("no run cap", GOOD.replace("melody_lookback", "melody_lags"), "run_cap"),
        ("no lags", lags("lags = []"), "lags"),
        ("lag of no bars", lags("lags = [0]"), "1 to 64 bars"),
        ("lag of a thousand bars", lags("lags = [1000]"), "1 to 64 bars"),
        ("habit of no bars", lags("lags = [1]\nhabits = [0]").replace("melody_lags", "drums_lags"), "encoding.habits"),
        ("input size", GOOD.replace("size = 121", "size = 120"), "the encoding has 121"),
        ("logits size", GOOD.replace("size = 40 }", "size = 41 }"), "the encoding has 40"),
        ("huge state", GOOD.replace("[40, 128]", "[4000000000, 4000000000]"), "at most"),
        ("empty state", GOOD.replace("[40, 128]", "[0]"), "at most"),
        ("many axes", GOOD.replace("[40, 128]", "[1, 1, 1, 1, 1]"), "axes"),
        ("tensor twice", GOOD.replace("\"m\"", "\"h\""), "named twice"),
        ("short hash", GOOD.replace("sha256 = \"ABC", "sha256 = \""), "64 hexadecimal"),
        ("a path as file", GOOD.replace("step.onnx", "../step.onnx"), "without a path"),
        ("name", GOOD.replace("\"melody\"", "\"Mel ody\""), "lower-case"),
        ("steps", GOOD.replace("steps_per_quarter = 4", "steps_per_quarter = 0"), "1 to 96"),
        ("long text", GOOD.replace("tunes", &"x".repeat(limits::TEXT_BYTES + 1)), "data has"),
        ("huge", GOOD.replace("tunes", &"x".repeat(limits::MANIFEST_BYTES)), "at most 65536"),
    ];
    let failures: Vec<String> = cases
        .into_iter()
        .filter_map(|(name, text, part)| match Manifest::parse(&text) {
            Ok(_) => Some(format!("{name}: read")),
            Err(error) => {
                let error = error.to_string();
                let sentence = error.contains(part) && error.ends_with('.') && !error.contains('\n');
                (!sentence).then(|| format!("{name}: {error}"))
            }
        })
        .collect();
    assert!(failures.is_empty(), "{failures:#?}");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = Manifest::parse(&text);
    }

    #[test]
    fn a_damaged_manifest_is_read_or_refused(at in 0..GOOD.len(), length in 0usize..40, put in "[ -~\n]{0,12}") {
        let mut text = GOOD.to_owned();
        text.replace_range(at..(at + length).min(GOOD.len()), &put);
        let _ = Manifest::parse(&text);
    }

    #[test]
    fn any_numbers_are_read_or_refused(size in any::<i64>(), lag in any::<i64>(), axis in any::<i64>()) {
        let text = GOOD
            .replace("melody_lookback", "melody_lags")
            .replace("transpose_to_key = 0", &format!("run_cap = {size}\nlags = [{lag}]"))
            .replace("size = 121", &format!("size = {size}"))
            .replace("[40, 128]", &format!("[{axis}, {size}]"));
        let _ = Manifest::parse(&text);
    }
}
