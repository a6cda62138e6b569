//! Which notes the instance has sent out, so that each is ended and none is ended twice.

/// How often each pitch of each channel has been begun and not yet ended.
#[derive(Debug)]
pub struct NotesOut {
    open: [[u8; 128]; 16],
}

impl NotesOut {
    /// Nothing sounds.
    #[must_use]
    pub fn new() -> Self {
        Self { open: [[0; 128]; 16] }
    }

    /// Notes that a note begins; false if its channel or pitch does not exist or it has begun too often.
    pub fn begin(&mut self, channel: u8, pitch: u8) -> bool {
        let Some(count) = self.count(channel, pitch) else { return false };
        let room = *count < u8::MAX;
        if room {
            *count += 1;
        }
        room
    }

    /// Notes that a note ends; false if it had not begun.
    pub fn end(&mut self, channel: u8, pitch: u8) -> bool {
        let Some(count) = self.count(channel, pitch) else { return false };
        let began = *count > 0;
        if began {
            *count -= 1;
        }
        began
    }

    fn count(&mut self, channel: u8, pitch: u8) -> Option<&mut u8> {
        self.open.get_mut(usize::from(channel))?.get_mut(usize::from(pitch))
    }
}

impl Default for NotesOut {
    fn default() -> Self {
        Self::new()
    }
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
        assert!(out.end(0, 60));
        assert!(!out.end(0, 60));
    }

    #[test]
    fn what_does_not_exist_is_not_sent() {
        let mut out = NotesOut::new();
        assert!(!out.begin(16, 60));
        assert!(!out.begin(0, 128));
    }
}
