//! The command as scripts use it: grammar, exit status, what lands on stdout, stderr and disk.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of this test's own, emptied.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn midi(path: PathBuf) -> solferino_score::Clip {
    solferino_score::midi::read(&fs::read(path).unwrap()).unwrap().clip
}

fn clip(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/clips").join(name)
}

fn solferino<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Output {
    Command::new(env!("CARGO_BIN_EXE_solferino")).args(arguments).output().unwrap()
}

/// Runs `continue` on an input with more arguments.
fn continued(input: &Path, out: &Path, more: &[&str]) -> Output {
    let mut arguments =
        vec!["continue".into(), input.as_os_str().to_owned(), "--out".into(), out.as_os_str().to_owned()];
    arguments.extend(more.iter().map(Into::into));
    solferino(arguments)
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What stderr says, after checking the exit status and that it is one sentence a line.
fn refusal(output: &Output, status: i32) -> String {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(status), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    said
}

fn takes_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn continue_writes_the_takes_and_says_so_in_json() {
    for (input, model) in [("melody.mid", "m"), ("drums.mid", "drums")] {
        let out = folder(&format!("continue-{input}"));
        let output = continued(&clip(input), &out, &["--bars", "2", "--takes", "3", "--seed", "7", "--json"]);
        let said = stdout(&output);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(takes_in(&out), ["take-01.mid", "take-02.mid", "take-03.mid"]);
        let lines: Vec<serde_json::Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 3);
        for line in lines {
            assert!(line["model"].as_str().unwrap().starts_with(model), "{line}");
            assert_eq!(line["seed"], 7);
            assert_eq!(line["hash"].as_str().unwrap().len(), 64);
            assert!(Path::new(line["file"].as_str().unwrap()).exists());
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_does_not() {
    let runs = ["7", "7", "8"].map(|seed| {
        let out = folder("seeds");
        assert!(continued(&clip("melody.mid"), &out, &["--takes", "1", "--seed", seed]).status.success());
        fs::read(out.join("take-01.mid")).unwrap()
    });
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}

#[test]
fn a_folder_is_a_batch_and_one_bad_file_does_not_stop_it() {
    let input = folder("batch-in");
    fs::copy(clip("melody.mid"), input.join("a.mid")).unwrap();
    fs::write(input.join("b.mid"), b"this is no MIDI").unwrap();
    fs::copy(clip("drums.mid"), input.join("c.MID")).unwrap();
    let out = folder("batch-out");
    let said = refusal(&continued(&input, &out, &["--takes", "1", "--bars", "1"]), 1);
    assert!(said.contains("b.mid") && said.contains("1 of 3 files failed."), "{said}");
    assert_eq!(takes_in(&out), ["a", "c"]);
    assert_eq!(takes_in(&out.join("c")), ["take-01.mid"]);
}

#[test]
fn files_of_a_batch_get_a_folder_each_inside_out() {
    let (input, place) = (folder("names-in"), folder("names-out"));
    for (name, from) in
        [("a.mid", "melody.mid"), ("A.midi", "drums.mid"), ("...mid", "melody.mid"), ("b.mid", "drums.mid")]
    {
        fs::copy(clip(from), input.join(name)).unwrap();
    }
    let out = place.join("out");
    assert!(continued(&input, &out, &["--takes", "1", "--bars", "1"]).status.success());
    assert_eq!(takes_in(&out), ["...mid", "A.midi", "a.mid", "b"]);
    assert_eq!(takes_in(&place), ["out"]);
}

#[test]
fn the_input_is_never_written_over() {
    let place = folder("over-input");
    let input = place.join("take-01.mid");
    fs::copy(clip("melody.mid"), &input).unwrap();
    let before = fs::read(&input).unwrap();
    let said = refusal(&continued(&input, &place, &["--takes", "2", "--bars", "1"]), 1);
    assert!(said.contains("is the input itself"), "{said}");
    let said = refusal(&solferino([Path::new("roll"), &input, Path::new("-o"), &input]), 1);
    assert!(said.contains("is the input itself"), "{said}");
    assert_eq!(fs::read(&input).unwrap(), before);
    assert_eq!(takes_in(&place), ["take-01.mid"]);
}

/// What a crash or another program left beside the output is not touched.
#[cfg(unix)]
#[test]
fn only_what_was_asked_for_is_written() {
    let place = folder("beside");
    fs::write(place.join("victim"), b"mine").unwrap();
    for name in ["take-01.mid.part", ".take-01.mid.0.partial"] {
        std::os::unix::fs::symlink("victim", place.join(name)).unwrap();
    }
    assert!(continued(&clip("melody.mid"), &place, &["--takes", "1", "--bars", "1"]).status.success());
    assert_eq!(fs::read(place.join("victim")).unwrap(), b"mine");
    assert!(fs::symlink_metadata(place.join("take-01.mid")).unwrap().is_file());
}

#[test]
fn takes_without_a_new_note_are_told() {
    let place = folder("empty-takes");
    // A lone quarter: the likeliest continuation is silence.
    let mut notes = midi(clip("melody.mid"));
    notes.lanes.truncate(1);
    notes.lanes[0].notes.truncate(1);
    fs::write(place.join("one.mid"), solferino_score::midi::write(&notes).unwrap()).unwrap();
    let output =
        continued(&place.join("one.mid"), &place.join("out"), &["--takes", "2", "--temperature", "0", "--json"]);
    assert!(output.status.success());
    let empty = stdout(&output).lines().filter(|line| line.contains("\"new_notes\":0")).count();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(empty, 2, "the clip is no longer one that is continued with silence: {said}");
    assert!(said.contains("2 of 2 takes have no new note"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn results_that_nobody_takes_are_no_panic() {
    use std::process::Stdio;
    let full = || Stdio::from(fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    let run = |out: Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_solferino"));
        command.args(["models", "list"]).stdout(out).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap()
    };
    assert!(refusal(&run(full()), 1).contains("standard output"));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(refusal(&run(Stdio::from(writer)), 0), "");
}

#[test]
fn bad_input_gets_a_sentence_and_status_1() {
    let place = folder("bad");
    let whole = fs::read(clip("melody.mid")).unwrap();
    let huge = vec![0u8; 16 * 1024 * 1024 + 1];
    let silent = [&b"MThd\0\0\0\x06\0\0\0\x01\x03\xc0MTrk\0\0\0\x04"[..], &[0, 0xff, 0x2f, 0]].concat();
    let cases: [(&str, &[u8], &str); 5] = [
        ("random.mid", b"\x12\x34\x56 not music", "no MIDI file"),
        ("cut.mid", &whole[..10], "cut off"),
        ("huge.mid", &huge, "16777217 bytes"),
        ("silent.mid", &silent, "no notes"),
        ("empty.mid", b"", "no MIDI file"),
    ];
    for (name, bytes, expected) in cases {
        let path = place.join(name);
        fs::write(&path, bytes).unwrap();
        let said = refusal(&continued(&path, &place.join("out"), &[]), 1);
        assert!(said.contains(expected) && said.contains(name) && said.trim_end().ends_with('.'), "{name}: {said}");
    }
    let said = refusal(&continued(&place.join("absent.mid"), &place, &[]), 1);
    assert!(said.contains("absent.mid cannot be read"), "{said}");
    let said = refusal(&continued(&clip("melody.mid"), &place.join("out"), &["--model", "nightingale"]), 1);
    assert!(said.contains("nightingale"), "{said}");
    let said = refusal(&continued(&folder("empty"), &place, &[]), 1);
    assert!(said.contains("no .mid"), "{said}");
}

#[test]
fn wrong_usage_gets_status_2() {
    let out = folder("usage");
    let cases: [&[&str]; 6] = [
        &["--bars", "0"],
        &["--bars", "33"],
        &["--takes", "17"],
        &["--temperature", "2.1"],
        &["--scale", "H minor"],
        &["--unknown"],
    ];
    for more in cases {
        refusal(&continued(&clip("melody.mid"), &out, more), 2);
    }
    refusal(&solferino(["sing"]), 2);
    refusal(&solferino::<&str>([]), 2);
    assert_eq!(takes_in(&out), [] as [&str; 0]);
}

#[test]
fn what_cannot_be_written_leaves_what_was_there() {
    let place = folder("unwritable");
    fs::write(place.join("file"), b"mine").unwrap();
    let said = refusal(&continued(&clip("melody.mid"), &place.join("file"), &["--takes", "1"]), 1);
    assert!(said.contains("cannot be written"), "{said}");
    assert_eq!(fs::read(place.join("file")).unwrap(), b"mine");
    // A folder stands where the picture should go.
    fs::create_dir(place.join("x.png")).unwrap();
    let (input, output) = (clip("melody.mid"), place.join("x.png"));
    let said = refusal(&solferino([Path::new("roll"), &input, Path::new("-o"), &output]), 1);
    assert!(said.contains("x.png could not be written"), "{said}");
    assert_eq!(takes_in(&place), ["file", "x.png"], "a partial file was left");
}

/// The pixels of a picture, a row after another, and its width.
fn pixels(picture: &Path) -> (Vec<[i32; 3]>, usize) {
    let file = std::io::BufReader::new(fs::File::open(picture).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    let channels = info.color_type.samples();
    let pixels =
        bytes[..info.buffer_size()].chunks(channels).map(|pixel| [pixel[0], pixel[1], pixel[2]].map(i32::from));
    (pixels.collect(), usize::try_from(info.width).unwrap())
}

/// How many pixels are as wanted, and the first and the last column that has one.
fn columns(picture: &Path, wanted: fn(&[i32; 3]) -> bool) -> (usize, usize, usize) {
    let (pixels, width) = pixels(picture);
    let found = || pixels.iter().enumerate().filter(|(_, pixel)| wanted(pixel)).map(|(at, _)| at % width);
    (found().count(), found().min().unwrap_or(0), found().max().unwrap_or(0))
}

#[test]
fn roll_draws_every_note_where_it_stands() {
    // Given notes are blue, new ones and what belongs to them pink; nothing else in a picture is.
    let given: fn(&[i32; 3]) -> bool = |[red, _, blue]| blue - red > 30;
    let new: fn(&[i32; 3]) -> bool = |[red, green, _]| red - green > 60;
    // The roll's left edge, and the width of a bar when four of them fill the narrowest picture.
    let (left, bar) = (112, 208);
    let place = folder("roll");
    for name in ["melody.mid", "drums.mid", "chorale.mid"] {
        let input = clip(name);
        let draw = |picture: &Path, more: &[&str]| {
            let mut arguments = vec!["roll".as_ref(), input.as_os_str(), "-o".as_ref(), picture.as_os_str()];
            arguments.extend(more.iter().map(std::ffi::OsStr::new));
            let output = solferino(arguments);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        };
        let plain = place.join(name).with_extension("png");
        draw(&plain, &[]);
        let (blue, first, last) = columns(&plain, given);
        let notes = midi(clip(name)).notes().count();
        assert!(blue >= 20 * notes, "{name}: {blue} pixels for {notes} notes");
        assert!(first >= left && last <= left + 4 * bar, "{name}: notes from column {first} to {last}");
        assert!(first < left + bar && last > left + 3 * bar, "{name}: notes from column {first} to {last}");
        assert_eq!(columns(&plain, new).0, 0, "{name}: nothing is new");

        let continued = place.join(name).with_extension("continued.png");
        draw(&continued, &["--continued-from", "3"]);
        let line = left + 2 * bar;
        let ((_, _, last_given), (pink, first_new, _)) = (columns(&continued, given), columns(&continued, new));
        assert!(pink > 1_000, "{name}: {pink} pixels of new notes");
        assert!(first_new.abs_diff(line) <= 2, "{name}: new from column {first_new}, not {line}");
        assert!(last_given <= line + 8, "{name}: given up to column {last_given}, the line is at {line}");
    }
}

#[test]
fn models_are_listed_verified_and_described() {
    let listed = stdout(&solferino(["models", "list"]));
    let names: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.contains(&"drums") && names.contains(&"melody"), "{listed}");
    let verified = stdout(&solferino(["models", "verify"]));
    assert_eq!(verified.lines().filter(|line| line.contains(" sound ")).count(), names.len(), "{verified}");
    let described = stdout(&solferino(["models", "info", "drums"]));
    assert!(described.contains("licence     MIT OR Apache-2.0"), "{described}");
    assert!(refusal(&solferino(["models", "info", "nightingale"]), 1).contains("nightingale"));
}

#[test]
fn a_damaged_model_is_named_and_an_absent_onnx_runtime_is_no_failure() {
    let models = folder("models");
    let broken = models.join("mine");
    fs::create_dir(&broken).unwrap();
    let factory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/drums");
    let manifest = fs::read_to_string(factory.join("manifest.toml")).unwrap();
    fs::write(broken.join("manifest.toml"), manifest.replace("name = \"drums\"", "name = \"mine\"")).unwrap();
    let onnx = fs::read(factory.join("step.onnx")).unwrap();
    fs::write(broken.join("step.onnx"), &onnx[..onnx.len() / 2]).unwrap();
    let verify = |more: [&str; 2]| solferino(["models", "verify", "mine", more[0], more[1]]);
    let said = refusal(&verify(["--models-folder", models.to_str().unwrap()]), 1);
    assert!(said.contains("does not match its manifest"), "{said}");

    let output = solferino(["models", "verify", "drums", "--onnx-runtime", "/nowhere/libonnxruntime.so"]);
    assert!(output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("built-in engine"), "{said}");
}
