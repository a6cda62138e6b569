//! What this process needs.

use std::{fs, io};

/// Linux counts memory in pages of this many bytes on the processors that we run on.
const PAGE: u64 = 4096;

/// The memory that this process has in use, bytes; 0 where there is no `/proc` to ask.
///
/// # Errors
/// When `/proc` says something unexpected.
pub fn memory_in_use() -> io::Result<u64> {
    let pages = match fs::read_to_string("/proc/self/statm") {
        Ok(pages) => pages,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let resident = pages.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok());
    resident.map(|pages| pages * PAGE).ok_or_else(|| io::Error::other("/proc/self/statm has no second number"))
}
