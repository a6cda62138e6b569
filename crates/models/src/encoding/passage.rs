//! What followed the longest earlier passage that ended as the clip ends now.

/// The passage ends at most this many steps back.
const REACH: usize = 256;
/// Its length is measured up to this many steps.
const CAP: usize = 64;
/// Steps that take part: those of a passage before the one to be predicted, and before the one before it.
const WINDOW: usize = REACH + CAP + 1;
/// Keeps intervals apart from classes.
const INTERVAL: i16 = 1000;
/// The first class that is a note; 0 is no event, 1 note off.
const FIRST_NOTE: i16 = 2;

/// What the best passage tells about the steps to come.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Recall {
    /// The class that would come next if the passage went on.
    pub(super) next: Option<usize>,
    /// The class after that.
    pub(super) after: Option<usize>,
    /// Whether what was expected of the present step came.
    pub(super) came_true: bool,
    /// Steps the passage is known to agree, 0 to [`Recall::CAP`].
    pub(super) length: usize,
}

#[derive(Clone, Copy, Default)]
struct Passage {
    distance: usize,
    length: usize,
}

impl Passage {
    /// The nearest of the longest wins.
    fn longer(self, distance: usize, length: usize) -> Self {
        if length > self.length { Self { distance, length } } else { self }
    }
}

/// How many of the last `tokens` equal those each distance from 0 to [`REACH`] before them: the Z function of the tokens
/// read backwards (Gusfield, "Algorithms on Strings, Trees, and Sequences", 1.4), which takes linear time.
fn agreements(tokens: &[i16]) -> [usize; REACH + 1] {
    let mut lengths = [0; REACH + 1];
    // The stretch that reaches farthest back is known to agree from `from` to `to`, counted from the end.
    let (mut from, mut to) = (0, 0);
    let back = |steps: usize| tokens[tokens.len() - 1 - steps];
    for distance in 1..tokens.len().min(REACH + 1) {
        let mut length = if distance < to { lengths[distance - from].min(to - distance) } else { 0 };
        while distance + length < tokens.len() && back(length) == back(distance + length) {
            length += 1;
        }
        if distance + length > to {
            (from, to) = (distance, distance + length);
        }
        lengths[distance] = length;
    }
    lengths
}

/// The best passages for the last of `tokens` and for the one before it.
fn passages(tokens: &[i16]) -> (Passage, Passage) {
    let (mut now, mut earlier) = (Passage::default(), Passage::default());
    let Some((last, before)) = tokens.split_last() else { return (now, earlier) };
    let lengths = agreements(before);
    for distance in 1..=before.len().min(REACH) {
        let same = lengths[distance].min(CAP);
        earlier = earlier.longer(distance, same);
        if tokens[before.len() - distance] == *last {
            now = now.longer(distance, (same + 1).min(CAP));
        }
    }
    (now, earlier)
}

impl Recall {
    pub(super) const CAP: usize = CAP;

    /// Drums: of the events up to and with `position`, through `class`.
    pub(super) fn of_hits(events: &[i16], position: usize, class: impl Fn(i16) -> i16) -> Self {
        Self::of(events, position, class, None)
    }

    /// Melody: notes are compared by their interval to the note before, and what followed is transposed to where the
    /// melody is now; beyond `classes` there is nothing.
    pub(super) fn of_melody(events: &[i16], position: usize, classes: usize, class: impl Fn(i16) -> i16) -> Self {
        Self::of(events, position, class, Some(classes))
    }

    fn of(events: &[i16], position: usize, class: impl Fn(i16) -> i16, melody: Option<usize>) -> Self {
        let Some(events) = events.get(..=position) else { return Self::default() };
        let (old, recent) = events.split_at(events.len().saturating_sub(WINDOW));
        let (mut classes, mut tokens, mut notes) = ([0; WINDOW], [0; WINDOW], [0; WINDOW]);
        let mut note = match melody {
            Some(_) => old.iter().rev().map(|&event| class(event)).find(|&class| class >= FIRST_NOTE).unwrap_or(0),
            None => 0,
        };
        for (i, &event) in recent.iter().enumerate() {
            classes[i] = class(event);
            tokens[i] = classes[i];
            if melody.is_some() && classes[i] >= FIRST_NOTE {
                tokens[i] = INTERVAL + if note > 0 { classes[i] - note } else { 0 };
                note = classes[i];
            }
            notes[i] = note;
        }
        let last = recent.len() - 1;
        // What followed `passage` at `at`, 1 or 2 steps on; of two steps nothing is known at a distance of one.
        let followed = |at: usize, passage: Passage, steps: usize| {
            if passage.length == 0 || passage.distance < steps {
                return None;
            }
            let then = at - passage.distance;
            let event = classes[then + steps];
            let moved = if event >= FIRST_NOTE && notes[then] > 0 { event + notes[at] - notes[then] } else { event };
            match melody {
                Some(count) if event >= FIRST_NOTE => usize::try_from(moved)
                    .ok()
                    .filter(|&moved| moved >= usize::from(FIRST_NOTE.unsigned_abs()) && moved < count),
                _ => usize::try_from(event).ok(),
            }
        };
        let (now, earlier) = passages(&tokens[..=last]);
        Self {
            next: followed(last, now, 1),
            after: followed(last, now, 2),
            came_true: last > 0 && followed(last - 1, earlier, 1) == usize::try_from(classes[last]).ok(),
            length: now.length,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CLASSES: usize = 12;

    fn class(event: i16) -> i16 {
        event
    }

    /// As the definition says it, over the whole history: distance and length.
    fn slow(tokens: &[i16]) -> (usize, usize) {
        let last = tokens.len() - 1;
        let length = |distance: usize| {
            (0..CAP.min(last + 1 - distance))
                .take_while(|&back| tokens[last - back] == tokens[last - back - distance])
                .count()
        };
        (1..=last.min(REACH))
            .map(|distance| (distance, length(distance)))
            .rev()
            .max_by_key(|&(_, length)| length)
            .unwrap_or((0, 0))
    }

    fn intervals(events: &[i16]) -> Vec<i16> {
        let mut note = None;
        let token = |&event: &i16| {
            if event < FIRST_NOTE {
                return event;
            }
            INTERVAL + event - note.replace(event).unwrap_or(event)
        };
        events.iter().map(token).collect()
    }

    /// Phrases that come back, at times moved, at times far apart.
    fn song() -> impl Strategy<Value = Vec<i16>> {
        let phrases = prop::collection::vec(prop::collection::vec(0i16..8, 1..90), 1..4);
        let order = prop::collection::vec((any::<prop::sample::Index>(), 0i16..3), 1..12);
        (phrases, order).prop_map(|(phrases, order)| {
            let moved = |event: i16, by: i16| if event >= FIRST_NOTE { event + by } else { event };
            order.iter().flat_map(|(which, by)| which.get(&phrases).iter().map(|&event| moved(event, *by))).collect()
        })
    }

    proptest! {
        #[test]
        fn it_is_the_nearest_of_the_longest(events in song()) {
            for position in (0..events.len()).step_by(7) {
                let recall = Recall::of_hits(&events, position, class);
                let (distance, length) = slow(&events[..=position]);
                prop_assert_eq!(recall.length, length);
                let followed = |steps: usize| {
                    (length > 0 && distance >= steps).then(|| usize::from(events[position + steps - distance].unsigned_abs()))
                };
                prop_assert_eq!((recall.next, recall.after), (followed(1), followed(2)));
                let expected = position.checked_sub(1).and_then(|before| Recall::of_hits(&events, before, class).next);
                prop_assert_eq!(recall.came_true, expected == Some(usize::from(events[position].unsigned_abs())));
            }
        }

        #[test]
        fn melodies_match_in_any_transposition(events in song()) {
            for position in (0..events.len()).step_by(7) {
                let recall = Recall::of_melody(&events, position, CLASSES, class);
                let (distance, length) = slow(&intervals(&events[..=position]));
                prop_assert_eq!(recall.length, length);
                let note = |at: usize| events[..=at].iter().rev().copied().find(|&event| event >= FIRST_NOTE);
                let expected = (length > 0).then(|| events[position + 1 - distance]).map(|event| {
                    match (note(position), note(position - distance)) {
                        (Some(now), Some(then)) if event >= FIRST_NOTE => event + now - then,
                        _ => event,
                    }
                });
                let inside = expected.filter(|&event| {
                    event < i16::try_from(CLASSES).unwrap() && (event >= FIRST_NOTE || events[position + 1 - distance] < FIRST_NOTE)
                });
                prop_assert_eq!(recall.next, inside.map(|event| usize::from(event.unsigned_abs())));
            }
        }
    }

    #[test]
    fn a_transposed_phrase_goes_on_in_its_new_place() {
        let phrase = [60, 0, 62, 64, 1, 0, 67];
        let moved: Vec<i16> =
            phrase[..6].iter().map(|&event| if event >= FIRST_NOTE { event + 5 } else { event }).collect();
        let events = [&phrase[..], &moved].concat();
        let recall = Recall::of_melody(&events, events.len() - 1, 130, class);
        assert_eq!(recall.next, Some(72));
        assert_eq!(recall.length, 5, "all but the first note, whose interval differs");
    }
}
