//! The demo: what a newcomer sees first.

use solferino_score::midi;
use solferino_tests::Bundle;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn run(bundle: &Path, out: &Path) -> Output {
    let clips = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/clips");
    let mut demo = Command::new(env!("CARGO_BIN_EXE_demo"));
    demo.arg(bundle).args(["melody.mid", "drums.mid"].map(|name| clips.join(name))).arg("--out").arg(out);
    demo.output().unwrap()
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    folder
}

#[test]
fn the_demo_leaves_takes_sound_and_pictures() {
    let out = folder("demo");
    let output = run(&Bundle::find().unwrap(), &out);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    for name in ["melody", "drums"] {
        for take in 1..=4 {
            let clip = midi::read(&fs::read(out.join(format!("{name}-take-{take:02}.mid"))).unwrap()).unwrap().clip;
            assert_eq!(clip.length.0, 8 * 3840);
        }
        let mut wav = hound::WavReader::open(out.join(format!("{name}-take-01.wav"))).unwrap();
        assert!(wav.duration() > 48_000 * 10, "{} samples", wav.duration());
        let peak = wav.samples::<i32>().map(|sample| sample.unwrap().abs()).max().unwrap();
        assert!((84_000..8_388_607).contains(&peak), "peak {peak} of 8388607");
        assert!(fs::read(out.join(format!("{name}.png"))).unwrap().starts_with(b"\x89PNG"));
        assert!(said.contains(&format!("{name}: model {name}")), "{said}");
    }
    assert!(said.contains("0 left sounding"), "{said}");
}

#[test]
fn a_missing_bundle_gets_a_sentence() {
    let output = run(Path::new("nowhere.clap"), &folder("no-demo"));
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("nowhere.clap") && said.contains("cargo xtask bundle"), "{said}");
}
