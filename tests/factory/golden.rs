//! What the factory models make of the factory clips, note for note: a change of behaviour shows here.
//!
//! `golden.json` holds it. After a change that is meant, `SOLFERINO_GOLDEN=write` writes the file anew.

use crate::{asset, continued};
use solferino_tests::continue_request;
use std::collections::BTreeMap;
use std::fmt::Write as _;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/factory/golden.json");

#[test]
fn takes_are_the_golden_ones() {
    // Clip, model, seed, variation.
    let cases = [
        ("drums", "drums", 0, 0.5),
        ("drums-fusion", "drums", 1, 0.25),
        ("house", "drums", 2, 0.5),
        ("trap", "drums", 3, 1.0),
        ("melody", "melody", 0, 0.5),
        ("jig", "melody", 1, 0.0),
        ("chorale", "melody", 2, 0.75),
        ("waltz", "mono", 0, 0.5),
        ("arpeggio", "mono", 1, 0.5),
        ("bass", "mono", 2, 1.0),
    ];
    let mut made = BTreeMap::new();
    for (clip, model, seed, variation) in cases {
        let mut request = continue_request(2, 3, seed);
        request.common.model = Some(model.into());
        let solferino_tools::Tool::Continue(wanted) = &mut request.tool;
        wanted.variation = variation;
        let takes = continued(&asset(clip), &request).0.into_iter().map(|take| {
            let from = take.new_from();
            take.new_notes().fold(String::new(), |mut text, (_, note)| {
                // Start and length in ticks, pitch, velocity. Writing to a string cannot fail.
                let _ = write!(text, "{}+{}:{}:{} ", (note.start - from).0, note.length.0, note.pitch, note.velocity);
                text
            })
        });
        made.insert(format!("{clip}, {model}, seed {seed}, variation {variation}"), takes.collect::<Vec<_>>());
    }
    if std::env::var("SOLFERINO_GOLDEN").is_ok_and(|value| value == "write") {
        std::fs::write(FILE, serde_json::to_string_pretty(&made).unwrap() + "\n").unwrap();
    }
    let golden: BTreeMap<String, Vec<String>> = serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap();
    let keys = |map: &BTreeMap<String, Vec<String>>| map.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&made), keys(&golden));
    let changed: Vec<_> = made.iter().filter(|(case, takes)| golden[*case] != **takes).collect();
    assert!(changed.is_empty(), "these are not the golden takes:\n{changed:#?}");
}
