//! Where the music of a clip ends.

use crate::{Clip, Note, PPQ, Ticks};

/// A note that ends within half a quarter after a bar line was released late.
const LATE: Ticks = Ticks(PPQ / 2);

/// Silent bars at the end fill a phrase of this many.
const PHRASE: usize = 4;

impl Clip {
    /// The bar line after the music: after the last bar in which a note starts or sounds. A bar in which no note starts and
    /// all that sounds was released late does not count: each note that reaches into it ends at most half a quarter, a
    /// quarter of the bar and less than it lasted before after its bar line. 0 without notes.
    #[must_use]
    pub fn bars_end(&self) -> Ticks {
        let Some(last_onset) = self.notes().map(|(_, note)| note.start).max() else { return Ticks::ZERO };
        let whole = self.meters.bar_end(self.end().max(last_onset + Ticks(1)));
        let bar_line = self.meters.bar_start(whole - Ticks(1));
        let quarter = Ticks((whole - bar_line).0 / 4);
        let is_late = |note: &Note| {
            let over = note.end() - bar_line;
            over <= LATE.min(quarter) && over < bar_line - note.start
        };
        let mut reaching = self.notes().map(|(_, note)| note).filter(|note| note.end() > bar_line);
        if last_onset < bar_line && reaching.all(is_late) { bar_line } else { whole }
    }

    /// The end of the clip, given where tracks with notes say that they end: [`Self::bars_end`], or the last of their ends
    /// after it that is a bar line and no later than the next multiple of [`PHRASE`] bars.
    pub(crate) fn declared_end(&self, ends: Vec<Ticks>) -> Ticks {
        let music = self.bars_end();
        let bars = self.meters.bars(music).count();
        let phrase = self.meters.bars(Ticks(i64::MAX)).take(bars.next_multiple_of(PHRASE)).last();
        let latest = phrase.map_or(Ticks::ZERO, |bar| bar.end);
        let kept = ends.into_iter().filter(|end| (music..=latest).contains(end) && self.meters.bar_start(*end) == *end);
        kept.max().unwrap_or(music)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Lane, LaneKind, Meter, MeterMap};

    #[test]
    fn late_releases_are_no_bar() {
        let (common, six, one) = (Meter::new(4, 4), Meter::new(6, 8), Meter::new(1, 4));
        // Start and length of notes in sixteenths of a quarter, then bars.
        let cases: [(&str, Option<Meter>, &[(i64, i64)], usize); 14] = [
            ("nothing", common, &[], 0),
            ("on the bar line", common, &[(48, 16)], 1),
            ("a fifth of a quarter", common, &[(48, 19)], 1),
            ("half a quarter", common, &[(48, 24)], 1),
            ("more", common, &[(48, 25)], 2),
            ("as long after as before", common, &[(60, 8)], 2),
            ("a chord", common, &[(48, 19), (48, 20), (32, 40)], 1),
            ("one of them longer", common, &[(48, 19), (48, 32)], 2),
            ("one of them ends before", common, &[(48, 19), (0, 4)], 1),
            ("a note in the bar", common, &[(48, 19), (64, 1)], 2),
            ("held for bars", common, &[(0, 134)], 2),
            ("6/8", six, &[(40, 12)], 1),
            ("more than a quarter of the bar", one, &[(8, 13)], 2),
            ("a quarter of the bar", one, &[(8, 12)], 1),
        ];
        for (name, meter, notes, bars) in cases {
            let meters = MeterMap::constant(meter.unwrap());
            let note = |&(start, length): &(i64, i64)| Note {
                start: Ticks(start * 60),
                pitch: 60,
                length: Ticks(length * 60),
                velocity: 100,
            };
            let lane = Lane::new("", LaneKind::Chords, 0, notes.iter().map(note).collect());
            let clip = Clip { lanes: vec![lane], meters, ..Clip::default() };
            assert_eq!(clip.meters.bars(clip.bars_end()).count(), bars, "{name}");
            assert_eq!(clip.meters.bar_end(clip.bars_end()), clip.bars_end(), "{name}");
        }
    }
}
