//! Melodies and drum classes against values that note-seq computed; `golden/noteseq.json` says from which version.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use serde_json::Value;
use solferino_score::drums;
use solferino_score::melody::Melody;

fn golden(key: &str) -> Vec<Value> {
    let golden: Value = serde_json::from_str(include_str!("golden/noteseq.json")).unwrap();
    let cases = golden[key].as_array().unwrap().clone();
    assert!(!cases.is_empty());
    cases
}

fn numbers<T: TryFrom<i64>>(value: &Value) -> Vec<T> {
    // The key histogram is stored as floats.
    let number = |v: &Value| v.as_i64().or_else(|| format!("{v}").strip_suffix(".0")?.parse().ok()).unwrap();
    value.as_array().unwrap().iter().map(|v| T::try_from(number(v)).ok().unwrap()).collect()
}

fn small(value: &Value) -> u8 {
    u8::try_from(value.as_u64().unwrap()).unwrap()
}

#[test]
fn squash_and_keys() {
    for (i, case) in golden("squash").iter().enumerate() {
        let mut melody = Melody { events: numbers(&case["events"]) };
        assert_eq!(melody.major_key_histogram().to_vec(), numbers::<u32>(&case["key_hist"]), "case {i}");
        assert_eq!(melody.major_key(), small(&case["major_key"]), "case {i}");
        let key = case["transpose_to_key"].as_u64().map(|key| u8::try_from(key).unwrap());
        let amount = melody.squash(small(&case["min"]), small(&case["max"]), key);
        assert_eq!(i64::from(amount), case["transpose_amount"].as_i64().unwrap(), "case {i}");
        assert_eq!(melody.events, numbers::<i16>(&case["squashed"]), "case {i}");
    }
}

#[test]
fn drum_classes() {
    for case in golden("drums") {
        let pitches = numbers::<u8>(&case["pitches"]);
        // note-seq leaves out notes that its table does not have.
        let classes = pitches.iter().filter_map(|&pitch| drums::known_class(pitch));
        let mask = classes.fold(0, |mask, class| mask | 1 << class);
        assert_eq!(i64::from(mask), case["class"].as_i64().unwrap(), "{pitches:?}");
        let mut decoded: Vec<u8> = drums::classes(mask).map(drums::pitch_of).collect();
        decoded.sort_unstable();
        assert_eq!(decoded, numbers::<u8>(&case["decoded"]), "{pitches:?}");
    }
}
