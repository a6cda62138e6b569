//! Paths as `text/uri-list` (RFC 2483 section 5, RFC 8089).

use crate::DragError;
use std::path::PathBuf;

/// The files as one URI a line, each line ending in CR LF.
pub fn list(files: &[PathBuf]) -> Result<Vec<u8>, DragError> {
    let mut list = Vec::new();
    for file in files {
        if !file.is_absolute() {
            return Err(DragError::RelativePath(file.clone()));
        }
        list.extend_from_slice(b"file://");
        for &byte in file.as_os_str().as_encoded_bytes() {
            if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
                list.push(byte);
            } else {
                list.extend_from_slice(format!("%{byte:02X}").as_bytes());
            }
        }
        list.extend_from_slice(b"\r\n");
    }
    Ok(list)
}

/// The local files of a `text/uri-list`, as another program drops it; lines that are none are left out.
#[must_use]
pub fn files(list: &[u8]) -> Vec<PathBuf> {
    list.split(|byte| *byte == b'\n').filter_map(|line| file(line.trim_ascii())).collect()
}

fn file(line: &[u8]) -> Option<PathBuf> {
    let rest = line.strip_prefix(b"file:")?;
    // "file:///a", "file://host/a" and "file:/a" all occur.
    let path = match rest.strip_prefix(b"//") {
        Some(after) => &after[after.iter().position(|byte| *byte == b'/')?..],
        None => rest,
    };
    let mut decoded = Vec::with_capacity(path.len());
    let mut bytes = path.iter();
    while let Some(&byte) = bytes.next() {
        decoded.push(if byte == b'%' { hex(*bytes.next()?)? * 16 + hex(*bytes.next()?)? } else { byte });
    }
    let path = PathBuf::from(String::from_utf8(decoded).ok()?);
    path.is_absolute().then_some(path)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        let cases = [
            ("/tmp/take-01.mid", "file:///tmp/take-01.mid\r\n"),
            ("/tmp/my take.mid", "file:///tmp/my%20take.mid\r\n"),
            ("/tmp/100%.mid", "file:///tmp/100%25.mid\r\n"),
            ("/tmp/d\u{e9}j\u{e0}.mid", "file:///tmp/d%C3%A9j%C3%A0.mid\r\n"),
            ("/tmp/a#b?c.mid", "file:///tmp/a%23b%3Fc.mid\r\n"),
        ];
        for (path, uri) in cases {
            assert_eq!(String::from_utf8(list(&[PathBuf::from(path)]).unwrap()).unwrap(), uri, "{path}");
        }
    }

    #[test]
    fn each_file_has_a_line() {
        let list = list(&[PathBuf::from("/a"), PathBuf::from("/b")]).unwrap();
        assert_eq!(list, b"file:///a\r\nfile:///b\r\n");
    }

    #[test]
    fn lists_are_read_back() {
        let given = ["/tmp/my take.mid", "/tmp/d\u{e9}j\u{e0} 100%.mid"].map(PathBuf::from);
        assert_eq!(files(&list(&given).unwrap()), given);
    }

    #[test]
    fn what_is_no_local_file_is_left_out() {
        let cases: [(&[u8], &[&str]); 7] = [
            (b"", &[]),
            (b"# a comment\r\nfile:///a.mid\r\n", &["/a.mid"]),
            (b"http://example.org/a.mid\r\n", &[]),
            (b"file://host/a.mid", &["/a.mid"]),
            (b"file:/a.mid\n", &["/a.mid"]),
            (b"file:///a%zz.mid\r\nfile:///b%4", &[]),
            (b"file:a.mid\r\nfile://host", &[]),
        ];
        for (list, expected) in cases {
            let expected: Vec<PathBuf> = expected.iter().map(PathBuf::from).collect();
            assert_eq!(files(list), expected, "{:?}", String::from_utf8_lossy(list));
        }
    }
}
