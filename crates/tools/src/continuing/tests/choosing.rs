//! Which candidates become takes.

use super::*;

/// A drum network with set answers: the bars that a stream number gives, each a beat with one more hit at this step.
struct Set<F> {
    answer: F,
    asked: RefCell<Vec<(Vec<u64>, f32, f32)>>,
}

impl<F: Fn(u64) -> Vec<i16>> Network for Set<F> {
    fn name(&self) -> &str {
        "set"
    }

    fn steps_per_quarter(&self) -> u32 {
        4
    }

    fn pitches(&self) -> Option<PitchRange> {
        None
    }

    fn generate(
        &self,
        request: &Generation<'_>,
        _: &Cancel,
        _: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<Drawn>, ModelError> {
        self.asked.borrow_mut().push((request.streams.to_vec(), request.repetition, request.temperature));
        let drawn = |&stream| Drawn { events: (self.answer)(stream), log_likelihood: 0.0 };
        Ok(request.streams.iter().map(drawn).collect())
    }
}

/// The clip's bar, and bars with more or other hits.
const BEAT: [i16; 16] = [5, 0, 4, 0, 6, 0, 4, 0, 4, 0, 4, 0, 6, 0, 4, 0];

/// Two bars of the beat with toms on some steps.
fn with_toms(steps: &[usize]) -> Vec<i16> {
    let mut bars = [BEAT, BEAT].concat();
    for &step in steps {
        bars[step] |= 1 << 4;
    }
    bars
}

fn toms(take: &Made) -> Vec<usize> {
    let toms = new_notes(take).into_iter().filter(|(_, note)| note.pitch == 45);
    toms.map(|(_, note)| ((note.start - take.new_from()).0 / 240) as usize).collect()
}

fn made(answer: impl Fn(u64) -> Vec<i16>, request: &Request) -> (Vec<Made>, Vec<(Vec<u64>, f32, f32)>) {
    let network = Set { answer, asked: RefCell::default() };
    let takes = run(&network, &beat(4), request).unwrap();
    (takes, network.asked.into_inner())
}

fn varied(takes: u32, variation: f32) -> Request {
    request(Common { takes, ..Common::default() }, Continue { bars: 2, variation, ..Continue::default() })
}

#[test]
fn poor_candidates_are_drawn_again() {
    let (good, other) = (vec![1, 3, 5], vec![9, 11, 13]);
    let cases: [(&str, Vec<i16>); 6] = [
        ("the same", with_toms(&good)),
        ("nearly the same", with_toms(&[1, 3, 5, 7])),
        ("silent", vec![0; 32]),
        ("a bar of silence", [&BEAT[..], &[0; 16]].concat()),
        ("sparse", {
            let mut bars = vec![0; 32];
            bars[0] = 1;
            bars[12] = 1;
            bars[24] = 1;
            bars
        }),
        ("crowded", vec![511; 32]),
    ];
    for (name, poor) in cases {
        let answer = |stream| match stream {
            1 => poor.clone(),
            17 => with_toms(&other),
            _ => with_toms(&good),
        };
        let (takes, asked) = made(answer, &varied(2, 0.5));
        assert_eq!((toms(&takes[0]), toms(&takes[1])), (good.clone(), other.clone()), "{name}");
        let streams: Vec<_> = asked.into_iter().map(|asked| asked.0).collect();
        assert_eq!(streams, [vec![0, 1], vec![17]], "{name}");
    }
}

#[test]
fn one_take_may_be_the_loop() {
    let answer = |stream| {
        if stream < 16 { with_toms(&[]) } else { with_toms(&[stream as usize % 16, 16, 20 + stream as usize % 16]) }
    };
    let (takes, _) = made(answer, &varied(3, 0.5));
    assert_eq!(takes.iter().map(toms).collect::<Vec<_>>(), [vec![], vec![1, 16, 21], vec![2, 16, 22]]);
    let (takes, _) = made(answer, &varied(3, 1.0));
    assert!(takes.iter().all(|take| !toms(take).is_empty()), "none at full variation");
}

#[test]
fn variation_is_told_to_the_model() {
    let repetition = |variation| made(|stream| with_toms(&[stream as usize % 16, 20]), &varied(1, variation)).1[0].1;
    let asked = [0.0, 0.25, 0.5, 0.75, 1.0].map(repetition);
    assert!(asked.windows(2).all(|pair| pair[0] > pair[1]) && asked[2] == 0.0, "{asked:?}");
}

#[test]
fn a_sure_model_is_loosened_until_takes_differ_or_it_has_had_its_chances() {
    let cold = with(varied(2, 0.5), |common| common.temperature = 0.1);
    let (takes, asked) = made(|stream| with_toms(if stream < 16 * 5 { &[] } else { &[2] }), &cold);
    assert_eq!((toms(&takes[0]), toms(&takes[1])), (vec![], vec![2]));
    assert!(asked.windows(2).all(|pair| pair[0].1 > pair[1].1 && pair[0].2 <= pair[1].2), "{asked:?}");
    assert!(asked.last().unwrap().2 > 0.5, "{asked:?}");
    let (takes, asked) = made(|_| with_toms(&[]), &cold);
    assert_eq!((takes[0] == takes[1], asked.len()), (true, 9));
    let (_, asked) = made(|_| with_toms(&[]), &with(cold, |common| common.temperature = 0.0));
    assert_eq!(asked.len(), 1, "temperature 0 is the likeliest, whatever it is");
}
