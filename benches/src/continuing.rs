//! Continue as the tools run it: from a clip to takes, the model loaded.

use crate::table::{Table, time};
use solferino_models::Cancel;
use solferino_score::{Clip, midi};
use solferino_tests::continue_request;
use solferino_tools::make;
use std::time::Duration;

/// A factory clip, its file, and what 4 takes × 4 bars may take.
const CLIPS: [(&str, &[u8], Duration); 2] = [
    ("drums.mid", include_bytes!("../../assets/clips/drums.mid"), Duration::from_millis(12)),
    ("melody.mid", include_bytes!("../../assets/clips/melody.mid"), Duration::from_millis(20)),
];
/// Sixteen takes may cost this many times four.
const SIXTEEN_TO_FOUR: f64 = 3.5;

/// Continue, 4 and 16 takes × 4 bars.
pub fn rows(table: &mut Table) -> Result<(), String> {
    let library = solferino_engine::library();
    for (name, bytes, bar) in CLIPS {
        let clip = midi::read(bytes).map_err(|error| error.to_string())?.clip;
        let run = |clip: &Clip, takes: u32| {
            let request = continue_request(4, takes, 7);
            make(library, &request, &[clip], &Cancel::default(), &mut |_| {}).map_err(|error| error.to_string())
        };
        let used = match run(&clip, 4) {
            Ok(outcome) => outcome.models[0].name.clone(),
            Err(reason) => {
                eprintln!("{name} is left out: {reason}");
                continue;
            }
        };
        // Two clips in turn, since a model does not run the last clip again.
        let mut other = clip.clone();
        for lane in &mut other.lanes {
            lane.notes.pop();
        }
        let clips = [&clip, &other];
        let mut next = clips.iter().cycle();
        let mut turn = |takes: u32| next.next().map(|clip| run(clip, takes)).transpose();
        let four = time(200, || turn(4))?;
        let sixteen = time(200, || turn(16))?;
        let again = time(200, || run(&clip, 4))?;
        table.judge(format!("Continue {name} with {used}: 4 takes × 4 bars"), four, bar);
        table.note(format!("Continue {name} with {used}: 16 takes × 4 bars"), sixteen);
        table.note(format!("Continue {name} with {used}: 4 takes × 4 bars of the same clip again"), again);
        table.judge_ratio(format!("Continue {name}: 16 takes to 4"), sixteen, four, SIXTEEN_TO_FOUR);
    }
    Ok(())
}
