//! File names, full disks, and files that are there already.

use super::*;
use solferino_score::{Lane, LaneKind, Note, Ticks};

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("solferino-files-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn clip(name: &str, pitch: u8) -> Clip {
    let notes = vec![Note { start: Ticks(0), pitch, length: Ticks(960), velocity: 90 }];
    let lane =
        Lane { name: String::new(), kind: LaneKind::Melody, program: 0, channel: 0, notes, messages: Vec::new() };
    Clip { name: name.into(), length: Ticks(3840), lanes: vec![lane], ..Clip::default() }
}

#[test]
fn names_fit_every_file_system() {
    let long = "ä".repeat(300);
    let cases = [
        ("Air, take 3", "Air, take 3"),
        ("a/b\\c:d*e?f\"g<h>i|j\tk", "a-b-c-d-e-f-g-h-i-j-k"),
        ("../../etc/passwd", "-..-etc-passwd"),
        ("  .hidden. ", "hidden"),
        ("", "Take"),
        ("...", "Take"),
        ("con", "Take con"),
        ("LPT1.x", "Take LPT1.x"),
        ("Control", "Control"),
        (&long, &"ä".repeat(100)),
    ];
    let wrong: Vec<_> = cases
        .iter()
        .map(|&(name, file)| (name, file, file_name(name)))
        .filter(|(_, file, found)| file != found)
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn a_second_drag_gives_the_same_file_and_another_take_another() {
    let folder = Folder::new("same");
    let nested = folder.0.join("deep/er");
    let first = write_clip_into(&nested, &clip("Air", 60)).unwrap();
    assert_eq!(write_clip_into(&nested, &clip("Air", 60)).unwrap(), first);
    let second = write_clip_into(&nested, &clip("Air", 61)).unwrap();
    assert_eq!(second, nested.join("Air (2).mid"));
    assert_eq!(write_clip_into(&nested, &clip("Air", 61)).unwrap(), second);
    let read = midi::read(&fs::read(first).unwrap()).unwrap();
    assert_eq!(read.clip.lanes[0].notes, clip("Air", 60).lanes[0].notes);
    assert_eq!(fs::read_dir(nested).unwrap().count(), 2);
}

/// A disk with so much room.
struct Small {
    file: File,
    room: usize,
    settles: bool,
}

impl Write for Small {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.room == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let count = bytes.len().min(self.room);
        self.room -= count;
        self.file.write(&bytes[..count])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Store for Small {
    fn settle(&mut self) -> io::Result<()> {
        if self.settles { Ok(()) } else { Err(io::ErrorKind::StorageFull.into()) }
    }
}

#[test]
fn a_full_disk_leaves_what_was_there() {
    let folder = Folder::new("full");
    fs::create_dir_all(&folder.0).unwrap();
    let path = folder.0.join("Air.mid");
    write(&path, b"before").unwrap();
    for (room, settles) in [(0, true), (3, true), (100, false)] {
        let open = |beside: &Path| Ok(Small { file: File::create_new(beside)?, room, settles });
        let error = write_through(&path, b"after", open).unwrap_err();
        let sentence = not_written(&path, &error).to_string();
        assert!(
            sentence.ends_with("could not be written: the disk is full. Free some space or choose another folder.")
        );
        assert_eq!(fs::read(&path).unwrap(), b"before");
        assert_eq!(folder.names(), ["Air.mid"], "nothing is left lying");
    }
    write(&path, b"after").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"after");
}

#[test]
fn a_file_in_the_way_is_a_sentence() {
    let folder = Folder::new("way");
    fs::create_dir_all(&folder.0).unwrap();
    fs::write(folder.0.join("file"), b"").unwrap();
    let error = write_clip_into(&folder.0.join("file/inside"), &clip("Air", 60)).unwrap_err().to_string();
    assert!(error.ends_with("Choose another folder."), "{error}");
    // A partial file that a crash left behind is not in the way.
    fs::write(folder.0.join(".Air.mid.0.partial"), b"rubbish").unwrap();
    write_clip_into(&folder.0, &clip("Air", 60)).unwrap();
    assert_eq!(folder.names(), [".Air.mid.0.partial", "Air.mid", "file"]);
}
