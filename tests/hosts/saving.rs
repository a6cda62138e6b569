//! Disks that are full and streams that give little.

use crate::common::{active, asset, with_takes};
use std::fs::OpenOptions;
use std::io::{self, Read, Write};

/// A disk with room for so many bytes.
struct FullDisk(usize);

impl Write for FullDisk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let taken = bytes.len().min(self.0).min(100);
        self.0 -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A stream that gives a few bytes at a time.
struct Trickle<'a>(&'a [u8]);

impl Read for Trickle<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let few = into.len().min(7);
        self.0.read(&mut into[..few])
    }
}

#[test]
fn a_full_disk_is_reported_and_nothing_is_lost() {
    let (mut instance, _) = with_takes(&asset("drums.mid"));
    let state = instance.save().unwrap();
    for room in [0, 4, 8, 100, state.len() - 1] {
        assert!(instance.save_to(&mut FullDisk(room)).is_err(), "room for {room} bytes was enough");
        assert_eq!(instance.save().unwrap(), state);
    }
    assert!(instance.save_to(&mut FullDisk(state.len())).is_ok());
}

#[test]
fn a_full_device_is_reported() {
    let Ok(mut full) = OpenOptions::new().write(true).open("/dev/full") else { return };
    let mut instance = active();
    assert!(instance.save_to(&mut full).is_err());
}

#[test]
fn a_state_may_come_in_small_pieces() {
    let (mut instance, _) = with_takes(&asset("melody.mid"));
    let state = instance.save().unwrap();
    let mut other = active();
    other.load_from(&mut Trickle(&state)).unwrap();
    assert_eq!(other.save().unwrap(), state);
}
