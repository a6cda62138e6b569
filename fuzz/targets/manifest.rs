//! Any text is a model's manifest or refused with a sentence; one that is accepted stays within what the engine builds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use solferino_models::Manifest;

fuzz_target!(|text: &str| {
    match Manifest::parse(text) {
        Ok(manifest) => {
            assert!(!manifest.file().contains(['/', '\\']), "a model's graph lies in its own folder");
            assert_eq!(manifest.sha256().len(), 64);
            assert!(manifest.steps_per_quarter() > 0);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
