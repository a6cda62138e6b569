//! Which notes the instance has sent out, so that each is ended and none is ended twice.

/// How often each pitch of each channel has been begun and not yet ended, and how many ends are owed because the host
/// had no room for them.
#[derive(Debug)]
pub(crate) struct NotesOut {
    open: [[u8; 128]; 16],
    owed: [[u8; 128]; 16],
    /// The sum of `owed`.
    debts: u32,
}

impl NotesOut {
    /// Nothing sounds.
    pub fn new() -> Self {
        Self { open: [[0; 128]; 16], owed: [[0; 128]; 16], debts: 0 }
    }

    /// Notes that a note begins; false if its channel or pitch does not exist or it has begun too often.
    pub fn begin(&mut self, channel: u8, pitch: u8) -> bool {
        change(&mut self.open, channel, pitch, |count| count.checked_add(1))
    }

    /// Notes that a note ends; false if it had not begun.
    pub fn end(&mut self, channel: u8, pitch: u8) -> bool {
        change(&mut self.open, channel, pitch, |count| count.checked_sub(1))
    }

    /// Whether a note sounds.
    pub fn is_open(&self, channel: u8, pitch: u8) -> bool {
        let count = self.open.get(usize::from(channel)).and_then(|pitches| pitches.get(usize::from(pitch)));
        count.is_some_and(|count| *count > 0)
    }

    /// Notes that an end could not be sent.
    pub fn owe(&mut self, channel: u8, pitch: u8) {
        self.debts += u32::from(change(&mut self.owed, channel, pitch, |count| count.checked_add(1)));
    }

    /// Notes that every note that sounds is to be ended.
    pub fn owe_all(&mut self) {
        for channel in 0..16 {
            for pitch in 0..128 {
                while self.end(channel, pitch) {
                    self.owe(channel, pitch);
                }
            }
        }
    }

    /// Notes that an owed end was sent.
    pub fn pay(&mut self, channel: u8, pitch: u8) {
        self.debts -= u32::from(change(&mut self.owed, channel, pitch, |count| count.checked_sub(1)));
    }

    /// A channel and pitch whose end is owed.
    pub fn owed(&self) -> Option<(u8, u8)> {
        if self.debts == 0 {
            return None;
        }
        let owing = |channel: &u8| self.owed[usize::from(*channel)].iter().any(|count| *count > 0);
        let channel = (0..16).find(owing)?;
        let pitch = (0..128).find(|pitch: &u8| self.owed[usize::from(channel)][usize::from(*pitch)] > 0)?;
        Some((channel, pitch))
    }
}

/// Changes a count where that is possible; whether it was.
fn change(counts: &mut [[u8; 128]; 16], channel: u8, pitch: u8, change: impl FnOnce(u8) -> Option<u8>) -> bool {
    let count = counts.get_mut(usize::from(channel)).and_then(|pitches| pitches.get_mut(usize::from(pitch)));
    let Some((count, next)) = count.and_then(|count| change(*count).map(|next| (count, next))) else { return false };
    *count = next;
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_begun_note_ends_once() {
        let mut out = NotesOut::new();
        assert!(!out.end(0, 60), "nothing had begun");
        assert!(out.begin(0, 60));
        assert!(out.begin(0, 60));
        assert!(!out.end(1, 60), "another channel");
        assert!(out.end(0, 60));
        assert!(out.is_open(0, 60));
        assert!(out.end(0, 60));
        assert!(!out.is_open(0, 60));
        assert!(!out.end(0, 60));
    }

    #[test]
    fn what_does_not_exist_is_not_sent() {
        let mut out = NotesOut::new();
        assert!(!out.begin(16, 60));
        assert!(!out.begin(0, 128));
        assert!(!out.is_open(16, 128));
    }

    #[test]
    fn owed_ends_are_remembered_until_paid() {
        let mut out = NotesOut::new();
        assert_eq!(out.owed(), None);
        out.owe(3, 64);
        out.owe(3, 64);
        out.owe(2, 70);
        out.owe(16, 0);
        let pay = |out: &mut NotesOut| {
            let mut paid = Vec::new();
            while let Some((channel, pitch)) = out.owed() {
                out.pay(channel, pitch);
                paid.push((channel, pitch));
            }
            paid
        };
        assert_eq!(pay(&mut out), [(2, 70), (3, 64), (3, 64)]);
        assert!(out.begin(0, 60) && out.begin(0, 60) && out.begin(15, 127));
        out.owe_all();
        assert!(!out.is_open(0, 60) && !out.end(15, 127));
        assert_eq!(pay(&mut out), [(0, 60), (0, 60), (15, 127)]);
    }
}
