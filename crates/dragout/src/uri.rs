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
}
